using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.Dispatch;

/// <summary>A write whose turn it is, its handoff, and what its call needs of the writes before it.</summary>
/// <param name="FactsReadAt">When reading its facts live began, UTC; null where its facts need no live read.</param>
internal sealed record Job(Handoff Handoff, HandoffAction Action, ActionCall Call, DateTimeOffset? FactsReadAt = null)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>The write in words.</summary>
    public string Name => $"{Action.Order.Content.Kind} of {Handoff.Title ?? Handoff.Id}";

    /// <summary>The write as it is now; null where its handoff needs it no more.</summary>
    public static Job? Load(IReadView view, HandoffAction due)
    {
        if (view.FindHandoff(due.Handoff) is not { State: HandoffState.Ready or HandoffState.Sending } handoff) return null;
        var actions = view.ActionsOf(due.Handoff);
        if (actions.FirstOrDefault(a => a.Position == due.Position) is not { } action) return null;
        var results = new Dictionary<string, ActionResult>(StringComparer.Ordinal);
        foreach (var done in actions.Where(a => a.State == ActionState.Done && a.Result is not null))
        {
            results[done.Order.Name] = done.Result!;

            // A later generation's writes name the first words: the newest `project` is the project.
            results[done.Order.Name.Split('@')[0]] = done.Result!;
        }

        return new Job(handoff, action, new ActionCall(action.Order, action.Revision, results) { SentAfter = action.SendBy - Attempt.SendWindow });
    }

    /// <summary>When to look again whether it may go on, where nothing names a moment: the longer it has waited, the more seldom.</summary>
    public TimeSpan PauseAfterWait(DateTimeOffset now)
    {
        var pause = (now - (Handoff.ReadyAt ?? Handoff.PlannedAt)) / 4;
        return pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;
    }
}

/// <summary>What is to become of a write whose turn it is.</summary>
internal abstract record Verdict
{
    private Verdict()
    {
    }

    /// <summary>It is wanted: it is prepared and sent.</summary>
    public sealed record Go(Job Job) : Verdict;

    /// <summary>Its plan changed, and its row with it: nothing is left to do here.</summary>
    public sealed record Gone : Verdict;

    /// <summary>It waits for what is under way.</summary>
    public sealed record Later : Verdict;

    /// <summary>What it rests on could not be read.</summary>
    public sealed record Unread(Failure Failure) : Verdict;

    /// <summary>A person answered it by hand.</summary>
    public sealed record Adopt(Core.Records.Record Project, string Because) : Verdict;

    /// <summary>Only a person can say.</summary>
    public sealed record Ask(Job Job, Failure Failure) : Verdict;
}
