using System.Security.Cryptography;
using System.Text;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>The <c>Stripe-Signature</c> header: HMAC-SHA256 over <c>t.body</c> with the whole <c>whsec_</c> text as key.</summary>
public static class StripeSignature
{
    public const string Header = "Stripe-Signature";

    public static string For(string secret, DateTimeOffset at, ReadOnlySpan<byte> body) =>
        $"t={at.ToUnixTimeSeconds()},v1={Compute(secret, at.ToUnixTimeSeconds(), body)}";

    public static string Compute(string secret, long t, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{t}."), .. body];
        return Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed));
    }
}
