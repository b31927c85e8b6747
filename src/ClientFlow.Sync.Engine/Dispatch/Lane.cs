using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;

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

                await StartAsync(cancellationToken);
                await wake.WaitAsync(await NextAsync(cancellationToken), workspace.Clock, cancellationToken);
            }
        }
        finally
        {
            // A write that has begun is let finish: its outcome is worth more than a quick end.
            await Task.WhenAll(underWay.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var now = workspace.Clock.GetUtcNow();
        var free = Most(now) - underWay.Count;
        if (free <= 0 || tool.Account is null || !tool.Health.MayCall(now) || tool.Quota.FreeAt(Write, now) is not null) return;
        var due = await workspace.Store.ReadAsync(view => view.DueActions(tool.Name, now, free + underWay.Count), cancellationToken);
        foreach (var action in due.Where(a => !underWay.ContainsKey(a.Handoff)).DistinctBy(a => a.Handoff).Take(free))
        {
            tool.CountWrites(1);
            var task = CarryOutAsync(action, cancellationToken);
            underWay[action.Handoff] = task;

            // Woken when the task is complete and not by its last line: the lane would find it still running, and sleep on.
            _ = task.ContinueWith(
                static (_, lane) => ((Lane)lane!).Ended(), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void Ended()
    {
        wake.Set();
        tool.CountWrites(-1);
    }

    private async Task<DateTimeOffset?> NextAsync(CancellationToken cancellationToken)
    {
        // A full lane is woken by the write that ends; one whose tool is left alone sleeps until it may be called.
        var now = workspace.Clock.GetUtcNow();
        if (underWay.Count >= Most(now)) return null;
        if (!tool.Health.MayCall(now)) return tool.Health.State.Until;
        if (tool.Quota.FreeAt(Write, now) is { } free) return free;
        if (tool.Account is null) return now + TimeSpan.FromSeconds(1);
        var next = await workspace.Store.ReadAsync(
            view => view.NextActionAt(tool.Name, [.. underWay.Keys]), cancellationToken);
        return next;
    }

    // After trouble one write goes first: a tool that comes back isn't met by all that waited.
    private int Most(DateTimeOffset now) => tool.Health.HalfOpen(now) ? 1 : tool.Manifest.Concurrency;

    private async Task CarryOutAsync(HandoffAction action, CancellationToken cancellationToken)
    {
        // Off the lane's own flow, so that one slow step doesn't hold back the next start.
        await Task.Yield();
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
