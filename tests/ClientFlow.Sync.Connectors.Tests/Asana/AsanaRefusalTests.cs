using ClientFlow.Sync.Connectors.Asana;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Testing;

namespace ClientFlow.Sync.Connectors.Tests.Asana;

/// <summary>What Asana's documentation says of its errors: https://developers.asana.com/docs/errors</summary>
public sealed class AsanaRefusalTests
{
    private const string Help = """For more information on API status codes and how to handle them, read the docs on errors: https://developers.asana.com/docs/errors""";
    private const string Invalid = "{\"errors\":[{\"message\":\"project: Missing input\",\"help\":\"" + Help + "\"}]}";
    private const string NotAuthorised = """{"errors":[{"message":"Not Authorized"}]}""";
    private const string Premium = """{"errors":[{"message":"Payment Required: Search is only available to premium users."}]}""";
    private const string Private = """{"errors":[{"message":"You do not have access to this project."}]}""";
    private const string Missing = """{"errors":[{"message":"project: Not a recognized ID: 42"}]}""";
    private const string Sync = """{"errors":[{"message":"Sync token invalid or too old."}],"sync":"de4774f6915eae04714ca93bb2f5ee81"}""";
    private const string Dependency = """{"errors":[{"message":"Failed Dependency"}]}""";
    private const string Limit = """{"errors":[{"message":"You have made too many requests recently. Please, be chill."}]}""";
    private const string Legal = """{"errors":[{"message":"Unavailable For Legal Reasons"}]}""";
    private const string Server = """{"errors":[{"message":"Server Error","phrase":"6 sad squid snuggle softly"}]}""";
    private const string Busy = """{"errors":[{"message":"Server Error"}]}""";

    private readonly ManualClock clock = new();
    private readonly ScriptedTransport transport = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(400, Invalid, "", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "project: Missing input")]
    [InlineData(401, NotAuthorised, "", FailureKind.Unauthorized, FailureKind.Unauthorized, "-", -1, "Make a new token in Asana")]
    [InlineData(402, Premium, "", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "paid Asana plan")]
    [InlineData(403, Private, "", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "Give the token's user access")]
    [InlineData(404, Missing, "", FailureKind.Missing, FailureKind.Missing, "-", -1, "Not a recognized ID")]
    [InlineData(412, Sync, "", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "Sync token invalid")]
    [InlineData(424, Dependency, "", FailureKind.Unavailable, FailureKind.Uncertain, "call", -1, "Something else that Asana needed")]
    [InlineData(429, Limit, "Retry-After: 30", FailureKind.RateLimited, FailureKind.RateLimited, "lane", 30, "be chill")]
    [InlineData(429, Limit, "", FailureKind.RateLimited, FailureKind.RateLimited, "lane", -1, "slow down")]
    [InlineData(451, Legal, "", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "legal reasons")]
    [InlineData(500, Server, "", FailureKind.Unavailable, FailureKind.Uncertain, "lane", -1, "\"6 sad squid snuggle softly\"")]
    [InlineData(503, Busy, "Retry-After: 60", FailureKind.Unavailable, FailureKind.Uncertain, "lane", 60, "HTTP 503")]
    public async Task Each_refusal_has_its_next_move(
        int status, string body, string headers, FailureKind read, FailureKind write, string who, double wait, string says)
    {
        transport.Refuses("GET", "/projects", status, body, headers).Refuses("POST", "/sections", status, body, headers);
        var type = new AsanaConnectorType();
        var connector = type.Open(Tool.Context(type, new AsanaSettings(new Secret("2/1/1:abc"), "1", null), transport, clock));

        var poll = (await clock.RunAsync(((IReads)connector).PollAsync("projects", new Cursor(""), Stop))).Failure;
        poll.ShouldBe(read, status, null, who, wait, clock);
        poll!.Message.ShouldContain(says);

        var sent = (await clock.RunAsync(((IActs)connector).SendAsync(Section, Post, Stop))).Failure;
        if (write is FailureKind.Uncertain) sent.ShouldBe(write, status, null, "-", -1, clock);
        else sent.ShouldBe(write, status, null, who, wait, clock);
        sent!.Message.ShouldContain(says);
        transport.Calls.Count(call => call.Method == "POST").ShouldBe(1, "a write is sent once, whatever comes of it");
    }

    private static ActionCall Section { get; } = new(
        new ActionOrder("cf1", "section", "projects", new SectionContent("Onboarding")), 1,
        new Dictionary<string, ActionResult> { ["project"] = new("42", null) });

    private static FrozenCall Post { get; } =
        new("POST", "projects/42/sections", "application/json", """{"data":{"name":"Onboarding"}}""", new Dictionary<string, string>());
}
