using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Stores;

/// <summary>A record as the mirror knows it.</summary>
public sealed record MirrorRow
{
    public required Record Record { get; init; }

    /// <summary>The tool said that it is deleted.</summary>
    public bool Gone { get; init; }

    /// <summary>When it was seen first, UTC.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>When it last changed in the mirror, UTC.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>When our last write to it was confirmed, UTC; null when we never wrote it.</summary>
    public DateTimeOffset? LastWrite { get; init; }
}

/// <summary>What two linked records are to each other, read from the first to the second.</summary>
public enum LinkRole
{
    /// <summary>This deal, that project.</summary>
    Project,

    /// <summary>This project (or deal), that invoice.</summary>
    Invoice,

    /// <summary>This project (or deal), that reminder.</summary>
    Reminder,

    /// <summary>This client in the CRM, that customer in the invoicing tool.</summary>
    Customer,
}

/// <summary>Two records known to belong together. Once made it is never re-matched.</summary>
/// <param name="Handoff">The handoff that made it, by short id; null when it was found.</param>
public sealed record RecordLink(RecordRef From, RecordRef To, LinkRole Role, string? Handoff, DateTimeOffset Since);

/// <summary>One stored change.</summary>
/// <param name="Why">What brought it: <c>webhook</c>, <c>poll</c>, <c>reconcile</c>, <c>read</c>, <c>own write</c>, <c>gone</c>.</param>
public sealed record ChangeRow(RecordRef Ref, Change Change, DateTimeOffset ObservedAt, string Why);

/// <summary>A delivery in the inbox.</summary>
/// <param name="Id">Rises with arrival.</param>
/// <param name="Attempts">How often reading it was begun.</param>
public sealed record InboxItem(long Id, Delivery Delivery, int Attempts);

/// <summary>A delivery that could not be read: kept whole until a person puts it back.</summary>
/// <param name="Reason">Why it could not be read, for a person.</param>
public sealed record DeadDelivery(long Id, Delivery Delivery, string Reason);

/// <summary>What became of a delivery.</summary>
public enum InboxState
{
    New,
    Read,
    Dead,
}

/// <summary>What one tool has waiting.</summary>
/// <param name="Oldest">Since when the one waits that waits longest, UTC.</param>
public sealed record Backlog(string Tool, int Count, DateTimeOffset Oldest);

/// <summary>One stream of one tool: how far polling and the full list have come.</summary>
public sealed record StreamState
{
    public required string Tool { get; init; }

    public required string Stream { get; init; }

    /// <summary>Where the next poll goes on; null until a full list was read.</summary>
    public Cursor? Poll { get; init; }

    /// <summary>Where a full list under way goes on; null when none is under way.</summary>
    public Cursor? List { get; init; }

    /// <summary>When the full list under way began, UTC.</summary>
    public DateTimeOffset? ListBegan { get; init; }

    /// <summary>When the last full list was complete, UTC; null: never.</summary>
    public DateTimeOffset? ListedAt { get; init; }

    /// <summary>When the last poll succeeded, UTC.</summary>
    public DateTimeOffset? PolledAt { get; init; }

    /// <summary>When the last change came in, by whatever way, UTC.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>The hash of the mapping by which its records were read; null before the first full list.</summary>
    public string? Mapping { get; init; }
}

/// <summary>What the last full comparison of one stream found.</summary>
public sealed record ReconcileRow
{
    public required string Tool { get; init; }

    public required string Stream { get; init; }

    /// <summary>When its first page was asked for, UTC.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>When it was complete, UTC.</summary>
    public required DateTimeOffset Ended { get; init; }

    /// <summary>Records at the source.</summary>
    public required int Seen { get; init; }

    /// <summary>Records known here when it was complete.</summary>
    public required int Known { get; init; }

    /// <summary>Records at the source that were not known here until then.</summary>
    public required int Missing { get; init; }

    /// <summary>Records that had another state at the source than was known here.</summary>
    public required int Differed { get; init; }

    /// <summary>Records known here and absent from the list; each was then read directly, unless they were too many.</summary>
    public required int Extra { get; init; }

    /// <summary>Too many were absent: nothing was taken for deleted.</summary>
    public required bool Held { get; init; }
}

/// <summary>A rule that has been armed, or is about to be.</summary>
/// <param name="Identity">The rule's identity.</param>
/// <param name="ArmingHash">The meaning of its <c>when</c> for which it is armed.</param>
/// <param name="PassAfter">How far the baseline pass has come: the last record looked at; null before the first.</param>
/// <param name="ArmedAt">When the pass was complete, UTC; null while it isn't.</param>
public sealed record RuleState(string Identity, string ArmingHash, RecordRef? PassAfter, DateTimeOffset? ArmedAt);

