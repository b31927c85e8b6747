using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.GoogleCalendar;

namespace ClientFlow.Sync.Sandbox.Tests.GoogleCalendar;

public sealed class GoogleTokenTests
{
    private const string Scope = "https://www.googleapis.com/auth/calendar.events";

    [Fact]
    public async Task The_written_credentials_open_the_calendar()
    {
        await using var google = await GoogleBench.StartAsync();
        var credentials = Credentials(google);

        var granted = await ExchangeAsync(google, Assertion(google, credentials));

        google.Token = (string)granted.Json["access_token"]!;
        ((string?)granted.Json["token_type"]).ShouldBe("Bearer");
        (await google.GetAsync("/calendars/primary/events")).Ok();
        (await google.ReminderAsync("abcde")).Ok();
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(900)]
    public async Task An_access_token_dies_after_its_time_by_the_sandboxs_clock(int seconds)
    {
        await using var google = await GoogleBench.StartAsync(behaviour => behaviour.AccessTokensLive = TimeSpan.FromSeconds(seconds));

        google.Clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        (await google.GetAsync("/calendars/primary")).Ok();
        google.Clock.Advance(TimeSpan.FromSeconds(1));
        (await google.GetAsync("/calendars/primary")).Refused(401, "authError");
        google.Token = null;
        (await google.GetAsync("/calendars/primary")).Refused(401, "required");
    }

    [Fact]
    public async Task A_token_for_reading_does_not_write()
    {
        await using var google = await GoogleBench.StartAsync();
        var granted = await ExchangeAsync(google, Assertion(google, Credentials(google), ("scope", "https://www.googleapis.com/auth/calendar.readonly")));

        google.Token = (string)granted.Json["access_token"]!;

        (await google.GetAsync("/calendars/primary/events")).Ok();
        (await google.InsertAsync("{}")).Refused(403, "insufficientPermissions");
    }

    [Theory]
    [InlineData("iss", "stranger@example.com", "invalid_grant")]
    [InlineData("aud", "https://elsewhere.example/token", "invalid_grant")]
    [InlineData("scope", "https://www.googleapis.com/auth/drive", "invalid_scope")]
    [InlineData("scope", "", "invalid_scope")]
    [InlineData("sub", "nobody@example.com", "unauthorized_client")]
    public async Task An_assertion_that_claims_something_else_is_refused(string claim, string value, string error)
    {
        await using var google = await GoogleBench.StartAsync();

        var refused = await ExchangeAsync(google, Assertion(google, Credentials(google), (claim, value)));

        ((string?)refused.Json["error"]).ShouldBe(error);
        refused.Json["error_description"].ShouldNotBeNull();
    }

    [Fact]
    public async Task An_assertion_signed_by_somebody_else_is_refused()
    {
        await using var google = await GoogleBench.StartAsync();
        var credentials = Credentials(google);
        using var stranger = RSA.Create(2048);
        credentials["private_key"] = stranger.ExportPkcs8PrivateKeyPem();

        var refused = await ExchangeAsync(google, Assertion(google, credentials));

        ((string?)refused.Json["error_description"]).ShouldBe("Invalid JWT Signature.");
        (await ExchangeAsync(google, "no.jwt.atall")).Status.ShouldBe(400);
    }

    [Theory]
    [InlineData(true, 400)]
    [InlineData(false, 200)]
    public async Task Whether_an_assertions_time_is_checked_is_a_switch(bool checks, int status)
    {
        await using var google = await GoogleBench.StartAsync(behaviour => behaviour.ChecksAssertionTimes = checks);
        var assertion = Assertion(google, Credentials(google));

        google.Clock.Advance(TimeSpan.FromHours(2));

        (await ExchangeAsync(google, assertion)).Status.ShouldBe(status);
    }

    [Theory]
    [InlineData(true, 200)]
    [InlineData(false, 401)]
    public async Task Whether_the_service_account_may_act_for_a_user_is_a_switch(bool may, int status)
    {
        await using var google = await GoogleBench.StartAsync(behaviour => behaviour.DomainWideDelegation = may);

        (await ExchangeAsync(google, Assertion(google, Credentials(google), ("sub", GoogleCalendarTool.Owner)))).Status.ShouldBe(status);
    }

    [Fact]
    public async Task A_refresh_token_gives_access_until_it_is_revoked()
    {
        await using var google = await GoogleBench.StartAsync();
        var path = Path.GetTempFileName();
        google.Tool.WriteUserCredentials(path);
        var user = JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!;
        File.Delete(path);
        Dictionary<string, string> form = new()
        {
            ["grant_type"] = "refresh_token",
            ["client_id"] = (string)user["client_id"]!,
            ["client_secret"] = (string)user["client_secret"]!,
            ["refresh_token"] = (string)user["refresh_token"]!,
        };

        google.Token = (string)(await TokenAsync(google, form)).Json["access_token"]!;
        (await google.GetAsync("/users/me/calendarList")).Ok();

        google.Tool.Behaviour.RefreshTokenRevoked = true;
        ((string?)(await TokenAsync(google, form)).Json["error"]).ShouldBe("invalid_grant");
        form["client_secret"] = "wrong";
        ((string?)(await TokenAsync(google, form)).Json["error"]).ShouldBe("invalid_client");
        form["grant_type"] = "password";
        ((string?)(await TokenAsync(google, form)).Json["error"]).ShouldBe("unsupported_grant_type");
    }

    [Fact]
    public async Task Access_tokens_can_be_revoked_in_the_sandbox()
    {
        await using var google = await GoogleBench.StartAsync();

        google.Tool.Actions.Single(action => action.Name == "revoke-access-tokens").Run([]);

        (await google.GetAsync("/calendars/primary")).Refused(401, "authError");
    }

    private static JsonObject Credentials(GoogleBench google)
    {
        var path = Path.GetTempFileName();
        google.Tool.WriteCredentials(path);
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        File.Delete(path);
        return json;
    }

    private static string Assertion(GoogleBench google, JsonObject credentials, params (string Claim, string Value)[] other)
    {
        var now = google.Clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = credentials["client_email"]!.DeepClone(),
            ["aud"] = credentials["token_uri"]!.DeepClone(),
            ["scope"] = Scope,
            ["iat"] = now,
            ["exp"] = now + 3600,
        };
        foreach (var (claim, value) in other)
            claims[claim] = value;
        var header = new JsonObject { ["alg"] = "RS256", ["typ"] = "JWT", ["kid"] = credentials["private_key_id"]!.DeepClone() };
        var text = $"{Encode(header)}.{Encode(claims)}";
        using var key = RSA.Create();
        key.ImportFromPem((string)credentials["private_key"]!);
        return $"{text}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";

        static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
    }

    private static Task<GoogleAnswer> ExchangeAsync(GoogleBench google, string assertion) => TokenAsync(google, new()
    {
        ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ["assertion"] = assertion,
    });

    private static async Task<GoogleAnswer> TokenAsync(GoogleBench google, Dictionary<string, string> form)
    {
        using var http = new HttpClient();
        using var content = new FormUrlEncodedContent(form);
        using var response = await http.PostAsync(new Uri(google.Tool.TokenUrl), content, TestContext.Current.CancellationToken);
        return new GoogleAnswer((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject(), null);
    }
}
