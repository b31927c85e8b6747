using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Observing;

public sealed class ArmingTests
{
    [Fact]
    public async Task Years_of_history_fire_nothing_and_what_comes_after_does()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.Win("old-1");
        flow.Win("old-2");
        await flow.StartAsync();
        await flow.SettleAsync();

        (await flow.HandoffsAsync()).Select(h => h.State).ShouldBe([HandoffState.Baseline, HandoffState.Baseline]);
        await flow.ChangeAsync("old-1", "amount", "7");
        await flow.WinAsync("new");
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem().Name.ShouldBe("Fox Ltd – Website new");
        (await flow.JournalAsync("rule.baseline.armed")).ShouldHaveSingleItem().Message.ShouldContain("2 deals were so already");
    }

    [Fact]
    public async Task An_old_deal_that_is_won_once_more_fires()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.Win("old");
        await flow.StartAsync();
        await flow.SettleAsync();

        await flow.ChangeAsync("old", "stage", "proposal");
        await flow.SettleAsync();
        await flow.ChangeAsync("old", "stage", "won");
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Nothing_fires_before_every_stream_that_a_rule_reads_was_read_in_full()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.Arms = false;
        flow.Projects.Trouble = Fault.Down.Failure;
        await flow.StartAsync();
        await flow.SettleAsync();

        await flow.WinAsync("early");
        await flow.PassAsync(TimeSpan.FromMinutes(3));
        (await flow.HandoffsAsync()).ShouldBeEmpty();

        flow.Projects.Trouble = null;
        await flow.PassAsync(TimeSpan.FromMinutes(6));
        flow.Workspace.AllArmed.ShouldBeTrue();
        (await flow.HandoffAsync("early")).State.ShouldBe(HandoffState.Baseline);
        flow.Projects.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pass_cut_in_the_middle_goes_on_and_a_subject_that_changed_meanwhile_is_not_lost()
    {
        await using var flow = await Flow.PrepareAsync();
        for (var i = 0; i < 150; i++) flow.Crm.Put(RecordKind.Deal, $"d{i:000}", ("name", $"Old {i}"), ("stage", i % 2 == 0 ? "proposal" : "won"));
        flow.Crm.PageSize = 200;
        await flow.StartAsync(diesWhen: view => view.FindRule("won-deal-to-project") is { PassAfter: not null, ArmedAt: null });
        await flow.Store.Died;
        await flow.StopAsync();
        (await flow.HandoffsAsync()).Count.ShouldBe(50);

        // The first was passed as not won, and is won now; the last is not passed yet.
        flow.Win("d000");
        flow.Crm.Put(RecordKind.Deal, "d148", ("stage", "won"));
        await flow.StartAsync();
        await flow.SettleAsync();
        await flow.PollAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(1));

        flow.Projects.MadeOf<ProjectContent>().Select(p => p.Name).ShouldContain("Fox Ltd – Website d000");
        (await flow.HandoffsAsync()).Count(h => h.State == HandoffState.Baseline).ShouldBeInRange(75, 76);
        (await flow.HandoffsAsync()).Count.ShouldBe(77);
        flow.Workspace.PassUnderWay.ShouldBeFalse();
    }

    [Fact]
    public async Task A_rule_whose_condition_was_edited_is_armed_anew()
    {
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync("d1");
        await flow.WinAsync("d2");
        await flow.ChangeAsync("d2", "stage", "proposal");
        await flow.SettleAsync();
        var made = flow.Projects.MadeOf<ProjectContent>().Count;

        await flow.RestartAsync(Rules.WonDealToProject with { When = Rules.Is("deal.stage", "qualified"), ArmingHash = "qualified" });
        await flow.WinAsync("d3");
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(made);

        await flow.ChangeAsync("d3", "stage", "qualified");
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(made + 1);
        (await flow.JournalAsync("rule.baseline.armed")).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_edited_mapping_shows_old_deals_as_won_and_none_of_them_fires(bool versioned)
    {
        await using var flow = await Flow.PrepareAsync();
        flow.Crm.Versioned = versioned;
        await flow.StartAsync();
        await flow.SettleAsync();
        await flow.WinAsync("old");
        await flow.ChangeAsync("old", "stage", "signed");
        flow.Crm.Put(RecordKind.Deal, "older", ("name", "Older"), ("stage", "signed"));
        await flow.PollAsync();
        await flow.SettleAsync();
        var made = flow.Projects.MadeOf<ProjectContent>().Count;

        flow.DealMapping = [new FieldMapping("stage", "stage", new Dictionary<string, string> { ["signed"] = "won" })];
        await flow.RestartAsync(Rules.WonDealToProject with { ArmingHash = "signed is won" });
        await flow.PassAsync(TimeSpan.FromHours(26));

        (await flow.HandoffAsync("older")).State.ShouldBe(HandoffState.Baseline);
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(made);
        (await flow.JournalAsync("observing.mapping.changed")).ShouldHaveSingleItem().Message.ShouldContain("crm.deal");

        flow.Win("new");
        await flow.ChangeAsync("new", "stage", "signed");
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(made + 1);
    }

    [Fact]
    public async Task A_mapping_that_was_broken_and_mended_fires_nothing_for_old_deals()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.Win("old");
        await flow.StartAsync();
        await flow.SettleAsync();
        flow.DealMapping = [new FieldMapping("stage", "other_stage")];
        await flow.RestartAsync(Rules.WonDealToProject with { ArmingHash = "broken" });
        await flow.ChangeAsync("old", "amount", "7");
        await flow.SettleAsync();
        (await flow.HandoffAsync("old")).State.ShouldBe(HandoffState.Withdrawn);

        flow.DealMapping = [];
        await flow.RestartAsync(Rules.WonDealToProject);
        await flow.ChangeAsync("old", "amount", "8");
        await flow.PassAsync(TimeSpan.FromHours(1));

        flow.Projects.Calls.ShouldBeEmpty();
        (await flow.HandoffAsync("old")).State.ShouldBe(HandoffState.Baseline);
    }

    [Fact]
    public async Task A_fact_that_an_edited_mapping_brings_lets_go_what_waited_for_it()
    {
        var rule = Rules.WonDealToProject with { Require = [Rules.Path("deal.scope")] };
        await using var flow = await Flow.StartAsync(rule);
        await flow.WinAsync();
        await flow.ChangeAsync("d1", "summary", "Three pages");
        await flow.SettleAsync();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Waiting);

        flow.DealMapping = [new FieldMapping("scope", "summary")];
        await flow.RestartAsync(rule);
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_an_edited_rule_no_longer_calls_for_is_not_sent()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Trouble = Fault.Down.Failure;
        await flow.WinAsync();
        await flow.SettleAsync();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Ready);
        flow.Projects.Trouble = null;

        await flow.RestartAsync(Rules.WonDealToProject with { When = Rules.Is("deal.stage", "qualified"), ArmingHash = "qualified" });
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Projects.Made.ShouldBeEmpty();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Withdrawn);
    }

    [Fact]
    public async Task Editing_what_a_rule_makes_arms_nothing_anew_and_counts_for_what_waits()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Approve = true });
        await flow.WinAsync("d1");
        await flow.SettleAsync();
        (await flow.HandoffAsync()).Hold.ShouldBe(Hold.Approval);

        flow.ConfigHash = "config-2";
        await flow.RestartAsync(Rules.WonDealToProject with { Create = Rules.Project("{{deal.name}} for {{client.name}}") });
        await flow.WinAsync("d2");
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().Select(p => p.Name).Order().ShouldBe(["Website d1 for Fox Ltd", "Website d2 for Fox Ltd"]);
        (await flow.JournalAsync("rule.baseline.armed")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_deal_won_while_the_file_was_edited_fires_and_no_cursor_moves()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Put(RecordKind.Deal, "d0", ("name", "Website d0"), ("stage", "proposal"));
        await flow.PollAsync();
        await flow.SettleAsync();
        var lists = flow.Crm.Lists;

        await flow.StopAsync();
        flow.Win();
        flow.ConfigHash = "config-2";
        flow.RulesInForce = [Rules.WonDealToProject with { Create = Rules.Project("{{deal.name}} for {{client.name}}") }, Rules.RenewalReminder];
        await flow.StartAsync();
        await flow.SettleAsync();
        await flow.PollAsync();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem().Name.ShouldBe("Website d1 for Fox Ltd");
        flow.Workspace.AllArmed.ShouldBeTrue("the added rule, too");
        flow.Crm.Lists.ShouldBe(lists, "cursors go on where they were, for old rules and new ones");
    }

    [Fact]
    public async Task A_removed_rule_withdraws_what_it_had_not_sent()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Approve = true }, Rules.RenewalReminder);
        await flow.WinAsync();
        await flow.SettleAsync();

        await flow.RestartAsync(Rules.RenewalReminder);
        await flow.PassAsync(TimeSpan.FromHours(2));

        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Withdrawn);
        flow.Projects.Calls.ShouldBeEmpty();
        (await flow.JournalAsync("rule.file.removed")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_removed_rule_bills_nobody_although_it_had_made_the_customer()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice);
        await flow.WinAsync();
        await flow.SettleAsync();
        flow.Billing.Next(new Fault(null, Commits: true), Fault.Limited(flow.Clock.GetUtcNow().AddHours(1)));
        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "closed"));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Sending);

        await flow.RestartAsync(Rules.WonDealToProject);
        await flow.PassAsync(TimeSpan.FromHours(2));

        flow.Billing.Made.ShouldHaveSingleItem().Content.ShouldBeOfType<CustomerContent>();
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Withdrawn);
        (await flow.ActionsAsync("projects-1")).Skip(1).ShouldAllBe(a => a.State == ActionState.Withdrawn);
        (await flow.JournalAsync("handoff.plan.withdrawn")).ShouldHaveSingleItem().Message.ShouldContain("no longer in the mapping file");
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task What_a_removed_rule_may_have_sent_is_looked_up_and_never_sent_once_more(bool carriedOut, bool remembersKeys)
    {
        await using var flow = await Flow.PrepareAsync(Rules.WonDealToProject, Rules.RenewalReminder);
        flow.RepeatWithin = remembersKeys ? TimeSpan.FromHours(23) : null;
        await flow.StartAsync();
        await flow.SettleAsync();
        flow.Calendar.Next(carriedOut ? Fault.AnswerLost : Fault.CallLost);
        flow.Projects.Put(RecordKind.Project, "p1", ("name", "Website"), ("status", "open"), ("endsOn", "2027-06-30"));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();

        await flow.RestartAsync(Rules.WonDealToProject);
        await flow.PassAsync(TimeSpan.FromHours(1));

        flow.Calendar.Calls.Count.ShouldBe(1);
        flow.Calendar.LookUps.Count.ShouldBe(1);
        (await flow.HandoffAsync("p1")).State.ShouldBe(carriedOut ? HandoffState.Done : HandoffState.Withdrawn);
    }

    [Fact]
    public async Task A_rule_that_is_about_other_records_now_sends_nothing_of_what_it_was_about_before()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.Limited(flow.Clock.GetUtcNow().AddMinutes(10)));
        await flow.WinAsync();
        await flow.SettleAsync();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Ready);

        await flow.RestartAsync(Rules.WonDealToProject with { Subject = RecordKind.Project, When = Rules.Is("project.status", "closed"), ArmingHash = "closed" });
        await flow.PassAsync(TimeSpan.FromHours(1));

        flow.Projects.Made.ShouldBeEmpty();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Withdrawn);
    }

    [Fact]
    public async Task A_rule_removed_in_the_middle_of_its_pass_does_not_stop_the_clock_of_the_others()
    {
        var rule = Rules.WonDealToProject with { Require = [Rules.Path("deal.owner")] };
        await using var flow = await Flow.StartAsync(rule);
        await flow.DoAsync(unit => unit.SaveRule(new Core.Stores.RuleState("gone", "gone", flow.Deal(), null)));
        await flow.WinAsync();
        await flow.RestartAsync(rule);

        flow.Crm.Put(RecordKind.Deal, "d1", ("owner", "ann@northwind.example"));
        await flow.PassAsync(TimeSpan.FromMinutes(2));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_rule_that_waits_for_its_tool_does_not_stop_the_clock_of_the_others()
    {
        await using var flow = await Flow.PrepareAsync(Rules.WonDealToProject with { Require = [Rules.Path("deal.owner")] }, Rules.ClosedProjectToInvoice);
        flow.Arms = false;
        flow.Billing.Trouble = Fault.BadToken.Failure;
        await flow.StartAsync();
        await flow.UntilAsync(() => flow.Workspace.ArmedRules.Count == 1);
        await flow.SettleAsync();
        await flow.WinAsync();
        await flow.SettleAsync();

        flow.Crm.Put(RecordKind.Deal, "d1", ("owner", "ann@northwind.example"));
        await flow.PassAsync(TimeSpan.FromMinutes(2));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        flow.Workspace.AllArmed.ShouldBeFalse();
    }

    [Fact]
    public async Task A_token_of_another_account_refuses_to_run_and_says_so_once()
    {
        await using var flow = await Flow.StartAsync();
        await flow.StopAsync();
        flow.Crm.Account = "somebody-else";
        flow.Win();
        var polls = flow.Crm.Polls;

        await flow.StartAsync();
        await flow.PassAsync(TimeSpan.FromHours(1));

        var held = (await flow.JournalAsync("health.tool.held")).ShouldHaveSingleItem();
        held.Message.ShouldContain("account somebody-else");
        (await flow.JournalAsync("health.tool.recovered")).ShouldBeEmpty();
        flow.Crm.Polls.ShouldBe(polls);
        flow.Workspace.Find("crm")!.Account.ShouldBeNull();
        flow.Workspace.Find("crm")!.Health.State.Condition.ShouldBe(Engine.Health.Condition.Held);
        flow.Projects.Calls.ShouldBeEmpty();
    }
}
