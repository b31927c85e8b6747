using System.Globalization;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>Binds <c>when</c>: structured YAML to conditions whose values have the type of the fact.</summary>
internal sealed class ConditionBinder(DiagnosticBag diagnostics, Business business)
{
    private static readonly string[] Tests = ["gt", "gte", "lt", "lte", "in", "not", "exists", "within", "olderThan"];
    private static readonly string[] Groups = ["any", "all", "not"];

    private readonly List<RecordKind> kinds = [];

    /// <summary>The kinds of records that the conditions name.</summary>
    public IReadOnlyList<RecordKind> Kinds => kinds;

    /// <summary>All conditions of a mapping; null when one of them is wrong.</summary>
    public Condition? Bind(ConfigNode node, Span at, string where)
    {
        if (node is not MappingNode mapping)
        {
            diagnostics.Error(node is ScalarNode { IsNothing: true } ? Codes.EmptyCondition : Codes.WrongShape, at, $"`{where}` takes conditions, not {(node is ScalarNode { IsNothing: true } ? "nothing" : node.Shape)}",
                "takes facts and what they are held against", "write it as in `when: { deal.stage: won }`");
            return null;
        }

        if (mapping.Entries.Count == 0)
        {
            diagnostics.Error(Codes.EmptyCondition, at, $"`{where}` has no condition", "would be true of everything", "write it as in `when: { deal.stage: won }`");
            return null;
        }

        var bound = mapping.Entries.Select(e => Entry(e, where)).ToList();
        return bound.Contains(null) ? null : All([.. bound.OfType<Condition>()]);
    }

    private Condition? Entry(ConfigEntry entry, string where) => entry.Key switch
    {
        "any" => Group(entry, $"{where}.any") is { } any ? new Condition.Any(any) : null,
        "all" => Group(entry, $"{where}.all") is { } all ? new Condition.All(all) : null,
        "not" => entry.Value is SequenceNode
            ? Group(entry, $"{where}.not") is { } none ? new Condition.Not(new Condition.Any(none)) : null
            : Bind(entry.Value, entry.KeySpan, $"{where}.not") is { } not ? new Condition.Not(not) : null,
        _ => Fact(entry),
    };

    private List<Condition>? Group(ConfigEntry entry, string where)
    {
        if (entry.Value is not SequenceNode { Items.Count: > 0 } list)
        {
            diagnostics.Error(entry.Value is SequenceNode ? Codes.EmptyCondition : Codes.WrongShape, entry.KeySpan, $"`{where}` takes a list of conditions",
                "takes a list", $"write it as in `{entry.Key}: [ {{ deal.stage: won }}, {{ project.status: open }} ]`");
            return null;
        }

        var bound = list.Items.Select(i => Bind(i, i.Span, where)).ToList();
        return bound.Contains(null) ? null : [.. bound.OfType<Condition>()];
    }

    private Condition? Fact(ConfigEntry entry)
    {
        if (FactPaths.Resolve(entry.Key, known: null, out var problem) is not { } fact)
        {
            var found = problem!;
            var slip = entry.Key.Contains('.', StringComparison.Ordinal) ? null : Suggestions.DidYouMean(entry.Key, Groups);
            var span = entry.KeySpan.Length == entry.Key.Length
                ? entry.KeySpan with { Column = entry.KeySpan.Column + found.Start, Length = Math.Max(1, found.Length) }
                : entry.KeySpan;
            diagnostics.Error(found.Code, span, found.Message, found.Label, slip ?? found.Help);
            return null;
        }

        kinds.Add(fact.Path.Kind);
        return Test(fact.Path, fact.Field, entry.Value, entry.KeySpan);
    }

    private Condition? Test(FactPath path, FieldDefinition field, ConfigNode node, Span at)
    {
        switch (node)
        {
            case ScalarNode { IsNothing: true }:
                diagnostics.Error(Codes.NoValue, at, $"`{path}` is held against nothing", "no value follows", "to ask whether there is a value, write `{ exists: true }`");
                return null;
            case ScalarNode scalar:
                return Is(path, field, scalar);
            case SequenceNode list:
                return In(path, field, list, at);
            case MappingNode mapping:
                if (mapping.Entries.Count == 0)
                {
                    diagnostics.Error(Codes.EmptyCondition, at, $"`{path}` is held against nothing", "no test follows");
                    return null;
                }

                var tests = mapping.Entries.Select(e => Test(path, field, e)).ToList();
                return tests.Contains(null) ? null : All([.. tests.OfType<Condition>()]);
            default: throw new InvalidOperationException("a kind of node that conditions don't know");
        }
    }

