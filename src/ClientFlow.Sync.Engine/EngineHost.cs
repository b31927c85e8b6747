using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Dispatch;
using ClientFlow.Sync.Engine.Health;
using ClientFlow.Sync.Engine.Inbox;
using ClientFlow.Sync.Engine.Observing;
using ClientFlow.Sync.Engine.People;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClientFlow.Sync.Engine;

/// <summary>
/// The engine of one workspace: identifies the tools, arms the rules, and keeps each loop running. A loop that throws is a bug:
/// it is logged and started again, and what it was at is found in the store.
/// </summary>
public sealed class EngineHost : BackgroundService
{
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly Workspace workspace;
    private readonly ILogger<EngineHost> logger;
    private readonly IHostApplicationLifetime? lifetime;
    private readonly ToolDoctor doctor;
    private readonly Arming arming;
    private readonly Looker looker;
    private readonly ProjectFinder projects;
    private readonly Attempt attempt;
    private readonly Strays strays;
    private readonly ConcurrentDictionary<string, Tripped> failing = new();
    private volatile Met? trouble;

    /// <param name="lifetime">The host's; null runs the engine at once, without a web server.</param>
    public EngineHost(Workspace workspace, ILogger<EngineHost> logger, IHostApplicationLifetime? lifetime = null)
    {
        (this.workspace, this.logger, this.lifetime) = (workspace, logger, lifetime);
        doctor = new ToolDoctor(workspace);
        strays = new Strays(workspace);
        var engagements = new EngagementReader(workspace);
        var plans = new PlanWriter(workspace, engagements);
        var observer = new Observer(workspace, plans);
        var passed = new PassedOver(workspace);
        var reader = new RecordReader(workspace, observer, doctor, passed);
        Streams = new Streams(workspace, observer, doctor, reader, passed);
        Inbox = new InboxReader(workspace, Streams, reader, observer, logger);
        Watch = new Watch(workspace, Inbox.RetryAt, logger);
        Decisions = new Decisions(workspace, plans);
        Pausing = new Pausing(workspace, plans);
        Absences = new Absences(workspace, Streams);
        DeadLetters = new DeadLetters(workspace, Decisions);
        Engagements = engagements;
        arming = new Arming(workspace, plans);
        looker = new Looker(workspace, plans, engagements, reader);
        var completion = new Completion(workspace, observer, plans);
        projects = new ProjectFinder(workspace, Streams, reader);
        attempt = new Attempt(workspace, doctor, new Wanted(workspace, looker, engagements, projects, Streams, passed), completion, plans, logger);
    }

    public Workspace Workspace => workspace;

    public InboxReader Inbox { get; }

    public Streams Streams { get; }

    public Looker Looker => looker;

    public Decisions Decisions { get; }

    public Pausing Pausing { get; }

    public Absences Absences { get; }

    public DeadLetters DeadLetters { get; }

    public EngagementReader Engagements { get; }

    /// <summary>Why the store couldn't be used within the last minute, for a person; null when it could.</summary>
    public string? StoreTrouble => trouble is { } met && workspace.Clock.GetUtcNow() - met.At < Lately ? met.Message : null;

    /// <summary>Sees loops that stand still without throwing.</summary>
    public Watch Watch { get; }

