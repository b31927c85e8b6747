using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.People;
using Condition = ClientFlow.Sync.Engine.Health.Condition;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>One of the six stages on the first page.</summary>
/// <param name="Worth">One amount for each currency, largest first.</param>
public sealed record StageColumn(Stage Stage, int Count, IReadOnlyList<Money> Worth, IReadOnlyList<EngagementRow> Newest);

/// <summary>What the first page shows.</summary>
public sealed record HomeView
{
    /// <summary>How long an engagement in offboarding is still counted.</summary>
    public static readonly TimeSpan OffboardingShown = TimeSpan.FromDays(90);

    /// <summary>How many of the things that need a person stand here.</summary>
    public const int NeedsShown = 4;

    public required string State { get; init; }

    /// <summary>What the sentence of state leaves out, in a few words each.</summary>
    public required IReadOnlyList<string> Besides { get; init; }

    /// <summary><c>good</c>, <c>busy</c> or <c>bad</c>.</summary>
    public required string Mood { get; init; }

    public required IReadOnlyList<Need> Needs { get; init; }

    public required IReadOnlyList<StageColumn> Stages { get; init; }

    /// <summary>What happened today, in words: <c>3 made</c>, <c>12 changes seen</c>.</summary>
    public required IReadOnlyList<string> Today { get; init; }

    public required IReadOnlyList<JournalEntry> Newest { get; init; }

    public static HomeView Read(IReadView view, Workspace workspace, Decisions decisions, Preview preview, Show show)
    {
        var needs = Dashboard.Needs.In(view, workspace, decisions);
        var counts = view.CountHandoffs();
        var heldRules = NeedsView.HeldRules(view, workspace);
        var held = counts.Where(c => c.State == HandoffState.Waiting && heldRules.Contains(c.Rule)).Sum(c => c.Count);
        var waiting = counts.Where(c => c.State == HandoffState.Waiting).Sum(c => c.Count) - held;
        var events = view.CountEvents(show.Midnight).ToDictionary(e => e.Event, e => e.Count);
        var done = view.CountDoneSince(show.MonthBegan);
        var totals = view.CountStages(show.Now - OffboardingShown).GroupBy(t => t.Stage).ToDictionary(g => g.Key);
        return new HomeView
        {
            Needs = [.. needs.Take(NeedsShown).Select(preview.With), .. needs.Skip(NeedsShown)],
            State = needs.Count > 0 ? $"{Show.Count(needs.Count, "thing needs", "things need")} you"
                : !workspace.AllArmed ? "Starting: the tools are being read before any rule fires"
                : $"All quiet: {(done == 0 ? "no handoff" : Show.Count(done, "handoff", "handoffs"))} this month{(waiting > 0 ? $", {waiting} waiting for facts" : held > 0 ? "" : ", none waiting")}",
            Besides =
            [
                .. Dashboard.Needs.InShort(needs),
                .. InShort(workspace, needs.Count == 0 ? 0 : Math.Max(0, waiting - needs.Count(n => n.Handoff?.State == HandoffState.Waiting)), held,
                    counts.Where(c => c.State == HandoffState.Baseline).Sum(c => c.Count)),
            ],
            Mood = workspace.Tools.Any(t => t.Health.State.Condition == Condition.Held) || needs.Any(n => n.Kind is NeedKind.Disk or NeedKind.DeadLetter) ? "bad" : needs.Count > 0 || !workspace.AllArmed ? "busy" : "good",
            Stages =
            [
                .. Enum.GetValues<Stage>().Select(stage => new StageColumn(stage,
                    totals.TryGetValue(stage, out var of) ? of.Sum(t => t.Count) : 0,
                    totals.TryGetValue(stage, out var worth) ? [.. worth.Select(t => t.Worth).OfType<Money>().OrderByDescending(m => m.Amount)] : [],
                    view.EngagementsIn(stage, 3))),
            ],
            Today = [.. Happened(events)],
            Newest = [.. view.Journal(new JournalQuery { AtLeast = JournalLevel.Information, Since = show.Midnight, Max = 80 })
                .Where(e => !e.Event.StartsWith("mirror.", StringComparison.Ordinal)).Take(8)],
        };
    }

    private static IEnumerable<string> InShort(Workspace workspace, int facts, int held, int before)
    {
        if (facts > 0) yield return $"{facts} more {(facts == 1 ? "waits" : "wait")} for facts";
        if (held > 0) yield return $"{held} {(held == 1 ? "waits" : "wait")} while a tool is read-only or a rule is paused";
        if (!workspace.AllArmed) yield return $"{workspace.ArmedRules.Count} of {Show.Count(workspace.Config.Rules.Count, "rule is", "rules are")} armed: each once the tools that it looks at were read in full";
        if (before > 0) yield return $"{Show.Count(before, "case", "cases")} from before the rules were armed {(before == 1 ? "is" : "are")} left alone";
    }

    private static IEnumerable<string> Happened(Dictionary<string, int> events)
    {
        var (made, adopted) = (events.GetValueOrDefault("handoff.made.done"), events.GetValueOrDefault("handoff.made.adopted"));
        var people = events.Where(e => e.Key.StartsWith("people.", StringComparison.Ordinal)).Sum(e => e.Value);
        var died = events.GetValueOrDefault("dispatch.action.died");
        var changes = events.GetValueOrDefault("mirror.record.changed");
        if (made > 0) yield return $"{Show.Count(made, "handoff", "handoffs")} done";
        if (adopted > 0) yield return $"{adopted} adopted";
        if (people > 0) yield return $"{Show.Count(people, "decision", "decisions")} by people";
        if (died > 0) yield return $"{died} needed a person";
        if (changes > 0) yield return $"{Show.Count(changes, "change", "changes")} seen";
    }
}
