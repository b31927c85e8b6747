using System.Net;
using ClientFlow.Sync.Connectors.GoogleCalendar;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Tests.GoogleCalendar;

public sealed class GoogleSignInTests : GoogleHarness
{
    private const string Nothing = """{"items":[],"nextSyncToken":"s1"}""";

    [Fact]
    public async Task A_service_account_signs_an_assertion_and_the_token_is_kept()
    {
        SignIn().On("GET", "/events", Nothing).On("GET", "/events", Nothing);

        (await Connector.WhoAmIAsync(Stop)).Value.ShouldBe("flow@northwind.iam.gserviceaccount.com");
        (await Connector.WhoAmIAsync(Stop)).Value.ShouldNotBeNull();

        Google.Calls[0].PathAndQuery.ShouldBe("/token");
        Google.Calls[0].Body.ShouldContain("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer");
        Google.ShouldBeDone();
    }

    [Fact]
    public async Task A_token_is_renewed_when_its_hour_is_over()
    {
        SignIn().On("GET", "/events", Nothing);
        await Connector.WhoAmIAsync(Stop);
        Clock.Advance(TimeSpan.FromMinutes(61));
        SignIn("token-2").On("GET", "/events", Nothing);

        (await Connector.WhoAmIAsync(Stop)).Failure.ShouldBeNull();
        Google.ShouldBeDone();
    }

    [Fact]
    public async Task A_user_who_agreed_once_signs_in_by_refresh_token_and_is_known_by_the_own_calendar()
    {
        SignIn().On("GET", "/events", Nothing).On("GET", "/calendarList", """{"items":[{"id":"x@group.calendar.google.com"},{"id":"ana@northwind.example","primary":true}]}""");

        (await Open(Settings with { Credentials = User }).WhoAmIAsync(Stop)).Value.ShouldBe("ana@northwind.example");

        Google.Calls[0].Body.ShouldContain("refresh_token=the-refresh-token");
        Google.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task A_users_token_for_events_alone_is_enough()
    {
        SignIn().On("GET", "/events", """{"summary":"ana@northwind.example","items":[]}""");
        Refuses("GET", "/calendarList", 403, "insufficientPermissions");

        (await Open(Settings with { Credentials = User }).WhoAmIAsync(Stop)).Value.ShouldBe("ana@northwind.example");
    }

    [Theory]
    [InlineData("invalid_grant", "clock")]
    [InlineData("unauthorized_client", "administrator")]
    [InlineData("invalid_client", "Replace the file")]
    public async Task A_withdrawn_grant_holds_the_lane(string error, string advice)
    {
        foreach (var credentials in new[] { ServiceAccount, User })
        {
            Google.On("POST", "/token", HttpStatusCode.BadRequest, $$"""{"error":"{{error}}","error_description":"Bad"}""");

            var failure = (await Open(Settings with { Credentials = credentials }).WhoAmIAsync(Stop)).Failure!;

            failure.NextMove.ShouldBe(NextMove.HoldLane);
            failure.Message.ShouldContain(advice);
            failure.Message.ShouldNotContain("the-refresh-token");
        }
    }

    [Fact]
    public async Task Network_trouble_at_the_sign_in_is_never_taken_for_a_refused_credential()
    {
        foreach (var credentials in new[] { ServiceAccount, User })
        {
            for (var i = 0; i < 4; i++) Google.Fails("POST", "/token", new HttpRequestException(HttpRequestError.ConnectionError));
            (await Run(Open(Settings with { Credentials = credentials }).WhoAmIAsync(Stop))).Failure!.Kind.ShouldBe(FailureKind.Unavailable);

            for (var i = 0; i < 4; i++) Google.On("POST", "/token", HttpStatusCode.BadGateway, "<html>502</html>");
            (await Run(Open(Settings with { Credentials = credentials }).WhoAmIAsync(Stop))).Failure!.Kind.ShouldBe(FailureKind.Unavailable);

            Google.On("POST", "/token", HttpStatusCode.Forbidden, "<html>the proxy says no</html>");
            (await Open(Settings with { Credentials = credentials }).WhoAmIAsync(Stop)).Failure!.Kind.ShouldBe(FailureKind.Unavailable);

            Google.On("POST", "/token", HttpStatusCode.OK, "<html>please log in to the hotel's network</html>");
            (await Open(Settings with { Credentials = credentials }).WhoAmIAsync(Stop)).Failure!.Kind.ShouldBe(FailureKind.Unavailable);
            Google.ShouldBeDone();
        }
    }

    [Fact]
    public async Task A_busy_sign_in_says_when_to_come_back()
    {
        Google.On("POST", "/token", HttpStatusCode.TooManyRequests, "{}", ("Retry-After", "60"));

        var failure = (await Connector.WhoAmIAsync(Stop)).Failure!;

        (failure.Kind, failure.RetryAt).ShouldBe((FailureKind.RateLimited, Clock.GetUtcNow().AddSeconds(60)));
    }

    [Fact]
    public async Task A_token_that_is_refused_early_is_renewed_once()
    {
        SignIn();
        Refuses("GET", "/events", 401, "authError");
        SignIn("token-2").On("GET", "/events", Nothing);

        (await Connector.WhoAmIAsync(Stop)).Failure.ShouldBeNull();
        Google.ShouldBeDone();
    }

    [Fact]
    public async Task A_token_that_is_refused_twice_holds_the_lane()
    {
        SignIn();
        Refuses("GET", "/events", 401, "authError");
        SignIn("token-2");
        Refuses("GET", "/events", 401, "authError");

        (await Connector.WhoAmIAsync(Stop)).Failure!.Kind.ShouldBe(FailureKind.Unauthorized);
        Google.ShouldBeDone();
    }

    [Theory]
    [InlineData("no json", "not JSON")]
    [InlineData("{}", "neither service_account nor authorized_user")]
    [InlineData("""{"type":"service_account","client_email":"a@b"}""", "private_key")]
    [InlineData("""{"type":"service_account","client_email":"a@b","private_key":"nonsense"}""", "private_key can't be read")]
    [InlineData("""{"type":"authorized_user","client_id":"a","client_secret":"s"}""", "refresh_token")]
    public void A_credentials_file_that_cant_be_used_says_why(string file, string mistake) =>
        GoogleCredentials.Read(new Secret(file)).Mistake!.ShouldContain(mistake);

    [Fact]
    public void Googles_own_files_can_be_used()
    {
        var key = System.Text.Json.JsonSerializer.Serialize(ServiceAccount.PrivateKey!.Reveal());
        GoogleCredentials.Read(new Secret($$"""{"type":"service_account","client_email":"a@b","private_key":{{key}},"token_uri":"https://t.example"}"""))
            .Credentials!.TokenUri.ShouldBe("https://t.example");
        GoogleCredentials.Read(new Secret("""{"type":"authorized_user","client_id":"a","client_secret":"s","refresh_token":"r"}""")).Mistake.ShouldBeNull();
    }
}
