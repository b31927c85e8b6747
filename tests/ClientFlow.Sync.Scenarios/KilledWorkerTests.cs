using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

/// <summary>
/// The process is killed (-9) at ten different writes, each of another deal: right after the tool had carried it out, or before.
/// One worker serves all ten, so that the waits before a look-up pass side by side.
/// </summary>
[Trait("Takes", "long")]
public sealed class KilledWorkerTests
{
    // A look-up waits for the send window, the call's limit, the vendor's longest commit and its lag: 133 s for the slowest.
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(240);

    [Fact]
    public async Task Killed_at_ten_different_writes_everything_is_there_exactly_once()
    {
        await using var flow = await Flow.StartAsync();
        var (office, sandbox) = (flow.Office, flow.Sandbox);

        // A vendor with patience, however long a start takes here: what becomes of the subscription is our doing alone.
        sandbox.Asana.Behaviour.DeletesFailedWebhooks = false;
        await flow.UntilAsync("Asana's subscription", () => sandbox.Asana.State()["webhooks"]!.AsArray().Count == 1);
        var deals = Enumerable.Range(1, 10)
            .Select(n => office.NewDeal($"Phoenix {n:00}", $"Rebirth{n:00}", $"{n}00.00", endsOn: Office.Today.AddDays(100 + n))).ToList();

        // The invoices first: their look-up waits longest.
        foreach (var deal in deals[..3]) office.Win(deal);
        foreach (var deal in deals[..3]) await flow.UntilAsync("linked project", () => office.LinkedProjectOf(deal));
        await DieAsync(flow, sandbox.Stripe, new Fault.HangAfterCommit(), "POST", "/v1/customers", Uri.EscapeDataString(deals[0].Email),
            () => Close(flow, deals[0]), () => office.CustomersOf(deals[0]).Count == 1);
        await DieAsync(flow, sandbox.Stripe, new Fault.HangAfterCommit(), "POST", "/v1/invoices", deals[1].Name,
            () => Close(flow, deals[1]), () => office.InvoicesOf(deals[1]).Count == 1);
        await DieAsync(flow, sandbox.Stripe, new Fault.HangAfterCommit(), "POST", "/v1/invoiceitems", deals[2].Name,
            () => Close(flow, deals[2]), () => office.FinishedInvoiceOf(deals[2]) is not null);

        await DieAsync(flow, sandbox.GoogleCalendar, new Fault.HangAfterCommit(), "POST", "/events", deals[3].Client,
            () => office.Win(deals[3]), () => office.RemindersOf(deals[3]).Count == 1);
        await DieAsync(flow, sandbox.Asana, new Fault.HangAfterCommit(), "POST", "/projects", deals[4].Name,
            () => office.Win(deals[4]), () => office.ProjectsOf(deals[4]).Count == 1);
        await DieAsync(flow, sandbox.Asana, new Fault.Hang(), "POST", "/projects", deals[5].Name,
            () => office.Win(deals[5]), () => sandbox.Asana.Requests.All.Any(r => r.Method == "POST" && r.Body.Contains(deals[5].Name, StringComparison.Ordinal)));
        office.ProjectsOf(deals[5]).ShouldBeEmpty();
        await DieAsync(flow, sandbox.Asana, new Fault.HangAfterCommit(), call => call.Method == "POST" && Project(office, deals[6]) is { } gid &&
                call.Path.EndsWith($"/projects/{gid}/sections", StringComparison.Ordinal),
            () => office.Win(deals[6]), () => sandbox.Asana.Requests.All.Any(r => Project(office, deals[6]) is { } gid && r.Path.EndsWith($"{gid}/sections", StringComparison.Ordinal)));
        await DieAsync(flow, sandbox.Asana, new Fault.HangAfterCommit(), call => IsTask(call, Project(office, deals[7]), "Send the welcome pack"),
            () => office.Win(deals[7]), () => office.ProjectsOf(deals[7]) is [{ Tasks.Count: 1 }]);
        await DieAsync(flow, sandbox.Asana, new Fault.HangAfterCommit(), call => IsTask(call, Project(office, deals[8]), "Collect access and assets"),
            () => office.Win(deals[8]), () => office.ProjectsOf(deals[8]) is [{ Tasks.Count: 2 }]);
        await DieAsync(flow, sandbox.HubSpot, new Fault.HangAfterCommit(), call => call.Method == "PATCH" && call.Path.EndsWith($"/deals/{deals[9].Id}", StringComparison.Ordinal),
            () => office.Win(deals[9]), () => office.Read(deals[9], Office.ProjectProperty).Length > 0);

        // Between writes, too: whatever is under way at that moment.
        await flow.KillWorkerAsync();
        await flow.StartWorkerAsync();

        foreach (var deal in deals[3..])
        {
            await flow.UntilAsync($"linked project of {deal.Name}", () => office.LinkedProjectOf(deal), Doubt);
            await flow.UntilAsync($"reminder of {deal.Name}", () => office.RemindersOf(deal).Count == 1, Doubt);
            Close(flow, deal);
        }

        foreach (var deal in deals) await flow.UntilAsync($"draft for {deal.Name}", () => office.FinishedInvoiceOf(deal), Doubt);
        await flow.SettleAsync();
        foreach (var deal in deals) DeliveryTests.OneOfEverything(flow, deal);
        sandbox.Asana.Requests.Count("POST", "/webhooks").ShouldBe(1, "twelve lives keep the subscription of the first");
        sandbox.Asana.Requests.Count("DELETE", "/webhooks").ShouldBe(0);
        sandbox.Asana.State()["projects"]!.AsArray().Count.ShouldBe(10);
        sandbox.Stripe.Invoices.Select(invoice => invoice.Total).ShouldBe(Enumerable.Range(1, 10).Select(n => n * 10000L), ignoreOrder: true);
        flow.ShouldHaveFollowedTheSpecs();
    }

    private static Task DieAsync(Flow flow, SimulatedTool tool, Fault fault, string method, string path, string body, Action act, Func<bool> committed) =>
        DieAsync(flow, tool, fault, call => call.Method == method && call.Path.EndsWith(path, StringComparison.Ordinal) &&
            call.Body.Contains(body, StringComparison.Ordinal), act, committed);

    // The write is seen by the tool, which doesn't answer; the worker dies while it waits, and lives again.
    private static async Task DieAsync(Flow flow, SimulatedTool tool, Fault fault, Func<ApiCall, bool> when, Action act, Func<bool> committed)
    {
        var hit = 0;
        tool.Faults.Add(fault, call => when(call) && Interlocked.Exchange(ref hit, 1) == 0);
        act();
        await flow.UntilAsync("write to die at", () => Volatile.Read(ref hit) == 1 && committed());
        await flow.KillWorkerAsync();
        await flow.StartWorkerAsync();
    }

    private static void Close(Flow flow, Deal deal) => flow.Sandbox.Asana.World.CompleteProject(flow.Office.LinkedProjectOf(deal)!.Gid);

    private static string? Project(Office office, Deal deal) => office.ProjectsOf(deal) is [var one, ..] ? one.Gid : null;

    private static bool IsTask(ApiCall call, string? project, string name) =>
        project is not null && call.Method == "POST" && call.Path.EndsWith("/tasks", StringComparison.Ordinal) &&
        call.Body.Contains(name, StringComparison.Ordinal) && call.Body.Contains(project, StringComparison.Ordinal);
}
