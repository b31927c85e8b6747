using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

/// <summary>The worker meets years of history, and comes back after a while.</summary>
[Trait("Takes", "long")]
public sealed class FirstStartTests
{
    [Fact]
    public async Task History_fires_nothing_and_what_happens_while_it_is_off_fires_at_the_next_start()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { SmallBusiness = true, Webhooks = false });
        await flow.SettleAsync();
        NothingWasWritten(flow);

        await flow.KillWorkerAsync();
        var world = flow.Sandbox.HubSpot.World;
        world.WinDeal(world.DealNamed("Online shop")!);
        await flow.StartWorkerAsync();

        await flow.UntilAsync("project of the deal that was won meanwhile", () => world.Read("deals", world.DealNamed("Online shop")!, Office.ProjectProperty));
        await flow.SettleAsync();
        var projects = flow.Sandbox.Asana.State()["projects"]!.AsArray().Select(project => (string)project!["name"]!).ToList();
        projects.Count.ShouldBe(4);
        projects.Count(name => name == "Bäckerei Müller – Online shop").ShouldBe(1);
        projects.ShouldNotContain("Hudson & Reed LLP – Client portal");
        flow.Sandbox.Stripe.Requests.Count("POST", "/v1/").ShouldBe(0);

        await flow.KillWorkerAsync();
        await flow.StartWorkerAsync();
        await flow.SettleAsync();
        flow.Sandbox.Asana.Requests.Count("POST", "/projects").ShouldBe(2); // The project and its section.
        flow.ShouldHaveFollowedTheSpecs();
    }

    private static void NothingWasWritten(Flow flow)
    {
        flow.Sandbox.Asana.Requests.All.Where(request => request.Method != "GET").ShouldBeEmpty();
        flow.Sandbox.Stripe.Requests.All.Where(request => request.Method != "GET").ShouldBeEmpty();
        flow.Sandbox.GoogleCalendar.Requests.All.Where(request => request.Method != "GET" && request.Path != "/token").ShouldBeEmpty();
        flow.Sandbox.HubSpot.Requests.All.Where(request => request.Method is "PATCH" or "PUT" or "DELETE").ShouldBeEmpty();
    }
}
