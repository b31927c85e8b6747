using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace ClientFlow.Sync.Sandbox.GoogleCalendar;

/// <summary>Google's token endpoint: who may have an access token, and which ones still live.</summary>
internal sealed class GoogleAccounts(TimeProvider clock, GoogleCalendarBehaviour behaviour)
{
    public const string ReadScope = "https://www.googleapis.com/auth/calendar.readonly";

    private const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private const string GooglesOwn = "https://oauth2.googleapis.com/token";

    private static readonly string[] _writeScopes =
        ["https://www.googleapis.com/auth/calendar", "https://www.googleapis.com/auth/calendar.events"];

    private static readonly string[] _readScopes =
        [.. _writeScopes, ReadScope, "https://www.googleapis.com/auth/calendar.events.readonly", "https://www.googleapis.com/auth/calendar.calendarlist.readonly"];

    // Made when first needed: it takes a moment, and most runs never sign.
    private readonly Lazy<RSA> _key = new(() => RSA.Create(2048));
    private readonly Dictionary<string, (DateTimeOffset Until, bool Writes)> _tokens = new(StringComparer.Ordinal);

    public string KeyId { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));

    public string PrivateKeyPem => _key.Value.ExportPkcs8PrivateKeyPem();

    /// <summary>An access token without the ceremony.</summary>
    public string Issue(bool writes = true)
    {
        var token = "ya29.sandbox-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _tokens[token] = (clock.GetUtcNow() + behaviour.AccessTokensLive, writes);
        return token;
    }

    public void RevokeAll() => _tokens.Clear();

    /// <summary>Null: not a token of ours, or no longer.</summary>
    public bool? MayWrite(string token) => _tokens.TryGetValue(token, out var known) && known.Until > clock.GetUtcNow() ? known.Writes : null;

    public ApiAnswer Answer(ApiCall call, string tokenUrl, Func<string, bool> isUser)
    {
        var form = QueryHelpers.ParseQuery(call.Body).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        return form.GetValueOrDefault("grant_type") switch
        {
            JwtBearer => ForAssertion(form.GetValueOrDefault("assertion") ?? "", tokenUrl, isUser),
            "refresh_token" => ForRefreshToken(form),
            null or "" => Refused(400, "invalid_request", "Missing required parameter: grant_type"),
            var other => Refused(400, "unsupported_grant_type", $"Invalid grant_type: {other}"),
        };
    }

    private ApiAnswer ForRefreshToken(Dictionary<string, string> form)
    {
        if (form.GetValueOrDefault("client_id") != GoogleCalendarTool.ClientId)
            return Refused(401, "invalid_client", "The OAuth client was not found.");
        if (form.GetValueOrDefault("client_secret") != GoogleCalendarTool.ClientSecret)
            return Refused(401, "invalid_client", "Unauthorized");
        return form.GetValueOrDefault("refresh_token") == GoogleCalendarTool.RefreshToken && !behaviour.RefreshTokenRevoked
            ? Granted(writes: true, _writeScopes[0])
            : Refused(400, "invalid_grant", "Token has been expired or revoked.");
    }

    private ApiAnswer ForAssertion(string assertion, string tokenUrl, Func<string, bool> isUser)
    {
        if (assertion.Split('.') is not [var header, var claims, var signature] || Json(header) is not { } head || Json(claims) is not { } says)
            return Refused(400, "invalid_grant", "Bad Request");
        if ((string?)head["alg"] != "RS256" || ((string?)head["kid"] is { } kid && kid != KeyId) || !Signed($"{header}.{claims}", signature))
            return Refused(400, "invalid_grant", "Invalid JWT Signature.");
        if ((string?)says["iss"] != SandboxOptions.GoogleServiceAccount)
            return Refused(400, "invalid_grant", "Invalid grant: account not found");
        if ((string?)says["aud"] is not { } audience || (audience != tokenUrl && audience != GooglesOwn))
            return Refused(400, "invalid_grant", "Invalid JWT: Failed audience check.");
        if (behaviour.ChecksAssertionTimes && !InTime((long?)says["iat"], (long?)says["exp"]))
            return Refused(400, "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.");
        if ((string?)says["sub"] is { } user && user != SandboxOptions.GoogleServiceAccount && !(behaviour.DomainWideDelegation && isUser(user)))
            return Refused(401, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.");
        string[] scopes = ((string?)says["scope"] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return scopes.Length > 0 && scopes.All(scope => _readScopes.Contains(scope))
            ? Granted(scopes.Any(scope => _writeScopes.Contains(scope)), null)
            : Refused(400, "invalid_scope", $"Some requested scopes cannot be shown or are invalid: [{string.Join(", ", scopes)}]");
    }

    private bool InTime(long? issued, long? expires)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        return issued is { } from && expires is { } until && until > now && from <= now + 300 && until - from <= 3600;
    }

    private bool Signed(string text, string signature)
    {
        try
        {
            return _key.Value.VerifyData(Encoding.ASCII.GetBytes(text), Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static JsonObject? Json(string part)
    {
        try
        {
            return JsonNode.Parse(Base64Url.DecodeFromChars(part)) as JsonObject;
        }
        catch (Exception unreadable) when (unreadable is FormatException or JsonException)
        {
            return null;
        }
    }

    private ApiAnswer Granted(bool writes, string? scope)
    {
        var json = new JsonObject
        {
            ["access_token"] = Issue(writes),
            ["expires_in"] = (int)behaviour.AccessTokensLive.TotalSeconds - 1,
            ["token_type"] = "Bearer",
        };
        if (scope is not null)
            json["scope"] = scope;
        return ApiAnswer.Json(200, json);
    }

    private static ApiAnswer Refused(int status, string error, string description) =>
        ApiAnswer.Json(status, new JsonObject { ["error"] = error, ["error_description"] = description });
}
