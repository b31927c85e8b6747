using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.Health;
using ClientFlow.Sync.Engine.People;
using Condition = ClientFlow.Sync.Engine.Health.Condition;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>Why something needs a person.</summary>
public enum NeedKind
{
    /// <summary>The disk that holds the data is filling up.</summary>
    Disk,

    /// <summary>A tool refuses our credential: its lane is held.</summary>
    Tool,

    /// <summary>A write that its tool refused for good.</summary>
    DeadLetter,

    /// <summary>Several could be meant.</summary>
    Question,

    /// <summary>A rule asks for a yes.</summary>
    Approval,

    /// <summary>Too many at once.</summary>
    Limit,

    /// <summary>Done, and its facts turned false.</summary>
    Flag,

    /// <summary>A delivery that can't be read.</summary>
    Delivery,

    /// <summary>Many records that a tool no longer lists.</summary>
    Absence,

    /// <summary>A value that no mapping knows.</summary>
    Unmapped,
}

/// <summary>One thing that needs a person.</summary>
/// <param name="Reason">Why, in words.</param>
public sealed record Need(NeedKind Kind, string Title, string Reason)
{
    public Handoff? Handoff { get; init; }

    /// <summary>What may be picked from.</summary>
    public IReadOnlyList<Record> Choices { get; init; } = [];

    /// <summary>The words that may be edited.</summary>
    public IReadOnlyList<EditableField> Fields { get; init; } = [];

    public DeadDelivery? Delivery { get; init; }

    public UnmappedValue? Value { get; init; }

    public Tool? Tool { get; init; }

    public ReconcileRow? Absence { get; init; }

    /// <summary>What a yes would make, in a few words; null where that can't be said, or was not asked for.</summary>
    public string? Makes { get; init; }

    /// <summary>What waits for it, in a sentence.</summary>
    public string? Held { get; init; }

    /// <summary>Since when, UTC.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Stable from one showing to the next.</summary>
    public string Id => Handoff?.Id ?? (Delivery is { } d ? DeadLetters.Delivery + d.Id.ToString(CultureInfo.InvariantCulture)
        : Value is { } v ? $"value-{v.Tool}-{v.Field}-{v.Value}"
        : Absence is { } a ? $"absent-{a.Tool}-{a.Stream}"
        : Kind == NeedKind.Disk ? "disk" : $"tool-{Tool?.Name}");

    /// <summary>The kind in words.</summary>
    public string Label => Kind switch
    {
        NeedKind.Disk => "Disk",
        NeedKind.Tool => "Reconnect",
        NeedKind.DeadLetter => "Dead letter",
        NeedKind.Question => "Question",
        NeedKind.Approval => "Approval",
        NeedKind.Limit => "Many at once",
        NeedKind.Flag => "Changed since",
        NeedKind.Delivery => "Unreadable delivery",
        NeedKind.Absence => "Absent",
        NeedKind.Unmapped => "Unmapped value",
    };
}

/// <summary>Collects what needs a person, most pressing first.</summary>
public static class Needs
{
    private const int Most = 200;

    /// <summary>All that needs a person now.</summary>
    public static IReadOnlyList<Need> In(IReadView view, Workspace workspace, Decisions decisions)
    {
        var needs = new List<Need>();
        if (workspace.DiskTrouble is { } trouble) needs.Add(new Need(NeedKind.Disk, "The disk is filling up", Show.Sentence(trouble)));
        foreach (var tool in workspace.Tools.Where(t => t.Health.State.Condition == Condition.Held))
        {
            var state = tool.Health.State;
            var work = HeldWork.On(view, tool);
            needs.Add(new Need(NeedKind.Tool, $"{tool.Name} ({tool.Manifest.Name}) is held until it is reconnected", Show.Sentence(state.Message ?? "its credential is refused"))
            {
                Tool = tool, Since = state.Since, Held = work.Count > 0 ? work.ToString() : null,
            });
        }

        foreach (var handoff in view.HandoffsIn([HandoffState.Dead], Most))
        {
            var dead = view.ActionsOf(handoff.Id).FirstOrDefault(a => a.State == ActionState.Dead);
            var choices = decisions.ChoicesFor(view, handoff);
            var asked = dead?.Failure?.Reason is "adoption" or "question";
            needs.Add(new Need(asked ? NeedKind.Question : NeedKind.DeadLetter, handoff.Title ?? handoff.Key.Rule, WhyDead(handoff, dead, choices))
            {
                Handoff = handoff, Choices = choices, Since = handoff.ReadyAt ?? handoff.PlannedAt,
                Fields = dead is null || choices.Count > 0 ? [] : Edits.Of(dead.Order.Name, dead.Order.Content),
            });
        }

        foreach (var handoff in view.HandoffsHeld(Most))
        {
            var kind = handoff.Hold switch { Hold.Question => NeedKind.Question, Hold.Limit => NeedKind.Limit, _ => NeedKind.Approval };
            needs.Add(new Need(kind, handoff.Title ?? handoff.Key.Rule, kind == NeedKind.Approval ? Asked(workspace, handoff) : Show.Sentence(handoff.Reason))
            {
                Handoff = handoff, Since = handoff.PlannedAt,
            });
        }

        needs.AddRange(view.FlaggedHandoffs(Most).Select(h => new Need(NeedKind.Flag, h.Title ?? h.Key.Rule, Show.Sentence(h.Flag!)) { Handoff = h, Since = h.DoneAt }));
        needs.AddRange(view.DeadDeliveries(0, Most).Select(d =>
            new Need(NeedKind.Delivery, $"A delivery to {d.Delivery.Tool}", Show.Sentence(d.Reason)) { Delivery = d, Since = d.Delivery.ReceivedAt }));
        needs.AddRange(Absences.Held(view, workspace).Select(a => new Need(NeedKind.Absence, $"{a.Extra} of {a.Known} {a.Stream} are absent from {a.Tool}",
            $"Its full list lacked them, and so many at once may be a credential that sees less: none is taken for deleted. Look whether {a.Tool} still shows you all of them; if they were deleted, have each asked for")
        { Absence = a, Since = a.Ended }));
        needs.AddRange(view.Unmapped().Take(Most).Select(v => new Need(NeedKind.Unmapped, $"Unmapped value ‘{v.Value}’ in {v.Tool}.{Names.Of(v.Kind)}.{v.Field}",
            $"Seen {Show.Count(v.Seen, "time", "times")}. Rules can't use it until the mapping file says what it means") { Value = v, Since = v.LastSeen }));
        return needs;
    }

