using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>One type of object that HubSpot keeps.</summary>
/// <param name="Name">Its plural in paths, and our stream's name.</param>
/// <param name="Singular">Its word in webhooks.</param>
/// <param name="TypeId">Its number in generic webhooks and in the addresses of pages.</param>
/// <param name="Modified">The property that holds when it was modified; contacts have a name of their own for it.</param>
/// <param name="Needed">Properties that the connector itself reads, mapped or not.</param>
internal sealed record HubSpotType(
    string Name, string Singular, string TypeId, RecordKind Kind, string Modified, IReadOnlyList<string> Needed)
{
    /// <summary>Fields that are ours: HubSpot has no property of that name to ask for.</summary>
    public const string OwnerEmail = "hubspot_owner_email";

    public const string FullName = "full_name";

    public const string Url = "url";

    /// <summary>The deal property that carries the project's address; made by us where it is absent.</summary>
    public const string ProjectProperty = "clientflow_project";

    public static HubSpotType Deal { get; } = new("deals", "deal", "0-3", RecordKind.Deal, "hs_lastmodifieddate",
        ["dealstage", "pipeline", "hubspot_owner_id", "deal_currency_code", "hs_is_closed", "hs_is_closed_won"]);

    public static HubSpotType Company { get; } = new("companies", "company", "0-2", RecordKind.Client, "hs_lastmodifieddate", []);

    public static HubSpotType Contact { get; } =
        new("contacts", "contact", "0-1", RecordKind.Contact, "lastmodifieddate", ["firstname", "lastname"]);

    public static IReadOnlyList<HubSpotType> All { get; } = [Deal, Company, Contact];

    public static HubSpotType? OfStream(string stream) => All.FirstOrDefault(type => type.Name == stream);

    public static HubSpotType? OfKind(RecordKind kind) => All.FirstOrDefault(type => type.Kind == kind);

    /// <summary>What the mapping says by default.</summary>
    public static IReadOnlyList<StreamManifest> Streams { get; } =
    [
        new(Deal.Name, Deal.Kind, TimeSpan.FromSeconds(30),
        [
            new("name", "dealname"),
            new("stage", "dealstage", new Dictionary<string, string>
            {
                ["appointmentscheduled"] = "intake",
                ["qualifiedtobuy"] = "qualified",
                ["presentationscheduled"] = "proposal",
                ["decisionmakerboughtin"] = "proposal",
                ["contractsent"] = "proposal",
                ["closedwon"] = "won",
                ["closedlost"] = "lost",
            }),
            new("amount", "amount"),
            new("owner", OwnerEmail),
            new("closedOn", "closedate"),
            new("createdAt", "createdate"),
            new("notes", "description"),
            new("pipeline", "pipeline"),
            new("projectUrl", ProjectProperty),
            new("mergedFrom", "hs_merged_object_ids"),
            new("url", Url),
        ]),
        new(Company.Name, Company.Kind, TimeSpan.FromMinutes(2),
        [
            new("name", "name"),
            new("phone", "phone"),
            new("createdAt", "createdate"),
            new("url", Url),
        ]),
        new(Contact.Name, Contact.Kind, TimeSpan.FromMinutes(2),
        [
            new("name", FullName),
            new("email", "email"),
            new("phone", "phone"),
            new("createdAt", "createdate"),
            new("url", Url),
        ]),
    ];
}
