using System.Net;
using ClientFlow.Sync.Connectors.HubSpot;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Testing;

namespace ClientFlow.Sync.Connectors.Tests.HubSpot;

/// <summary>What HubSpot's documentation says of its errors: https://developers.hubspot.com/docs/api-reference/error-handling</summary>
public sealed class HubSpotRefusalTests
{
    private const string TenSeconds =
        """{"status":"error","message":"You have reached your ten_secondly_rolling limit.","errorType":"RATE_LIMIT","correlationId":"c033cdaa","policyName":"TEN_SECONDLY_ROLLING","requestId":"r1"}""";

    private const string Daily =
        """{"status":"error","message":"You have reached your daily limit.","errorType":"RATE_LIMIT","correlationId":"c033cdaa","policyName":"DAILY","requestId":"r1"}""";

    private const string Invalid =
        """{"status":"error","message":"Property values were not valid: [{\"isValid\":false,\"message\":\"Property clientflow_project does not exist\",\"error\":\"PROPERTY_DOESNT_EXIST\"}]","correlationId":"c1","category":"VALIDATION_ERROR"}""";

    private const string BadToken = """{"status":"error","message":"Authentication credentials not found.","correlationId":"c1","category":"INVALID_AUTHENTICATION"}""";

    private const string Scopes =
        """{"status":"error","message":"This app hasn't been granted all required scopes to make this call.","correlationId":"c1","errors":[{"message":"One or more of the following scopes are required.","context":{"requiredGranularScopes":["crm.objects.deals.write"]}}],"category":"MISSING_SCOPES"}""";

    private const string Forbidden = """{"status":"error","message":"This HubSpot account is not allowed to do that.","correlationId":"c1"}""";
    private const string Missing = """{"status":"error","message":"resource not found","correlationId":"c1","category":"OBJECT_NOT_FOUND"}""";
    private const string Conflict = """{"status":"error","message":"Contact already exists. Existing ID: 123","correlationId":"c1","category":"CONFLICT"}""";
    private const string Locked = """{"status":"error","message":"The record is locked.","correlationId":"c1"}""";
    private const string Page = "<html><body>cloudflare</body></html>";

