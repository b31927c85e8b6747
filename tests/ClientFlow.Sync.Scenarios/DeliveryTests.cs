using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.HubSpot;
using ClientFlow.Sync.Scenarios.Harness;
using ClientFlow.Sync.Storage.Sqlite;
using ClientFlow.Sync.Worker.Composition;

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
    public async Task Tools_that_are_read_only_are_never_written_to()
    {
        var readOnly = false;
        await using var flow = await Flow.StartAsync(new FlowOptions { Edit = text => readOnly ? text.Replace("poll: 1s", "poll: 1s, readOnly: true", StringComparison.Ordinal) : text });
        var deal = flow.Office.NewDeal("Dulse Foods", "Labels");
        flow.Office.Win(deal);
        var project = await flow.UntilAsync("linked project", () => flow.Office.LinkedProjectOf(deal));
        await flow.UntilAsync("both tasks and the subscription", () => flow.Office.ProjectsOf(deal) is [{ Tasks.Count: 2 }] && Subscriptions(flow) == 1);
        await flow.KillWorkerAsync();
        flow.Sandbox.Asana.Webhooks.Switches.RetryAfter = [];
        flow.Sandbox.Asana.World.SetDueDate(project.Gid, Office.Day(Office.Today.AddDays(120)));
        await flow.UntilAsync("end of the vendor's patience", () => Subscriptions(flow) == 0);
        foreach (var tool in flow.Sandbox.Tools) tool.Requests.Clear();

        // From here on there is a project, a reminder, an invoice and a subscription to make, and nothing but this keeps them back.
        readOnly = true;
        await flow.StartWorkerAsync();
        var lacking = flow.Office.NewDeal("Kelp Foods", "Packaging");
        flow.Office.Win(lacking);
        await flow.UntilPageSaysAsync(lacking.Project, "waiting: projects is connected read-only", "waiting: calendar is connected read-only");
        flow.Sandbox.Asana.World.CompleteProject(project.Gid);
        await flow.UntilPageSaysAsync("waiting: billing is connected read-only");
        await flow.SettleAsync();

        foreach (var tool in flow.Sandbox.Tools) Writes(tool).ShouldBeEmpty();
        Subscriptions(flow).ShouldBe(0);
        flow.ShouldHaveFollowedTheSpecs();
    }

    [Fact]
    public async Task Restarts_leave_the_one_subscription_as_it_was_and_one_that_the_vendor_gave_up_is_made_again_at_the_next()
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { Poll = "1h" });
        await flow.UntilAsync("Asana's subscription", () => Subscriptions(flow) == 1);
        var requests = flow.Sandbox.Asana.Requests;
        var (first, looks) = (Gid(flow), requests.Count("GET", "/webhooks"));

        await flow.Worker.StopAsync();
        await flow.KillWorkerAsync();
        flow.Launch();
        await flow.UntilAsync("look at the subscriptions in the next life", () => requests.Count("GET", "/webhooks") > looks);
        var byHand = flow.Sandbox.Asana.World.CreateProject("Somebody's own");
        await flow.UntilAsync("delivery that is taken", () => flow.Sandbox.Asana.Webhooks.Sent is [.., { Status: 200 }]);
        Gid(flow).ShouldBe(first);
        requests.Count("POST", "/webhooks").ShouldBe(1);

        await flow.KillWorkerAsync();
        flow.Sandbox.Asana.Webhooks.Switches.RetryAfter = [];
        flow.Sandbox.Asana.World.RenameProject(byHand, "Nobody's now");
        await flow.UntilAsync("end of the vendor's patience", () => Subscriptions(flow) == 0);

        flow.Launch();

        await flow.UntilAsync("new subscription", () => Subscriptions(flow) == 1);
        flow.Sandbox.Asana.World.SetDueDate(byHand, Office.Day(Office.Today.AddDays(90)));
        await flow.UntilAsync("delivery that is taken", () => flow.Sandbox.Asana.Webhooks.Sent is [.., { Status: 200 }]);
        requests.Count("POST", "/webhooks").ShouldBe(2);
        requests.Count("DELETE", "/webhooks").ShouldBe(0);

        static string Gid(Flow flow) => (string)flow.Sandbox.Asana.State()["webhooks"]!.AsArray().Single()!["gid"]!;
    }

    [Fact]
    public async Task What_was_answered_200_is_in_the_database_however_the_worker_is_killed()
    {
        await using var flow = await Flow.PrepareAsync(new FlowOptions { Poll = "1h" });
        using var http = new HttpClient();

        // Right before the commit there is no answer and no row; right after it the row is there, though nobody was told.
        await LiveAsync("delivery:before:1");
        (await DeliverAsync(1)).ShouldBe(0);
        await flow.Worker.EndAsync();
        (await KeptAsync()).ShouldBeEmpty();

        await LiveAsync("delivery:after:1");
        (await DeliverAsync(2)).ShouldBe(0);
        await flow.Worker.EndAsync();
        (await KeptAsync()).ShouldBe([2]);

        // In the middle of a burst: the answers up to that moment are promises.
        await LiveAsync("");
        var answered = new ConcurrentBag<int>();
        var vendors = Enumerable.Range(1, 16).Select(async n =>
        {
            for (var id = n * 10_000; await DeliverAsync(id) == 200; id++) answered.Add(id);
        }).ToList();
        await flow.UntilAsync("burst under way", () => answered.Count > 200);
        await flow.KillWorkerAsync();
        await Task.WhenAll(vendors);
        var kept = await KeptAsync();
        answered.Except(kept).ShouldBeEmpty();
        kept.ShouldBeUnique();

        async Task LiveAsync(string diesAt)
        {
            await flow.KillWorkerAsync();
            flow.Environment["CLIENTFLOW_DEBUG_DIE_AT"] = diesAt;
            flow.Launch();
            await Patience.ForAsync("worker that listens", async () => (await flow.Worker.ReadinessAsync()).Says is { Length: > 0 } says ? says : null);
        }

        // As HubSpot does it. Answers 0 where there is no answer.
        async Task<int> DeliverAsync(int id)
        {
            var (body, at) = ($"[{{\"subscriptionType\":\"deal.creation\",\"objectId\":{id},\"portalId\":1}}]", $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}");
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{flow.Url}webhooks/crm") { Content = new StringContent(body) };
            request.Headers.Add("X-HubSpot-Signature-v3", HubSpotSignature.V3(SandboxOptions.HubSpotClientSecret, "POST", $"{flow.Url}webhooks/crm", body, at));
            request.Headers.Add("X-HubSpot-Request-Timestamp", at);
            try
            {
                using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
                return (int)answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                return 0;
            }
        }

        async Task<List<int>> KeptAsync()
        {
            await using var store = SqliteStore.OpenReadOnly(new SqliteStoreOptions
            {
                Directory = flow.DataDirectory, Clock = TimeProvider.System, Protector = Protector.In(flow.DataDirectory),
            });
            var all = await store.ReadAsync(static view => view.PendingDeliveries(0, 1_000_000).Concat(view.DeliveriesBetween("crm", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, 1_000_000)).ToList(),
                TestContext.Current.CancellationToken);
            return [.. all.Select(item => (int)JsonNode.Parse(item.Delivery.Body.Span)![0]!["objectId"]!)];
        }
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

    // Searches and batches of reads are POSTs that write nothing, and so is a sign-in.
    private static IEnumerable<string> Writes(SimulatedTool tool) => tool.Requests.All
        .Where(r => r.Method != "GET" && !r.Path.EndsWith("/search", StringComparison.Ordinal) && !r.Path.EndsWith("/batch/read", StringComparison.Ordinal) &&
            !r.Path.EndsWith("/token", StringComparison.Ordinal)).Select(r => $"{r.Method} {r.Path}");

    private static int Subscriptions(Flow flow) => flow.Sandbox.Asana.State()["webhooks"]!.AsArray().Count;
}
