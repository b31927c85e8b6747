using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Worker.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Configuration;

public sealed class ConfigLoaderTests
{
    [Fact]
    public void The_example_of_the_design_loads_without_a_word()
    {
        var loaded = ConfigLoader.Load(Repository.PathOf("config/northwind.yaml"), FakeConnectors.All, new FakeSecrets());

        DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source).ShouldBe("");
        var config = loaded.Config.ShouldNotBeNull();
        config.Workspace.ShouldBe("default");
        config.Business.ShouldBe(new Business("Northwind Consulting", TimeZoneInfo.FindSystemTimeZoneById("Europe/London"), "GBP"));
        config.PublicUrl.ShouldBe(new Uri("https://hooks.northwind.example/"));
        config.Tools.Select(t => t.Name).ShouldBe(["crm", "projects", "billing", "calendar"]);
        config.Rules.Select(r => r.Name).ShouldBe(["won-deal-to-project", "closed-project-to-invoice", "renewal-reminder"]);
        config.Rules.Select(r => r.Subject).ShouldBe([RecordKind.Deal, RecordKind.Project, RecordKind.Project]);
    }

    [Fact]
    public void The_minimal_example_loads_and_says_what_read_only_means()
    {
        var loaded = ConfigLoader.Load(Repository.PathOf("config/minimal.yaml"), FakeConnectors.All, new FakeSecrets());

        loaded.Config.ShouldNotBeNull();
        loaded.Diagnostics.ShouldHaveSingleItem().Code.ShouldBe(Codes.ToolReadOnly);
        loaded.Diagnostics[0].Severity.ShouldBe(Severity.Warning);
    }

    [Fact]
    public void A_tool_keeps_its_connectors_settings_and_defaults()
    {
        var config = Northwind();

        var crm = config.Tool("crm");
        crm.BaseUrl.ShouldBe(new Uri("https://api.hubapi.com/"));
        crm.Settings.ShouldBe(new FakeConnectors.Settings(new Secret("hub-token-value"), new Secret("hub-secret-value")));
        crm.Mappings.Keys.ShouldBe([RecordKind.Deal, RecordKind.Client, RecordKind.Contact], ignoreOrder: true);
        var deal = crm.Mappings[RecordKind.Deal].Fields;
        deal["endsOn"].From.ShouldBe("contract_end_date");
        deal["name"].From.ShouldBe("dealname");
        deal["stage"].Values.ShouldBe(new Dictionary<string, string> { ["closedwon"] = "won", ["closedlost"] = "lost", ["contractsent"] = "proposal" }, ignoreOrder: true);
    }

    [Fact]
    public void Rules_are_bound_to_typed_conditions_and_blueprints()
    {
        var config = Northwind();

        config.Rules[0].When.ShouldBe(new Condition.Fact(new FactPath(RecordKind.Deal, "stage"), new FactTest.Is(new FieldValue.Text("won"))));
        config.Rules[0].Require.Select(p => p.ToString()).ShouldBe(["client.email", "deal.scope", "deal.owner"]);
        var project = config.Rules[0].Create.ShouldBeOfType<ProjectBlueprint>();
        project.Section.ShouldBe("Onboarding");
        project.EndsOn.ShouldBe(new DateExpression(new FactPath(RecordKind.Deal, "endsOn"), 0, 0));
        project.Checklist.Select(c => c.Task.Source).ShouldBe(["Send the welcome pack", "Collect access and assets"]);
        project.Checklist[1].Due.ShouldBe(new DateExpression(null, 3, 0));
        project.Checklist[1].Assign.ShouldBe(new PersonExpression(new FactPath(RecordKind.Deal, "owner"), null));
        var invoice = config.Rules[1].Create.ShouldBeOfType<InvoiceBlueprint>();
        config.Rules[1].Approve.ShouldBeTrue();
        invoice.DueInDays.ShouldBe(14);
        invoice.Lines.ShouldHaveSingleItem().Amount.ShouldBe(new AmountExpression.Remaining());
        var reminder = config.Rules[2].Create.ShouldBeOfType<ReminderBlueprint>();
        reminder.On.ShouldBe(new DateExpression(new FactPath(RecordKind.Project, "endsOn"), -30, 0));
        reminder.At.ShouldBe(new TimeOnly(9, 0));
        reminder.Duration.ShouldBe(TimeSpan.FromMinutes(30));
    }

    [Fact]
    public void A_project_may_be_made_from_a_template_named_by_its_id()
    {
        var loaded = Mistakes.With("name: \"{{client.name}} – {{deal.name}}\"", "template: 1209876543210\n        name: \"{{client.name}} – {{deal.name}}\"");

        loaded.Diagnostics.ShouldBeEmpty();
        loaded.Config.ShouldNotBeNull().Rules[0].Create.ShouldBeOfType<ProjectBlueprint>().FromTemplate.ShouldBe("1209876543210");
        InWords.Of(loaded.Config.Rules[0].Create).ShouldStartWith("make a project in projects from the template 1209876543210, named");
        Northwind().Rules[0].Create.ShouldBeOfType<ProjectBlueprint>().FromTemplate.ShouldBeNull();
    }

    [Fact]
    public void A_tool_without_templates_is_told_at_the_rule_that_asks_for_one()
    {
        FakeConnectorType asana = (FakeConnectorType)FakeConnectors.All.First(c => c.Manifest.Id == "asana");
        var plain = new FakeConnectorType(asana.Manifest with { Actions = [.. asana.Manifest.Actions.Where(a => a.Action is not ("project.instantiate" or "project.set-up"))] }, asana.BindSettings);
        var text = Mistakes.Good.Replace("name: \"{{client.name}} – {{deal.name}}\"", "template: \"77\"\n        name: \"{{client.name}} – {{deal.name}}\"", StringComparison.Ordinal);

        var loaded = ConfigLoader.LoadText("northwind.yaml", text, [plain, .. FakeConnectors.All.Where(c => c.Manifest.Id != "asana")], new FakeSecrets());

        var mistake = loaded.Diagnostics.ShouldHaveSingleItem();
        mistake.Code.ShouldBe(Codes.ToolCannot);
        mistake.Label.ShouldBe("Asana offers no `project.instantiate`");
    }

    private static WorkspaceConfig Northwind() =>
        ConfigLoader.Load(Repository.PathOf("config/northwind.yaml"), FakeConnectors.All, new FakeSecrets()).Config.ShouldNotBeNull();
}
