using ClientFlow.Sync.Sandbox;

namespace ClientFlow.Sync.Benchmarks;

/// <summary>How many calls each tool hears when nothing happens, and how many a handoff takes.</summary>
internal static class ApiCalls
{
    public static async Task RunAsync(bool quick)
    {
        await HandoffsAsync(quick ? 5 : 20);
        await using var worker = await RealWorker.StartAsync();
        await worker.ReadyAsync();
        await Task.Delay(TimeSpan.FromSeconds(5));

        // At the pace that the worker chooses for itself. A day is reckoned from a stretch of it.
        var stretch = TimeSpan.FromMinutes(quick ? 0.5 : 20);
        var before = Count(worker.Sandbox);
        await Task.Delay(stretch);
        foreach (var (tool, calls) in Count(worker.Sandbox))
            Suite.Tell($"calls.idle_day.{tool}", (calls - before[tool]) * (TimeSpan.FromDays(1) / stretch), "");
    }

    private static async Task HandoffsAsync(int count)
    {
        await using var worker = await RealWorker.StartAsync(listening: true);
        await worker.ReadyAsync();
        var (crm, asana) = (worker.Sandbox.HubSpot.World, worker.Sandbox.Asana.World);
        await Task.Delay(TimeSpan.FromSeconds(5));
        var before = Count(worker.Sandbox);
        var known = Projects(worker.Sandbox).ToHashSet();
        for (var i = 0; i < count; i++)
        {
            var company = crm.Create("companies", new Dictionary<string, string> { ["name"] = $"Client {i}" });
            var contact = crm.Create("contacts", new Dictionary<string, string> { ["firstname"] = "Ada", ["lastname"] = "Byron", ["email"] = $"ada{i}@bench.example" }, company);
            var deal = crm.Create("deals", new Dictionary<string, string>
            {
                ["dealname"] = $"Website {i}", ["pipeline"] = "default", ["dealstage"] = "contractsent", ["amount"] = "4800.00", ["deal_currency_code"] = "GBP",
                ["contract_end_date"] = "2028-06-30", ["scope_summary"] = "Three pages", ["hubspot_owner_id"] = "30000001",
            }, company, contact);
            crm.WinDeal(deal);
        }

        await UntilAsync(() => Projects(worker.Sandbox).Count() == known.Count + count && Calendar(worker.Sandbox) >= count);
        foreach (var project in Projects(worker.Sandbox).Where(p => !known.Contains(p)).ToList()) asana.CompleteProject(project);
        await UntilAsync(() => worker.Sandbox.Stripe.Requests.Count("POST", "/v1/invoiceitems") >= count);
        await Task.Delay(TimeSpan.FromSeconds(5));
        var after = Count(worker.Sandbox);
        foreach (var (tool, calls) in after)
            Suite.Tell($"calls.deal_to_invoice_and_reminder.{tool}", (double)(calls - before[tool]) / count, "");
    }

    private static IEnumerable<string> Projects(SandboxHost sandbox) =>
        sandbox.Asana.State()["projects"]!.AsArray().Select(p => (string)p!["gid"]!);

    private static int Calendar(SandboxHost sandbox) =>
        sandbox.GoogleCalendar.Requests.All.Count(r => r.Method == "POST" && r.Path.EndsWith("/events", StringComparison.Ordinal));

    private static async Task UntilAsync(Func<bool> so)
    {
        for (var tries = 0; !so(); tries++)
        {
            if (tries > 1200) throw new InvalidOperationException("the handoffs did not happen within two minutes");
            await Task.Delay(100);
        }
    }

    private static Dictionary<string, int> Count(SandboxHost sandbox) => sandbox.Tools.ToDictionary(t => t.Name, t => t.Requests.Size);
}
