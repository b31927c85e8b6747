using System.Collections.Immutable;

namespace ClientFlow.Sync.Core.Records;

/// <summary>
/// How new a state of a record is. A vendor's own order decides where there is one; else the moment that the read began.
/// </summary>
/// <param name="Order">The vendor's own version (a revision, or a modified time in milliseconds); null where it has none.</param>
/// <param name="ReadBegan">When the read that brought this state began, UTC. Never when it ended: the state may be that old.</param>
public readonly record struct RecordVersion(long? Order, DateTimeOffset ReadBegan);

/// <summary>The canonical form of one object in one tool: its identity, its fields, and how new this state is.</summary>
public sealed record Record
{
    /// <summary>The fields of a record of which nothing is known but that it exists.</summary>
    public static readonly ImmutableSortedDictionary<string, FieldValue> NoFields =
        ImmutableSortedDictionary.Create<string, FieldValue>(StringComparer.Ordinal);

    /// <summary>Who the record is.</summary>
    public required RecordRef Ref { get; init; }

    /// <summary>The fields that have a value, by the canonical names of <see cref="RecordSchema"/>.</summary>
    public required ImmutableSortedDictionary<string, FieldValue> Fields { get; init; }

    /// <summary>How new this state is.</summary>
    public required RecordVersion Version { get; init; }

    /// <summary>The value of a field, or null where it has none.</summary>
    public FieldValue? this[string field] => Fields.GetValueOrDefault(field);

    /// <summary>A field's words, or null.</summary>
    public string? Text(string field) => (this[field] as FieldValue.Text)?.Value;

    /// <summary>A field's date, or null.</summary>
    public DateOnly? Day(string field) => (this[field] as FieldValue.Day)?.Value;

    /// <summary>A field's instant, or null.</summary>
    public DateTimeOffset? Moment(string field) => (this[field] as FieldValue.Moment)?.Value;

    /// <summary>A field's money, or null.</summary>
    public Money? Amount(string field) => (this[field] as FieldValue.Amount)?.Value;

    /// <summary>A field's yes or no; absent is no.</summary>
    public bool Flag(string field) => this[field] is FieldValue.Flag { Value: true };

    /// <summary>The records that a field names, none where it is absent.</summary>
    public IReadOnlyList<RecordRef> Refs(string field) => this[field] switch
    {
        FieldValue.Reference one => [one.Value],
        FieldValue.References many => many.Values,
        _ => [],
    };

    /// <summary>Equality of content: what the tool says, however and whenever it was read.</summary>
    public bool SameContent(Record other) => Fields.Count == other.Fields.Count &&
        Fields.All(field => other.Fields.TryGetValue(field.Key, out var value) && field.Value == value);
}
