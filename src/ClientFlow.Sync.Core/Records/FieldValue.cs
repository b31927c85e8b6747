using System.Globalization;

namespace ClientFlow.Sync.Core.Records;

/// <summary>What one field of a record holds. There is no empty value: a field without a value is absent from its record.</summary>
public abstract record FieldValue
{
    private FieldValue()
    {
    }

    /// <summary>Words, a choice's canonical word, an address, or a person's e-mail.</summary>
    public sealed record Text(string Value) : FieldValue;

    /// <summary>A plain number.</summary>
    public sealed record Number(decimal Value) : FieldValue;

    /// <summary>An amount in a currency.</summary>
    public sealed record Amount(Money Value) : FieldValue;

    /// <summary>A date in the business's zone, without a time.</summary>
    public sealed record Day(DateOnly Value) : FieldValue;

    /// <summary>An instant, in UTC.</summary>
    public sealed record Moment(DateTimeOffset Value) : FieldValue;

    /// <summary>Yes or no.</summary>
    public sealed record Flag(bool Value) : FieldValue;

    /// <summary>One other record.</summary>
    public sealed record Reference(RecordRef Value) : FieldValue;

    /// <summary>Several other records, in the order in which their tool gave them.</summary>
    public sealed record References(IReadOnlyList<RecordRef> Values) : FieldValue
    {
        public bool Equals(References? other) => other is not null && Values.SequenceEqual(other.Values);

        public override int GetHashCode() => Values.Aggregate(17, HashCode.Combine);
    }

    /// <summary>How the value is shown where nothing else was asked for: dates as 2026-11-01, money as GBP 1,250.00.</summary>
    public string Show() => this switch
    {
        Text text => text.Value,
        Number number => number.Value.ToString("0.############", CultureInfo.InvariantCulture),
        Amount amount => amount.Value.ToString(),
        Day day => day.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Moment moment => moment.Value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        Flag flag => flag.Value ? "yes" : "no",
        Reference reference => reference.Value.ToString(),
        References references => string.Join(", ", references.Values),
        _ => throw new InvalidOperationException("a kind of value that Show doesn't know"),
    };
}
