using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.GoogleCalendar;
using ClientFlow.Sync.Sandbox.Stripe;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Scenarios.Harness;

/// <summary>A deal of a scenario, with the client it is for.</summary>
internal sealed record Deal(string Id, string Name, string Client, string Email, string Company, string Contact)
{
    /// <summary>The name that its project gets.</summary>
    public string Project => $"{Client} – {Name}";
}

/// <summary>A project as it stands in the projects tool.</summary>
internal sealed record Project(JsonNode Json, IReadOnlyList<JsonNode> Tasks)
{
    public string Gid => (string)Json["gid"]!;

    public string Notes => (string)Json["notes"]!;

    public string Url => (string)Json["permalink_url"]!;

    public string? DueOn => (string?)Json["due_on"];

    public string? Owner => (string?)Json["owner"]?["name"];
}

/// <summary>A reminder as it stands in a calendar.</summary>
internal sealed record Reminder(string Calendar, JsonObject Json)
{
    public string Id => (string)Json["id"]!;

    public string Title => (string)Json["summary"]!;

    public string Zone => (string)Json["start"]!["timeZone"]!;

    public DateTimeOffset At => DateTimeOffset.Parse((string)Json["start"]!["dateTime"]!, CultureInfo.InvariantCulture);
}

/// <summary>The people of the business at their tools, and what they see there.</summary>
internal sealed class Office(SandboxHost sandbox)
{
    /// <summary>The property of a deal that holds its project's address.</summary>
    public const string ProjectProperty = "clientflow_project";

    private int clients;

    public static Manager Amelia => SmallBusiness.Managers[0];

    public static Manager Tomas => SmallBusiness.Managers[1];

    public static DateOnly Today => DateOnly.FromDateTime(DateTime.UtcNow);

    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A deal in negotiation, with all that its handoff needs unless told otherwise.</summary>
    public Deal NewDeal(
        string client, string name, string amount = "4800.00", string currency = "GBP", DateOnly? endsOn = null,
        string? scope = "Two days of design a month", bool owned = true, bool withContact = true, Manager? owner = null, string? email = null)
    {
        email ??= $"ada.{Interlocked.Increment(ref clients)}@client.example";
        var crm = sandbox.HubSpot.World;
        var company = crm.Create("companies", new Dictionary<string, string> { ["name"] = client });
        var contact = crm.Create("contacts", new Dictionary<string, string>
        {
            ["firstname"] = "Ada", ["lastname"] = "Byron", ["email"] = email, ["phone"] = "+44 20 7946 0000",
        }, company);
        return DealFor(client, company, contact, email, name, amount, currency, endsOn, scope, owned, withContact, owner);
    }

    /// <summary>Another deal of the same client.</summary>
    public Deal Another(Deal of, string name, string amount = "900.00", string currency = "GBP") =>
        DealFor(of.Client, of.Company, of.Contact, of.Email, name, amount, currency, null, "More of the same", true, true, null);

    public void Win(Deal deal) => sandbox.HubSpot.World.WinDeal(deal.Id);

    public void Change(Deal deal, params (string Name, string Value)[] properties) => sandbox.HubSpot.World.Change("deals", deal.Id, properties);

    /// <summary>The clocks of tools that count whole seconds have gone on.</summary>
    public static Task LaterAsync()
    {
        var now = DateTimeOffset.UtcNow;
        return Patience.ForAsync("later second", () => Task.FromResult(DateTimeOffset.UtcNow - now > TimeSpan.FromSeconds(1) ? "" : null));
    }

    /// <summary>Somebody makes a project, after whatever was done before: adoption only takes what is younger than the deal.</summary>
    public async Task<string> MakeProjectByHandAsync(string name, string? notes = null)
    {
        var now = DateTimeOffset.UtcNow;
        await Patience.ForAsync("later moment", () => Task.FromResult(DateTimeOffset.UtcNow - now > TimeSpan.FromMilliseconds(5) ? "" : null));
        return sandbox.Asana.World.CreateProject(name, notes: notes);
    }

    /// <summary>What stands in a property of the deal.</summary>
    public string Read(Deal deal, string property) => sandbox.HubSpot.World.Read("deals", deal.Id, property) ?? "";

