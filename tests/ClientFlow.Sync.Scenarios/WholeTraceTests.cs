using System.Collections.Concurrent;
using System.Diagnostics;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Scenarios.Harness;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Configuration;

namespace ClientFlow.Sync.Scenarios;

/// <summary>One trace, from the vendor's request to the last call that followed from it: the whole worker in this process, on the simulated tools.</summary>
[Trait("Takes", "long")]
public sealed class WholeTraceTests
{
    [Fact]
    public async Task One_trace_leads_from_a_webhook_to_the_last_call_and_to_the_handoff_that_follows_from_what_was_made()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name.StartsWith("ClientFlow.Sync.", StringComparison.Ordinal),
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        // The polls stand back: here the webhook is what brings the news.
        await using var flow = await Flow.PrepareAsync(new FlowOptions { Poll = "1h" });
        flow.WriteFile();
        var loaded = ConfigLoader.LoadText(flow.ConfigFile, await File.ReadAllTextAsync(flow.ConfigFile, TestContext.Current.CancellationToken), ConnectorTypes.All, new Given(flow));
        loaded.Diagnostics.ShouldBeEmpty();
        await using var worker = await WorkerHost.StartAsync(new WorkerOptions
        {
            Config = loaded.Config!, Types = ConnectorTypes.All, DataDirectory = flow.DataDirectory, Urls = flow.Url.ToString().TrimEnd('/'), Quiet = true,
        }, TestContext.Current.CancellationToken);
        flow.Sandbox.HubSpot.SetWebhookTarget(new Uri(flow.Url, "webhooks/crm"));
        await flow.UntilAsync("readiness", () => worker.Engine.Workspace.AllArmed);
        var deal = flow.Office.NewDeal("Quince Jam", "Jars", endsOn: Office.Today.AddDays(99));
        await flow.Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);

        flow.Office.Win(deal);
        await flow.UntilAsync("linked project", () => flow.Office.LinkedProjectOf(deal));
        await flow.UntilAsync("reminder", () => flow.Office.RemindersOf(deal).Count == 1);
        await flow.UntilAsync("span of the reminder", () => spans.Any(s => Action(s) == "reminder.create"));

        var last = spans.First(s => Action(s) == "reminder.create");
        var trace = spans.Where(s => s.TraceId == last.TraceId).ToList();
        var request = trace.Single(s => s.OperationName == "webhook");
        request.ParentSpanId.ShouldBe(default, "a trace begins with it");
        request.Kind.ShouldBe(ActivityKind.Server);

        // As a rule the project's own write leads to the reminder; the delivery does where it is read again by the time the project stands.
        var chain = Ancestors(last, trace);
        chain[..2].ShouldBe(["action.attempt", "handoff.decide"]);
        chain[^3..].ShouldBe(["delivery.read", "delivery.accept", "webhook"]);
        var first = trace.First(s => Action(s) == "project.create");
        Ancestors(first, trace).ShouldBe(["action.attempt", "handoff.decide", "delivery.read", "delivery.accept", "webhook"]);
        trace.Where(s => s.OperationName == "action.attempt").Select(Action).ShouldBe(
            ["project.create", "section.create", "task.create", "task.create", "deal.link", "reminder.create"], ignoreOrder: true);
        foreach (var attempt in trace.Where(s => s.OperationName == "action.attempt"))
            trace.ShouldContain(s => s.ParentSpanId == attempt.SpanId && s.DisplayName.StartsWith("HTTP ", StringComparison.Ordinal), Action(attempt));
        trace.ShouldContain(s => s.DisplayName == "HTTP POST" && s.ParentSpanId == first.SpanId && Equals(s.GetTagItem("http.response.status_code"), 201));
    }

    private static List<string> Ancestors(Activity span, List<Activity> trace)
    {
        var names = new List<string>();
        for (Activity? at = span; at is not null; at = trace.FirstOrDefault(s => s.SpanId == at.ParentSpanId)) names.Add(at.OperationName);
        return names;
    }

    private static string? Action(Activity span) => (string?)span.GetTagItem("clientflow.action");

    private sealed class Given(Flow flow) : ISecretSource
    {
        public string? FromEnvironment(string name) => flow.Secrets.GetValueOrDefault(name);

        public string? FromFile(string path) => new EnvironmentSecrets(Path.GetDirectoryName(flow.ConfigFile)!).FromFile(path);
    }
}
