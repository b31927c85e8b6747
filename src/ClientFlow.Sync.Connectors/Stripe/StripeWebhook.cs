using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Stripe;

/// <summary>Checks and reads Stripe's events. https://docs.stripe.com/webhooks/signature</summary>
internal sealed class StripeWebhook(Secret? secret) : IReceives
{
    private static readonly TimeSpan OldestAge = TimeSpan.FromSeconds(300);

    // Clocks differ by a little; more than that is a forged or replayed time.
    private static readonly TimeSpan FutureAllowance = TimeSpan.FromSeconds(60);

    public SignatureVerdict Verify(Delivery delivery, DateTimeOffset now)
    {
        if (secret is null) return SignatureVerdict.Closed;
        if (string.IsNullOrWhiteSpace(delivery.Header("Stripe-Signature"))) return SignatureVerdict.Missing;

        string? time = null;
        var signatures = new List<string>();
        foreach (var part in delivery.Header("Stripe-Signature")!.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("t=", StringComparison.Ordinal)) time ??= part[2..];
            else if (part.StartsWith("v1=", StringComparison.Ordinal)) signatures.Add(part[3..]);
        }

        if (!long.TryParse(time, out var seconds) || seconds is < 0 or > 253402300799) return SignatureVerdict.Mismatch;

        // Two signatures are there while a secret is being replaced; all are compared, so that time tells nothing.
        var expected = Sign(secret.Reveal(), time, delivery.Body.Span);
        var matches = false;
        foreach (var signature in signatures) matches |= CryptographicOperations.FixedTimeEquals(expected, Encoding.ASCII.GetBytes(signature));
        if (!matches) return SignatureVerdict.Mismatch;

        var age = now - DateTimeOffset.FromUnixTimeSeconds(seconds);
        return age > OldestAge || age < -FutureAllowance ? SignatureVerdict.Stale : SignatureVerdict.Valid;
    }

    public string Identify(Delivery delivery) => Parse(delivery)?.Id ?? Convert.ToHexStringLower(SHA256.HashData(delivery.Body.Span));

    public DeliveryReading Read(Delivery delivery)
    {
        if (Parse(delivery) is not { Type: { } } notice) return new DeliveryReading { Unreadable = "the body is not an event of Stripe's" };
        return StripeMapper.Hint(notice) is { } hint ? new DeliveryReading { Hints = [hint] } : new DeliveryReading();
    }

    private static byte[] Sign(string key, string time, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key));
        hmac.AppendData(Encoding.ASCII.GetBytes(time + "."));
        hmac.AppendData(body);
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hmac.GetHashAndReset()));
    }

    private static StripeEvent? Parse(Delivery delivery)
    {
        try
        {
            return JsonSerializer.Deserialize(delivery.Body.Span, StripeJson.Default.StripeEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
