using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Engine.Tests.Bench;

/// <summary>The rules of the design's example, as the loader would make them.</summary>
internal static class Rules
{
    public static readonly Business Business = new("Northwind Consulting", TimeZoneInfo.FindSystemTimeZoneById("Europe/London"), "GBP");

    /// <summary>A won deal has a project with a checklist of two.</summary>
    public static HandoffRule WonDealToProject => new()
    {
        Name = "won-deal-to-project",
        Identity = "won-deal-to-project",
        Subject = RecordKind.Deal,
        When = Is("deal.stage", "won"),
        Require = [],
        ArmingHash = "won",
        Create = Project("{{client.name}} – {{deal.name}}", "Send the welcome pack", "Collect access"),
    };

    /// <summary>A won deal has a project from a template, with two tasks beside the template's own.</summary>
    public static HandoffRule WonDealToTemplate => WonDealToProject with
    {
        Create = Project("{{client.name}} – {{deal.name}}", "Send the welcome pack", "Collect access") with { FromTemplate = "77" },
    };

    /// <summary>A closed project has an invoice for what remains.</summary>
    public static HandoffRule ClosedProjectToInvoice => new()
    {
        Name = "closed-project-to-invoice",
        Identity = "closed-project-to-invoice",
        Subject = RecordKind.Project,
        When = Is("project.status", "closed"),
        Require = [],
        ArmingHash = "closed",
        Create = new InvoiceBlueprint("billing", 14, [new InvoiceLineBlueprint(Text("{{deal.name}}"), new AmountExpression.Remaining())]),
    };

    /// <summary>A project with an end has a reminder 30 days before it.</summary>
    public static HandoffRule RenewalReminder => new()
    {
        Name = "renewal-reminder",
        Identity = "renewal-reminder",
        Subject = RecordKind.Project,
        When = new Condition.Fact(Path("project.endsOn"), new FactTest.Exists(true)),
        Require = [],
        ArmingHash = "ends",
        Create = new ReminderBlueprint("calendar", null, new DateExpression(Path("project.endsOn"), -30, 0), new TimeOnly(9, 0), TimeSpan.FromMinutes(30),
            Text("Renewal: {{project.name}}"), null),
    };

    public static ProjectBlueprint Project(string name, params string[] checklist) => new("projects", Text(name), null, null, null, null, "Onboarding",
        [.. checklist.Select(task => new ChecklistItem(Text(task), new DateExpression(null, 1, 0), null))]);

    public static Condition Is(string path, string value) => new Condition.Fact(Path(path), new FactTest.Is(new FieldValue.Text(value)));

    public static FactPath Path(string path)
    {
        var parts = path.Split('.');
        return Names.TryKind(parts[0], out var kind) ? new FactPath(kind, parts[1]) : throw new ArgumentException(path);
    }

    public static Template Text(string text) => TemplateParser.Parse(text, Enum.GetValues<RecordKind>(), out _)!;
}
