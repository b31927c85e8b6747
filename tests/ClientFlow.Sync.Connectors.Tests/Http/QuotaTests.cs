using System.Net;
using ClientFlow.Sync.Connectors.Asana;
using ClientFlow.Sync.Connectors.GoogleCalendar;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Connectors.HubSpot;
using ClientFlow.Sync.Connectors.Stripe;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Testing;

namespace ClientFlow.Sync.Connectors.Tests.Http;

public sealed class QuotaTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ManualClock clock = new();
    private readonly ScriptedTransport transport = new();

    [Fact]
    public async Task A_read_waits_for_its_turn()
    {
        transport.On("GET", "thing", "{}").On("GET", "thing", "{}");
        var client = Client(new QuotaBudget([new QuotaWindow("second", 1, TimeSpan.FromSeconds(1), "calls a second")]));
        var began = clock.GetUtcNow();

        (await client.SendAsync(WireCall.Get("thing"), None)).Failure.ShouldBeNull();
        (await clock.RunAsync(client.SendAsync(WireCall.Get("thing"), None))).Failure.ShouldBeNull();

        (clock.GetUtcNow() - began).ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.1));
    }

    [Fact]
    public async Task A_write_that_would_wait_long_is_not_sent_and_says_when_it_may_be()
    {
        transport.On("GET", "thing", "{}");
        var client = Client(new QuotaBudget([new QuotaWindow("minute", 1, TimeSpan.FromMinutes(1), "calls a minute")]));
        await client.SendAsync(WireCall.Get("thing"), None);

        var failure = (await client.SendAsync(new WireCall(HttpMethod.Post, "thing") { Write = true }, None)).Failure.ShouldNotBeNull();

        failure.NextMove.ShouldBe(NextMove.Retry);
        failure.Reason.ShouldBe(Failure.OwnBudget);
        (failure.RetryAt - clock.GetUtcNow())!.Value.ShouldBeInRange(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(63));
        transport.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task HubSpots_headers_tell_of_a_larger_plan_and_of_what_others_used()
    {
        transport.On("GET", "crm/v3/owners?limit=1", HttpStatusCode.OK, """{"results":[]}""",
            ("X-HubSpot-RateLimit-Max", "190"), ("X-HubSpot-RateLimit-Remaining", "150"), ("X-HubSpot-RateLimit-Interval-Milliseconds", "10000"),
            ("X-HubSpot-RateLimit-Daily", "625000"), ("X-HubSpot-RateLimit-Daily-Remaining", "600000"));
        var type = new HubSpotConnectorType();
        var budget = new QuotaBudget(type.Manifest.Quota);
        using var hubspot = (HubSpotConnector)type.Open(
            Tool.Context(type, new HubSpotSettings(new Secret("pat-eu1-x"), null, null), transport, clock, quota: budget));

        await hubspot.WhoAmIAsync(None);

        budget.Meters(clock.GetUtcNow()).Select(m => (m.Window, m.Used, m.Limit)).ShouldBe([("ten-seconds", 40, 190), ("day", 25_000, 625_000), ("search", 0, 5)]);
    }

    [Fact]
    public async Task Headers_of_another_window_or_with_nonsense_are_left_alone()
    {
        transport.On("GET", "crm/v3/owners?limit=1", HttpStatusCode.OK, """{"results":[]}""",
            ("X-HubSpot-RateLimit-Max", "19"), ("X-HubSpot-RateLimit-Remaining", "0"), ("X-HubSpot-RateLimit-Interval-Milliseconds", "1000"),
            ("X-HubSpot-RateLimit-Daily-Remaining", "plenty"));
        var type = new HubSpotConnectorType();
        var budget = new QuotaBudget(type.Manifest.Quota);
        using var hubspot = (HubSpotConnector)type.Open(
            Tool.Context(type, new HubSpotSettings(new Secret("pat-eu1-x"), null, null), transport, clock, quota: budget));

        await hubspot.WhoAmIAsync(None);

        budget.Meters(clock.GetUtcNow()).Select(m => (m.Window, m.Used, m.Limit)).ShouldBe([("ten-seconds", 1, 100), ("day", 1, 250_000), ("search", 0, 5)]);
    }

    [Theory]
    [InlineData("2026-11-24T12:00:00Z", "2026-11-24T13:00:00Z")]
    [InlineData("2026-11-24T23:40:00Z", "2026-11-25T00:00:00Z")]
    public async Task HubSpots_spent_day_is_asked_about_again_each_hour_and_at_midnight(string now, string again)
    {
        var at = DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture);
        var time = new ManualClock(at);
        transport.On("GET", "crm/v3/owners?limit=1", HttpStatusCode.TooManyRequests,
            """{"status":"error","message":"You have reached your daily limit.","errorType":"RATE_LIMIT","policyName":"DAILY"}""");
        var type = new HubSpotConnectorType();
        using var hubspot = (HubSpotConnector)type.Open(Tool.Context(type, new HubSpotSettings(new Secret("pat-eu1-x"), null, null), transport, time));

        var failure = (await hubspot.WhoAmIAsync(None)).Failure.ShouldNotBeNull();

        failure.Kind.ShouldBe(FailureKind.RateLimited);
        failure.RetryAt.ShouldBe(DateTimeOffset.Parse(again, System.Globalization.CultureInfo.InvariantCulture));
        failure.Message.ShouldContain("midnight");
        transport.Calls.Count.ShouldBe(1, "nothing is tried again at once");
    }

    [Theory]
    [InlineData(429, "lock_timeout", null, true)]
    [InlineData(409, "", null, true)]
    [InlineData(429, "rate_limit", "resource-specific", true)]
    [InlineData(429, "rate_limit", "global-rate", false)]
    [InlineData(429, "rate_limit", "endpoint-concurrency", false)]
    public async Task A_lock_of_Stripes_concerns_one_call_and_a_rate_all(int status, string code, string? reason, bool one)
    {
        for (var i = 0; i < 4; i++)
        {
            transport.On("GET", "v1/account", (HttpStatusCode)status, $$$"""{"error":{"type":"invalid_request_error","code":"{{{code}}}"}}""",
                [("Stripe-Should-Retry", "true"), .. reason is null ? Array.Empty<(string, string)>() : [("Stripe-Rate-Limited-Reason", reason)]]);
        }

        var type = new StripeConnectorType();
        var stripe = type.Open(Tool.Context(type, new StripeSettings(new Secret("sk_test_x"), null), transport, clock));

        var failure = (await clock.RunAsync(stripe.WhoAmIAsync(None))).Failure.ShouldNotBeNull();

        (failure.NextMove, failure.OneCall).ShouldBe((NextMove.Retry, one));
    }

    [Fact]
    public void Every_product_declares_its_limits()
    {
        IConnectorType[] types = [new HubSpotConnectorType(), new AsanaConnectorType(), new StripeConnectorType(), new GoogleCalendarConnectorType()];
        types.ShouldAllBe(t => t.Manifest.Quota.Count > 0 && t.Manifest.Quota.Select(w => w.Name).Distinct().Count() == t.Manifest.Quota.Count);
    }

    private WireClient Client(QuotaBudget budget) => new(
        ToolHttp.Client(new Uri("http://localhost/"), clock, transport, new ToolHttpOptions { Dice = () => 0 }, budget), clock, "crm", new WireVendor("Acme"));
}