    /// <summary>The contact is put onto the deal, which changes the association and nothing else.</summary>
    public async Task AssociateAsync(Deal deal)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", SandboxOptions.HubSpotToken);
        using var answer = await http.PutAsync(
            new Uri($"{sandbox.HubSpot.RootUrl}/crm/v4/objects/deals/{deal.Id}/associations/default/contacts/{deal.Contact}"), null, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>A project manager posts that the project was dropped.</summary>
    public async Task DropAsync(Project project)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", SandboxOptions.AsanaToken);
        using var answer = await http.PostAsJsonAsync(new Uri($"{sandbox.Asana.BaseUrl}/status_updates"), new
        {
            data = new { parent = project.Gid, status_type = "dropped", title = "Dropped", text = "The client went away." },
        }, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Projects that are this deal's: by name, or because they speak of it.</summary>
    public IReadOnlyList<Project> ProjectsOf(Deal deal)
    {
        var state = sandbox.Asana.State();
        return
        [
            .. state["projects"]!.AsArray()
                .Where(project => (string)project!["name"]! == deal.Project || ((string)project["notes"]!).Contains(deal.Id, StringComparison.Ordinal))
                .Select(project => new Project(project!,
                [
                    .. state["tasks"]!.AsArray().Where(task => task!["memberships"]!.AsArray()
                        .Any(at => (string)at!["project"]!["gid"]! == (string)project!["gid"]!)).Select(task => task!),
                ])),
        ];
    }

    /// <summary>The deal carries its project's address: the last write of that handoff is done.</summary>
    public Project? LinkedProjectOf(Deal deal)
    {
        var link = Read(deal, ProjectProperty);
        return link.Length == 0 ? null : ProjectsOf(deal).FirstOrDefault(project => project.Url == link);
    }

    public IReadOnlyList<StripeInvoice> InvoicesOf(Deal deal) =>
        [.. sandbox.Stripe.Invoices.Where(invoice => invoice.Description == deal.Name)];

    /// <summary>The invoice with its line: the handoff's last write is done.</summary>
    public StripeInvoice? FinishedInvoiceOf(Deal deal) => InvoicesOf(deal).FirstOrDefault(invoice => invoice.Items.Count > 0);

    public IReadOnlyList<StripeCustomer> CustomersOf(Deal deal) =>
        [.. sandbox.Stripe.Customers.Where(customer => string.Equals(customer.Email, deal.Email, StringComparison.OrdinalIgnoreCase))];

    /// <summary>Reminders about this client that stand in any calendar.</summary>
    public IReadOnlyList<Reminder> RemindersOf(Deal deal) =>
    [
        .. sandbox.GoogleCalendar.Calendars.SelectMany(calendar => sandbox.GoogleCalendar.EventsOf(calendar.Id).Select(one => new Reminder(calendar.Id, one)))
            .Where(one => (string?)one.Json["status"] != "cancelled" && (string?)one.Json["summary"] == $"Renewal: {deal.Client}"),
    ];

    /// <summary>Somebody changes or deletes an event in the calendar's own page.</summary>
    public void InCalendar(string action, Reminder reminder, JsonObject? fields = null)
    {
        var arguments = new JsonObject { ["calendar"] = reminder.Calendar, ["id"] = reminder.Id };
        if (fields is not null) arguments["event"] = fields;
        sandbox.GoogleCalendar.Actions.Single(one => one.Name == action).Run(arguments);
    }

    private Deal DealFor(
        string client, string company, string contact, string email, string name, string amount, string currency, DateOnly? endsOn,
        string? scope, bool owned, bool withContact, Manager? owner)
    {
        var properties = new Dictionary<string, string>
        {
            ["dealname"] = name, ["pipeline"] = "default", ["dealstage"] = "contractsent", ["amount"] = amount, ["deal_currency_code"] = currency,
        };
        if (owned) properties["hubspot_owner_id"] = OwnerId(owner ?? Amelia);
        if (endsOn is { } day) properties["contract_end_date"] = Day(day);
        if (scope is not null) properties["scope_summary"] = scope;
        return new Deal(sandbox.HubSpot.World.Create("deals", properties, company, withContact ? contact : null), name, client, email, company, contact);
    }

    /// <summary>What the CRM calls a manager.</summary>
    public static string OwnerId(Manager manager) =>
        (30_000_001 + SmallBusiness.Managers.ToList().IndexOf(manager)).ToString(CultureInfo.InvariantCulture);
}