    private readonly ManualClock clock = new();
    private readonly ScriptedTransport transport = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(400, Invalid, "", "VALIDATION_ERROR", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "clientflow_project does not exist")]
    [InlineData(401, BadToken, "", "INVALID_AUTHENTICATION", FailureKind.Unauthorized, FailureKind.Unauthorized, "-", -1, "Copy the app's token anew")]
    [InlineData(403, Scopes, "", "MISSING_SCOPES", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "Give the app the scope crm.objects.deals.write")]
    [InlineData(403, Forbidden, "", null, FailureKind.Rejected, FailureKind.Rejected, "-", -1, "look at its scopes")]
    [InlineData(404, Missing, "", "OBJECT_NOT_FOUND", FailureKind.Missing, FailureKind.Missing, "-", -1, "resource not found")]
    [InlineData(409, Conflict, "", "CONFLICT", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "Existing ID: 123")]
    [InlineData(414, Page, "", null, FailureKind.Rejected, FailureKind.Rejected, "-", -1, "please report it")]
    [InlineData(423, Locked, "", null, FailureKind.Unavailable, FailureKind.Unavailable, "call", 2, "This call alone")]
    [InlineData(429, TenSeconds, "Retry-After: 10000", "TEN_SECONDLY_ROLLING", FailureKind.RateLimited, FailureKind.RateLimited, "lane", 10, "slow down")]
    [InlineData(429, TenSeconds, "Retry-After: 9", "TEN_SECONDLY_ROLLING", FailureKind.RateLimited, FailureKind.RateLimited, "lane", 9, "slow down")]
    [InlineData(429, TenSeconds, "Retry-After: 400", "TEN_SECONDLY_ROLLING", FailureKind.RateLimited, FailureKind.RateLimited, "lane", 1, "slow down")]
    [InlineData(429, TenSeconds, "", "TEN_SECONDLY_ROLLING", FailureKind.RateLimited, FailureKind.RateLimited, "lane", 10, "slow down")]
    [InlineData(429, Daily, "", "DAILY", FailureKind.RateLimited, FailureKind.RateLimited, "lane", 3600, "begins anew at midnight")]
    [InlineData(477, Page, "Retry-After: 43200", null, FailureKind.Unavailable, FailureKind.Unavailable, "lane", 43_200, "another data centre")]
    [InlineData(500, Page, "", null, FailureKind.Unavailable, FailureKind.Uncertain, "lane", -1, "HTTP 500")]
    [InlineData(502, Page, "", null, FailureKind.Unavailable, FailureKind.Uncertain, "lane", -1, "HTTP 502")]
    [InlineData(503, Page, "", null, FailureKind.Unavailable, FailureKind.Uncertain, "lane", -1, "HTTP 503")]
    [InlineData(504, Page, "", null, FailureKind.Unavailable, FailureKind.Uncertain, "lane", -1, "HTTP 504")]
    [InlineData(521, Page, "", null, FailureKind.Unavailable, FailureKind.Uncertain, "lane", -1, "HTTP 521")]
    [InlineData(522, Page, "", null, FailureKind.Unavailable, FailureKind.Uncertain, "lane", -1, "HTTP 522")]
    [InlineData(523, Page, "", null, FailureKind.Unavailable, FailureKind.Uncertain, "lane", -1, "HTTP 523")]
    [InlineData(524, Page, "", null, FailureKind.Unavailable, FailureKind.Uncertain, "lane", -1, "HTTP 524")]
    public async Task Each_refusal_has_its_next_move(
        int status, string body, string headers, string? reason, FailureKind read, FailureKind write, string who, double wait, string says)
    {
        using var connector = Open();
        transport.Refuses("POST", "contacts/search", status, body, headers).Refuses("PATCH", "deals/7", status, body, headers);

        var poll = (await clock.RunAsync(connector.PollAsync("contacts", new Cursor(""), Stop))).Failure;
        poll.ShouldBe(read, status, reason, who, wait, clock);
        poll!.Message.ShouldContain(says);

        var sent = (await clock.RunAsync(connector.SendAsync(Link, Patch, Stop))).Failure;
        sent.ShouldBe(write, status, reason, write is FailureKind.Uncertain ? "-" : who, wait, clock);
        sent!.Message.ShouldContain(says);
        transport.Calls.Count(call => call.Method == "PATCH").ShouldBe(1, "a write is sent once, whatever comes of it");
    }

    [Fact]
    public async Task A_batch_that_names_trouble_with_one_record_takes_none_for_deleted()
    {
        using var connector = Open();
        transport.On("POST", "contacts/batch/read", HttpStatusCode.MultiStatus,
                """
                {"status":"COMPLETE","results":[{"id":"1","properties":{}}],"numErrors":2,"errors":[
                  {"status":"error","category":"OBJECT_NOT_FOUND","message":"Could not get some CONTACT objects","context":{"ids":["2"]}},
                  {"status":"error","category":"INTERNAL_ERROR","message":"try again","context":{"ids":["3"]}}]}
                """)
            .On("GET", "contacts/3", """{"id":"3","properties":{}}""");

        var page = (await connector.ReadAsync(RecordKind.Contact, ["1", "2", "3"], Stop)).Value;

        page.Records.OrderBy(record => record.Id).Select(record => (record.Id, record.Gone)).ShouldBe([("1", false), ("2", true), ("3", false)]);
    }

    private static ActionCall Link { get; } = new(
        new ActionOrder("cf1", "deal-link", "crm", new DealLinkContent("7")), 1,
        new Dictionary<string, ActionResult> { ["project"] = new("1", "https://app.asana.com/0/1") });

    private static FrozenCall Patch { get; } =
        new("PATCH", "crm/v3/objects/deals/7", "application/json", """{"properties":{"clientflow_project":"https://app.asana.com/0/1"}}""", new Dictionary<string, string>());

    private HubSpotConnector Open() => new(Tool.Context(
        new HubSpotConnectorType(), new HubSpotSettings(new Secret("pat-na1-1"), null, null), transport, clock));
}
