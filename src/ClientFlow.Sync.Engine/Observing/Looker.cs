using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Health;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>
/// Looks again where time alone may change the answer, and reads again the facts that a handoff waits for: one timer for all
/// of it, set to the earliest moment.
/// </summary>
public sealed class Looker(Workspace workspace, PlanWriter plans, EngagementReader engagements, RecordReader reader)
{
    private const int AtOnce = 100;
    private const int MostReads = 4;
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private int readingAgain;

    /// <summary>How many waiting handoffs have their facts read again just now.</summary>
    public int ReadingAgain => Volatile.Read(ref readingAgain);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var reading = new List<Task>();
        while (!cancellationToken.IsCancellationRequested)
        {
            if (!workspace.PassUnderWay)
            {
                await LookAsync(cancellationToken);

                // Beside the looks: a tool that answers slowly must not hold up what only time decides.
                foreach (var done in reading.Where(r => r.IsCompleted).ToList())
                {
                    reading.Remove(done);
                    await done;
                }

                // No more than are read: the others stay due, in their order, and each that ends makes room for the next.
                foreach (var handoff in await ToReadAgainAsync(MostReads - reading.Count, cancellationToken))
                {
                    var read = ReadAgainAsync(handoff, cancellationToken);
                    reading.Add(read);
                    _ = read.ContinueWith(
                        static (_, looked) => ((Signal)looked!).Set(), workspace.Looked, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                }
            }

            var next = await workspace.Store.ReadAsync(view => view.NextLookAt(), cancellationToken);
            var soon = workspace.Clock.GetUtcNow() + TimeSpan.FromSeconds(1);
            if (workspace.PassUnderWay || (reading.Count >= MostReads && next < soon)) next = soon;
            await workspace.Heartbeats.SleepAsync(workspace.Looked, next, cancellationToken);
        }
    }

    /// <summary>Looks at whatever is due now.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var due = await workspace.Store.ReadAsync(view => view.DueLooks(workspace.Clock.GetUtcNow(), AtOnce), cancellationToken);
            workspace.Wake(await TryAsync(due, cancellationToken) & Planned.Readied);
            if (due.Count < AtOnce) break;
        }
    }

    // The handoffs whose facts are to be read again now.
    private async Task<IReadOnlyList<Handoff>> ToReadAgainAsync(int most, CancellationToken cancellationToken)
    {
        if (most <= 0) return [];
        var now = workspace.Clock.GetUtcNow();
        var waiting = await workspace.Store.ReadAsync(view => view.HandoffsToLookAt(now, most), cancellationToken);
        if (waiting.Count == 0) return waiting;

        // The next look is set before the reads: a tool that is down must not be asked in a circle.
        await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
        {
            foreach (var handoff in waiting)
            {
                if (unit.FindHandoff(handoff.Id) is { State: HandoffState.Waiting } row)
                    unit.SaveHandoff(row with { Looks = row.Looks + 1, NextLook = now + Later(row.Looks + 1) });
            }
        }, cancellationToken);
        return waiting;
    }

    private async Task ReadAgainAsync(Handoff handoff, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref readingAgain);
        using var heartbeat = workspace.Heartbeats.Begin(Loops.Looks);
        try
        {
            await RefreshAsync(handoff, CallPurpose.Background, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref readingAgain);
        }
    }

    // An engagement whose plan meets a bug is told and left for an hour: the others have their moments, too.
    private async Task<Planned> TryAsync(IReadOnlyList<RecordRef> due, CancellationToken cancellationToken)
    {
        if (due.Count == 0) return Planned.Nothing;
        try
        {
            return await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
            {
                var now = workspace.Clock.GetUtcNow();
                var planned = Planned.Nothing;
                foreach (var root in due)
                {
                    unit.SetLook(root, null);
                    planned |= plans.Plan(unit, root, now);
                }

                return planned;
            }, cancellationToken);
        }
#pragma warning disable CA1031 // See above.
        catch (Exception e) when (e is not (StoreException or OperationCanceledException))
#pragma warning restore CA1031
        {
            if (due.Count > 1)
            {
                var planned = Planned.Nothing;
                foreach (var root in due) planned |= await TryAsync([root], cancellationToken);
                return planned;
            }

            await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
            {
                var now = workspace.Clock.GetUtcNow();
                unit.SetLook(due[0], now + Longest);
                unit.Write(new JournalEntry
                {
                    At = now, Level = JournalLevel.Error, Event = "observing.look.tripped", Record = due[0],
                    Message = $"{due[0]} can't be looked at: a bug of this program was met " +
                        $"({e.GetType().Name} in {e.TargetSite?.DeclaringType?.Name}.{e.TargetSite?.Name}). Please report it; it is tried again in an hour",
                });
            }, cancellationToken);
            return Planned.Nothing;
        }
    }

    /// <summary>Reads again the records that a handoff's decision rests on, and plans its engagement.</summary>
    /// <returns>Why some of them could not be read, a refusal before an outage; null when all were.</returns>
    public async Task<Failure?> RefreshAsync(Handoff handoff, CallPurpose purpose, CancellationToken cancellationToken)
    {
        var found = await workspace.Store.ReadAsync(view => EngagementReader.RootsOf(view, handoff.Engagement)
            .Select(root => engagements.Read(view, root)).OfType<Engagement>().ToList(), cancellationToken);
        if (found.Count == 0) return null;
        var records = found.SelectMany(engagement => (IEnumerable<KnownRecord?>)
        [
            engagement.Deal, engagement.Client, .. engagement.Contacts, .. engagement.Projects,
            .. engagement.Invoices.Where(i => i.Record.Text("status") != "void"),
        ]);
        Failure? unread = null;
        foreach (var ofTool in records.OfType<KnownRecord>().Where(r => !r.Gone).DistinctBy(r => r.Ref).GroupBy(r => workspace.ToolOf(r.Ref)))
        {
            if (ofTool.Key is { } tool)
            {
                // One that is left alone for now is not asked once for each handoff that waits.
                if (tool.LeftAlone(workspace.Clock.GetUtcNow()) is { } alone)
                {
                    unread ??= alone;
                    continue;
                }

                using var use = tool.Quota.During(purpose);
                var hints = ofTool.Select(r => new RecordHint(r.Ref.Kind, r.Ref.Id));
                if (await reader.ReadAsync(tool, hints, Source.Read, null, cancellationToken) is not { } failure) continue;
                var kinds = string.Join(" and ", ofTool.Select(r => Names.Of(r.Ref.Kind)).Distinct());
                if (unread is not { IsAboutOne: true }) unread = failure with { Message = $"{tool.Name} does not show its {kinds}: {failure.Message}", RetryAt = failure.RetryAt ?? tool.Health.State.Until };
            }
            else if (ofTool.Any(r => workspace.Tools.Any(t => t.Account is null && t.Config.Connector == r.Ref.Connector)))
            {
                // Its tool has not told yet, in this life, whose account it is: it can't be asked.
                unread ??= new Failure(FailureKind.Unavailable, $"{ofTool.First().Ref.Connector} has not told yet whose account it is");
            }
        }

        // Loose invoices of the client may have come by hand since: the plan looks at them, so they are planned with what was read.
        workspace.Wake(await workspace.Store.WriteAsync(WritePriority.Bulk,
            unit => plans.Plan(unit, handoff.Engagement, workspace.Clock.GetUtcNow()), cancellationToken));
        return unread;
    }

    private static TimeSpan Later(int looks) =>
        looks > 6 ? Longest : TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << looks));
}
