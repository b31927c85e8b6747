using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Handoffs;

/// <summary>Where a handoff stands. Stored by name: never rename one, only add.</summary>
public enum HandoffState
{
    /// <summary>It was so when the rule was armed: nothing fires from it unless a person asks.</summary>
    Baseline,

    /// <summary>Its gate is not open; <see cref="Handoff.Hold"/> says for what it waits.</summary>
    Waiting,

    /// <summary>Decided; nothing sent yet.</summary>
    Ready,

    /// <summary>At least one of its writes may have been sent.</summary>
    Sending,

    /// <summary>Every write is confirmed.</summary>
    Done,

    /// <summary>It is no longer wanted, and nothing of it stands.</summary>
    Withdrawn,

    /// <summary>A person said no.</summary>
    Skipped,

    /// <summary>It needs a person; the dead action says why and what to do.</summary>
    Dead,
}

/// <summary>For what a waiting handoff waits.</summary>
public enum Hold
{
    None,

    /// <summary>For facts; <see cref="Handoff.Missing"/> names them.</summary>
    Facts,

    /// <summary>For a person's yes, because the rule says so.</summary>
    Approval,

    /// <summary>For a person's yes, because too many of one rule came at once.</summary>
    Limit,

    /// <summary>For a person's choice: what was found is not clear.</summary>
    Question,
}

/// <summary>One rule on one subject, once.</summary>
public sealed record Handoff
{
    /// <summary>What it is.</summary>
    public required HandoffKey Key
    {
        get;
        init
        {
            field = value;
            Id = value.Id;
        }
    }

    /// <summary>The key's short form: the row's id. Worked out once, since it is a hash.</summary>
    public string Id { get; private init; } = "";

    /// <summary>The root of the engagement that it belongs to: its deal, or a project without one.</summary>
    public required RecordRef Engagement { get; init; }

    public required HandoffState State { get; init; }

    public Hold Hold { get; init; }

    /// <summary>Why it stands where it stands: one sentence for a person.</summary>
    public required string Reason { get; init; }

    /// <summary>What its gate still misses, in words; empty when it doesn't wait for facts.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>When the plan first named it, UTC.</summary>
    public required DateTimeOffset PlannedAt { get; init; }

    /// <summary>When the facts that called for it were observed first, UTC: the start of its latency.</summary>
    public required DateTimeOffset ObservedAt { get; init; }

    /// <summary>When its gate opened, UTC.</summary>
    public DateTimeOffset? ReadyAt { get; init; }

    /// <summary>When its last write was confirmed, UTC.</summary>
    public DateTimeOffset? DoneAt { get; init; }

    /// <summary>When to read its facts again with no change at all, UTC.</summary>
    public DateTimeOffset? NextLook { get; init; }

    /// <summary>How often its facts were read again while it waited.</summary>
    public int Looks { get; init; }

    /// <summary>Who said yes; null when nobody was asked.</summary>
    public string? ApprovedBy { get; init; }

    /// <summary>What the yes was given to, as it was shown: see <see cref="Shown"/>. Another one is asked about again. Null: the yes holds whatever changes.</summary>
    public string? ApprovedFor { get; init; }

    /// <summary>What a person wrote in place of what the facts say, by write and field: <c>project.name</c>. See <see cref="Handoffs.Edits"/>.</summary>
    public IReadOnlyDictionary<string, string> Edits { get; init; } = new Dictionary<string, string>();

    /// <summary>Counts from 1; rises when it is done again after it was withdrawn.</summary>
    public int Generation { get; init; } = 1;

    /// <summary>Facts turned false after it was done: what a person should look at. Nothing is deleted.</summary>
    public string? Flag { get; init; }

    /// <summary>The flag that a person has looked at: it isn't raised again.</summary>
    public string? Dismissed { get; init; }

    /// <summary>The money that hangs on it.</summary>
    public Money? AtStake { get; init; }

    /// <summary>The facts that decided it, path and shown value.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();

    /// <summary>The hash of the configuration that decided it.</summary>
    public required string ConfigHash { get; init; }

    /// <summary>Client's name, for lists and search.</summary>
    public string? Client { get; init; }

    /// <summary>What is to be made, in short, for lists: the project's name, the reminder's title.</summary>
    public string? Title { get; init; }

    /// <summary>The trace in which it was called for, as a W3C <c>traceparent</c>: its attempts belong to it, however late. Null where nobody traces.</summary>
    public string? Trace { get; init; }

    /// <summary>What a person is asked to say yes to, in one line: title, amount, and the question where there is one. Equal means that nothing of it changed.</summary>
    public string Shown => ShownAs(Title, AtStake, Hold == Hold.Question ? Reason : null);

    /// <summary>Whether a person said yes, and to this.</summary>
    /// <param name="asked">What it comes to without the yes.</param>
    public bool IsYesTo(Contents asked) => ApprovedBy is not null && (ApprovedFor is null || ApprovedFor == ShownAs(asked.Title, asked.AtStake, asked.Question));

    private static string ShownAs(string? title, Money? stake, string? question) => question is null ? $"{title}|{stake}" : $"{title}|{stake}|{question}";
}

/// <summary>Where a write stands.</summary>
public enum ActionState
{
    /// <summary>Decided and not sent.</summary>
    Pending,

    /// <summary>An attempt is durable: from here on the call may have gone out.</summary>
    Sending,

    /// <summary>The call may or may not have been carried out; a look-up decides.</summary>
    Uncertain,

    Done,

    /// <summary>A person is needed.</summary>
    Dead,

    /// <summary>No longer wanted; never sent.</summary>
    Withdrawn,
}

/// <summary>One write of a handoff, with its attempts.</summary>
public sealed record HandoffAction
{
    /// <summary>The handoff's short id.</summary>
    public required string Handoff { get; init; }

    /// <summary>Its place in the order of the handoff's writes, from 0.</summary>
    public required int Position { get; init; }

    public required ActionOrder Order { get; init; }

    public required ActionState State { get; init; }

    /// <summary>Counts from 1; rises only after absence is proven or a person edited the order.</summary>
    public int Revision { get; init; } = 1;

    /// <summary>How many calls were begun.</summary>
    public int Attempts { get; init; }

    /// <summary>The process that began the attempt.</summary>
    public string? Owner { get; init; }

    /// <summary>After this instant the attempt's first byte is never sent, UTC.</summary>
    public DateTimeOffset? SendBy { get; init; }

    /// <summary>The call, frozen at the first attempt of this revision.</summary>
    public FrozenCall? Frozen { get; init; }

    /// <summary>When it may be tried or looked up next, UTC.</summary>
    public required DateTimeOffset NextAt { get; init; }

    public ActionResult? Result { get; init; }

    /// <summary>When it was confirmed, UTC; null until then.</summary>
    public DateTimeOffset? DoneAt { get; init; }

    public Failure? Failure { get; init; }
}