    private Condition? Test(FactPath path, FieldDefinition field, ConfigEntry test)
    {
        switch (test.Key)
        {
            case "gt": return Compare(path, field, Comparison.Greater, test);
            case "gte": return Compare(path, field, Comparison.GreaterOrEqual, test);
            case "lt": return Compare(path, field, Comparison.Less, test);
            case "lte": return Compare(path, field, Comparison.LessOrEqual, test);
            case "in" when test.Value is SequenceNode list: return In(path, field, list, test.KeySpan);
            case "in":
                diagnostics.Error(Codes.WrongShape, test.KeySpan, $"`in` takes a list, not {test.Value.Shape}", "takes a list", "write it as in `{ in: [won, lost] }`");
                return null;
            case "not": return Test(path, field, test.Value, test.KeySpan) is { } not ? new Condition.Not(not) : null;
            case "exists":
                if (Scalar(test) is not { } wanted) return null;
                if (Flag(wanted) is { } flag) return new Condition.Fact(path, new FactTest.Exists(flag));
                diagnostics.Error(Codes.NotAFlag, wanted.Span, "`exists` is neither true nor false", "takes true or false");
                return null;
            case "within": return Span(path, field, test) is { } within ? new Condition.Fact(path, new FactTest.Within(within)) : null;
            case "olderThan": return Span(path, field, test) is { } older ? new Condition.Fact(path, new FactTest.OlderThan(older)) : null;
            default:
                diagnostics.Error(Codes.UnknownTest, test.KeySpan, $"unknown test `{test.Key}`", $"not a test for `{path}`", test.Key switch
                {
                    "eq" or "is" or "equals" or "=" or "==" => $"write the value itself, as in `{path}: ...`",
                    "ne" or "neq" or "isNot" or "!=" => "did you mean `not`?",
                    ">" => "did you mean `gt`?",
                    ">=" or "min" => "did you mean `gte`?",
                    "<" => "did you mean `lt`?",
                    "<=" or "max" => "did you mean `lte`?",
                    "oneOf" or "any" => "did you mean `in`?",
                    _ => Suggestions.DidYouMeanOrOneOf(test.Key, Tests),
                });
                return null;
        }
    }

    private Condition? Is(FactPath path, FieldDefinition field, ScalarNode scalar)
    {
        if (Value(path, field, scalar) is not { } value) return null;
        return value switch
        {
            // A moment is on a day when it lies within it, in the business's zone.
            FieldValue.Day day when field.Type == FieldType.Moment => new Condition.All(
            [
                new Condition.Fact(path, new FactTest.Compare(Comparison.GreaterOrEqual, Start(day.Value))),
                new Condition.Fact(path, new FactTest.Compare(Comparison.Less, Start(day.Value.AddDays(1)))),
            ]),
            _ => new Condition.Fact(path, new FactTest.Is(value)),
        };
    }

    private Condition? In(FactPath path, FieldDefinition field, SequenceNode list, Span at)
    {
        if (list.Items.Count == 0)
        {
            diagnostics.Error(Codes.EmptyCondition, at, $"`{path}` is held against an empty list", "could never be true");
            return null;
        }

        var values = new List<FieldValue?>();
        var each = new List<Condition?>();
        foreach (var item in list.Items)
        {
            if (item is ScalarNode { IsNothing: false } scalar)
            {
                if (field.Type == FieldType.Moment) each.Add(Is(path, field, scalar));
                else values.Add(Value(path, field, scalar));
                continue;
            }

            diagnostics.Error(Codes.WrongShape, item.Span, $"a list of values for `{path}` holds {(item is ScalarNode ? "nothing" : item.Shape)}", "takes single values");
            values.Add(null);
        }

        if (values.Contains(null) || each.Contains(null)) return null;
        return each.Count > 0 ? new Condition.Any([.. each.OfType<Condition>()]) : new Condition.Fact(path, new FactTest.In([.. values.OfType<FieldValue>()]));
    }

    private Condition.Fact? Compare(FactPath path, FieldDefinition field, Comparison how, ConfigEntry test)
    {
        if (field.Type is not (FieldType.Number or FieldType.Amount or FieldType.Day or FieldType.Moment))
        {
            Misfit(path, field, test);
            return null;
        }

        if (Scalar(test) is not { } scalar || Value(path, field, scalar) is not { } value) return null;
        if (value is not FieldValue.Day day || field.Type != FieldType.Moment) return new Condition.Fact(path, new FactTest.Compare(how, value));

        // After a day means after its end, up to a day means up to its end, in the business's zone.
        var (edge, bound) = how switch
        {
            Comparison.Greater => (Comparison.GreaterOrEqual, day.Value.AddDays(1)),
            Comparison.GreaterOrEqual => (Comparison.GreaterOrEqual, day.Value),
            Comparison.Less => (Comparison.Less, day.Value),
            Comparison.LessOrEqual => (Comparison.Less, day.Value.AddDays(1)),
        };
        return new Condition.Fact(path, new FactTest.Compare(edge, Start(bound)));
    }

