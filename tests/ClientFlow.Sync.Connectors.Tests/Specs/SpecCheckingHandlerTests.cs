using System.Net;
using System.Text;
using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Connectors.Tests.Specs;

public sealed class SpecCheckingHandlerTests
{
    private const string EmptyList = """{"object":"list","data":[],"has_more":false,"url":"/v1/invoices"}""";

    [Fact]
    public async Task What_follows_the_description_passes_and_arrives_unchanged()
    {
        var handler = new SpecCheckingHandler("stripe", "/stripe") { InnerHandler = new Canned(HttpStatusCode.OK, EmptyList) };
        using var client = new HttpClient(handler);

        var answer = await client.GetStringAsync("http://localhost/stripe/v1/invoices?limit=3", TestContext.Current.CancellationToken);

        answer.ShouldBe(EmptyList);
        handler.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task A_violation_is_reported_with_its_call_its_place_and_the_offending_value()
    {
        SpecFolder.RequireOrSkip();
        var handler = new SpecCheckingHandler("stripe") { InnerHandler = new Canned(HttpStatusCode.OK, """{"object":"list"}""") };
        using var client = new HttpClient(handler);
        using var form = new FormUrlEncodedContent([new("customer", "cus_1"), new("amount", "1.50")]);

        await client.PostAsync("http://localhost/v1/invoiceitems", form, TestContext.Current.CancellationToken);

        var report = Should.Throw<ShouldAssertException>(handler.ShouldHaveNoViolations).Message;
        report.ShouldContain("POST /v1/invoiceitems body.amount: expected integer, got \"1.50\"");
        report.ShouldContain("POST /v1/invoiceitems [200] answer.customer: is required and missing");
    }

    [Fact]
    public async Task A_request_that_got_no_answer_is_checked_all_the_same()
    {
        SpecFolder.RequireOrSkip();
        var handler = new SpecCheckingHandler("asana") { InnerHandler = new Canned(fault: new HttpRequestException("connection reset")) };
        using var client = new HttpClient(handler);

        await Should.ThrowAsync<HttpRequestException>(() => client.GetAsync("http://localhost/api/1.0/nowhere", TestContext.Current.CancellationToken));

        Should.Throw<ShouldAssertException>(handler.ShouldHaveNoViolations).Message.ShouldContain("GET /api/1.0/nowhere path: ");
    }

    [Fact]
    public void A_log_of_a_simulated_tool_is_checked_as_well()
    {
        var recorder = new SpecRecorder("asana", "/asana") { Ignoring = path => path == "/-/oauth_token" };

        recorder.Record("POST", "/asana/-/oauth_token", "", "application/x-www-form-urlencoded", Encoding.UTF8.GetBytes("a=b"));
        recorder.Record("POST", "/asana/api/1.0/projects", "", "application/json", Encoding.UTF8.GetBytes("""{"data":{"title":"Acme"}}"""));

        recorder.Count.ShouldBe(1);
        recorder.Violations().ShouldBe(["POST /api/1.0/projects body.data.title: is not in the description (value \"Acme\")"]);
    }

    [Fact]
    public void A_check_that_saw_nothing_does_not_pass()
    {
        SpecFolder.RequireOrSkip();

        Should.Throw<ShouldAssertException>(new SpecRecorder("asana").ShouldHaveNoViolations).Message.ShouldContain("no request to asana");
    }

    private sealed class Canned(HttpStatusCode status = HttpStatusCode.OK, string body = "", Exception? fault = null) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            fault is not null
                ? Task.FromException<HttpResponseMessage>(fault)
                : Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
    }
}
