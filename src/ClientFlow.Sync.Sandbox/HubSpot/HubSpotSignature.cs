using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>The vendor's three signatures, tried on the vectors of its own client's tests. https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation</summary>
public static class HubSpotSignature
{
    // The escapes that the vendor undoes in the address before it signs.
    private static readonly (string Escape, string Plain)[] Undone =
    [
        ("%3A", ":"), ("%2F", "/"), ("%3F", "?"), ("%40", "@"), ("%21", "!"), ("%24", "$"), ("%27", "'"),
        ("%28", "("), ("%29", ")"), ("%2A", "*"), ("%2C", ","), ("%3B", ";"),
    ];

    public static string V1(string secret, string body) => SignatureMaker.Sha256Hex(secret + body);

    public static string V2(string secret, string method, string uri, string body) => SignatureMaker.Sha256Hex(secret + method + uri + body);

    /// <summary>The timestamp counts milliseconds.</summary>
    public static string V3(string secret, string method, string uri, string body, string timestamp)
    {
        string address = uri.Split('#')[0];
        foreach ((string escape, string plain) in Undone)
            address = address.Replace(escape, plain, StringComparison.OrdinalIgnoreCase);
        return SignatureMaker.HmacSha256Base64(secret, method + address + body + timestamp);
    }
}
