using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Handoffs;

/// <summary>When a rule applies. Built from the file's structured YAML; evaluated by <c>ConditionEvaluator</c>, which keeps its reasons.</summary>
public abstract record Condition
{
    private Condition()
    {
    }

    /// <summary>Every one of them.</summary>
    public sealed record All(IReadOnlyList<Condition> Of) : Condition;

    /// <summary>At least one of them.</summary>
    public sealed record Any(IReadOnlyList<Condition> Of) : Condition;

    /// <summary>The opposite.</summary>
    public sealed record Not(Condition Of) : Condition;

    /// <summary>A fact passes a test. A fact without a value passes none but <see cref="FactTest.Exists"/> with <c>false</c>.</summary>
    public sealed record Fact(FactPath Path, FactTest Test) : Condition;
}

/// <summary>What a fact is held against. Values have the fact's own type; the file's loader saw to that.</summary>
public abstract record FactTest
{
    private FactTest()
    {
    }

    /// <summary>Equal, as in <c>deal.stage: won</c>.</summary>
    public sealed record Is(FieldValue Value) : FactTest;

    /// <summary>One of, as in <c>{ in: [a, b] }</c>.</summary>
    public sealed record In(IReadOnlyList<FieldValue> Values) : FactTest;

    /// <summary>There is, or isn't, a value.</summary>
    public sealed record Exists(bool Wanted) : FactTest;

    /// <summary>Ordered: <c>gt</c>, <c>gte</c>, <c>lt</c>, <c>lte</c> on numbers, amounts, days and moments. An amount is held against a plain number.</summary>
    public sealed record Compare(Comparison How, FieldValue Value) : FactTest;

    /// <summary>The day or moment lies ahead by no more than this: <c>{ within: 30d }</c>.</summary>
    public sealed record Within(TimeSpan Span) : FactTest;

    /// <summary>The day or moment lies back by at least this: <c>{ olderThan: 48h }</c>.</summary>
    public sealed record OlderThan(TimeSpan Span) : FactTest;
}

/// <summary>How two values are compared.</summary>
public enum Comparison
{
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}