    private TimeSpan? Span(FactPath path, FieldDefinition field, ConfigEntry test)
    {
        if (field.Type is not (FieldType.Day or FieldType.Moment))
        {
            Misfit(path, field, test);
            return null;
        }

        if (Scalar(test) is not { } scalar) return null;
        if (Durations.TryParse(scalar.Value, out var span)) return span;
        diagnostics.Error(Codes.NotADuration, scalar.Span, $"`{scalar.Value}` is not a duration", "not a duration", Durations.Help);
        return null;
    }

    private void Misfit(FactPath path, FieldDefinition field, ConfigEntry test) =>
        diagnostics.Error(Codes.TestMisfit, test.KeySpan, $"`{test.Key}` doesn't fit `{path}`", $"`{path}` is {Describe(field)}", field.Type switch
        {
            FieldType.Choice or FieldType.Text or FieldType.Person => "use the value itself, `in`, `not` or `exists`",
            FieldType.Flag => "use `true`, `false` or `exists`",
            FieldType.Number or FieldType.Amount => "use the value itself, `gt`, `gte`, `lt`, `lte`, `in`, `not` or `exists`",
            _ => "use `exists`",
        });

    private ScalarNode? Scalar(ConfigEntry test)
    {
        if (test.Value is ScalarNode { IsNothing: false } scalar) return scalar;
        diagnostics.Error(test.Value is ScalarNode ? Codes.NoValue : Codes.WrongShape, test.KeySpan, $"`{test.Key}` takes a single value", "no single value follows");
        return null;
    }

    private FieldValue? Value(FactPath path, FieldDefinition field, ScalarNode scalar)
    {
        var text = scalar.Value.Trim();
        switch (field.Type)
        {
            case FieldType.Choice:
                if (field.Choices.Contains(text)) return new FieldValue.Text(text);
                diagnostics.Error(Codes.UnknownWord, scalar.Span, $"unknown {field.Name} `{text}` for {FactPaths.Article(path.Kind)}", $"not a value of `{path}`",
                    Suggestions.DidYouMeanOrOneOf(text, field.Choices));
                return null;
            case FieldType.Text: return new FieldValue.Text(text);
            case FieldType.Person: return new FieldValue.Text(text.ToLowerInvariant());
            case FieldType.Flag:
                if (Flag(scalar) is { } flag) return new FieldValue.Flag(flag);
                diagnostics.Error(Codes.NotAFlag, scalar.Span, $"`{path}` is held against `{text}`", "takes true or false, without quotes");
                return null;
            case FieldType.Number or FieldType.Amount:
                if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return new FieldValue.Number(number);
                diagnostics.Error(Codes.NotANumber, scalar.Span, $"`{path}` is held against `{text}`", "not a number", "write a plain number, as in `1200` or `1200.50`");
                return null;
            case FieldType.Day or FieldType.Moment:
                if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is > 1 and < 9999) return new FieldValue.Day(day);
                if (field.Type == FieldType.Moment && text.Contains('T', StringComparison.Ordinal) &&
                    DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) && moment.Year is > 1 and < 9999)
                    return new FieldValue.Moment(moment.ToUniversalTime());
                diagnostics.Error(Codes.NotADate, scalar.Span, $"`{path}` is held against `{text}`", "not a date", "write a date as in `2026-11-01`; for time from now there are `within` and `olderThan`");
                return null;
            case FieldType.Reference or FieldType.References:
                diagnostics.Error(Codes.TestMisfit, scalar.Span, $"`{path}` is another record and equals no value", "is another record", "use `{ exists: true }`");
                return null;
            default: throw new InvalidOperationException("a type of field that conditions don't know");
        }
    }

    private FieldValue.Moment Start(DateOnly day) => new(LocalTime.InstantOf(day, TimeOnly.MinValue, business.Zone));

    private static bool? Flag(ScalarNode scalar) => scalar.Quoted ? null : scalar.Value switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    private static string Describe(FieldDefinition field) => field.Type switch
    {
        FieldType.Text => "a text",
        FieldType.Person => "a person",
        FieldType.Number => "a number",
        FieldType.Amount => "an amount",
        FieldType.Day => "a date",
        FieldType.Moment => "a moment",
        FieldType.Flag => "true or false",
        FieldType.Choice => $"one of {Suggestions.List(field.Choices)}",
        FieldType.Reference or FieldType.References => "another record",
    };

    private static Condition All(IReadOnlyList<Condition> of) => of is [var one] ? one : new Condition.All(of);
}
