using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Health;

namespace ClientFlow.Sync.Engine.Dispatch;

/// <summary>
/// All outgoing writes of one tool. It starts what is due, as many at once as the tool allows and one for each handoff, and
/// sleeps until a signal or the next due moment.
/// </summary>
public sealed class Lane
{
    private readonly Workspace workspace;
    private readonly Tool tool;
    private readonly Attempt attempt;
    private readonly Action<Exception, HandoffAction> tripped;
    private readonly Signal wake;
    private static readonly QuotaCall Write = new(true, null, "");
    private readonly Dictionary<string, Task> underWay = new(StringComparer.Ordinal);

    /// <param name="tripped">Hears of bugs that a write met.</param>
    public Lane(Workspace workspace, Tool tool, Attempt attempt, Action<Exception, HandoffAction> tripped)
    {
        (this.workspace, this.tool, this.attempt, this.tripped) = (workspace, tool, attempt, tripped);
        wake = workspace.Readied.Subscribe();
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                foreach (var (handoff, task) in underWay.Where(t => t.Value.IsCompleted).ToList())
                {
                    underWay.Remove(handoff);
                    await task;
                }

                await workspace.Heartbeats.SleepAsync(wake, await StartAsync(cancellationToken), cancellationToken);
            }
        }
        finally
        {
            // A write that has begun is let finish: its outcome is worth more than a quick end.
            await Task.WhenAll(underWay.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            underWay.Clear();
        }
    }

    // Starts what is due and has a place; tells when to look again, UTC, or null where only a signal brings more.
    private async Task<DateTimeOffset?> StartAsync(CancellationToken cancellationToken)
    {
        // A full lane is woken by the write that ends; one whose tool is left alone sleeps until it may be called.
        var now = workspace.Clock.GetUtcNow();
        var free = Most(now) - underWay.Count;
        if (free <= 0) return null;
        if (!tool.Health.MayCall(now)) return tool.Health.State.Until;
        if (tool.Quota.FreeAt(Write, now) is { } later) return later;
        if (tool.Account is null) return now + TimeSpan.FromSeconds(1);
        var (due, next) = await workspace.Store.ReadAsync(view =>
        {
            var due = view.DueActions(tool.Name, now, [.. underWay.Keys], free);
            return (due, due.Count == free ? null : view.NextActionAt(tool.Name, [.. underWay.Keys, .. due.Select(a => a.Handoff)]));
        }, cancellationToken);
        foreach (var action in due)
        {
            tool.CountWrites(1);
            var task = CarryOutAsync(action, cancellationToken);
            underWay[action.Handoff] = task;

            // Woken when the task is complete and not by its last line: the lane would find it still running, and sleep on.
            _ = task.ContinueWith(
                static (_, lane) => ((Lane)lane!).Ended(), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return next;
    }

    private void Ended()
    {
        wake.Set();
        tool.CountWrites(-1);
    }

    // After trouble one write goes first: a tool that comes back isn't met by all that waited.
    private int Most(DateTimeOffset now) => tool.Health.HalfOpen(now) ? 1 : tool.Manifest.Concurrency;

    private async Task CarryOutAsync(HandoffAction action, CancellationToken cancellationToken)
    {
        // Off the lane's own flow, so that one slow step doesn't hold back the next start.
        await Task.Yield();
        using var heartbeat = workspace.Heartbeats.Begin(Loops.LaneOf(tool));
        try
        {
            await attempt.RunAsync(tool, action, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The worker stops. What was durable is taken up at the next start.
        }
#pragma warning disable CA1031 // A bug that one write meets must not stop the tool's other writes: it is logged, told, and tried again later.
        catch (Exception e) when (e is not StoreException)
#pragma warning restore CA1031
        {
            tripped(e, action);
            await attempt.TrippedAsync(tool, action, e, cancellationToken);
        }
    }
}
