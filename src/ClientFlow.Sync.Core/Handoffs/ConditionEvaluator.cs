using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Handoffs;

/// <summary>Why a condition holds or doesn't: one sentence for each fact that it looked at.</summary>
public sealed record Reason(bool Holds, string Text, RecordRef? Source)
{
    /// <summary>Several records could be meant: it neither holds nor fails.</summary>
    public bool Unclear { get; init; }
}

/// <summary>Whether a condition holds, with its reasons.</summary>
/// <param name="LookAt">When time alone could change the answer, UTC; null when only facts can.</param>
public sealed record ConditionVerdict(bool Holds, IReadOnlyList<Reason> Reasons, DateTimeOffset? LookAt)
{
    /// <summary>It doesn't hold, and yet doesn't fail: it hangs on a fact of which several records could be meant.</summary>
    public bool Unclear { get; init; }
}

/// <summary>Evaluates conditions against an engagement. It looks at every part, so that all the reasons are told.</summary>
public static class ConditionEvaluator
{
    private const string AnyValue = "any value";

    /// <summary>Evaluates a condition as a rule about one subject means it.</summary>
    public static ConditionVerdict Evaluate(
        Condition condition, Engagement engagement, RecordRef subject, DateTimeOffset now, TimeZoneInfo zone) => condition switch
    {
        Condition.All all => Combine(all.Of, engagement, subject, now, zone,
            static parts => parts.TrueForAll(p => p.Holds), static parts => parts.TrueForAll(p => p.Holds || p.Unclear)),
        Condition.Any any => Combine(any.Of, engagement, subject, now, zone,
            static parts => parts.Exists(p => p.Holds), static parts => parts.Exists(p => p.Unclear)),
        Condition.Not not => Negate(Evaluate(not.Of, engagement, subject, now, zone)),
        Condition.Fact fact => Test(fact, engagement.Find(fact.Path, subject), now, zone),
        _ => throw new InvalidOperationException("a kind of condition that nobody evaluates"),
    };

    private static ConditionVerdict Combine(IReadOnlyList<Condition> of, Engagement engagement, RecordRef subject, DateTimeOffset now,
        TimeZoneInfo zone, Func<List<ConditionVerdict>, bool> holds, Func<List<ConditionVerdict>, bool> couldHold)
    {
        var parts = of.Select(c => Evaluate(c, engagement, subject, now, zone)).ToList();
        return new ConditionVerdict(holds(parts), [.. parts.SelectMany(p => p.Reasons)], parts.Min(p => p.LookAt))
        {
            Unclear = !holds(parts) && couldHold(parts),
        };
    }

    private static ConditionVerdict Negate(ConditionVerdict inner) => inner with
    {
        Holds = !inner.Holds && !inner.Unclear,
        Reasons = [.. inner.Reasons.Select(r => r.Unclear ? r : r with { Holds = !r.Holds, Text = "not: " + r.Text })],
    };

    private static ConditionVerdict Test(Condition.Fact fact, FactLookup found, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (found.Value is not { } value)
        {
            var absent = fact.Test is FactTest.Exists { Wanted: false } && !found.Ambiguous;
            var reason = new Reason(absent, found.Why ?? $"{fact.Path} has no value", found.Source) { Unclear = found.Ambiguous };
            return new ConditionVerdict(absent, [reason], null) { Unclear = found.Ambiguous };
        }

        var (holds, wanted, lookAt) = fact.Test switch
        {
            FactTest.Is { Value: var expected } => (Same(value, expected), expected.Show(), (DateTimeOffset?)null),
            FactTest.In { Values: var any } =>
                (any.Any(v => Same(value, v)), "one of " + string.Join(", ", any.Select(v => v.Show())), null),
            FactTest.Exists { Wanted: var exists } => (exists, exists ? AnyValue : "without a value", null),
            FactTest.Compare compare => (Holds(compare, value, zone), $"{Word(compare.How)} {compare.Value.Show()}", null),
            FactTest.Within { Span: var span } => Within(value, span, now, zone),
            FactTest.OlderThan { Span: var span } => OlderThan(value, span, now, zone),
            _ => throw new InvalidOperationException("a kind of test that nobody evaluates"),
        };
        return new ConditionVerdict(holds, [new Reason(holds, Sentence(fact.Path, value, wanted, holds), found.Source)], lookAt);
    }

