using System.Net;
using System.Net.Sockets;
using System.Text.Json.Serialization;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Testing;

namespace ClientFlow.Sync.Connectors.Tests.Http;

public sealed partial class WireClientTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ManualClock clock = new();
    private readonly ScriptedTransport transport = new();

    public static TheoryData<int, FailureKind, FailureKind> Statuses => new()
    {
        { 400, FailureKind.Rejected, FailureKind.Rejected },
        { 401, FailureKind.Unauthorized, FailureKind.Unauthorized },
        { 402, FailureKind.Rejected, FailureKind.Rejected },
        { 403, FailureKind.Rejected, FailureKind.Rejected },
        { 404, FailureKind.Missing, FailureKind.Missing },
        { 409, FailureKind.Rejected, FailureKind.Rejected },
        { 410, FailureKind.Missing, FailureKind.Missing },
        { 424, FailureKind.Unavailable, FailureKind.Uncertain },
        { 302, FailureKind.Rejected, FailureKind.Rejected },
        { 429, FailureKind.RateLimited, FailureKind.RateLimited },
        { 500, FailureKind.Unavailable, FailureKind.Uncertain },
        { 503, FailureKind.Unavailable, FailureKind.Uncertain },
    };

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task A_refusal_is_sorted_by_its_status_and_by_whether_it_was_a_write(int status, FailureKind read, FailureKind write)
    {
        transport.On("GET", "thing", (HttpStatusCode)status, "{}").On("POST", "thing", (HttpStatusCode)status, "{}");

        (await Client(retries: 0).GetAsync("thing", WireJson.Default.Thing, None)).Failure!.Kind.ShouldBe(read);
        (await Client(retries: 0).SendAsync(Write(), WireJson.Default.Thing, None)).Failure!.Kind.ShouldBe(write);
    }

    [Fact]
    public async Task A_read_is_tried_again_after_trouble_and_then_succeeds()
    {
        transport.On("GET", "thing", HttpStatusCode.BadGateway, "")
            .Fails("GET", "thing", new HttpRequestException(HttpRequestError.ResponseEnded))
            .On("GET", "thing", HttpStatusCode.TooManyRequests, "", ("Retry-After", "2"))
            .On("GET", "thing", """{"name":"found","more":[1,2]}""");
        var began = clock.GetUtcNow();

        var outcome = await clock.RunAsync(Client().GetAsync("thing", WireJson.Default.Thing, None));

        outcome.Value.Name.ShouldBe("found");
        (clock.GetUtcNow() - began).ShouldBe(TimeSpan.FromSeconds(0.5 + 1 + 2));
        transport.ShouldBeDone();
    }

    [Fact]
    public async Task A_search_by_POST_is_a_read_and_is_tried_again()
    {
        transport.On("POST", "search", HttpStatusCode.ServiceUnavailable, "").On("POST", "search", """{"name":"found"}""");
        var search = WireCall.Query("search", new Thing("x"), WireJson.Default.Thing);

        (await clock.RunAsync(Client().SendAsync(search, WireJson.Default.Thing, None))).Value.Name.ShouldBe("found");

        transport.Calls.Select(call => call.Body).ShouldBe(["""{"name":"x"}""", """{"name":"x"}"""]);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_write_is_sent_once_whatever_comes_of_it(int status)
    {
        transport.On("POST", "thing", (HttpStatusCode)status, "", ("Retry-After", "1"));

        (await clock.RunAsync(Client().SendAsync(Write(), None))).Failure.ShouldNotBeNull();

        transport.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_wait_that_is_too_long_to_sit_out_is_returned_with_its_moment()
    {
        transport.On("GET", "thing", HttpStatusCode.TooManyRequests, "", ("Retry-After", "120"));

        var failure = (await clock.RunAsync(Client().GetAsync("thing", WireJson.Default.Thing, None))).Failure!;

        failure.Kind.ShouldBe(FailureKind.RateLimited);
        failure.RetryAt.ShouldBe(clock.GetUtcNow().AddSeconds(120));
    }

    [Theory]
    [InlineData("3", 3_000)]
    [InlineData("10000", 10_000)]
    [InlineData("Mon, 02 Nov 2026 09:00:30 GMT", 30_000)]
    public void Waits_are_read_in_the_vendors_units(string header, int milliseconds)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("Retry-After", header);

        RetryAfter.InSecondsOrMilliseconds(response, clock.GetUtcNow()).ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("-5")]
    public void A_wait_that_makes_no_sense_is_none(string header)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("Retry-After", header);

        RetryAfter.InSeconds(response, clock.GetUtcNow()).ShouldBeNull();
    }

    [Fact]
    public async Task A_call_without_an_answer_ends_after_ten_seconds_and_leaves_only_a_write_in_doubt()
    {
        transport.Hangs("GET", "thing").Hangs("POST", "thing");
        var began = clock.GetUtcNow();

        (await clock.RunAsync(Client().GetAsync("thing", WireJson.Default.Thing, None))).Failure!.Kind.ShouldBe(FailureKind.Unavailable);
        (clock.GetUtcNow() - began).ShouldBe(TimeSpan.FromSeconds(10));
        (await clock.RunAsync(Client().SendAsync(Write(), None))).Failure!.Kind.ShouldBe(FailureKind.Uncertain);
    }

    [Fact]
    public async Task Nobody_at_the_door_means_that_nothing_was_done()
    {
        transport.Fails("POST", "thing", new HttpRequestException(HttpRequestError.NameResolutionError));
        transport.Fails("POST", "thing", new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused)));

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var failure = (await Client().SendAsync(Write(), None)).Failure!;
            failure.Kind.ShouldBe(FailureKind.Unavailable);
            failure.Message.ShouldContain("Acme (crm)");
        }
    }

    [Fact]
    public async Task A_cut_after_sending_leaves_a_write_in_doubt()
    {
        transport.Fails("POST", "thing", new HttpRequestException("reset", new IOException("reset")));

        (await Client().SendAsync(Write(), None)).Failure!.Kind.ShouldBe(FailureKind.Uncertain);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    public async Task An_answer_that_cannot_be_read_leaves_only_a_write_in_doubt(string body)
    {
        transport.On("GET", "thing", body).On("POST", "thing", body);

        (await Client().GetAsync("thing", WireJson.Default.Thing, None)).Failure!.Kind.ShouldBe(FailureKind.Malformed);
        (await Client().SendAsync(Write(), WireJson.Default.Thing, None)).Failure!.Kind.ShouldBe(FailureKind.Uncertain);
    }

    [Fact]
    public async Task An_answer_beyond_all_measure_is_not_read()
    {
        transport.On("GET", "thing", new string('x', 2_000));

        var outcome = await Client(new ToolHttpOptions { MaxAnswer = 1_000 }).GetAsync("thing", WireJson.Default.Thing, None);

        outcome.Failure!.Kind.ShouldBe(FailureKind.Malformed);
    }

    [Fact]
    public async Task A_vendor_that_repeats_our_token_does_not_get_it_into_the_message()
    {
        transport.On("GET", "thing", HttpStatusCode.Unauthorized, "token pat-secret-1 is wrong\r\n" + new string('x', 5_000));

        var failure = (await Client().GetAsync("thing", WireJson.Default.Thing, None)).Failure!;

        failure.Message.ShouldContain("token *** is wrong");
        failure.Message.ShouldNotContain("pat-secret-1");
        failure.Message.ShouldNotContain("\n");
        failure.Message.Length.ShouldBeLessThan(500);
    }

    [Fact]
    public async Task A_base_address_may_have_a_path_of_its_own()
    {
        transport.On("GET", "/proxy/crm/thing", """{"name":"found"}""");
        using var http = ToolHttp.Client(new Uri("http://localhost/proxy/crm"), clock, transport);

        (await new WireClient(http, clock, "crm", new WireVendor("Acme")).GetAsync("thing", WireJson.Default.Thing, None)).Value.Name.ShouldBe("found");
    }

    [Fact]
    public async Task A_frozen_call_is_sent_byte_for_byte()
    {
        var frozen = new FrozenCall(
            "PATCH", "thing?x=1", "application/json", """{"name":"Zoë – 5 €"}""", new Dictionary<string, string> { ["Idempotency-Key"] = "k1" });
        transport.On("PATCH", "thing?x=1", """{"name":"found"}""");

        (await Client().SendAsync(WireCall.Of(frozen), WireJson.Default.Thing, None)).Value.Name.ShouldBe("found");

        transport.Calls.Single().Body.ShouldBe(frozen.Body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("pat–dash")]
    public async Task A_token_that_cannot_be_one_is_said_and_not_sent(string token)
    {
        using var http = ToolHttp.Client(new Uri("http://localhost/"), clock, transport);
        var client = new WireClient(http, clock, "crm", new WireVendor("Acme")) { Authorize = WireClient.Bearer(new Secret(token)) };

        (await client.GetAsync("thing", WireJson.Default.Thing, None)).Failure!.Kind.ShouldBe(FailureKind.Unauthorized);
        transport.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Stopping_the_program_is_no_failure()
    {
        transport.Hangs("GET", "thing");
        using var stop = new CancellationTokenSource();
        var work = Client().GetAsync("thing", WireJson.Default.Thing, stop.Token);

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(work);
    }

    private static WireCall Write() => WireCall.Send(HttpMethod.Post, "thing", new Thing("x"), WireJson.Default.Thing);

    private WireClient Client(int retries = 3) => Client(new ToolHttpOptions { Dice = () => 1, ReadRetries = retries });

    private WireClient Client(ToolHttpOptions options) =>
        new(ToolHttp.Client(new Uri("http://localhost/"), clock, transport, options), clock, "crm",
            new WireVendor("Acme") { Words = body => new VendorWords(null, System.Text.Encoding.UTF8.GetString(body.Span)) })
        {
            Authorize = WireClient.Bearer(new Secret("pat-secret-1")),
            Secrets = [new Secret("pat-secret-1")],
        };

    internal sealed record Thing([property: JsonPropertyName("name")] string? Name);

    [JsonSerializable(typeof(Thing))]
    internal sealed partial class WireJson : JsonSerializerContext;
}
