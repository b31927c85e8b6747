using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>What came of a plan that somebody else waits for.</summary>
[Flags]
public enum Planned
{
    Nothing = 0,

    /// <summary>A handoff became ready, or what it is to write changed: the lanes.</summary>
    Readied = 1,

    /// <summary>Something is to be looked at again at a moment of its own: the looker.</summary>
    Looks = 2,
}

/// <summary>Runs the planner on engagements and saves what it says, inside the transaction that brought the facts.</summary>
public sealed class PlanWriter(Workspace workspace, EngagementReader engagements)
{
    /// <summary>Puts the engagements together that are planned.</summary>
    public EngagementReader Engagements => engagements;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (int Count, DateTimeOffset At)> counted = new(StringComparer.Ordinal);

    /// <summary>Plans one engagement with the rules that fire.</summary>
    /// <param name="cause">The trace of what brought the facts; null where it isn't known.</param>
    /// <returns>Who should be woken once the transaction is durable; see <see cref="Workspace.Wake"/>.</returns>
    public Planned Plan(IUnitOfWork unit, RecordRef root, DateTimeOffset observedAt, string? cause = null)
    {
        // Asked before the rules: a rule that is armed in between would find neither the change nor a look at it.
        var passing = workspace.PassUnderWay;
        return Plan(unit, root, workspace.ArmedRules, observedAt, passing, cause: cause);
    }

    /// <summary>Plans one engagement with the rules that fire and one that is about to.</summary>
    public Planned Plan(IUnitOfWork unit, RecordRef root, HandoffRule besides, DateTimeOffset observedAt) =>
        Plan(unit, root, [.. workspace.ArmedRules.Where(r => r != besides), besides], observedAt, workspace.PassUnderWay);

    /// <summary>Writes the baseline of one engagement for a rule that is being armed.</summary>
    public void Baseline(IUnitOfWork unit, RecordRef root, HandoffRule rule, DateTimeOffset now) => Plan(unit, root, [rule], now, passing: false, arming: true);

    // A project that was its own engagement until it was linked is planned as part of its deal's, by whatever name it is asked for.
    private Planned Plan(
        IUnitOfWork unit, RecordRef asked, IReadOnlyList<HandoffRule> rules, DateTimeOffset observedAt, bool passing, bool arming = false,
        string? cause = null)
    {
        var roots = asked.Kind == RecordKind.Project ? EngagementReader.RootsOf(unit, asked) : [asked];
        if (!roots.Contains(asked))
        {
            unit.SetLook(asked, null);
            unit.RemoveEngagement(asked);
        }

        var planned = Planned.Nothing;
        foreach (var root in roots) planned |= PlanOne(unit, root, rules, observedAt, passing, arming, cause);
        return planned;
    }

    private Planned PlanOne(
        IUnitOfWork unit, RecordRef root, IReadOnlyList<HandoffRule> rules, DateTimeOffset observedAt, bool passing, bool arming, string? cause)
    {
        if (engagements.Read(unit, root) is not { } engagement) return Planned.Nothing;
        var now = workspace.Clock.GetUtcNow();
        unit.SaveEngagement(Standing(engagement, now));
        var existing = rules.Select(r => r.Subject).Distinct().SelectMany(engagement.Subjects).Select(s => s.Ref).Distinct()
            .SelectMany(unit.HandoffsAbout)
            .DistinctBy(h => h.Id)
            .ToDictionary(h => h.Id);
        var plan = Planner.For(engagement, rules, existing, new PlanContext
        {
            Business = workspace.Config.Business,
            Now = now,
            ObservedAt = observedAt,
            ConfigHash = workspace.Config.Hash,
            Arming = arming,
            ReadOnlyTools = workspace.ReadOnlyTools,
            PausedRules = unit.Pauses().Where(p => p.Of == PauseOf.Rule).ToDictionary(p => p.Name, p => p.Who),
            LinkToolOf = deal => ToolOf(unit, deal) is { Config.ReadOnly: false } tool && tool.Traits("deal.link") is not null ? tool.Name : null,
            ReadyInLastHour = rule => ReadyInLastHour(unit, rule, now),
            EngagementInLastHour = () => unit.HandoffsOf(root).Count(h => h.ReadyAt > now - Hour),
            ActionsOf = unit.ActionsOf,
        });

        foreach (var step in plan.Steps)
        {
            if (step.Handoff.State == HandoffState.Ready && step.Handoff.ReadyAt == now) CountReady(step.Handoff.Key.Rule);
            Save(unit, step, existing.GetValueOrDefault(step.Handoff.Id), cause);
            foreach (var action in step.Actions ?? []) unit.SaveAction(action);
            if (step.Verb != PlanVerb.Baselined) unit.Write(EntryOf(step, now));
        }

        // What changes while a baseline pass is under way may have been passed already: it is looked at again when the pass is over.
        // So is what was passed and only waits for its time.
        var look = arming ? plan.NextLook is null ? (DateTimeOffset?)null : now : passing ? now : plan.NextLook;
        if (!arming || look is not null) unit.SetLook(root, look);
        return (plan.Steps.Any(s => s.Verb is PlanVerb.Readied or PlanVerb.Rewritten) ? Planned.Readied : Planned.Nothing) |
            (look is not null || plan.Steps.Any(s => s.Handoff is { State: HandoffState.Waiting, NextLook: not null }) ? Planned.Looks : Planned.Nothing);
    }

