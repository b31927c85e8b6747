using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Testing.Builders;

/// <summary>Valid things with fixed defaults; a test names only what it is about: <c>A.Deal().Won()</c>.</summary>
public static class A
{
    /// <summary>Monday 2 November 2026, noon in London: winter time.</summary>
    public static readonly DateTimeOffset Now = new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero);

    public static readonly Business Business = new("Northwind Consulting", TimeZoneInfo.FindSystemTimeZoneById("Europe/London"), "GBP");

    /// <summary>A proposal of GBP 9,000 that Jane manages, for Acme, with Ann as its contact.</summary>
    public static RecordBuilder Deal(string id = "678") => new RecordBuilder("hubspot", "62515", RecordKind.Deal, id)
        .Named("Website").Stage("proposal").Worth(9_000).OwnedBy("jane@northwind.example").With("scope", "New website")
        .CreatedAt(Now.AddDays(-60)).Url($"https://crm.example/deals/{id}");

    public static RecordBuilder Client(string id = "31") => new RecordBuilder("hubspot", "62515", RecordKind.Client, id).Named("Acme");

    public static RecordBuilder Contact(string id = "41") => new RecordBuilder("hubspot", "62515", RecordKind.Contact, id)
        .Named("Ann Archer").Email("ann@acme.example");

    /// <summary>An open project that ends in half a year.</summary>
    public static RecordBuilder Project(string id = "1201") => new RecordBuilder("asana", "1200", RecordKind.Project, id)
        .Named("Acme – Website").Status("open").EndsOn("2027-05-03").CreatedAt(Now.AddDays(-30)).Url($"https://projects.example/{id}");

    /// <summary>A draft of GBP 1,000.</summary>
    public static RecordBuilder Invoice(string id = "in_1") => new RecordBuilder("stripe", "acct_1", RecordKind.Invoice, id)
        .Status("draft").Total(1_000).With("number", $"NW-{id}").CreatedAt(Now.AddDays(-10));

    /// <summary>A client in the invoicing tool.</summary>
    public static RecordBuilder Customer(string id = "cus_1") => new RecordBuilder("stripe", "acct_1", RecordKind.Client, id)
        .Named("Acme").Email("ann@acme.example");

    /// <summary>A deal with its client and contact, and nothing else.</summary>
    public static EngagementBuilder Engagement() => new();

    /// <summary>Won deal → project with two tasks.</summary>
    public static RuleBuilder WonDealToProject() => new(new HandoffRule
    {
        Name = "won-deal-to-project",
        Identity = "won-deal-to-project",
        Subject = RecordKind.Deal,
        When = Is("deal.stage", "won"),
        Require = [Path("client.email"), Path("deal.scope"), Path("deal.owner")],
        ArmingHash = "armed-1",
        Create = new ProjectBlueprint("projects", Text("{{client.name}} – {{deal.name}}"), null, null, Date("deal.endsOn"), null, "Onboarding",
        [
            new ChecklistItem(Text("Send the welcome pack"), Date(null, 1), null),
            new ChecklistItem(Text("Collect access and assets"), Date(null, 3), Person("deal.owner")),
        ]),
    });

    /// <summary>Closed project → invoice of what remains.</summary>
    public static RuleBuilder ClosedProjectToInvoice() => new(new HandoffRule
    {
        Name = "closed-project-to-invoice",
        Identity = "closed-project-to-invoice",
        Subject = RecordKind.Project,
        When = Is("project.status", "closed"),
        Require = [],
        ArmingHash = "armed-2",
        Create = new InvoiceBlueprint("billing", 14, [new InvoiceLineBlueprint(Text("Work as agreed"), new AmountExpression.Remaining())]),
    });

    /// <summary>End date → reminder 30 days before, at 09:00, for the deal's owner.</summary>
    public static RuleBuilder RenewalReminder() => new(new HandoffRule
    {
        Name = "renewal-reminder",
        Identity = "renewal-reminder",
        Subject = RecordKind.Project,
        When = Exists("project.endsOn"),
        Require = [],
        ArmingHash = "armed-3",
        Create = new ReminderBlueprint("calendar", Person("deal.owner"), Date("project.endsOn", -30), new TimeOnly(9, 0), TimeSpan.FromMinutes(30),
            Text("Renewal: {{client.name}}"), null),
    });

    public static FactPath Path(string path) =>
        FactPaths.Resolve(path, null, out var problem) is { } fact ? fact.Path : throw new ArgumentException(problem?.Message, nameof(path));

    public static Template Text(string template) =>
        TemplateParser.Parse(template, Enum.GetValues<RecordKind>(), out var problems) ??
        throw new ArgumentException(problems[0].Message, nameof(template));

    public static DateExpression Date(string? from, int days = 0, int months = 0) => new(from is null ? null : Path(from), days, months);

    public static PersonExpression Person(string from) => new(Path(from), null);

    public static DateOnly Day(string day) => DateOnly.ParseExact(day, "yyyy-MM-dd");

    /// <summary>An instant, from text such as <c>2026-11-02T09:00Z</c>.</summary>
    public static DateTimeOffset Instant(string instant) => DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture);

    public static TimeZoneInfo Zone(string id) => TimeZoneInfo.FindSystemTimeZoneById(id);

    public static Money Gbp(decimal amount) => new(amount, "GBP");

    public static Condition.Fact Is(string path, string word) => That(path, new FactTest.Is(new FieldValue.Text(word)));

    public static Condition.Fact Exists(string path, bool wanted = true) => That(path, new FactTest.Exists(wanted));

    public static Condition.Fact That(string path, FactTest test) => new(Path(path), test);

    public static Condition All(params Condition[] of) => new Condition.All(of);

    public static Condition Any(params Condition[] of) => new Condition.Any(of);

    public static Condition Not(Condition of) => new Condition.Not(of);
}
