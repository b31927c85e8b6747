using System.Net;
using System.Net.Sockets;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

/// <summary>What a user sees when the worker can't start, or can't reach a tool yet.</summary>
[Trait("Takes", "long")]
public sealed class StartingTests
{
    [Fact]
    public async Task A_mistake_in_the_file_is_shown_with_its_line_and_a_caret()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.WriteFile(text => text.Replace("deal.stage: won", "deal.stage: wonn", StringComparison.Ordinal));

        var ended = await flow.CommandAsync("run");

        ended.ExitCode.ShouldBe(2);
        ended.Errors.ShouldContain("`wonn`");
        ended.Errors.ShouldContain("northwind.yaml:");
        ended.Errors.ShouldContain("^^^^");
        ended.Errors.ShouldContain("did you mean `won`?");
        ended.All.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task A_secret_that_is_not_set_is_named_and_none_is_shown()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.WriteFile();
        flow.Secrets["ASANA_TOKEN"] = "";

        var ended = await flow.CommandAsync("run");

        ended.ExitCode.ShouldBe(2);
        ended.Errors.ShouldContain("ASANA_TOKEN");
        foreach (var secret in flow.Secrets.Values.Where(value => value.Length > 0)) ended.All.ShouldNotContain(secret);
    }

    [Fact]
    public async Task A_second_worker_on_the_same_data_is_refused()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { Webhooks = false });

        var ended = await flow.CommandAsync("run", "--urls", $"http://127.0.0.1:{Ports.Next()}");

        ended.ExitCode.ShouldBe(1);
        ended.Errors.ShouldContain("in use by another worker (process");
        ended.All.ShouldNotContain("   at ");
        (await flow.Worker.ReadinessAsync()).Ready.ShouldBeTrue();
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.WriteFile();
        using var taken = new TcpListener(IPAddress.Loopback, flow.Url.Port);
        taken.Start();

        var ended = await flow.CommandAsync("run", "--urls", flow.Url.ToString());

        ended.ExitCode.ShouldBe(1);
        ended.Errors.ShouldContain("can't listen on");
        ended.Errors.ShouldContain($"{flow.Url.Port}");
        ended.All.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task A_tool_that_is_down_at_the_start_is_waited_for()
    {
        await using var flow = await Flow.PrepareAsync(new FlowOptions { Webhooks = false });
        flow.Sandbox.Asana.Faults.Add(new Fault.Answer(503, "{}"), null, "/", times: 1_000_000);
        flow.Launch();

        await Patience.ForAsync("reason", async () => (await flow.Worker.ReadinessAsync()) is (false, var says) && says.Contains("Asana", StringComparison.Ordinal) ? says : null);
        flow.Sandbox.Asana.Faults.Clear();

        await flow.Worker.ReadyAsync();
    }

    [Fact]
    public async Task A_wrong_token_is_named_and_the_right_one_goes_on()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { Webhooks = false });
        await flow.KillWorkerAsync();
        var deal = flow.Office.NewDeal("Nutmeg Spice", "Jars");
        var right = flow.Secrets["ASANA_TOKEN"];

        flow.Secrets["ASANA_TOKEN"] = "revoked-token-of-yesterday";
        flow.Launch();
        flow.Office.Win(deal);
        var page = await flow.UntilPageSaysAsync("held until it is reconnected");
        page.ShouldContain("projects");
        page.ShouldNotContain("revoked-token-of-yesterday");
        flow.Worker.Output.ShouldNotContain("revoked-token-of-yesterday");

        await flow.KillWorkerAsync();
        flow.Secrets["ASANA_TOKEN"] = right;
        await flow.StartWorkerAsync();

        await flow.UntilAsync("linked project", () => flow.Office.LinkedProjectOf(deal));
        flow.Office.ProjectsOf(deal).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Readiness_names_the_tool_whose_token_is_refused()
    {
        await using var flow = await Flow.PrepareAsync(new FlowOptions { Webhooks = false });
        flow.Secrets["STRIPE_KEY"] = "sk_test_somebody_elses";
        flow.Launch();

        var says = await Patience.ForAsync("reason", async () =>
            (await flow.Worker.ReadinessAsync()) is (false, var text) && text.Contains("Stripe", StringComparison.Ordinal) ? text : null);

        says.ShouldNotContain("sk_test_somebody_elses");
        says.ShouldContain("closed-project-to-invoice is not armed yet");
    }
}