    // What was being done, and what came of it. Where the choices stand below, their addresses need not be read out.
    private static string WhyDead(Handoff handoff, HandoffAction? dead, IReadOnlyList<Record> choices)
    {
        if (choices is [{ Ref.Kind: RecordKind.Project }, _, ..] && dead is not null) return $"{choices.Count} projects in {dead.Order.Tool} could be this deal's already. Use one of them, or have a new one made.";
        var doing = dead?.Order.Content switch
        {
            null => null,
            ProjectContent => "Making this project",
            SectionContent => "Making a section of the project",
            TaskContent task => $"Making the task “{task.Name}”",
            DealLinkContent => "Writing the project's address into the deal",
            CustomerContent => "Making the customer",
            InvoiceContent => "Drafting this invoice",
            InvoiceLineContent => "Putting the amount onto the invoice",
            ReminderContent => "Making this reminder",
            ReminderMoveContent => "Moving this reminder",
            ReminderCancelContent => "Cancelling this reminder",
            _ => dead.Order.Name,
        };
        return doing is null ? Show.Sentence(handoff.Reason) : $"{doing} in the tool `{dead!.Order.Tool}`: {handoff.Reason}";
    }

    /// <summary>What needs a person, counted by kind, and what is at stake: a line for somebody in a hurry.</summary>
    public static IEnumerable<string> InShort(IReadOnlyList<Need> needs)
    {
        foreach (var kind in needs.GroupBy(n => n.Kind).OrderBy(g => g.Key))
        {
            var (one, many) = kind.Key switch
            {
                NeedKind.Disk => ("disk that fills up", "disks that fill up"),
                NeedKind.Tool => ("tool to reconnect", "tools to reconnect"),
                NeedKind.DeadLetter => ("dead letter", "dead letters"),
                NeedKind.Question => ("question", "questions"),
                NeedKind.Approval => ("approval", "approvals"),
                NeedKind.Limit => ("held, being many at once", "held, being many at once"),
                NeedKind.Flag => ("changed since it was done", "changed since they were done"),
                NeedKind.Delivery => ("unreadable delivery", "unreadable deliveries"),
                NeedKind.Absence => ("list that lacks many", "lists that lack many"),
                NeedKind.Unmapped => ("unmapped value", "unmapped values"),
            };
            yield return Show.Count(kind.Count(), one, many);
        }

        // Several handoffs of one engagement are about the same money.
        var stakes = needs.Select(n => n.Handoff).OfType<Handoff>().Where(h => h.AtStake is not null)
            .GroupBy(h => (h.Engagement, h.AtStake!.Value.Currency)).Select(g => new Money(g.Max(h => h.AtStake!.Value.Amount), g.Key.Currency))
            .GroupBy(m => m.Currency).Select(g => g.Aggregate((a, b) => a + b)).OrderByDescending(m => m.Amount).ToList();
        if (stakes.Count > 0) yield return $"{string.Join(" and ", stakes)} at stake";
    }

    // What the yes would do, and why it is called for.
    private static string Asked(Workspace workspace, Handoff handoff)
    {
        var what = workspace.RuleOf(handoff)?.Create switch
        {
            ProjectBlueprint project => $"Make this project in the tool `{project.Tool}`",
            InvoiceBlueprint invoice => $"Draft this invoice in the tool `{invoice.Tool}`",
            ReminderBlueprint reminder => $"Put this reminder into the tool `{reminder.Tool}`",
            _ => "Do this",
        };
        return $"{what}? It is called for because {handoff.Facts.GetValueOrDefault("when") ?? handoff.Reason}";
    }

    /// <summary>How many there are, without what a page about them needs besides.</summary>
    public static int Count(IReadView view, Workspace workspace) =>
        (workspace.DiskTrouble is null ? 0 : 1) + workspace.Tools.Count(t => t.Health.State.Condition == Condition.Held) + view.HandoffsIn([HandoffState.Dead], Most).Count +
        view.HandoffsHeld(Most).Count + view.FlaggedHandoffs(Most).Count +
        view.DeadDeliveries(0, Most).Count + Absences.Held(view, workspace).Count + Math.Min(Most, view.Unmapped().Count);
}