    // "deal.stage is won", "deal.amount is GBP 900.00, which is at least 500", "deal.stage is proposal, not won".
    private static string Sentence(FactPath path, FieldValue value, string wanted, bool holds)
    {
        var shown = $"{path} is {value.Show()}";
        if (!holds) return $"{shown}, not {wanted}";
        return wanted == value.Show() || wanted == AnyValue ? shown : $"{shown}, which is {wanted}";
    }

    private static bool Same(FieldValue value, FieldValue expected) => (value, expected) switch
    {
        (FieldValue.Text a, FieldValue.Text b) => string.Equals(a.Value, b.Value, StringComparison.OrdinalIgnoreCase),
        (FieldValue.Amount a, FieldValue.Number b) => a.Value.Amount == b.Value,
        _ => value == expected,
    };

    private static bool Holds(FactTest.Compare test, FieldValue value, TimeZoneInfo zone)
    {
        int? order = (value, test.Value) switch
        {
            (FieldValue.Number a, FieldValue.Number b) => a.Value.CompareTo(b.Value),
            (FieldValue.Amount a, FieldValue.Number b) => a.Value.Amount.CompareTo(b.Value),
            (FieldValue.Day a, FieldValue.Day b) => a.Value.CompareTo(b.Value),
            (FieldValue.Moment a, FieldValue.Moment b) => a.Value.CompareTo(b.Value),
            (FieldValue.Moment a, FieldValue.Day b) => LocalTime.DayAt(a.Value, zone).CompareTo(b.Value),
            _ => null,
        };
        return order is { } o && test.How switch
        {
            Comparison.Greater => o > 0,
            Comparison.GreaterOrEqual => o >= 0,
            Comparison.Less => o < 0,
            Comparison.LessOrEqual => o <= 0,
        };
    }

    private static string Word(Comparison how) => how switch
    {
        Comparison.Greater => "more than",
        Comparison.GreaterOrEqual => "at least",
        Comparison.Less => "less than",
        Comparison.LessOrEqual => "at most",
    };

    private static (bool, string, DateTimeOffset?) Within(FieldValue value, TimeSpan span, DateTimeOffset now, TimeZoneInfo zone)
    {
        var words = $"within {Show(span)}";
        if (InstantOf(value, zone) is not { } due) return (false, words, null);
        var ends = value is FieldValue.Day day ? LocalTime.InstantOf(day.Value.AddDays(1), TimeOnly.MinValue, zone) : due;
        var opens = due - span;
        if (now < opens) return (false, words, opens);
        return now < ends ? (true, words, ends) : (false, words, null);
    }

    private static (bool, string, DateTimeOffset?) OlderThan(FieldValue value, TimeSpan span, DateTimeOffset now, TimeZoneInfo zone)
    {
        var words = $"older than {Show(span)}";
        if (InstantOf(value, zone) is not { } since) return (false, words, null);
        var due = since + span;
        return now >= due ? (true, words, null) : (false, words, due);
    }

    private static DateTimeOffset? InstantOf(FieldValue value, TimeZoneInfo zone) => value switch
    {
        FieldValue.Day day => LocalTime.InstantOf(day.Value, TimeOnly.MinValue, zone),
        FieldValue.Moment moment => moment.Value,
        _ => null,
    };

    private static string Show(TimeSpan span) => span.Ticks % TimeSpan.TicksPerDay == 0 ? $"{span.Days} days" : $"{span.TotalHours:0.##} hours";
}
