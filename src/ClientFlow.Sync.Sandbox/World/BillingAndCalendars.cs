using System.Globalization;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.GoogleCalendar;
using ClientFlow.Sync.Sandbox.Stripe;

namespace ClientFlow.Sync.Sandbox.World;

/// <summary>
/// The small business as its owner finds it in Stripe and in the calendars: five of the twelve clients were billed before, in
/// pounds, yen and dinars. Nothing was billed for O'Connor's finished retainer.
/// </summary>
internal static class BillingAndCalendars
{
    /// <summary>An invoice of the seed: made so many days ago, amounts in the smallest unit.</summary>
    private sealed record PlannedInvoice(string Client, int DaysAgo, string Currency, long Amount, string Text, string Status);

    private static readonly PlannedInvoice[] _invoices =
    [
        new("Peak District Brewing", 80, "gbp", 65000, "Label sketches", "paid"),
        new("Brightwater Architects", 38, "gbp", 240000, "Brand refresh, first half", "paid"),
        new("Hudson & Reed LLP", 36, "gbp", 460000, "Client portal, deposit", "void"),
        new("Hudson & Reed LLP", 35, "gbp", 920000, "Client portal, first half", "paid"),
        new("株式会社さくら", 20, "jpy", 240000, "日本語サイト 着手金", "open"),
        new("Brightwater Architects", 6, "gbp", 36050, "Printing of the new stationery", "open"),
        new("Al-Noor Trading شركة النور", 2, "kwd", 625180, "Trade fair stand, deposit", "draft"),
    ];

    public static void Plant(SandboxHost host)
    {
        PlantInvoices(host.Stripe);
        PlantCalendars(host.GoogleCalendar, DateOnly.FromDateTime(host.Options.Clock.GetUtcNow().UtcDateTime));
    }

    /// <summary>A draft leaves the owner's desk.</summary>
    public static QuarterStep OwnerFinalizesNewestDraft(double second) => new(second, "the owner finalises the newest draft invoice", (host, _) =>
        On(host.Stripe.Invoices.LastOrDefault(invoice => invoice is { Status: "draft", Total: > 0 }), host.Stripe.FinalizeDraft));

    /// <summary>Money comes in.</summary>
    public static QuarterStep ClientPaysOldestOpen(double second) => new(second, "a client pays the oldest open invoice", (host, _) =>
        On(host.Stripe.Invoices.FirstOrDefault(invoice => invoice.Status == "open"), host.Stripe.PayByCard));

    private static bool On(StripeInvoice? invoice, Action<StripeInvoice> act)
    {
        if (invoice is null)
            return false;
        act(invoice);
        return true;
    }

    private static void PlantInvoices(StripeTool billing)
    {
        billing.Ago = TimeSpan.FromDays(90);
        Dictionary<string, StripeCustomer> customers = [];
        foreach (var name in _invoices.Select(invoice => invoice.Client).Distinct())
        {
            var client = SmallBusiness.Clients.Single(client => client.Name == name);
            customers[name] = billing.AddCustomer(client.Name, client.Email);
        }

        // The same person as in the CRM, written otherwise: an exact look-up misses her.
        billing.AddCustomer("O'Connor & Sons", "maeve.oconnor@oconnor.example");

        foreach (var planned in _invoices)
        {
            billing.Ago = TimeSpan.FromDays(planned.DaysAgo);
            billing.AddInvoice(customers[planned.Client], planned.Currency, [(planned.Text, planned.Amount)], planned.Status);
        }

        billing.Ago = TimeSpan.Zero;
    }

    private static void PlantCalendars(GoogleCalendarTool calendars, DateOnly today)
    {
        foreach (var manager in SmallBusiness.Managers)
            calendars.AddCalendar(manager.Email, manager.Name, "owner");
        calendars.AddEvent(GoogleCalendarTool.Holidays, AllDay("Spring bank holiday", new DateOnly(today.Year, 5, 31)));
        calendars.AddEvent(GoogleCalendarTool.Holidays, AllDay("Christmas Day", new DateOnly(today.Year, 12, 25)));
        calendars.AddEvent("primary", AllDay("Office closed for stocktaking", today.AddDays(12)));
        calendars.AddEvent(SmallBusiness.Managers[0].Email, At("Review with Brightwater Architects", today.AddDays(3), 10, "Europe/London"));
        calendars.AddEvent(SmallBusiness.Managers[1].Email, At("Call with Hudson & Reed", today.AddDays(4), 9, "America/New_York"));
    }

    private static JsonObject AllDay(string summary, DateOnly day) => new()
    {
        ["summary"] = summary,
        ["start"] = new JsonObject { ["date"] = Text(day) },
        ["end"] = new JsonObject { ["date"] = Text(day.AddDays(1)) },
        ["transparency"] = "transparent",
    };

    private static JsonObject At(string summary, DateOnly day, int hour, string zone) => new()
    {
        ["summary"] = summary,
        ["start"] = new JsonObject { ["dateTime"] = $"{Text(day)}T{hour:00}:00:00", ["timeZone"] = zone },
        ["end"] = new JsonObject { ["dateTime"] = $"{Text(day)}T{hour + 1:00}:00:00", ["timeZone"] = zone },
    };

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
