using System.Globalization;
using ClientFlow.Sync.Sandbox.Asana;
using ClientFlow.Sync.Sandbox.HubSpot;

namespace ClientFlow.Sync.Sandbox.World;

/// <summary>An account manager; has a login in HubSpot and in Asana, and a calendar, under one address.</summary>
public sealed record Manager(string FirstName, string LastName, string Email)
{
    public string Name => $"{FirstName} {LastName}";
}

/// <summary>A client with its one contact.</summary>
public sealed record Client(
    string Name, string Domain, string FirstName, string LastName, string Email, string City, string Country, string TimeZone);

/// <summary>Where the work of a deal stands in the projects tool.</summary>
public enum Work
{
    None,
    Open,
    Closed,
}

/// <summary>A deal of the seed. The end lies so many days after the day on which the business was planted; null is no end.</summary>
public sealed record PlannedDeal(
    string Client, string Name, string Stage, string Amount, string Currency, int? EndsInDays, string? Scope, int Manager, Work Work, string Pipeline = "default");

/// <summary>
/// A consulting business with twelve clients, as its owner would find it: deals in every stage, in currencies with two, no and
/// three decimals; work under way, one won deal that nobody made a project for, one finished project that nobody invoiced.
/// </summary>
public static class SmallBusiness
{
    public const string TeamGid = "1201";

    public static readonly IReadOnlyList<Manager> Managers =
        [new("Amelia", "Hart", "amelia@northwind.example"), new("Tomás", "Oliveira", "tomas@northwind.example")];

    public static readonly IReadOnlyList<Client> Clients =
    [
        new("Brightwater Architects", "brightwater.example", "Priya", "Nair", "priya@brightwater.example", "London", "United Kingdom", "Europe/London"),
        new("Bäckerei Müller", "baeckerei-mueller.example", "Jörg", "Müller", "joerg@baeckerei-mueller.example", "Berlin", "Germany", "Europe/Berlin"),
        new("Łódź Textiles", "lodz-textiles.example", "Żaneta", "Wójcik", "zaneta@lodz-textiles.example", "Łódź", "Poland", "Europe/Warsaw"),
        new("Hudson & Reed LLP", "hudsonreed.example", "Dana", "Reed", "dana.reed@hudsonreed.example", "New York", "United States", "America/New_York"),
        new("Kauri Coast Outfitters", "kauricoast.example", "Aroha", "Ngata", "aroha@kauricoast.example", "Auckland", "New Zealand", "Pacific/Auckland"),
        new("株式会社さくら", "sakura.example", "結衣", "佐藤", "yui.sato@sakura.example", "Tokyo", "Japan", "Asia/Tokyo"),
        new("Al-Noor Trading شركة النور", "alnoor.example", "Huda", "Al-Sabah", "huda@alnoor.example", "Kuwait City", "Kuwait", "Asia/Kuwait"),
        new("O'Connor & Sons", "oconnor.example", "Maeve", "O'Connor", "Maeve.OConnor@oconnor.example", "Dublin", "Ireland", "Europe/Dublin"),
        new("Façade Studio", "facade.example", "Élodie", "Bérard", "elodie@facade.example", "Paris", "France", "Europe/Paris"),
        new("Greenfield Dental", "greenfield-dental.example", "Sam", "Okafor", "sam@greenfield-dental.example", "Leeds", "United Kingdom", "Europe/London"),
        new("Nordlys Media", "nordlys.example", "Sigrid", "Bjørnsen", "sigrid@nordlys.example", "Oslo", "Norway", "Europe/Oslo"),
        new("Peak District Brewing", "peakbrewing.example", "Callum", "Shaw", "callum@peakbrewing.example", "Sheffield", "United Kingdom", "Europe/London"),
    ];

    public static readonly IReadOnlyList<PlannedDeal> Deals =
    [
        new("Brightwater Architects", "Brand refresh", "closedwon", "4800.00", "GBP", 120, "New mark, stationery and signage for three offices", 0, Work.Open),
        new("Hudson & Reed LLP", "Client portal", "closedwon", "18400.00", "GBP", 210, "Secure portal for 40 clients, two rounds of review", 1, Work.None),
        new("株式会社さくら", "日本語サイト", "closedwon", "480000", "JPY", 90, "Localised site with eleven pages", 1, Work.Open),
        new("O'Connor & Sons", "Annual retainer", "closedwon", "3600.00", "GBP", 45, "Two days of design a month", 0, Work.Closed),
        new("Bäckerei Müller", "Online shop", "contractsent", "12500.00", "GBP", 180, "Shop with 120 articles and local delivery", 1, Work.None),
        new("Kauri Coast Outfitters", "Season campaign", "contractsent", "9600.00", "GBP", 150, "Photography, landing page and mailings for summer", 0, Work.None),
        new("Al-Noor Trading شركة النور", "Trade fair stand", "contractsent", "1250.375", "KWD", 75, "Stand design and printed matter in two languages", 0, Work.None),
        new("株式会社さくら", "Spring catalogue", "contractsent", "1200000", "JPY", 130, "Catalogue of 64 pages", 1, Work.None),
        new("Nordlys Media", "Podcast series", "decisionmakerboughtin", "5400.00", "GBP", null, null, 1, Work.None),
        new("Łódź Textiles", "Catalogue relaunch", "presentationscheduled", "7200.00", "GBP", null, null, 0, Work.None),
        new("Façade Studio", "Lookbook", "qualifiedtobuy", "2750.50", "GBP", null, null, 1, Work.None),
        new("Greenfield Dental", "Patient leaflet", "appointmentscheduled", "900.00", "GBP", null, null, 0, Work.None),
        new("Peak District Brewing", "Label redesign", "closedlost", "1500.00", "GBP", null, null, 1, Work.None),
        new("Brightwater Architects", "Website care plan", "166220501", "2400.00", "GBP", 30, "Updates and support for a year", 0, Work.None, "88120045"),
    ];

