using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace ClientFlow.Sync.Worker.Tests.Access;

/// <summary>An OpenID Connect provider on this machine that does what a test tells it, right or wrong. Its tokens are made by hand.</summary>
internal sealed class StubProvider : IAsyncDisposable
{
    public const string ClientId = "northwind-client";

    private readonly WebApplication app;
    private readonly RSA key = RSA.Create(2048);
    private readonly ECDsa curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly RSA stranger = RSA.Create(2048);
    private readonly ConcurrentDictionary<string, Asked> codes = new(StringComparer.Ordinal);

    private StubProvider(WebApplication app) => this.app = app;

    private sealed record Asked(string Nonce, string Challenge, string BackTo);

    public string Url => app.Urls.First();

    /// <summary>How tokens are signed: <c>RS256</c>, <c>ES256</c>, <c>none</c>, <c>HS256</c> by the client's secret, <c>stranger</c>'s key, or <c>cut off</c>.</summary>
    public string Signing { get; set; } = "RS256";

    /// <summary>What the token says otherwise than it should.</summary>
    public Action<JsonObject> Token { get; set; } = static _ => { };

    /// <summary>What the user info endpoint says besides who it is.</summary>
    public JsonObject? UserInfo { get; set; }

    /// <summary>What it was asked for last, at its token endpoint.</summary>
    public IReadOnlyDictionary<string, string> LastExchange { get; private set; } = new Dictionary<string, string>();

    public static async Task<StubProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var provider = new StubProvider(app);
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new
        {
            issuer = provider.Url, authorization_endpoint = provider.Url + "/authorize", token_endpoint = provider.Url + "/token", userinfo_endpoint = provider.Url + "/userinfo",
            jwks_uri = provider.Url + "/keys", response_types_supported = new[] { "code" }, subject_types_supported = new[] { "public" }, id_token_signing_alg_values_supported = new[] { "RS256", "ES256" },
        }));
        app.MapGet("/keys", () => Results.Text(provider.Keys().ToJsonString(), "application/json"));
        app.MapPost("/token", provider.ExchangeAsync);
        app.MapGet("/userinfo", () => Results.Text((provider.UserInfo is { } more ? more.DeepClone().AsObject() : []).With("sub", "subject-1").ToJsonString(), "application/json"));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return provider;
    }

    /// <summary>A person says yes at the provider: answers the way back, with a code.</summary>
    public string Authorize(string location)
    {
        var asked = QueryHelpers.ParseQuery(new Uri(location).Query);
        var code = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
        codes[code] = new Asked(asked["nonce"].ToString(), asked["code_challenge"].ToString(), asked["redirect_uri"].ToString());
        return $"{new Uri(asked["redirect_uri"].ToString()).AbsolutePath}?code={code}&state={Uri.EscapeDataString(asked["state"].ToString())}";
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        key.Dispose();
        curve.Dispose();
        stranger.Dispose();
    }

    private async Task<IResult> ExchangeAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        LastExchange = form.ToDictionary(f => f.Key, f => f.Value.ToString());
        if (!codes.TryRemove(form["code"].ToString(), out var asked) || form["client_secret"] != "provider-secret" || form["redirect_uri"] != asked.BackTo ||
            Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != asked.Challenge)
            return Results.Json(new { error = "invalid_grant" }, statusCode: StatusCodes.Status400BadRequest);
        return Results.Json(new { access_token = "access", token_type = "Bearer", expires_in = 300, id_token = IdToken(asked.Nonce) });
    }

    private string IdToken(string nonce)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Url, ["sub"] = "subject-1", ["aud"] = ClientId, ["iat"] = now, ["nbf"] = now, ["exp"] = now + 300, ["nonce"] = nonce,
            ["email"] = "anna@northwind.example", ["email_verified"] = true, ["name"] = "Somebody Else",
        };
        Token(claims);
        var header = new JsonObject { ["typ"] = "JWT", ["alg"] = Signing is "stranger" or "cut off" ? "RS256" : Signing };
        if (Signing is "RS256" or "ES256" or "stranger" or "cut off") header["kid"] = Signing == "ES256" ? "curve" : "key";
        var text = $"{Encode(header.ToJsonString())}.{Encode(claims.ToJsonString())}";
        var bytes = Encoding.ASCII.GetBytes(text);
        var signature = Signing switch
        {
            "RS256" => key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "ES256" => curve.SignData(bytes, HashAlgorithmName.SHA256),
            "stranger" => stranger.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "HS256" => HMACSHA256.HashData(Encoding.UTF8.GetBytes("provider-secret"), bytes),
            _ => [],
        };
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    private JsonObject Keys()
    {
        var (rsa, ec) = (key.ExportParameters(false), curve.ExportParameters(false));
        return new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject { ["kty"] = "RSA", ["kid"] = "key", ["use"] = "sig", ["n"] = Base64Url.EncodeToString(rsa.Modulus), ["e"] = Base64Url.EncodeToString(rsa.Exponent) },
                new JsonObject { ["kty"] = "EC", ["kid"] = "curve", ["use"] = "sig", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(ec.Q.X), ["y"] = Base64Url.EncodeToString(ec.Q.Y) }),
        };
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}

internal static class JsonObjects
{
    /// <summary>The object with one more property.</summary>
    public static JsonObject With(this JsonObject json, string name, JsonNode? value)
    {
        json[name] = value;
        return json;
    }
}
