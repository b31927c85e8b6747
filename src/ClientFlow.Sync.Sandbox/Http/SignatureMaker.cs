using System.Security.Cryptography;
using System.Text;

namespace ClientFlow.Sync.Sandbox.Http;

/// <summary>The building blocks of the vendors' webhook signatures.</summary>
public static class SignatureMaker
{
    public static string HmacSha256Hex(string secret, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));

    public static string HmacSha256Base64(string secret, string text) =>
        Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));

    public static string Sha256Hex(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
