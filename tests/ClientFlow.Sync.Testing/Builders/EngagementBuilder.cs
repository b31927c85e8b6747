using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Testing.Builders;

/// <summary>Puts an engagement together. Each call gives a new builder.</summary>
public sealed record EngagementBuilder
{
    private Engagement Built { get; init; } = new()
    {
        Root = A.Deal().Ref, Deal = A.Deal(), Client = A.Client(), Contacts = [A.Contact()],
    };

    public static implicit operator Engagement(EngagementBuilder builder) => builder.Built;

    public Engagement Build() => Built;

    /// <summary>Puts a record where records of its kind belong; one that is there already is replaced.</summary>
    public EngagementBuilder With(RecordBuilder record) => this with
    {
        Built = record.Kind switch
        {
            RecordKind.Deal => Built with { Deal = record, Root = record.Ref },
            RecordKind.Client when record.Connector == "stripe" => Built with { Customer = record },
            RecordKind.Client => Built with { Client = record },
            RecordKind.Contact => Built with { Contacts = Put(Built.Contacts, record) },
            RecordKind.Project => Built with { Projects = Put(Built.Projects, record) },
            RecordKind.Invoice => Built with { Invoices = Put(Built.Invoices, record) },
            RecordKind.Reminder => Built with { Reminders = Put(Built.Reminders, record) },
            RecordKind.Milestone or RecordKind.Task => throw new ArgumentException("an engagement holds none", nameof(record)),
        },
    };

    /// <summary>An invoice of the client that is linked to nothing.</summary>
    public EngagementBuilder WithLoose(RecordBuilder invoice) =>
        this with { Built = Built with { LooseInvoices = Put(Built.LooseInvoices, invoice) } };

    /// <summary>Its projects belong to this deal too.</summary>
    public EngagementBuilder AlsoOf(RecordBuilder deal) => this with { Built = Built with { OtherDeals = [.. Built.OtherDeals, deal.Ref] } };

    public EngagementBuilder WithoutDeal() => this with { Built = Built with { Deal = null, Root = Built.Projects[0].Ref } };

    public EngagementBuilder WithoutClient() => this with { Built = Built with { Client = null } };

    public EngagementBuilder WithoutContacts() => this with { Built = Built with { Contacts = [] } };

    private static IReadOnlyList<KnownRecord> Put(IReadOnlyList<KnownRecord> records, RecordBuilder record) =>
        [.. records.Where(r => r.Ref != record.Ref), record];
}
