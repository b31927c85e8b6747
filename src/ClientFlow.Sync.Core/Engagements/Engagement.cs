using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Engagements;

/// <summary>A record as it is known, and whether its tool said that it is deleted.</summary>
public sealed record KnownRecord(Record Record, bool Gone)
{
    public RecordRef Ref => Record.Ref;
}

/// <summary>One piece of work for one client, as the mirror and the links show it. Everything that a decision rests on is in here.</summary>
public sealed record Engagement
{
    /// <summary>Its deal, or its project where no deal is known.</summary>
    public required RecordRef Root { get; init; }

    public KnownRecord? Deal { get; init; }

    /// <summary>The deal's primary company, else its primary contact.</summary>
    public KnownRecord? Client { get; init; }

    /// <summary>Whose customer its invoices go to: its client, or the engagement itself where it has none.</summary>
    public RecordRef Payer => Client?.Ref ?? Root;

    /// <summary>The deal's contacts, the primary one first.</summary>
    public IReadOnlyList<KnownRecord> Contacts { get; init; } = [];

    public IReadOnlyList<KnownRecord> Projects { get; init; } = [];

    /// <summary>The invoices linked to its deal or projects.</summary>
    public IReadOnlyList<KnownRecord> Invoices { get; init; } = [];

    /// <summary>The client in the invoicing tool, where it is linked.</summary>
    public KnownRecord? Customer { get; init; }

    /// <summary>The customer's invoices that are linked to nothing.</summary>
    public IReadOnlyList<KnownRecord> LooseInvoices { get; init; } = [];

    /// <summary>What a person says to have billed by hand, by title, where no invoice that is known here accounts for it.</summary>
    public IReadOnlyList<string> BilledByHand { get; init; } = [];

    public IReadOnlyList<KnownRecord> Reminders { get; init; } = [];

    /// <summary>Deals besides this one that its projects are linked to.</summary>
    public IReadOnlyList<RecordRef> OtherDeals { get; init; } = [];

    /// <summary>The client's name for lists, null where it is not known.</summary>
    public string? ClientName => Client?.Record.Text("name") ?? (Contacts.Count > 0 ? Contacts[0].Record.Text("name") : null);

    /// <summary>The records of a kind that rules can be about.</summary>
    public IEnumerable<KnownRecord> Subjects(RecordKind kind) => kind switch
    {
        RecordKind.Client => Client is { } client ? [client] : [],
        RecordKind.Contact => Contacts,
        RecordKind.Deal => Deal is { } deal ? [deal] : [],
        RecordKind.Project => Projects,
        RecordKind.Invoice => Invoices,
        RecordKind.Reminder => Reminders,
        RecordKind.Milestone or RecordKind.Task => [],
    };

    /// <summary>Finds a fact as a rule about <paramref name="subject"/> means it.</summary>
    public FactLookup Find(FactPath path, RecordRef subject)
    {
        if (path is { Kind: RecordKind.Client, Field: "email" }) return ClientEmail();
        if (path.Kind == RecordKind.Deal && subject.Kind != RecordKind.Deal && Deal is not null && OtherDeals.Count > 0)
        {
            // Told in the same words from each of the deals, so that their engagements agree on it.
            var deals = OtherDeals.Append(Deal.Ref).Select(d => d.Id).Order(StringComparer.Ordinal).ToList();
            return FactLookup.Unclear($"{path}: there are {deals.Count} deals ({string.Join(", ", deals)})");
        }

        var candidates = Referents(path.Kind, subject).Where(r => !r.Gone || r.Ref == subject).ToList();
        if (candidates.Count > 1)
        {
            return FactLookup.Unclear($"{path}: there are {candidates.Count} {Names.Of(path.Kind)}s " +
                $"({string.Join(", ", candidates.Select(c => c.Record.Text("name") ?? c.Record.Text("number") ?? c.Ref.Id))})");
        }

        if (candidates.Count == 0) return FactLookup.None($"{path}: no {Names.Of(path.Kind)} is known here");
        return candidates[0].Record[path.Field] is { } value
            ? FactLookup.Of(value, candidates[0].Ref)
            : FactLookup.None($"{path} has no value");
    }

    private IEnumerable<KnownRecord> Referents(RecordKind kind, RecordRef subject) => kind == subject.Kind
        ? Subjects(kind).Where(r => r.Ref == subject)
        : kind == RecordKind.Contact ? Contacts.Take(1) : Subjects(kind);

    // An invoice goes to a person: the primary contact's address stands before the company's own.
    private FactLookup ClientEmail()
    {
        foreach (var source in (IEnumerable<KnownRecord>)[.. Contacts.Take(1), .. Client is null ? (KnownRecord[])[] : [Client]])
            if (!source.Gone && source.Record["email"] is { } email) return FactLookup.Of(email, source.Ref);
        return FactLookup.None(Client is null && Contacts.Count == 0
            ? "client.email: the deal has no company and no contact"
            : "client.email: the primary contact has no e-mail");
    }
}

/// <summary>A fact, or why there is none.</summary>
public readonly record struct FactLookup
{
    /// <summary>The fact's value; null when there is none.</summary>
    public FieldValue? Value { get; private init; }

    /// <summary>The record that it came from.</summary>
    public RecordRef? Source { get; private init; }

    /// <summary>Why there is no value, in words.</summary>
    public string? Why { get; private init; }

    /// <summary>There is no value because several records could be meant.</summary>
    public bool Ambiguous { get; private init; }

    public static FactLookup Of(FieldValue value, RecordRef source) => new() { Value = value, Source = source };

    public static FactLookup None(string why) => new() { Why = why };

    public static FactLookup Unclear(string why) => new() { Why = why, Ambiguous = true };
}
