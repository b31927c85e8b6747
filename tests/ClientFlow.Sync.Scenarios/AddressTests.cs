using System.Net;
using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

/// <summary>The addresses that the worker listens on: those for webhooks alone can be shown to the internet.</summary>
[Trait("Takes", "long")]
public sealed class AddressTests
{
    [Fact]
    public async Task Webhooks_at_an_address_of_their_own_and_commands_at_the_pages_make_a_handoff_together()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { Poll = "1h", WebhooksApart = true, Approve = true });
        await flow.UntilAsync("Asana's subscription", () => flow.Sandbox.Asana.State()["webhooks"]!.AsArray().Count == 1);
        var deal = flow.Office.NewDeal("Alder Joinery", "Staircase");

        flow.Office.Win(deal);
        var project = await flow.UntilAsync("linked project", () => flow.Office.LinkedProjectOf(deal));
        flow.Sandbox.Asana.World.CompleteProject(project.Gid);
        (await flow.CommandAsync("approve", await flow.WaitingHandoffAsync("Staircase"))).ExitCode.ShouldBe(0);

        await flow.UntilAsync("draft", () => flow.Office.FinishedInvoiceOf(deal));
        using var outside = new HttpClient { BaseAddress = flow.PublicUrl };
        (await outside.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        flow.Worker.Output.ShouldContain($"webhooks come in at {flow.PublicUrl.ToString().TrimEnd('/')}, and nowhere else");
    }

    [Theory]
    [InlineData("--webhook-urls", "http://hooks.northwind.example:8788", "is no address to listen on")]
    [InlineData("--webhook-urls", "https://127.0.0.1:8788", "is no address to listen on")]
    [InlineData("--webhook-urls", "http://0.0.0.0:8787", "port 8787 is one of --urls already")]
    [InlineData("--urls", "http://localhots:8787", "is no address to listen on")]
    public async Task An_address_that_can_not_be_meant_is_told_and_nothing_listens(string option, string address, string told)
    {
        await using var flow = await Flow.PrepareAsync();
        flow.WriteFile();

        var ended = await flow.CommandAsync("run", option, address);

        ended.ExitCode.ShouldBe(2);
        ended.Errors.ShouldContain(option);
        ended.Errors.ShouldContain(told);
        ended.All.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task No_variable_makes_the_worker_believe_a_client_about_where_it_comes_from()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions
        {
            Webhooks = false, MoreSecrets = new Dictionary<string, string> { ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true" },
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, flow.Url);
        request.Headers.Add("X-Forwarded-For", "127.0.0.1");

        (await flow.Worker.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Who_listens_to_the_network_without_anybody_who_may_sign_in_is_told_that_nobody_will()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { Webhooks = false, Everywhere = true });
        using var request = new HttpRequestMessage(HttpMethod.Get, flow.Url);
        request.Headers.Host = "flow.northwind.example";

        using var refused = await flow.Worker.Http.SendAsync(request, TestContext.Current.CancellationToken);

        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("`access` in the mapping file");
        flow.Worker.Output.ShouldContain("name who may sign in from elsewhere under `access`");

        // Rubbish in a cookie is no news for the operator.
        using var rubbish = new HttpRequestMessage(HttpMethod.Get, flow.Url);
        rubbish.Headers.Add("Cookie", "clientflow-form=rubbish; clientflow-session=rubbish");
        (await flow.Worker.Http.SendAsync(rubbish, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        flow.Worker.Output.ShouldNotContain("Antiforgery");
    }
}
