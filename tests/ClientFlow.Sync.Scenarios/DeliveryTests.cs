using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

/// <summary>However the news arrives, the outcome is the same.</summary>
[Trait("Takes", "long")]
public sealed class DeliveryTests
{
    [Fact]
    public async Task Webhooks_alone_are_enough()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { Poll = "1h" });
        await flow.UntilAsync("Asana's subscription", () => Subscriptions(flow) == 1);

        await TheWholeStoryAsync(flow);
    }

    [Fact]
    public async Task Polling_alone_is_enough()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { Webhooks = false });
        flow.Sandbox.HubSpot.Behaviour.AssociationsTouchModifiedDate.ShouldBeFalse();

        // An association leaves no trace that a poll could see: the waiting handoff looks for itself, after a minute.
        var lacking = flow.Office.NewDeal("Ivy Books", "Window", withContact: false);
        flow.Office.Win(lacking);
        await flow.UntilPageSaysAsync(lacking.Project, "waiting: client.email");
        await flow.Office.AssociateAsync(lacking);

        await TheWholeStoryAsync(flow);

        await flow.UntilAsync("project of the deal that only lacked an association", () => flow.Office.LinkedProjectOf(lacking), TimeSpan.FromSeconds(120));
        Subscriptions(flow).ShouldBe(0);
        flow.ShouldHaveFollowedTheSpecs();
    }

    [Fact]
    public async Task Deliveries_that_come_three_times_and_in_any_order_change_nothing()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { Poll = "1h" });
        await flow.UntilAsync("Asana's subscription", () => Subscriptions(flow) == 1);
        foreach (var sender in flow.Sandbox.Tools.Select(tool => tool.Webhooks)) (sender.Switches.Copies, sender.Switches.Shuffle) = (3, true);

        // Some gather before any leaves, so that there is something to shuffle.
        flow.Sandbox.HubSpot.Webhooks.Pause();
        var deals = Enumerable.Range(1, 4).Select(n => flow.Office.NewDeal($"Jasmine {n}", $"Garden {n}", endsOn: Office.Today.AddDays(100 + n))).ToList();
        foreach (var deal in deals)
        {
            flow.Office.Win(deal);
            flow.Office.Change(deal, ("dealstage", "contractsent"));
            flow.Office.Win(deal);
        }

        flow.Sandbox.HubSpot.Webhooks.Resume();

        foreach (var deal in deals)
        {
            var project = await flow.UntilAsync("linked project", () => flow.Office.LinkedProjectOf(deal));
            flow.Sandbox.Asana.World.CompleteProject(project.Gid);
        }

        foreach (var deal in deals) await flow.UntilAsync("draft", () => flow.Office.FinishedInvoiceOf(deal));
        await flow.Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);
        foreach (var deal in deals) OneOfEverything(flow, deal);
        flow.ShouldHaveFollowedTheSpecs();
    }

    [Fact]
    public async Task A_tool_that_is_read_only_is_never_written_to()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { ReadOnly = new HashSet<string> { "projects", "billing", "crm" } });
        var deal = flow.Office.NewDeal("Kelp Foods", "Packaging");

        flow.Office.Win(deal);
        await flow.UntilPageSaysAsync(deal.Project, "connected read-only");
        await flow.SettleAsync();

        flow.Sandbox.Asana.Requests.All.Where(request => request.Method != "GET").ShouldBeEmpty();
        flow.Sandbox.Stripe.Requests.All.Where(request => request.Method != "GET").ShouldBeEmpty();
        flow.Sandbox.HubSpot.Requests.All.Where(request => request.Method is "PATCH" or "PUT" or "DELETE").ShouldBeEmpty();
        Subscriptions(flow).ShouldBe(0);
        flow.ShouldHaveFollowedTheSpecs();
    }

    [Fact]
    public async Task A_subscription_that_the_vendor_gave_up_is_made_again_at_the_next_start()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { Poll = "1h" });
        await flow.UntilAsync("Asana's subscription", () => Subscriptions(flow) == 1);
        await flow.KillWorkerAsync();
        flow.Sandbox.Asana.Webhooks.Switches.RetryAfter = [];
        var byHand = flow.Sandbox.Asana.World.CreateProject("Somebody's own");
        await flow.UntilAsync("end of the vendor's patience", () => Subscriptions(flow) == 0);

        await flow.StartWorkerAsync();

        await flow.UntilAsync("new subscription", () => Subscriptions(flow) == 1);
        flow.Sandbox.Asana.World.SetDueDate(byHand, Office.Day(Office.Today.AddDays(90)));
        await flow.UntilAsync("delivery that is taken", () => flow.Sandbox.Asana.Webhooks.Sent is [.., { Status: 200 }]);
    }

    private static async Task TheWholeStoryAsync(Flow flow)
    {
        var deal = flow.Office.NewDeal("Lupin Labs", "Launch", "2400.50", endsOn: Office.Today.AddDays(99));
        flow.Office.Win(deal);
        var project = await flow.UntilAsync("linked project", () => flow.Office.LinkedProjectOf(deal));
        await flow.UntilAsync("reminder", () => flow.Office.RemindersOf(deal).Count == 1);

        flow.Sandbox.Asana.World.CompleteProject(project.Gid);
        (await flow.UntilAsync("draft", () => flow.Office.FinishedInvoiceOf(deal))).Total.ShouldBe(240050);

        await flow.Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);
        OneOfEverything(flow, deal);
        flow.ShouldHaveFollowedTheSpecs();
    }

    /// <summary>One project with its two tasks, one customer, one draft with its line, one reminder.</summary>
    internal static void OneOfEverything(Flow flow, Deal deal)
    {
        flow.Office.ProjectsOf(deal).ShouldHaveSingleItem().Tasks.Select(task => (string)task["name"]!)
            .ShouldBe(["Send the welcome pack", "Collect access and assets"], deal.Name);
        flow.Office.LinkedProjectOf(deal).ShouldNotBeNull(deal.Name);
        flow.Office.CustomersOf(deal).Count.ShouldBe(1, deal.Name);
        flow.Office.InvoicesOf(deal).ShouldHaveSingleItem().Items.Count.ShouldBe(1, deal.Name);
        flow.Office.RemindersOf(deal).Count.ShouldBe(1, deal.Name);
    }

    private static int Subscriptions(Flow flow) => flow.Sandbox.Asana.State()["webhooks"]!.AsArray().Count;
}
