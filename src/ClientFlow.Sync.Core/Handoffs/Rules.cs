using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Handoffs;

/// <summary>A fact by its name in the file: <c>client.email</c>.</summary>
public readonly record struct FactPath(RecordKind Kind, string Field)
{
    public override string ToString() => $"{Names.Of(Kind)}.{Field}";
}

/// <summary>A rule of the file: when this is so, require these, do that.</summary>
public sealed record HandoffRule
{
    /// <summary>Its name in the file.</summary>
    public required string Name { get; init; }

    /// <summary>The name that its keys are computed from: the first it ever had.</summary>
    public required string Identity { get; init; }

    /// <summary>The kind of record that it is about: one handoff for each.</summary>
    public required RecordKind Subject { get; init; }

    public required Condition When { get; init; }

    /// <summary>The facts that must be there before it may run.</summary>
    public required IReadOnlyList<FactPath> Require { get; init; }

    /// <summary>A person must say yes.</summary>
    public bool Approve { get; init; }

    /// <summary>How many may become ready within an hour before one yes is needed for the rest.</summary>
    public int Limit { get; init; } = 25;

    public required Blueprint Create { get; init; }

    /// <summary>Changes when <see cref="When"/> changes in meaning, by its own words or by the mapping of its facts: the rule is then armed anew.</summary>
    public required string ArmingHash { get; init; }
}

/// <summary>What a rule makes, and in which tool.</summary>
public abstract record Blueprint(string Tool);

/// <summary>A project with a checklist.</summary>
/// <param name="Section">The section that holds the checklist.</param>
public sealed record ProjectBlueprint(
    string Tool,
    Template Name,
    Template? Notes,
    DateExpression? StartsOn,
    DateExpression? EndsOn,
    PersonExpression? Owner,
    string Section,
    IReadOnlyList<ChecklistItem> Checklist) : Blueprint(Tool)
{
    /// <summary>The tool's id of the template that it is made from; null for an empty project.</summary>
    public string? FromTemplate { get; init; }
}

/// <summary>One task of a checklist; due counts from the day the project is made.</summary>
public sealed record ChecklistItem(Template Task, DateExpression? Due, PersonExpression? Assign);

/// <summary>A draft of an invoice.</summary>
public sealed record InvoiceBlueprint(string Tool, int DueInDays, IReadOnlyList<InvoiceLineBlueprint> Lines) : Blueprint(Tool);

/// <summary>One line of an invoice.</summary>
public sealed record InvoiceLineBlueprint(Template Text, AmountExpression Amount);

/// <summary>A calendar entry.</summary>
public sealed record ReminderBlueprint(
    string Tool, PersonExpression? For, DateExpression On, TimeOnly At, TimeSpan Duration, Template Title, Template? Notes) : Blueprint(Tool);

/// <summary>A date: a fact's, or the day the handoff is done, moved by a number of days and months.</summary>
/// <param name="From">The fact; null stands for the day the handoff is done.</param>
public sealed record DateExpression(FactPath? From, int Days, int Months);

/// <summary>A person: a fact's, or a fixed e-mail.</summary>
public sealed record PersonExpression(FactPath? From, string? Email);

/// <summary>An amount.</summary>
public abstract record AmountExpression
{
    private AmountExpression()
    {
    }

    /// <summary>The deal's amount less its invoices.</summary>
    public sealed record Remaining : AmountExpression;

    /// <summary>A fact's amount.</summary>
    public sealed record OfFact(FactPath Path) : AmountExpression;

    /// <summary>A number in the deal's currency.</summary>
    public sealed record Fixed(decimal Value) : AmountExpression;
}