/// <summary>A value of a vendor's field that the mapping doesn't know.</summary>
public sealed record UnmappedValue(string Tool, RecordKind Kind, string Field, string Value, int Seen, DateTimeOffset FirstSeen, DateTimeOffset LastSeen);

/// <summary>A record that its tool did not show when it was asked for last.</summary>
/// <param name="Tries">How often in a row it was refused; 0 where it could not be asked for yet.</param>
/// <param name="At">When it is asked for again, UTC.</param>
public sealed record PassedOverRow(RecordRef Record, int Tries, DateTimeOffset At);

/// <summary>How much a journal entry asks of its reader.</summary>
public enum JournalLevel
{
    /// <summary>Details for the curious.</summary>
    Detail,

    /// <summary>What an owner reads over coffee.</summary>
    Information,

    /// <summary>Heals by itself.</summary>
    Warning,

    /// <summary>Needs a person and says what to do.</summary>
    Error,
}

/// <summary>One entry of the journal. Append-only; holds no secret.</summary>
public sealed record JournalEntry
{
    /// <summary>Rises with time; 0 until stored.</summary>
    public long Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required JournalLevel Level { get; init; }

    /// <summary><c>area.subject.verb</c>, past tense: <c>handoff.project.done</c>. An interface, as event names are.</summary>
    public required string Event { get; init; }

    /// <summary>One sentence for a person.</summary>
    public required string Message { get; init; }

    public string? Tool { get; init; }

    public string? Rule { get; init; }

    /// <summary>The handoff's short id.</summary>
    public string? Handoff { get; init; }

    public RecordRef? Record { get; init; }

    /// <summary>The client's name, for search.</summary>
    public string? Client { get; init; }

    /// <summary>More, as JSON; null when there is no more.</summary>
    public string? Data { get; init; }
}

/// <summary>Which journal entries are asked for; null fields ask for all.</summary>
public sealed record JournalQuery
{
    /// <summary>Only entries with a lower id: the page before.</summary>
    public long? Before { get; init; }

    /// <summary>Only entries with a higher id: what is new.</summary>
    public long? After { get; init; }

    public JournalLevel? AtLeast { get; init; }

    public string? Tool { get; init; }

    public string? Rule { get; init; }

    public string? Handoff { get; init; }

    /// <summary>The client's name, as it stands in the entries.</summary>
    public string? Client { get; init; }

    /// <summary>Only entries written at this instant or later, UTC.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only entries written before this instant, UTC.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Words, or beginnings of words, that must occur in the message or the client's name.</summary>
    public string? Text { get; init; }

    /// <summary>Newest first even with <see cref="After"/>.</summary>
    public bool NewestFirst { get; init; }

    public int Max { get; init; } = 100;
}

/// <summary>Where an engagement stands, as of the last time it was planned.</summary>
/// <param name="Root">Its deal, or its project where no deal is known.</param>
/// <param name="Reason">Why it is that stage.</param>
/// <param name="Since">When it came there, UTC.</param>
/// <param name="Client">The client's name.</param>
/// <param name="Title">The deal's or the project's name.</param>
/// <param name="Worth">The deal's amount; null where there is none, and for a deal that is lost.</param>
public sealed record EngagementRow(
    RecordRef Root, Stage Stage, string Reason, DateTimeOffset Since, string? Client, string? Title, Money? Worth);

/// <summary>How many engagements are in a stage, and what those of one currency are worth.</summary>
/// <param name="Worth">Null for those without an amount.</param>
public sealed record StageTotal(Stage Stage, int Count, Money? Worth);

/// <summary>How a rule fared: what became of the handoffs that it planned since an instant.</summary>
/// <param name="Rule">The rule's identity.</param>
/// <param name="Due">All of them, but those of the baseline, withdrawn and skipped.</param>
/// <param name="Fired">Done.</param>
/// <param name="Late">Those done, or still on their way, longer after their gate opened than they should take.</param>
/// <param name="Failed">In need of a person.</param>
/// <param name="Waiting">Waiting for facts or a yes.</param>
public sealed record RuleReliability(string Rule, int Due, int Fired, int Late, int Failed, int Waiting);

/// <summary>What can be paused.</summary>
public enum PauseOf
{
    /// <summary>A rule, by its identity: what it calls for waits.</summary>
    Rule,

    /// <summary>A tool, by its name: nothing is written to it.</summary>
    Tool,
}

/// <summary>A rule or a tool that a person has paused.</summary>
public sealed record Pause(PauseOf Of, string Name, string Who, DateTimeOffset Since);
