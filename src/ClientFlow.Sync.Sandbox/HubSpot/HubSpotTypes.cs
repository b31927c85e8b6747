using System.Collections.Frozen;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>An object type: `deals`, `0-3`, `deal`; what a read returns when it names no property; its clock properties.</summary>
internal sealed record HubSpotType(string Name, string Id, string Singular, string Group, string Created, string Modified, string[] Defaults);

/// <summary>The types and association types that HubSpot defines. https://developers.hubspot.com/docs/api/crm/associations</summary>
internal static class HubSpotTypes
{
    public static readonly HubSpotType Contacts = new(
        "contacts", "0-1", "contact", "contactinformation", "createdate", "lastmodifieddate", ["email", "firstname", "lastname"]);

    public static readonly HubSpotType Companies = new(
        "companies", "0-2", "company", "companyinformation", "createdate", "hs_lastmodifieddate", ["domain", "name"]);

    public static readonly HubSpotType Deals = new(
        "deals", "0-3", "deal", "dealinformation", "createdate", "hs_lastmodifieddate",
        ["amount", "closedate", "dealname", "dealstage", "pipeline"]);

    public static readonly HubSpotType Tickets = new(
        "tickets", "0-5", "ticket", "ticketinformation", "createdate", "hs_lastmodifieddate",
        ["content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_category", "hs_ticket_priority", "subject"]);

    public static readonly HubSpotType Tasks = new("tasks", "0-27", "task", "task", "hs_createdate", "hs_lastmodifieddate", []);

    public static readonly HubSpotType Notes = new("notes", "0-46", "note", "note", "hs_createdate", "hs_lastmodifieddate", []);

    public static readonly IReadOnlyList<HubSpotType> All = [Contacts, Companies, Deals, Tickets, Tasks, Notes];

    // Unlabelled type ids both ways; the inverse of note and task types is one below, as 342 is above 341.
    private static readonly FrozenDictionary<(string From, string To), int> Unlabelled = new Dictionary<(string, string), int>
    {
        [("deals", "companies")] = 341, [("companies", "deals")] = 342,
        [("deals", "contacts")] = 3, [("contacts", "deals")] = 4,
        [("contacts", "companies")] = 279, [("companies", "contacts")] = 280,
        [("notes", "contacts")] = 202, [("contacts", "notes")] = 201,
        [("notes", "companies")] = 190, [("companies", "notes")] = 189,
        [("notes", "deals")] = 214, [("deals", "notes")] = 213,
        [("notes", "tickets")] = 228, [("tickets", "notes")] = 227,
        [("tasks", "contacts")] = 204, [("contacts", "tasks")] = 203,
        [("tasks", "companies")] = 192, [("companies", "tasks")] = 191,
        [("tasks", "deals")] = 216, [("deals", "tasks")] = 215,
        [("tasks", "tickets")] = 230, [("tickets", "tasks")] = 229,
        [("tickets", "contacts")] = 16, [("contacts", "tickets")] = 15,
        [("tickets", "companies")] = 339, [("companies", "tickets")] = 340,
        [("tickets", "deals")] = 28, [("deals", "tickets")] = 27,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<(string From, string To), int> Primary = new Dictionary<(string, string), int>
    {
        [("deals", "companies")] = 5, [("companies", "deals")] = 6,
        [("contacts", "companies")] = 1, [("companies", "contacts")] = 2,
        [("tickets", "companies")] = 26, [("companies", "tickets")] = 25,
    }.ToFrozenDictionary();

    /// <summary>Names, singular names and ids all work in paths and association lists.</summary>
    public static HubSpotType? Find(string nameOrId) =>
        All.FirstOrDefault(type => type.Id == nameOrId
            || type.Name.Equals(nameOrId, StringComparison.OrdinalIgnoreCase)
            || type.Singular.Equals(nameOrId, StringComparison.OrdinalIgnoreCase));

    public static int? UnlabelledId(HubSpotType from, HubSpotType to) =>
        Unlabelled.TryGetValue((from.Name, to.Name), out int id) ? id : null;

    public static int? PrimaryId(HubSpotType from, HubSpotType to) =>
        Primary.TryGetValue((from.Name, to.Name), out int id) ? id : null;
}
