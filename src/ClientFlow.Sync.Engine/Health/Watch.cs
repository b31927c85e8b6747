using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;
using Microsoft.Extensions.Logging;

namespace ClientFlow.Sync.Engine.Health;

/// <summary>Sees to it that a loop which stands still is told of: by readiness at once, in the log and the journal when it lasts.</summary>
/// <param name="retryAt">When a delivery whose read was refused is tried again; null for all others.</param>
public sealed class Watch(Workspace workspace, Func<long, DateTimeOffset?> retryAt, ILogger logger)
{
    private static readonly TimeSpan LongestTransaction = TimeSpan.FromMinutes(1);
    private static readonly QuotaCall Reading = new(false, null, "");
    private static readonly QuotaCall Writing = new(true, null, "");

    private readonly HashSet<string> told = new(StringComparer.Ordinal);
    private readonly Queue<JournalEntry> untold = [];
    private HashSet<string> seen = [];
    private HashSet<string> suspected = [];
    private volatile IReadOnlyList<Stall> forgotten = [];

    /// <summary>The loops that stand still now. Answers from memory, also while nothing else does.</summary>
    public IReadOnlyList<Stall> Stalled
    {
        get
        {
            IEnumerable<Stall> writer = workspace.Store.WritingFor is { } time && time > LongestTransaction ? [new Stall("writer", time, StallKind.Hangs)] : [];
            return [.. writer.Concat(workspace.Heartbeats.Stalled()).Concat(forgotten).DistinctBy(s => s.Loop)];
        }
    }

    /// <summary>Logs which loops came to a halt and which go on again: once each, and only what was seen twice. Asks nobody, so that nothing can keep it from being said.</summary>
    public void Tell()
    {
        var now = Stalled;
        var lasting = now.Where(s => seen.Contains(s.Loop)).ToList();
        seen = now.Select(s => s.Loop).ToHashSet(StringComparer.Ordinal);
        foreach (var stall in lasting.Where(s => told.Add(s.Loop)))
        {
            EngineLog.LoopStalled(logger, stall.Loop, stall.Trouble);
            Note(JournalLevel.Error, "engine.loop.stalled", stall.ToString());
        }

        foreach (var loop in told.Where(loop => !seen.Contains(loop)).ToList())
        {
            told.Remove(loop);
            EngineLog.LoopResumed(logger, loop);
            Note(JournalLevel.Information, "engine.loop.resumed", $"the {loop} loop goes on again");
        }
    }

    /// <summary>
    /// Looks for loops that sleep while the store has work for them, and writes into the journal what was told. It may hang where the store does, and throws nothing but at
    /// its end.
    /// </summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var suspects = await workspace.Store.ReadAsync(Suspects, cancellationToken);

            // Whoever is about to be woken this moment is no suspect at the next look.
            forgotten = [.. suspects.Where(s => suspected.Contains(s.Loop))];
            suspected = suspects.Select(s => s.Loop).ToHashSet(StringComparer.Ordinal);
            await NoteAsync(cancellationToken);
        }
        catch (StoreException)
        {
            // The loops meet it, too, and tell it.
        }
#pragma warning disable CA1031 // A bug in here must not stop the worker that it looks after.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            EngineLog.WatchTripped(logger, e);
        }
    }

    private async Task NoteAsync(CancellationToken cancellationToken)
    {
        List<JournalEntry> entries;
        lock (untold) entries = [.. untold];
        if (entries.Count == 0) return;
        await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
        {
            foreach (var entry in entries) unit.Write(entry);
        }, cancellationToken);
        lock (untold)
            foreach (var _ in entries) untold.Dequeue();
    }

    private List<Stall> Suspects(IReadView view)
    {
        var now = workspace.Clock.GetUtcNow();
        var before = now - Heartbeats.LongestStep;
        var suspects = new List<Stall>();
        if (!workspace.PassUnderWay && view.NextLookAt() < before) Suspect(Loops.Looks);
        foreach (var tool in workspace.Tools.Where(t => t.Account is not null && t.Health.MayCall(now)))
        {
            if (tool.Connector is IReceives && tool.Quota.FreeAt(Reading, now) is null && IsForgotten(view, tool, before)) Suspect(Loops.InboxOf(tool));
            if (tool.Connector is IActs && !tool.Config.ReadOnly && tool.Quota.FreeAt(Writing, now) is null && view.DueActions(tool.Name, before, [], 1).Count > 0)
                Suspect(Loops.LaneOf(tool));
        }

        return suspects;

        void Suspect(string loop)
        {
            if (workspace.Heartbeats.AsleepFor(loop) is { } asleep && asleep > Heartbeats.LongestStep) suspects.Add(new Stall(loop, asleep, StallKind.Forgets));
        }
    }

    // One whose read was refused waits for its next try, and those behind it may wait for nothing at all.
    private bool IsForgotten(IReadView view, Tool tool, DateTimeOffset before)
    {
        for (long after = 0; view.PendingDeliveries(tool.Name, after, 1) is [var next] && next.Delivery.ReceivedAt < before; after = next.Id)
            if (!(retryAt(next.Id) > before)) return true;
        return false;
    }

    private void Note(JournalLevel level, string name, string message)
    {
        lock (untold) untold.Enqueue(new JournalEntry { At = workspace.Clock.GetUtcNow(), Level = level, Event = name, Message = message });
    }
}