    /// <summary>The name that a person gives to the project of a deal.</summary>
    public static string ProjectName(string client, string deal) => $"{client} – {deal}";

    /// <summary>What an account has before its first client: logins, a team, the two fields that the business added to deals.</summary>
    internal static void OpenAccounts(SandboxHost host)
    {
        HubSpotTool crm = host.HubSpot;
        AsanaTool projects = host.Asana;
        crm.Store.Ago = TimeSpan.FromDays(100);
        projects.Store.Ago = TimeSpan.FromDays(100);
        crm.World.AddProperty("deals", "contract_end_date", "Contract end date", "date", "date");
        crm.World.AddProperty("deals", "scope_summary", "Scope summary", "string", "textarea");
        foreach (Manager manager in Managers)
        {
            crm.World.AddOwner(manager.FirstName, manager.LastName, manager.Email);
            projects.World.AddUser(manager.Name, manager.Email);
        }

        projects.World.AddTeam(TeamGid, "Client work");
        crm.Store.Ago = TimeSpan.Zero;
        projects.Store.Ago = TimeSpan.Zero;
    }

    internal static void Plant(SandboxHost host)
    {
        HubSpotTool crm = host.HubSpot;
        AsanaTool projects = host.Asana;
        DateOnly today = DateOnly.FromDateTime(host.Options.Clock.GetUtcNow().UtcDateTime);
        string[] owners = [.. crm.Store.Owners.Select(owner => owner.Id.ToString(CultureInfo.InvariantCulture))];

        crm.Store.Ago = TimeSpan.FromDays(100);
        Dictionary<string, (string Company, string Contact)> clients = Clients.ToDictionary(client => client.Name, client => PlantClient(crm, client));
        foreach (PlannedDeal deal in Deals)
        {
            // Work that was won is older than what is still talked about.
            crm.Store.Ago = TimeSpan.FromDays(deal.Work == Work.Closed ? 95 : deal.Stage == "closedwon" ? 40 : 14);
            projects.Store.Ago = crm.Store.Ago - TimeSpan.FromDays(1);
            (string company, string contact) = clients[deal.Client];
            PlantDeal(crm, deal, owners[deal.Manager], today, company, contact);
            if (deal.Work != Work.None)
                PlantProject(projects, deal, today);
        }

        crm.Store.Ago = TimeSpan.FromDays(3);
        (string brightwater, string priya) = clients["Brightwater Architects"];
        crm.World.Create("tickets", new Dictionary<string, string>
        {
            ["subject"] = "The new logo is blurred in mails", ["hs_pipeline"] = "0", ["hs_pipeline_stage"] = "2", ["hs_ticket_priority"] = "MEDIUM",
        }, brightwater, priya);
        crm.Store.Ago = TimeSpan.Zero;
        projects.Store.Ago = TimeSpan.Zero;
        BillingAndCalendars.Plant(host);
    }

    private static (string Company, string Contact) PlantClient(HubSpotTool crm, Client client)
    {
        string company = crm.World.Create("companies", new Dictionary<string, string>
        {
            ["name"] = client.Name, ["domain"] = client.Domain, ["city"] = client.City, ["country"] = client.Country, ["timezone"] = client.TimeZone,
        });
        string contact = crm.World.Create("contacts", new Dictionary<string, string>
        {
            ["firstname"] = client.FirstName, ["lastname"] = client.LastName, ["email"] = client.Email, ["hs_timezone"] = client.TimeZone,
        }, company);
        return (company, contact);
    }

    private static void PlantDeal(HubSpotTool crm, PlannedDeal deal, string owner, DateOnly today, string company, string contact)
    {
        var properties = new Dictionary<string, string>
        {
            ["dealname"] = deal.Name, ["pipeline"] = deal.Pipeline, ["dealstage"] = deal.Stage, ["amount"] = deal.Amount,
            ["deal_currency_code"] = deal.Currency, ["hubspot_owner_id"] = owner,
        };
        if (deal.EndsInDays is { } days)
            properties["contract_end_date"] = Day(today.AddDays(days));
        if (deal.Scope is not null)
            properties["scope_summary"] = deal.Scope;
        crm.World.Create("deals", properties, company, contact);
    }

    private static void PlantProject(AsanaTool projects, PlannedDeal deal, DateOnly today)
    {
        string? due = deal.EndsInDays is { } days ? Day(today.AddDays(days)) : null;
        string project = projects.World.CreateProject(ProjectName(deal.Client, deal.Name), Managers[deal.Manager].Email, due, deal.Scope);
        string[] tasks = ["Send the welcome pack", "Collect access and assets", "First draft"];
        foreach ((int order, string task) in tasks.Index())
        {
            string gid = projects.World.CreateTask(project, task, Day(today.AddDays(order - 2)), milestone: order == 2);
            if (order == 0 || deal.Work == Work.Closed)
                projects.World.CompleteTask(gid);
        }

        if (deal.Work == Work.Closed)
        {
            projects.Store.Ago = TimeSpan.FromDays(10);
            projects.World.CompleteProject(project);
        }
    }

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
