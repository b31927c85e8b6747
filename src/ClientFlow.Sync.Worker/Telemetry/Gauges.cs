using System.Diagnostics.Metrics;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Dashboard;
using Condition = ClientFlow.Sync.Engine.Health.Condition;

namespace ClientFlow.Sync.Worker.Telemetry;

/// <summary>
/// How things stand, as gauges. What the store knows is read once for each scrape, by whoever scrapes (<see cref="RefreshAsync"/>), and by nobody else; the rest is in memory.
/// </summary>
public sealed class Gauges : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly EngineHost engine;
    private readonly Workspace workspace;
    private readonly DateTimeOffset began;
    private readonly Meter meter;
    private readonly ILogger<Gauges> logger;
    private volatile Standing? standing;
    private volatile Task<Standing>? reading;

    public Gauges(EngineHost engine, DiskGuard disk, ILogger<Gauges> logger)
    {
        (this.engine, workspace, this.logger) = (engine, engine.Workspace, logger);
        began = workspace.Clock.GetUtcNow();

        // Several workers may live in one process, as in tests: each listens to its own gauges.
        meter = new Meter(new MeterOptions(WorkerMeter.Name) { Scope = this });
        Gauge("clientflow.ready", null, "1 when every rule is armed and no loop stands still, else 0", () => [new(HealthRoutes.Unready(engine).Count == 0 ? 1 : 0)]);
        Gauge("clientflow.loops.stalled", "{loop}", "Loops that make no progress, or stopped and are being started again",
            () => [new(engine.Watch.Stalled.Count + engine.StalledLoops.Count)]);
        Gauge("clientflow.lane.state", null, "1 for the state that a tool is in, 0 for the others", Lanes);
        Stored("clientflow.lane.paused", null, "1 while a person has paused writing to a tool, else 0",
            s => workspace.Tools.Select(t => new Measurement<double>(s.Paused.Contains(t.Name) ? 1 : 0, new KeyValuePair<string, object?>("tool", t.Name))));
        Gauge("clientflow.quota.left", "{call}", "Calls that a tool's limit still allows", () => Quota(m => Math.Max(0, m.Limit - m.Used)));
        Gauge("clientflow.quota.limit", "{call}", "Calls that a tool's limit allows", () => Quota(m => m.Limit));
        Gauge("clientflow.disk.free", "By", "What is left on the disk that holds the data", () => disk.Free is { } left ? [new(left)] : []);
        Stored("clientflow.inbox.pending", "{delivery}", "Deliveries that wait to be read", s => Each(s.Deliveries, b => b?.Count ?? 0));
        Stored("clientflow.inbox.oldest.age", "s", "How long the oldest delivery that waits to be read has waited", s => Each(s.Deliveries, b => Age(s, b)));
        Stored("clientflow.outbox.waiting", "{write}", "Writes that are decided and not confirmed", s => Each(s.Writes, b => b?.Count ?? 0));
        Stored("clientflow.outbox.oldest.age", "s", "How long ago the gate opened of the write that has waited longest", s => Each(s.Writes, b => Age(s, b)));
        Stored("clientflow.needs_you", "{thing}", "Things that need a person", s => [new(s.Needs)]);
        Stored("clientflow.poll.lag", "s", "How long ago a stream was last read to its end", s => s.Polls.Select(p =>
            new Measurement<double>(Math.Max(0, (s.At - p.At).TotalSeconds), new("tool", p.Tool), new("stream", p.Stream))));
    }

    public void Dispose() => meter.Dispose();

    /// <summary>Reads what the store knows. Where it can't be read in a few seconds its gauges are left out, and the others answer.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            // One that hangs is not joined by another at each scrape.
            if (reading is null or { IsCompleted: true }) reading = workspace.Store.ReadAsync(Read, CancellationToken.None);
            standing = await reading.WaitAsync(Patience, workspace.Clock, cancellationToken);
        }
#pragma warning disable CA1031 // Whatever keeps one number from being known must not keep all of them, nor stop who sends them.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            standing = null;
            if (e is not (StoreException or TimeoutException)) WorkerLog.GaugesTripped(logger, e);
        }
    }

    private Standing Read(IReadView view) => new(
        workspace.Clock.GetUtcNow(),
        view.DeliveriesWaiting().ToDictionary(b => b.Tool, StringComparer.Ordinal),
        view.WritesWaiting().ToDictionary(b => b.Tool, StringComparer.Ordinal),
        Needs.Count(view, workspace),
        view.Pauses().Where(p => p.Of == PauseOf.Tool).Select(p => p.Name).ToHashSet(StringComparer.Ordinal),
        [.. workspace.Tools.SelectMany(t => t.Manifest.Streams.Select(s => (t.Name, s.Name, view.FindStream(t.Name, s.Name).PolledAt ?? began)))]);

    private void Gauge(string name, string? unit, string description, Func<IEnumerable<Measurement<double>>> read) =>
        meter.CreateObservableGauge(name, read, unit, description);

    private void Stored(string name, string? unit, string description, Func<Standing, IEnumerable<Measurement<double>>> read) =>
        Gauge(name, unit, description, () => standing is { } known ? read(known) : []);

    private IEnumerable<Measurement<double>> Each(IReadOnlyDictionary<string, Backlog> waiting, Func<Backlog?, double> value) =>
        workspace.Tools.Select(t => new Measurement<double>(value(waiting.GetValueOrDefault(t.Name)), new KeyValuePair<string, object?>("tool", t.Name)));

    private static double Age(Standing standing, Backlog? waiting) => waiting is null ? 0 : Math.Max(0, (standing.At - waiting.Oldest).TotalSeconds);

    private IEnumerable<Measurement<double>> Lanes() =>
        from tool in workspace.Tools
        from condition in Enum.GetValues<Condition>()
        select new Measurement<double>(tool.Health.State.Condition == condition ? 1 : 0, new("tool", tool.Name), new("state", ToolWords.Word(condition)));

    private IEnumerable<Measurement<double>> Quota(Func<QuotaMeter, double> value) =>
        from tool in workspace.Tools
        from limit in tool.Quota.Meters(workspace.Clock.GetUtcNow())
        select new Measurement<double>(value(limit), new("tool", tool.Name), new("window", limit.Window));

    private sealed record Standing(
        DateTimeOffset At, IReadOnlyDictionary<string, Backlog> Deliveries, IReadOnlyDictionary<string, Backlog> Writes, int Needs,
        IReadOnlySet<string> Paused, IReadOnlyList<(string Tool, string Stream, DateTimeOffset At)> Polls);
}
