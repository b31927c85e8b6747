using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Worker.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Configuration;

public sealed class WorkspaceBinderTests
{
    private const string Head = """
        version: 1
        business: { name: Northwind, timezone: America/New_York, currency: USD }
        tools:
          crm:      { connector: hubspot, token: "${HUBSPOT_TOKEN}" }
          projects: { connector: asana, token: "${ASANA_TOKEN}", workspace: "1200" }
          billing:  { connector: stripe, key: "${STRIPE_KEY}" }
          calendar: { connector: google-calendar, credentials: /run/secrets/google.json }

        """;

    [Fact]
    public void All_mistakes_are_reported_at_once_in_file_order()
    {
        var loaded = Mistakes.Text("""
            version: 1
            busines: { name: Northwind }
            tools:
              crm: { connector: hubspot, token: "${NOT_SET}", webhookSecret: literal-secret }
              projects: { connector: asana, token: "${ASANA_TOKEN}" }
            mapping:
              crm.deal: { stage: { field: dealstage, values: { a: wom } } }
            handoffs:
              won:
                when: { deal.stage: wonn, deal.amuont: { gt: 1 } }
                require: [ client.emial ]
                create:
                  project: { in: projcts, name: "{{deal.nam}}", endsOn: "{{deal.name}}", owner: someone, checklist: [ { tsk: x } ] }
            """);

        DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source).ShouldBeApproved(Repository.Beside("AllMistakes.approved.txt"));
    }

    [Theory]
    [InlineData("deal.stage: won", "deal.stage is won")]
    [InlineData("deal.stage: [won, lost]", "deal.stage is one of won, lost")]
    [InlineData("deal.stage: { not: lost }", "deal.stage is not lost")]
    [InlineData("deal.stage: { not: [lost, won] }", "deal.stage is none of lost, won")]
    [InlineData("deal.amount: { gte: 1000, lt: 5000.50 }", "deal.amount is at least 1000 and deal.amount is below 5000.5")]
    [InlineData("deal.endsOn: { exists: false }", "deal.endsOn is not there")]
    [InlineData("deal.endsOn: { within: 30d }", "deal.endsOn is within 30d from now")]
    [InlineData("deal.createdAt: { olderThan: 48h }", "deal.createdAt is 2d ago or more")]
    [InlineData("deal.endsOn: { gt: 2026-11-01 }", "deal.endsOn is after 2026-11-01")]
    [InlineData("project.archived: true", "project.archived is yes")]
    [InlineData("deal.owner: ' Jane@X.example '", "deal.owner is jane@x.example")]
    [InlineData("any: [ { deal.stage: won }, { project.status: open, project.archived: false } ]", "deal.stage is won or (project.status is open and project.archived is no)")]
    [InlineData("not: { deal.stage: lost }", "deal.stage is not lost")]
    [InlineData("all: [ { deal.stage: won }, { not: [ { client.email: { exists: true } }, { deal.scope: { exists: true } } ] } ]", "deal.stage is won and not (client.email is there or deal.scope is there)")]
    [InlineData("deal.createdAt: { gt: 2026-11-01 }", "deal.createdAt is on or after 2026-11-02T05:00:00Z")]
    [InlineData("deal.createdAt: { lte: 2026-10-31 }", "deal.createdAt is before 2026-11-01T04:00:00Z")]
    [InlineData("deal.createdAt: 2026-11-01", "deal.createdAt is on or after 2026-11-01T04:00:00Z and deal.createdAt is before 2026-11-02T05:00:00Z")]
    [InlineData("deal.createdAt: { lt: '2026-11-01T10:00:00+02:00' }", "deal.createdAt is before 2026-11-01T08:00:00Z")]
    public void A_condition_means_what_it_says(string when, string words) => InWords.Of(Rule($"when: {{ {when} }}").When).ShouldBe(words);

    [Theory]
    [InlineData("deal.stage: won", RecordKind.Deal)]
    [InlineData("project.status: open, deal.stage: won", RecordKind.Project)]
    [InlineData("client.email: { exists: true }, deal.stage: won", RecordKind.Deal)]
    [InlineData("any: [ { milestone.status: closed }, { project.status: closed } ]", RecordKind.Milestone)]
    public void The_subject_is_the_kind_farthest_along(string when, RecordKind subject) => Rule($"when: {{ {when} }}").Subject.ShouldBe(subject);

    [Fact]
    public void A_rule_may_name_its_subject() => Rule("when: { project.status: open }\n    subject: deal").Subject.ShouldBe(RecordKind.Deal);

    [Fact]
    public void The_arming_hash_follows_the_meaning_and_not_the_layout()
    {
        var hash = Rule("when: { deal.stage: won, deal.amount: { gt: 1000 } }").ArmingHash;

        Rule("when:\n      deal.amount: { gt: 1000.00 }\n      deal.stage: [ \"won\" ]").ArmingHash.ShouldBe(hash);
        Rule("when: { all: [ { deal.amount: { gt: 1000 } }, { deal.stage: won } ] }").ArmingHash.ShouldBe(hash);
        Rule("require: [ deal.scope ]\n    when: { deal.stage: won, deal.amount: { gt: 1000 } }").ArmingHash.ShouldBe(hash);
        Rule("when: { deal.stage: won, deal.amount: { gt: 1001 } }").ArmingHash.ShouldNotBe(hash);
        Rule("subject: project\n    when: { deal.stage: won, deal.amount: { gt: 1000 } }").ArmingHash.ShouldNotBe(hash);
        Rule("when: { any: [ { deal.amount: { gt: 1000 } }, { deal.stage: won } ] }").ArmingHash.ShouldNotBe(hash);
    }

    [Fact]
    public void The_arming_hash_follows_the_mapping_of_what_the_condition_asks_and_of_nothing_else()
    {
        const string mapping = "{ values: { contractsent: proposal, signed: won } }";
        var hash = Mapped(mapping);

        Mapped("{ field: dealstage, values: { signed: won, contractsent: proposal } }").ShouldBe(hash);
        Mapped("{ values: { contractsent: lost, signed: won } }").ShouldBe(hash);
        Mapped(mapping + "\n    scope: summary").ShouldBe(hash);
        Mapped("{ values: { contractsent: proposal } }").ShouldBe(Rule("when: { deal.stage: won }").ArmingHash);
        Mapped("{ values: { contractsent: proposal, signed: won, paid: won } }").ShouldNotBe(hash);
        Mapped("{ values: { contractsent: proposal } }").ShouldNotBe(hash);
        Mapped("{ field: other_stage, values: { contractsent: proposal, signed: won } }").ShouldNotBe(hash);

        static string Mapped(string stage) => Rule("when: { deal.stage: won }", mapping: $"mapping:\n  crm.deal:\n    stage: {stage}\n").ArmingHash;
    }

    [Fact]
    public void A_reminders_arming_hash_follows_the_mapping_of_its_date()
    {
        const string create = "reminder: { in: calendar, on: \"{{deal.endsOn}} - 30d\", title: Look }";
        var hash = Rule("when: { deal.stage: won }", create).ArmingHash;

        Rule("when: { deal.stage: won }", create, "mapping:\n  crm.deal:\n    endsOn: contract_end_date\n").ArmingHash.ShouldNotBe(hash);
    }

    [Fact]
    public void The_files_hash_is_blind_to_layout_and_sees_no_secret()
    {
        var hash = Mistakes.Text(Mistakes.Good).Config!.Hash;

        Mistakes.Text("# a comment\n" + Mistakes.Good.Replace("{ connector: asana,", "{   connector: \"asana\",", StringComparison.Ordinal)).Config!.Hash.ShouldBe(hash);
        var others = new FakeSecrets();
        others.Environment["HUBSPOT_TOKEN"] = "another";
        ConfigLoader.LoadText("x", Mistakes.Good, FakeConnectors.All, others).Config!.Hash.ShouldBe(hash);
        Mistakes.With("dueIn: 14d", "dueIn: 15d").Config!.Hash.ShouldNotBe(hash);
    }

    [Fact]
    public void A_renamed_rule_keeps_its_identity() => Rule("was: first-name\n    when: { deal.stage: won }").Identity.ShouldBe("first-name");

    [Fact]
    public void A_rule_without_a_limit_holds_what_is_beyond_25() => Rule("when: { deal.stage: won }").Limit.ShouldBe(25);

    [Fact]
    public void Common_settings_are_read_for_every_tool()
    {
        var config = Mistakes.With("connector: asana,", "connector: asana, baseUrl: \"http://127.0.0.1:5005/asana/api\", poll: 30s, readOnly: true,").Config.ShouldNotBeNull();

        var projects = config.Tool("projects");
        projects.BaseUrl.ShouldBe(new Uri("http://127.0.0.1:5005/asana/api/"));
        projects.Poll.ShouldBe(TimeSpan.FromSeconds(30));
        projects.ReadOnly.ShouldBeTrue();
    }

    [Fact]
    public void Plain_settings_may_come_from_the_environment_too()
    {
        var secrets = new FakeSecrets();
        secrets.Environment["HOST"] = "sandbox.example";
        secrets.Environment["SLOW"] = "true";

        var loaded = ConfigLoader.LoadText("x", Mistakes.Good.Replace("connector: asana,", "connector: asana, baseUrl: \"https://${HOST}/asana\", readOnly: \"${SLOW}\",", StringComparison.Ordinal), FakeConnectors.All, secrets);

        loaded.Config.ShouldNotBeNull().Tool("projects").BaseUrl.ShouldBe(new Uri("https://sandbox.example/asana/"));
        loaded.Config!.Tool("projects").ReadOnly.ShouldBeTrue();
    }

    [Fact]
    public void A_variable_in_the_wrong_place_is_named_and_its_value_never_shown()
    {
        var loaded = Mistakes.With("connector: asana,", "connector: asana, poll: \"${HUBSPOT_TOKEN}\",");

        loaded.Diagnostics.ShouldHaveSingleItem().Code.ShouldBe(Codes.NotADuration);
        DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source).ShouldNotContain("hub-token-value");
    }

    [Fact]
    public void A_mapping_may_be_as_short_as_the_vendors_field()
    {
        var config = Mistakes.With("endsOn: { field: contract_end_date }", "endsOn: contract_end_date").Config.ShouldNotBeNull();

        config.Tool("crm").Mappings[RecordKind.Deal].Fields["endsOn"].From.ShouldBe("contract_end_date");
    }

    [Fact]
    public void A_mapping_may_add_values_and_keep_the_connectors_field()
    {
        var config = Mistakes.With("stage:  { field: dealstage, values:", "stage:  { values:").Config.ShouldNotBeNull();

        var stage = config.Tool("crm").Mappings[RecordKind.Deal].Fields["stage"];
        stage.From.ShouldBe("dealstage");
        stage.Values!["contractsent"].ShouldBe("proposal");
        stage.Values!["closedwon"].ShouldBe("won");
    }

    [Fact]
    public void Left_out_keys_of_an_invoice_and_a_reminder_have_their_defaults()
    {
        var invoice = Rule("when: { project.status: closed }", "invoice: { in: billing }").Create.ShouldBeOfType<InvoiceBlueprint>();
        var reminder = Rule("when: { project.status: closed }", "reminder: { in: calendar, on: 1m, title: Look, at: 09:30, duration: 1h }").Create.ShouldBeOfType<ReminderBlueprint>();

        invoice.DueInDays.ShouldBe(14);
        var line = invoice.Lines.ShouldHaveSingleItem();
        line.Text.Source.ShouldBe("{{deal.name}}");
        line.Amount.ShouldBe(new AmountExpression.Remaining());
        reminder.For.ShouldBeNull();
        reminder.On.ShouldBe(new DateExpression(null, 0, 1));
        reminder.At.ShouldBe(new TimeOnly(9, 30));
        reminder.Duration.ShouldBe(TimeSpan.FromHours(1));
    }

    private static HandoffRule Rule(string lines, string create = "project: { in: projects, name: \"{{deal.name}}\" }", string mapping = "")
    {
        var loaded = Mistakes.Text($"{Head}{mapping}handoffs:\n  rule:\n    {lines}\n    create:\n      {create}\n");
        DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source).ShouldBe("");
        return loaded.Config.ShouldNotBeNull().Rules.ShouldHaveSingleItem();
    }
}
