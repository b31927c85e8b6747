using System.Diagnostics;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.Observing;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.World;
using ClientFlow.Sync.Scenarios.Harness;
using ClientFlow.Sync.Storage.Sqlite;
using ClientFlow.Sync.Testing;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientFlow.Sync.Scenarios;

/// <summary>A day of a small business on the smallest plans, without webhooks: the whole engine and the real connectors, on a clock that the test moves.</summary>
[Trait("Takes", "long")]
public sealed class SimulatedDayTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_day_on_the_smallest_plans_meets_no_refusal_and_uses_a_third_of_no_budget()
    {
        var clock = new ManualClock();
        await using var sandbox = await SandboxHost.StartAsync(new SandboxOptions { Clock = clock }, TestContext.Current.CancellationToken);
        sandbox.Asana.Behaviour.CallsPerMinute = 150;
        var office = new Office(sandbox);
        using var folder = new Folder();
        using var calls = new Calls(ToolHttp.Transport());
        await using var store = await SqliteStore.OpenAsync(new SqliteStoreOptions { Directory = folder.FullName, Clock = clock, Protector = Protector.In(folder.FullName) });
        var workspace = new WorkspaceFactory(ConnectorTypes.All, clock).Create(Config(sandbox, folder.FullName), store, _ => calls);
        using var engine = new EngineHost(workspace, NullLogger<EngineHost>.Instance);
        await engine.StartAsync(CancellationToken.None);
        await IdleAsync(() => workspace.AllArmed);
        var started = clock.GetUtcNow();
        foreach (var tool in sandbox.Tools) tool.Requests.Clear();

        // Four deals are won and two projects closed in the course of it, and each stream is compared in full once.
        var deals = Enumerable.Range(1, 4).Select(n => office.NewDeal($"Day {n}", $"Work {n}", endsOn: DateOnly.FromDateTime(started.UtcDateTime).AddDays(200))).ToList();
        var peaks = new Dictionary<string, double>();
        for (var step = 0; clock.GetUtcNow() < started + Day; step++)
        {
            if (step % 600 == 100 && step / 600 < deals.Count) office.Win(deals[step / 600]);
            if (step is 1500 or 2100) sandbox.Asana.World.CompleteProject(office.ProjectsOf(deals[(step - 1500) / 600]).Single().Gid);
            clock.Advance(Step);
            foreach (var tool in workspace.Tools)
            {
                foreach (var stream in tool.Manifest.Streams)
                {
                    if (step * Step.Ticks % Pace.Tick(tool, stream).Ticks == 0) await InTimeAsync(engine.Streams.TickAsync(tool, stream, CancellationToken.None));
                    if (step == 1000) await InTimeAsync(engine.Streams.ReconcileAsync(tool, stream, CancellationToken.None));
                }
            }

            await IdleAsync(() => true);
            foreach (var tool in workspace.Tools)
                foreach (var meter in tool.Quota.Meters(clock.GetUtcNow())) peaks[$"{tool.Name} {meter.Window}"] = Math.Max(peaks.GetValueOrDefault($"{tool.Name} {meter.Window}"), meter.Share);
        }

        await engine.StopAsync(CancellationToken.None);
        foreach (var deal in deals) office.ProjectsOf(deal).Count.ShouldBe(1, deal.Name);
        office.FinishedInvoiceOf(deals[0]).ShouldNotBeNull();
        office.FinishedInvoiceOf(deals[1]).ShouldNotBeNull();
        var shares = new List<string>();
        foreach (var (tool, requests) in workspace.Tools.Zip(sandbox.Tools, (t, s) => (t, s.Requests.All)))
        {
            requests.Count(r => r.Status is 429 or 403).ShouldBe(0, tool.Name);
            foreach (var window in tool.Manifest.Quota.Where(w => w.Per > TimeSpan.Zero))
            {
                var counted = requests.Count(r => window.Counts(new QuotaCall(IsWrite(r), r.Path.EndsWith("/search", StringComparison.Ordinal) ? "search" : null, "")));
                var share = counted / (window.Limit * (Day / window.Per));
                shares.Add($"{tool.Name} {window.Name}: {counted} calls a day, {share:P1} of what {window.Limit} {window.Text} allow");
                share.ShouldBeLessThanOrEqualTo(0.3, shares[^1]);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', shares.Concat(peaks.Select(p => $"most of {p.Key} at any moment: {p.Value:P1}"))));

        // Whoever waits for its turn waits for the clock; while a call is under way time stands still, or it would be cut.
        async Task InTimeAsync(Task work)
        {
            for (var calm = 0; !work.IsCompleted;)
            {
                await Task.WhenAny(work, Task.Delay(5));
                calm = calls.UnderWay == 0 ? calm + 1 : 0;
                if (calm > 4 && clock.NextDue is { } due) clock.AdvanceTo(due);
            }

            await work;
        }

        // At rest: no call under way, no write due, nothing in the way for a moment of real time.
        async Task IdleAsync(Func<bool> so)
        {
            var began = Stopwatch.GetTimestamp();
            for (var calm = 0; calm < 3;)
            {
                var now = clock.GetUtcNow();
                var due = await store.ReadAsync(view => workspace.Tools.Any(t => t.Health.MayCall(now) && view.DueActions(t.Name, now, [], 1).Count > 0), CancellationToken.None);
                calm = so() && !due && calls.UnderWay == 0 ? calm + 1 : 0;
                if (calm > 0) await Task.Yield();
                else await Task.Delay(2);
                Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(30), string.Join("; ", workspace.Tools.Select(t => $"{t.Name} {t.Health.State}")));
            }
        }
    }

    private static bool IsWrite(Sandbox.Http.LoggedRequest request) => request.Method != "GET" &&
        !request.Path.EndsWith("/search", StringComparison.Ordinal) && !request.Path.Contains("/batch/read", StringComparison.Ordinal);

    private static WorkspaceConfig Config(SandboxHost sandbox, string folder)
    {
        var credentials = Path.Combine(folder, "google.json");
        sandbox.GoogleCalendar.WriteUserCredentials(credentials);
        var text = $$$"""
            version: 1
            business: { name: Northwind Consulting, timezone: Europe/London, currency: GBP }
            tools:
              crm:      { connector: hubspot, token: "${HUBSPOT_TOKEN}", baseUrl: "{{{sandbox.HubSpot.BaseUrl}}}", quota: {} }
              projects: { connector: asana, token: "${ASANA_TOKEN}", workspace: "{{{sandbox.Asana.World.WorkspaceGid}}}", team: "{{{SmallBusiness.TeamGid}}}", baseUrl: "{{{sandbox.Asana.BaseUrl}}}", quota: {} }
              billing:  { connector: stripe, key: "${STRIPE_KEY}", baseUrl: "{{{sandbox.Stripe.BaseUrl}}}", quota: {} }
              calendar: { connector: google-calendar, credentials: "{{{credentials}}}", calendar: primary, baseUrl: "{{{sandbox.GoogleCalendar.BaseUrl}}}", tokenUri: "{{{sandbox.GoogleCalendar.TokenUrl}}}", quota: {} }
            mapping:
              crm.deal:
                endsOn: { field: contract_end_date }
                scope:  { field: scope_summary }
            handoffs:
              won-deal-to-project:
                when: { deal.stage: won }
                create:
                  project: { in: projects, name: "{{client.name}} – {{deal.name}}", endsOn: "{{deal.endsOn}}", owner: "{{deal.owner}}", checklist: [ { task: Send the welcome pack, due: +1d } ] }
              closed-project-to-invoice:
                when: { project.status: closed }
                create:
                  invoice: { in: billing, draft: true, dueIn: 14d, lines: [ { text: "{{deal.name}}", amount: remaining } ] }
              renewal-reminder:
                when: { project.endsOn: { exists: true } }
                create:
                  reminder: { in: calendar, for: "{{deal.owner}}", on: "{{project.endsOn}} - 30d", at: "09:00", title: "Renewal: {{client.name}}" }
            """;
        var loaded = ConfigLoader.LoadText("day.yaml", text, ConnectorTypes.All, new Given(folder));
        return loaded.Config ?? throw new InvalidOperationException(DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source, false));
    }

    private sealed class Given(string folder) : ISecretSource
    {
        public string? FromEnvironment(string name) => name switch
        {
            "HUBSPOT_TOKEN" => SandboxOptions.HubSpotToken,
            "ASANA_TOKEN" => SandboxOptions.AsanaToken,
            "STRIPE_KEY" => SandboxOptions.StripeKey,
            _ => null,
        };

        public string? FromFile(string path) => new EnvironmentSecrets(folder).FromFile(path);
    }

    private sealed class Folder : IDisposable
    {
        public string FullName { get; } = Directory.CreateTempSubdirectory("clientflow-day-").FullName;

        public void Dispose() => Directory.Delete(FullName, recursive: true);
    }

    private sealed class Calls(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private int underWay;

        public int UnderWay => Volatile.Read(ref underWay);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref underWay);
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref underWay);
            }
        }
    }
}
