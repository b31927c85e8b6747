using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Connectors;

/// <summary>
/// One object as its tool has it, flat and in text, before mapping: dates as 2026-11-01, instants in ISO 8601 with offset,
/// numbers and amounts as plain decimals in major units, yes and no as <c>true</c> and <c>false</c>, people as e-mails.
/// </summary>
public sealed record SourceRecord
{
    public required RecordKind Kind { get; init; }

    /// <summary>The vendor's id.</summary>
    public required string Id { get; init; }

    /// <summary>The vendor's fields by the vendor's names; a field without a value is null or absent.</summary>
    public IReadOnlyDictionary<string, string?> Fields { get; init; } = new Dictionary<string, string?>();

    /// <summary>The currency of its amounts, ISO 4217; null means the business's own.</summary>
    public string? Currency { get; init; }

    /// <summary>
    /// What the vendor itself says a value means: canonical field to canonical word (a pipeline's stage with probability 1.0
    /// is <c>won</c>). Used where no value map has an entry.
    /// </summary>
    public IReadOnlyDictionary<string, string> Meaning { get; init; } = new Dictionary<string, string>();

    /// <summary>Other records of the same tool that it names: canonical field to kind and vendor ids.</summary>
    public IReadOnlyList<SourceReference> References { get; init; } = [];

    /// <summary>The vendor's own version, where it has an order.</summary>
    public long? Order { get; init; }

    /// <summary>The tool said that it is deleted, or a direct read answered 404 or 410.</summary>
    public bool Gone { get; init; }
}

/// <summary>A canonical reference field and what it names in the same tool. Single fields take the first id.</summary>
public sealed record SourceReference(string Field, RecordKind Kind, IReadOnlyList<string> Ids);

/// <summary>Word that a record may have changed: it is read afresh.</summary>
public readonly record struct RecordHint(RecordKind Kind, string Id);

/// <summary>How far a poll has come in one stream of one tool. Only its connector knows what it says.</summary>
public readonly record struct Cursor(string Text);

/// <summary>One page of a poll or of a full list.</summary>
public sealed record StreamPage
{
    /// <summary>When the call for this page began, UTC.</summary>
    public required DateTimeOffset ReadBegan { get; init; }

    /// <summary>Complete records. They may be of other kinds too: a deal brings its company along.</summary>
    public IReadOnlyList<SourceRecord> Records { get; init; } = [];

    /// <summary>Records that changed and have to be read.</summary>
    public IReadOnlyList<RecordHint> Hints { get; init; } = [];

    /// <summary>
    /// After the last page of a poll that lists whatever is there and not archived: the ids of all that it saw, page by page. What was
    /// there before and is not among them has to be asked for. Null where a poll tells changes, and where a page was missed.
    /// </summary>
    public IReadOnlySet<string>? Whole { get; init; }

    /// <summary>Records that were asked for beside these and that the tool will not show us, and why: that is no deletion.</summary>
    public IReadOnlyList<(string Id, Failure Failure)> Refused { get; init; } = [];

    /// <summary>Where the next page or the next poll goes on. After a full list's last page: where polling begins.</summary>
    public required Cursor Next { get; init; }

    /// <summary>There is another page now.</summary>
    public required bool More { get; init; }

    /// <summary>The cursor was refused as too old: a full list is needed, and <see cref="Next"/> is where it starts.</summary>
    public bool Expired { get; init; }
}
