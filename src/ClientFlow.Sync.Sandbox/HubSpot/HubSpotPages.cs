using System.Globalization;
using ClientFlow.Sync.Sandbox.Pages;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>What a person sees of the account.</summary>
internal static class HubSpotPages
{
    public static ToolPage Overview(HubSpotStore store) => new("Customers and deals",
    [
        Table(store, HubSpotTypes.Deals, "deals", ["dealname", "dealstage", "amount", "deal_currency_code", "contract_end_date"]),
        Table(store, HubSpotTypes.Companies, "companies", ["name", "domain", "city", "timezone"]),
        Table(store, HubSpotTypes.Contacts, "contacts", ["firstname", "lastname", "email"]),
        Table(store, HubSpotTypes.Tickets, "tickets", ["subject", "hs_pipeline_stage", "hs_ticket_priority"]),
        Table(store, HubSpotTypes.Tasks, "tasks", ["hs_task_subject", "hs_task_status", "hs_timestamp"]),
        Table(store, HubSpotTypes.Notes, "notes", ["hs_note_body", "hs_timestamp"]),
    ]);

    public static ToolPage Detail(HubSpotStore store, HubSpotObject item)
    {
        List<IReadOnlyList<PageCell>> properties =
            [.. item.PropertyNames.Order(StringComparer.Ordinal).Select(name => new PageCell[] { name, item[name] })];
        List<IReadOnlyList<PageCell>> links =
        [
            .. store.Associations(item).Select(link => new PageCell[]
            {
                link.To.Singular,
                new(store.Find(link.To, Text(link.ToId)) is { } other ? TitleOf(other) : Text(link.ToId), $"/objects/{link.To.Name}/{link.ToId}"),
                link.IsPrimary ? "primary" : link.Label ?? "",
            }),
        ];
        List<IReadOnlyList<PageCell>> history =
        [
            .. item.PropertyNames.Where(name => name != item.Type.Modified)
                .SelectMany(name => item.History(name).Select(value => (Name: name, Value: value)))
                .OrderByDescending(entry => entry.Value.At)
                .Select(entry => new PageCell[] { HubSpotClock.Text(entry.Value.At), entry.Name, entry.Value.Value, entry.Value.Source }),
        ];
        return new ToolPage(TitleOf(item),
        [
            new PageTable("properties", ["property", "value"], properties),
            new PageTable("associations", ["kind", "object", "label"], links),
            new PageTable("history", ["when", "property", "value", "by"], history),
        ])
        {
            Note = item.Archived ? $"This {item.Type.Singular} was deleted." : null,
        };
    }

    private static PageTable Table(HubSpotStore store, HubSpotType type, string heading, string[] columns) => new(heading, columns,
    [
        .. store.Live(type).Select(item => (IReadOnlyList<PageCell>)
        [
            new PageCell(item[columns[0]] ?? item.Key, $"/objects/{type.Name}/{item.Key}"),
            .. columns.Skip(1).Select(column => new PageCell(item[column])),
        ]),
    ]);

    private static string TitleOf(HubSpotObject item) =>
        item["dealname"] ?? item["name"] ?? item["subject"] ?? item["hs_task_subject"]
        ?? (item["firstname"] is { } first ? $"{first} {item["lastname"]}" : $"{item.Type.Singular} {item.Key}");

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);
}
