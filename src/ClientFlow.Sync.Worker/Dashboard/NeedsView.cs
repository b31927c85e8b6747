using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.People;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>A handoff that waits for no person's yes.</summary>
/// <param name="Makes">What it would make, in a few words; null where that can't be said yet.</param>
public sealed record Waiting(Handoff Handoff, string? Makes);

/// <summary>What needs a person, and what waits beside it.</summary>
/// <param name="Held">What nothing is made of while its tool is read-only or its rule is paused, whatever its facts.</param>
/// <param name="Facts">What goes on by itself once its facts are there.</param>
public sealed record NeedsView(IReadOnlyList<Need> Needs, IReadOnlyList<Waiting> Held, IReadOnlyList<Waiting> Facts)
{
    private const int Most = 100;

    public static NeedsView Read(IReadView view, Workspace workspace, Decisions decisions, Preview preview)
    {
        var held = HeldRules(view, workspace);
        var waiting = view.HandoffsIn([HandoffState.Waiting], 4 * Most).Where(h => h.Hold == Hold.Facts).ToLookup(h => held.Contains(h.Key.Rule));
        return new NeedsView(
            [.. Dashboard.Needs.In(view, workspace, decisions).Select(preview.With)],
            [.. waiting[true].Take(Most).Select(h => new Waiting(h, preview.Of(h)))],
            [.. waiting[false].Take(Most).Select(h => new Waiting(h, null))]);
    }

    /// <summary>The rules, by identity, of which nothing is made: they are paused, or their tool is read-only.</summary>
    public static IReadOnlySet<string> HeldRules(IReadView view, Workspace workspace) =>
        view.Pauses().Where(p => p.Of == PauseOf.Rule).Select(p => p.Name)
            .Concat(workspace.Config.Rules.Where(r => workspace.ReadOnlyTools.Contains(r.Create.Tool)).Select(r => r.Identity)).ToHashSet();
}
