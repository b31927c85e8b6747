using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>Rules and promises as a person reads them.</summary>
public static class InWords
{
    /// <summary>A rule in one line: <c>when deal.stage is won, with deal.scope: make a project in projects</c>.</summary>
    public static string Of(HandoffRule rule)
    {
        var require = rule.Require.Count > 0 ? $", once {string.Join(", ", rule.Require)} {(rule.Require.Count == 1 ? "is" : "are")} there" : "";
        var approve = rule.Approve ? ", after a person's yes" : "";
        return $"for each {Names.Of(rule.Subject)}, when {Of(rule.When)}{require}{approve}: {Of(rule.Create)}";
    }

    /// <summary>A condition in words.</summary>
    public static string Of(Condition condition) => condition switch
    {
        Condition.All all => string.Join(" and ", all.Of.Select(Inner)),
        Condition.Any any => string.Join(" or ", any.Of.Select(Inner)),
        Condition.Not { Of: Condition.Fact { Test: FactTest.Is test } fact } => $"{fact.Path} is not {test.Value.Show()}",
        Condition.Not { Of: Condition.Fact { Test: FactTest.In test } fact } => $"{fact.Path} is none of {Values(test.Values)}",
        Condition.Not not => $"not ({Of(not.Of)})",
        Condition.Fact fact => $"{fact.Path} {Of(fact.Test)}",
        _ => throw new InvalidOperationException("a kind of condition without words"),
    };

    /// <summary>What a rule makes, in words.</summary>
    public static string Of(Blueprint blueprint) => blueprint switch
    {
        ProjectBlueprint project => $"make a project in {project.Tool}{(project.FromTemplate is { } template ? $" from the template {template}" : "")}, named \"{project.Name.Source}\"{Tasks(project.Checklist.Count)}{Ends(project.EndsOn)}",
        InvoiceBlueprint invoice => $"draft an invoice in {invoice.Tool} over {string.Join(" and ", invoice.Lines.Select(l => Of(l.Amount)))}, due in {invoice.DueInDays} days",
        ReminderBlueprint reminder => $"put \"{reminder.Title.Source}\" into {reminder.Tool}{For(reminder.For)} on {Of(reminder.On)} at {reminder.At:HH\\:mm}",
        _ => throw new InvalidOperationException("a kind of blueprint without words"),
    };

    /// <summary>A date expression in words.</summary>
    public static string Of(DateExpression date)
    {
        var from = date.From?.ToString() ?? "the day it is made";
        var steps = (date.Months, date.Days) switch
        {
            (0, 0) => "",
            (0, var days) => Step(days, "day"),
            (var months, 0) => Step(months, "month"),
            (var months, var days) => $"{Step(months, "month")}{Step(days, "day")}",
        };
        return from + steps;
    }

    /// <summary>What remains uncertain about one kind of write, in words.</summary>
    public static string Of(ActionTraits traits) => traits.Strength switch
    {
        KeyStrength.Native => $"the tool refuses a second one ({traits.How})",
        KeyStrength.Marker => $"found again by our marker ({traits.How})",
        KeyStrength.Repeatable => $"read first, and doing it again changes nothing ({traits.How})",
        KeyStrength.None => $"after doubt a person is asked ({traits.How})",
    };

    private static string Inner(Condition condition) => condition is Condition.All { Of.Count: > 1 } or Condition.Any { Of.Count: > 1 } ? $"({Of(condition)})" : Of(condition);

    private static string Of(FactTest test) => test switch
    {
        FactTest.Is { Value: var value } => $"is {value.Show()}",
        FactTest.In { Values: var values } => $"is one of {Values(values)}",
        FactTest.Exists { Wanted: var wanted } => wanted ? "is there" : "is not there",
        FactTest.Compare { How: var how, Value: var value } => $"is {Of(how, value)} {value.Show()}",
        FactTest.Within { Span: var span } => $"is within {Durations.Show(span)} from now",
        FactTest.OlderThan { Span: var span } => $"is {Durations.Show(span)} ago or more",
        _ => throw new InvalidOperationException("a kind of test without words"),
    };

    private static string Of(Comparison how, FieldValue value) => how switch
    {
        Comparison.Greater => value is FieldValue.Day or FieldValue.Moment ? "after" : "above",
        Comparison.GreaterOrEqual => value is FieldValue.Day or FieldValue.Moment ? "on or after" : "at least",
        Comparison.Less => value is FieldValue.Day or FieldValue.Moment ? "before" : "below",
        Comparison.LessOrEqual => value is FieldValue.Day or FieldValue.Moment ? "on or before" : "at most",
    };

    private static string Of(AmountExpression amount) => amount switch
    {
        AmountExpression.Remaining => "what remains of the deal",
        AmountExpression.OfFact fact => fact.Path.ToString(),
        AmountExpression.Fixed number => new FieldValue.Number(number.Value).Show(),
        _ => throw new InvalidOperationException("a kind of amount without words"),
    };

    private static string Step(int count, string unit) => $" {(count < 0 ? "-" : "+")} {Math.Abs(count)} {unit}{(Math.Abs(count) == 1 ? "" : "s")}";

    private static string Tasks(int count) => count switch { 0 => "", 1 => ", with one task", _ => $", with {count} tasks" };

    private static string Ends(DateExpression? ends) => ends is null ? "" : $", ending on {Of(ends)}";

    private static string For(PersonExpression? person) => person is null ? "" : $" for {person.From?.ToString() ?? person.Email}";

    private static string Values(IReadOnlyList<FieldValue> values) => string.Join(", ", values.Select(v => v.Show()));
}
