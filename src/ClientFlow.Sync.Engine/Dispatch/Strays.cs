using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.Dispatch;

/// <summary>Half-done handoffs whose next write goes to a tool that the file no longer has: no lane would ever take it up, so a person is asked.</summary>
public sealed class Strays(Workspace workspace)
{
    /// <summary>Asks about each of them, once all tools that the file has are known: one may have a new name.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        if (!AllKnown(workspace)) return;

        // What was not begun follows its rule as the file has it now, and needs nobody.
        var strays = await workspace.Store.ReadAsync(view => view.HandoffsIn([HandoffState.Sending], int.MaxValue).Where(h => Missing(workspace, view.ActionsOf(h.Id)) is not null).ToList(), cancellationToken);
        if (strays.Count == 0) return;
        await workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
        {
            foreach (var stray in strays) Settle(workspace, unit, stray.Id);
        }, cancellationToken);

        // Others may wait for what becomes of it.
        workspace.Readied.Set();
    }

    /// <summary>Asks about a handoff if it is one of them.</summary>
    internal static void Settle(Workspace workspace, IUnitOfWork unit, string id)
    {
        if (!AllKnown(workspace) || unit.FindHandoff(id) is not { State: HandoffState.Sending } handoff || Missing(workspace, unit.ActionsOf(id)) is not { } action) return;
        var tool = action.Order.Tool;
        var doubted = action.State is ActionState.Sending or ActionState.Uncertain;
        var failure = new Failure(FailureKind.Rejected,
            $"`{tool}` is no longer in the mapping file{(doubted ? ", and it is not known whether it carried this out" : "")}: bring it back under this name and retry, or skip it, or do it by hand and mark it done")
        {
            Reason = doubted ? Attempt.LookUpRefused : "tool",
        };
        unit.SaveAction(action with { State = ActionState.Dead, Failure = failure, Owner = null });
        unit.SaveHandoff(handoff with { State = HandoffState.Dead, Reason = failure.Message });
        EngineMeter.Came(unit, workspace.RuleName(handoff), HandoffState.Dead);
        EngineMeter.Died(unit, tool);
        unit.Write(new JournalEntry
        {
            At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Error, Event = "dispatch.action.died", Tool = tool, Rule = workspace.RuleName(handoff),
            Message = $"{action.Order.Content.Kind} of {handoff.Title ?? handoff.Id} needs you: {failure.Message}",
            Handoff = handoff.Id, Record = handoff.Key.Subject, Client = handoff.Client,
        });
    }

    /// <summary>The write that a handoff would go on with, where the file no longer has its tool; else null.</summary>
    internal static HandoffAction? Missing(Workspace workspace, IReadOnlyList<HandoffAction> actions) =>
        actions.FirstOrDefault(a => a.State is not (ActionState.Done or ActionState.Withdrawn)) is { } next && workspace.Find(next.Order.Tool) is null ? next : null;

    private static bool AllKnown(Workspace workspace) => workspace.Tools.All(t => t.Account is not null);
}