    /// <summary>Loops that threw and have not got through their work since, each for a minute at least: the worker is not ready while there are any.</summary>
    public IReadOnlyList<string> StalledLoops
    {
        get
        {
            foreach (var (loop, tripped) in failing)
                if (tripped.IsKept) Slept(loop);
            return [.. failing.Where(f => !f.Value.Over || workspace.Clock.GetUtcNow() - f.Value.At < Lately).Select(f => f.Key).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>
    /// Runs work that a schedule asks for, and expects it again. A store that can't be used is no bug: it is told once, and the work is asked for again. A bug is
    /// thrown on for the schedule to log, and makes the worker unready until the work gets through.
    /// </summary>
    /// <param name="loop">What it is, as it was expected: see <see cref="Heartbeats.Expect"/>.</param>
    /// <param name="every">When the schedule asks next.</param>
    public async Task RunAsync(string loop, TimeSpan every, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        workspace.Heartbeats.Enter(loop);
        using var scope = EngineLog.InWorkspace(logger, workspace.Config.Workspace);
        try
        {
            await work(cancellationToken);
            GotThrough(loop);
        }
        catch (StoreException e)
        {
            Tell(e);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Trip(loop, isKept: false);
            throw;
        }
        finally
        {
            workspace.Heartbeats.Expect(loop, every);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not before the worker's addresses are its own: one that can't start must not have written to a tool.
        await WhenStartedAsync(stoppingToken);
        await Keep("start", null, StartingAsync, stoppingToken);
        if (stoppingToken.IsCancellationRequested) return;

        var loops = new List<Task>
        {
            Keep("arming", null, ArmAsync, stoppingToken),
            Keep(Loops.Looks, null, looker.RunAsync, stoppingToken),
        };
        foreach (var tool in workspace.Tools)
        {
            loops.Add(Keep($"identity of {tool.Name}", tool, ct => IdentifyAsync(tool, ct), stoppingToken));
            loops.Add(Keep(Loops.InboxOf(tool), tool, ct => Inbox.RunAsync(tool, ct), stoppingToken));
            if (!tool.Config.ReadOnly && tool.Connector is IActs)
            {
                var lane = new Lane(workspace, tool, attempt,
                    (e, action) => EngineLog.ActionTripped(logger, e, tool.Name, action.Order.Content.Kind, action.Handoff));
                loops.Add(Keep(Loops.LaneOf(tool), tool, lane.RunAsync, stoppingToken));
            }
        }

        await Task.WhenAll(loops);
    }

    public override void Dispose()
    {
        projects.Dispose();
        base.Dispose();
    }

    private async Task WhenStartedAsync(CancellationToken stoppingToken)
    {
        if (lifetime is null) return;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken);
    }

    private async Task StartingAsync(CancellationToken cancellationToken)
    {
        await Streams.StartAsync(cancellationToken);
        await arming.StartAsync(cancellationToken);
    }

    private async Task ArmAsync(CancellationToken cancellationToken)
    {
        await arming.RunAsync(cancellationToken);
        workspace.ArmingEnded = true;
        EngineLog.RulesArmed(logger, workspace.Config.Rules.Count);
    }

    // Nothing is read or written before the tool has told whose account it is; then its streams are read at once.
    private async Task IdentifyAsync(Tool tool, CancellationToken cancellationToken)
    {
        var clock = workspace.Clock;
        while (!await doctor.IdentifyAsync(tool, cancellationToken))
        {
            EngineLog.ToolWaited(logger, tool.Name, tool.Health.State.Message);
            var now = clock.GetUtcNow();
            var until = tool.Health.State.Until ?? now + TimeSpan.FromSeconds(5);
            var soonest = now + TimeSpan.FromMilliseconds(200);
            await workspace.Heartbeats.SleepAsync(tool.Start, until > soonest ? until : soonest, cancellationToken);
        }

        EngineLog.ToolIdentified(logger, tool.Name, tool.Config.Connector, tool.Account!);
        workspace.Readied.Set();
        workspace.Delivered.Set();
        workspace.Listed.Set();
        await Inbox.SettleStraysAsync(cancellationToken);
        await strays.SettleAsync(cancellationToken);
        if (tool.Connector is IReads)
            foreach (var stream in tool.Manifest.Streams) await Streams.RunAsync(tool, stream, cancellationToken);
        tool.IsStarted = true;
    }

    private async Task Keep(string name, Tool? tool, Func<CancellationToken, Task> loop, CancellationToken cancellationToken)
    {
        using var heartbeat = workspace.Heartbeats.Begin(name, () => Slept(name));
        using var inWorkspace = EngineLog.InWorkspace(logger, workspace.Config.Workspace);
        using var ofTool = tool is null ? null : EngineLog.OfTool(logger, tool.Name);
        for (var tries = 0; !cancellationToken.IsCancellationRequested; tries++)
        {
            var began = workspace.Clock.GetUtcNow();
            workspace.Heartbeats.Beat();
            try
            {
                await loop(cancellationToken);
                GotThrough(name);
                return;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (StoreException e)
            {
                // A full disk, a file that another program holds: nothing was saved, and nothing is lost. It heals, or a person sees to it.
                Tell(e);
                await Task.Delay(Pause, workspace.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
#pragma warning disable CA1031 // A loop must outlive any bug in it: what it was at is in the store, and the log has the bug.
            catch (Exception e)
#pragma warning restore CA1031
            {
                // One that ran well for long and trips now has not tripped often.
                if (workspace.Clock.GetUtcNow() - began > TimeSpan.FromMinutes(5)) tries = 0;
                var pause = Math.Min(30, Math.Pow(2, tries));
                EngineLog.LoopFailed(logger, e, name, pause);
                Trip(name, isKept: true);
                await Task.Delay(TimeSpan.FromSeconds(pause), workspace.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Trip(string loop, bool isKept) => failing[loop] = new Tripped(workspace.Clock.GetUtcNow(), isKept, Over: false);

    // It sleeps, and so does all that it started: it got through.
    private void Slept(string loop)
    {
        if (failing.ContainsKey(loop) && workspace.Heartbeats.AsleepFor(loop) is not null) GotThrough(loop);
    }

    private void GotThrough(string loop)
    {
        if (failing.TryGetValue(loop, out var tripped) && !tripped.Over) failing.TryUpdate(loop, tripped with { Over = true }, tripped);
    }

    // Every loop meets it, over and over: it is told when it is new, and once a minute.
    private void Tell(StoreException e)
    {
        var now = workspace.Clock.GetUtcNow();
        var before = trouble;
        if (before is not null && before.Message == e.Message && now - before.Told < Lately)
        {
            trouble = before with { At = now };
            return;
        }

        trouble = new Met(e.Message, now, now);
        EngineLog.StoreFailed(logger, e.Message);
    }

    /// <param name="IsKept">It is started again by itself, and not by a schedule.</param>
    /// <param name="Over">It got through since.</param>
    private sealed record Tripped(DateTimeOffset At, bool IsKept, bool Over);

    private sealed record Met(string Message, DateTimeOffset At, DateTimeOffset Told);
}