    private void Save(IUnitOfWork unit, PlanStep step, Handoff? before, string? cause)
    {
        var (handoff, rule) = (step.Handoff, workspace.RuleName(step.Handoff));

        // What was so before a rule was armed follows from nothing that happened.
        unit.SaveHandoff(step.Verb == PlanVerb.Baselined ? handoff : handoff with { Trace = EngineTrace.Decide(cause, handoff, rule, before) });
        if (before?.State != handoff.State) EngineMeter.Came(unit, rule, handoff.State);
    }

    // A burst of thousands must not count thousands for each of them. What was counted a moment ago, and what was added since, is no
    // less than what the store would say: only where that reaches the limit is the store asked again.
    private int ReadyInLastHour(IUnitOfWork unit, HandoffRule rule, DateTimeOffset now)
    {
        lock (counted)
        {
            if (counted.TryGetValue(rule.Identity, out var known) && known.Count < rule.Limit && now - known.At < Fresh && now >= known.At) return known.Count;
            var count = unit.CountReadySince(rule.Identity, now - Hour);
            counted[rule.Identity] = (count, now);
            return count;
        }
    }

    private void CountReady(string rule)
    {
        lock (counted)
            if (counted.TryGetValue(rule, out var known)) counted[rule] = (known.Count + 1, known.At);
    }

    private static EngagementRow Standing(Engagement engagement, DateTimeOffset now)
    {
        var (stage, reason) = LifecycleStage.Of(engagement);
        var deal = engagement.Deal?.Record;
        var title = deal?.Text("name") ?? (engagement.Projects.Count > 0 ? engagement.Projects[0].Record.Text("name") : null);
        return new EngagementRow(engagement.Root, stage, reason, now, engagement.ClientName, title, deal?.Text("stage") == "lost" ? null : deal?.Amount("amount"));
    }

    // Whose account a tool is was learned in an earlier life: what is planned must not depend on whether it has told so again yet.
    private Tool? ToolOf(IUnitOfWork unit, RecordRef reference) => workspace.ToolOf(reference) ??
        workspace.Tools.FirstOrDefault(t => t.Account is null && unit.FindAccount(t.Name) == (reference.Connector, reference.Account));

    private JournalEntry EntryOf(PlanStep step, DateTimeOffset now)
    {
        var handoff = step.Handoff;
        var what = $"{workspace.RuleName(handoff)}{(handoff.Title is { } title ? $": {title}" : "")}";
        var (level, name, message) = step.Verb switch
        {
            PlanVerb.Planned or PlanVerb.Waits => (JournalLevel.Information, "handoff.gate.waited", $"{what} {handoff.Reason}"),
            PlanVerb.Readied => (JournalLevel.Information, "handoff.plan.readied", $"{what} is ready, because {handoff.Reason}"),
            PlanVerb.Rewritten => (JournalLevel.Detail, "handoff.plan.rewritten", $"{what} was changed before anything was sent"),
            PlanVerb.Baselined => (JournalLevel.Detail, "handoff.plan.baselined", $"{what}: {handoff.Reason}"),
            PlanVerb.Withdrawn => (JournalLevel.Information, "handoff.plan.withdrawn", $"{what} is withdrawn: {handoff.Reason}"),
            PlanVerb.Flagged => (JournalLevel.Warning, "handoff.done.flagged", $"{what}: {handoff.Flag}"),
            PlanVerb.Unflagged => (JournalLevel.Information, "handoff.done.unflagged", $"{what} is as it should be again"),
        };
        return new JournalEntry
        {
            At = now, Level = level, Event = name, Message = message, Rule = workspace.RuleName(handoff), Handoff = handoff.Id,
            Record = handoff.Key.Subject, Client = handoff.Client,
        };
    }
}
