using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;

namespace ClientFlow.Sync.Core.Tests.Handoffs;

public sealed class PlannerTests
{
    private static readonly EngagementBuilder Open = A.Engagement();
    private static readonly EngagementBuilder Won = A.Engagement().With(A.Deal().Won());
    private static readonly EngagementBuilder Closed = Won.With(A.Project().Closed());

    [Fact]
    public void Ten_handoffs_of_one_engagement_within_an_hour_look_like_a_loop_and_ask_once()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice().LimitedTo(100).Lines(("Fee", new AmountExpression.Fixed(10))));
        var engagement = A.Engagement().With(A.Deal().Won());
        for (var i = 0; i < Planner.MostPerEngagement + 2; i++) engagement = engagement.With(A.Project($"{2000 + i}").Closed());

        table.Plan(engagement);

        table.Rows.Count(r => r.State == HandoffState.Ready).ShouldBe(Planner.MostPerEngagement);
        table.Rows.Count(r => r.Hold == Hold.Limit).ShouldBe(2);
        table.Plan().ShouldBeEmpty();
        table.Approve();
        table.Plan();
        table.Rows.ShouldAllBe(r => r.State == HandoffState.Ready);
    }

    [Fact]
    public void A_won_deal_calls_for_its_project_and_checklist()
    {
        var table = new HandoffTable(A.WonDealToProject()) { LinkTool = "crm" };

        table.Plan(Won.With(A.Deal().Won().EndsOn("2027-01-31"))).ShouldBe([PlanVerb.Readied]);

        table.Row.State.ShouldBe(HandoffState.Ready);
        table.Row.Reason.ShouldBe("deal.stage is won");
        table.Row.Title.ShouldBe("Acme – Website");
        table.Row.Client.ShouldBe("Acme");
        table.Row.AtStake.ShouldBe(A.Gbp(9_000));
        table.Row.ReadyAt.ShouldBe(A.Now);
        table.Row.ObservedAt.ShouldBe(A.Now.AddSeconds(-1));
        table.Row.Engagement.ShouldBe(A.Deal().Ref);
        table.Row.Facts["deal.owner"].ShouldBe("jane@northwind.example");
        table.Row.Facts["when"].ShouldBe("deal.stage is won");
        table.Pending.Select(o => (o.Name, o.Tool)).ShouldBe(
            [("project", "projects"), ("section", "projects"), ("task-1", "projects"), ("task-2", "projects"), ("deal-link", "crm")]);
        table.Pending.ShouldAllBe(o => o.Key == table.Row.Key.ActionKey(o.Name));
        var project = table.Pending[0].Content.ShouldBeOfType<ProjectContent>();
        project.EndsOn.ShouldBe(A.Day("2027-01-31"));
        project.Notes.ShouldContain("Scope: New website");
        project.Notes.ShouldContain("Contact: Ann Archer, ann@acme.example");
        project.Notes.ShouldContain("Deal: https://crm.example/deals/678");
        project.Notes.ShouldNotContain("9,000");
        table.Pending[2].Content.ShouldBe(new TaskContent("Send the welcome pack", null, A.Day("2026-11-03"), null));
        table.Pending[3].Content.ShouldBe(new TaskContent("Collect access and assets", null, A.Day("2026-11-05"), "jane@northwind.example"));
        table.Pending[4].Content.ShouldBe(new DealLinkContent("678"));
    }

    [Fact]
    public void A_deal_that_is_not_won_calls_for_nothing()
    {
        var table = new HandoffTable(A.WonDealToProject());

        table.Plan(Open).ShouldBeEmpty();
        table.Plan(Won.With(A.Deal().Won().Gone())).ShouldBeEmpty();
        table.Rows.ShouldBeEmpty();
    }

    [Fact]
    public void Planning_again_finds_nothing_new()
    {
        var table = new HandoffTable(A.WonDealToProject());
        table.Plan(Won);

        table.Plan(Won).ShouldBeEmpty();
        table.Deliver();
        table.Plan(Won).ShouldBeEmpty();
    }

    [Fact]
    public void What_is_missing_is_said_all_at_once_and_looked_for_after_a_minute()
    {
        var table = new HandoffTable(A.WonDealToProject());

        table.Plan(Won.With(A.Contact().Without("email")).With(A.Deal().Won().Without("scope"))).ShouldBe([PlanVerb.Planned]);

        table.Row.State.ShouldBe(HandoffState.Waiting);
        table.Row.Hold.ShouldBe(Hold.Facts);
        table.Row.Missing.ShouldBe(["client.email: the primary contact has no e-mail", "deal.scope has no value"]);
        table.Row.Reason.ShouldBe("waiting: client.email: the primary contact has no e-mail; deal.scope has no value");
        table.Row.NextLook.ShouldBe(A.Now.AddMinutes(1));
        table.Pending.ShouldBeEmpty();
    }

    [Fact]
    public void As_facts_come_in_it_waits_for_less_and_then_is_ready()
    {
        var table = new HandoffTable(A.WonDealToProject());
        var lacking = Won.With(A.Contact().Without("email")).With(A.Deal().Won().Without("scope"));
        table.Plan(lacking);

        table.Plan(lacking).ShouldBeEmpty();
        table.Now = A.Now.AddMinutes(5);
        table.Plan(lacking.With(A.Contact())).ShouldBe([PlanVerb.Waits]);
        table.Row.Missing.ShouldBe(["deal.scope has no value"]);
        table.Row.NextLook.ShouldBe(A.Now.AddMinutes(1)); // the look that is due is not put off
        table.Plan(Won).ShouldBe([PlanVerb.Readied]);

        table.Row.Missing.ShouldBeEmpty();
        table.Row.Hold.ShouldBe(Hold.None);
        table.Row.NextLook.ShouldBeNull();
        table.Row.PlannedAt.ShouldBe(A.Now);
        table.Row.ReadyAt.ShouldBe(table.Now);
    }

    [Fact]
    public void A_fact_that_goes_away_before_anything_is_sent_takes_the_writes_back()
    {
        var table = new HandoffTable(A.WonDealToProject());
        table.Plan(Won);

        table.Plan(Won.With(A.Deal().Won().Without("scope"))).ShouldBe([PlanVerb.Waits]);

        table.Row.State.ShouldBe(HandoffState.Waiting);
        table.Row.ReadyAt.ShouldBeNull();
        table.Pending.ShouldBeEmpty();
        table.Plan(Won).ShouldBe([PlanVerb.Readied]);
        table.Pending.Count.ShouldBe(4);
    }

    [Fact]
    public void What_would_be_written_follows_the_facts_until_it_is_sent()
    {
        var table = new HandoffTable(A.WonDealToProject());
        table.Plan(Won);
        var keys = table.Pending.Select(o => o.Key).ToList();

        table.Plan(Won.With(A.Deal().Won().Named("Website and shop"))).ShouldBe([PlanVerb.Rewritten]);

        table.Row.Title.ShouldBe("Acme – Website and shop");
        table.Pending[0].Content.ShouldBeOfType<ProjectContent>().Name.ShouldBe("Acme – Website and shop");
        table.Pending.Select(o => o.Key).ShouldBe(keys);
    }

    [Fact]
    public void A_project_from_a_template_is_asked_for_then_set_up_then_filled()
    {
        var table = new HandoffTable(A.WonDealToProject().Project(p => p with { FromTemplate = "77" })) { LinkTool = "crm" };
        table.Plan(Won.With(A.Deal().Won().EndsOn("2027-01-31")));

        table.Pending.Select(o => $"{o.Name}: {o.Content.Kind}").ShouldBe(
        [
            "template: project.instantiate", "project: project.set-up", "section: section.create", "task-1: task.create", "task-2: task.create", "deal-link: deal.link",
        ]);
        var asked = table.Pending[0].Content.ShouldBeOfType<TemplateContent>();
        asked.Template.ShouldBe("77");
        asked.Project.ShouldSatisfyAllConditions(p => p.Name.ShouldBe("Acme – Website"), p => p.EndsOn.ShouldBe(new DateOnly(2027, 1, 31)));
        table.Pending[1].Content.ShouldBe(new ProjectSetUpContent(asked.Project));
    }

    [Fact]
    public void What_a_person_writes_over_a_projects_name_counts_for_the_template_and_the_set_up()
    {
        var project = new ProjectContent("Acme", "", null, null, null);
        var edits = new Dictionary<string, string> { ["project.name"] = "Acme Ltd", ["project.ends"] = "2027-03-31" };
        var wanted = project with { Name = "Acme Ltd", EndsOn = new DateOnly(2027, 3, 31) };

        Edits.Apply("template", new TemplateContent("77", project), edits).ShouldBe(new TemplateContent("77", wanted));
        Edits.Apply("project", new ProjectSetUpContent(project), edits).ShouldBe(new ProjectSetUpContent(wanted));
        Edits.Of("template", new TemplateContent("77", project)).ShouldBeEmpty("a person sees one project");
        Edits.Of("project", new ProjectSetUpContent(project)).Select(f => f.Key).ShouldBe(["project.name", "project.ends", "project.owner"]);
    }

    [Fact]
    public void A_shorter_checklist_takes_back_what_it_no_longer_holds()
    {
        var table = new HandoffTable(A.WonDealToProject());
        table.Plan(Won);

        table.Rules = [A.WonDealToProject().Project(p => p with { Checklist = [.. p.Checklist.Take(1)] })];
        table.Plan().ShouldBe([PlanVerb.Rewritten]);

        table.Pending.Select(o => o.Name).ShouldBe(["project", "section", "task-1"]);
        table.ActionsOf(table.Row.Id)[^1].State.ShouldBe(ActionState.Withdrawn);
    }

    [Fact]
    public void What_was_so_when_the_rule_was_armed_is_baseline_and_fires_nothing()
    {
        var table = new HandoffTable(A.WonDealToProject()) { Arming = true };

        table.Plan(Open).ShouldBeEmpty();
        table.Plan(Won).ShouldBe([PlanVerb.Baselined]);
        table.Plan(Won).ShouldBeEmpty();
        table.Arming = false;

        table.Plan(Won).ShouldBeEmpty();
        table.Plan(Won.With(A.Deal().Won().Worth(1))).ShouldBeEmpty();
        table.Row.State.ShouldBe(HandoffState.Baseline);
        table.Row.Reason.ShouldBe("it was so when the rule was armed: deal.stage is won");
        table.Pending.ShouldBeEmpty();
    }

    [Fact]
    public void Arming_leaves_what_has_a_row_alone()
    {
        var table = new HandoffTable(A.WonDealToProject());
        table.Plan(Won);
        table.Arming = true;

        table.Plan(Won).ShouldBeEmpty();
        table.Plan(Open).ShouldBeEmpty();
    }

    [Fact]
    public void A_baseline_deal_that_is_reopened_and_won_again_is_a_new_win()
    {
        var table = new HandoffTable(A.WonDealToProject()) { Arming = true };
        table.Plan(Won);
        table.Arming = false;

        table.Plan(Open).ShouldBe([PlanVerb.Withdrawn]);
        table.Plan(Won).ShouldBe([PlanVerb.Readied]);
    }

    [Fact]
    public void A_deal_that_is_reopened_before_anything_is_sent_withdraws_and_comes_back_under_the_same_key()
    {
        var table = new HandoffTable(A.WonDealToProject());
        table.Plan(Won);
        var (id, keys) = (table.Row.Id, table.Pending.Select(o => o.Key).ToList());

        table.Plan(Open).ShouldBe([PlanVerb.Withdrawn]);
        table.Row.State.ShouldBe(HandoffState.Withdrawn);
        table.Row.Reason.ShouldBe("deal.stage is proposal, not won");
        table.Row.ReadyAt.ShouldBeNull();
        table.Pending.ShouldBeEmpty();
        table.Plan(Open).ShouldBeEmpty();

        table.Now = A.Now.AddDays(1);
        table.Plan(Won).ShouldBe([PlanVerb.Readied]);
        table.Row.Id.ShouldBe(id);
        table.Row.Generation.ShouldBe(1);
        table.Row.PlannedAt.ShouldBe(table.Now);
        table.Pending.Select(o => o.Key).ShouldBe(keys);
    }

    [Fact]
    public void What_waits_withdraws_too_and_its_yes_is_forgotten()
    {
        var table = new HandoffTable(A.WonDealToProject().Approved());
        table.Plan(Won);
        table.Approve();

        table.Plan(Open).ShouldBe([PlanVerb.Withdrawn]);
        table.Row.NextLook.ShouldBeNull();
        table.Plan(Won).ShouldBe([PlanVerb.Planned]);

        table.Row.Hold.ShouldBe(Hold.Approval);
        table.Row.ApprovedBy.ShouldBeNull();
    }

    [Fact]
    public void A_project_that_is_made_is_never_deleted_and_its_deals_reopening_flags_it()
    {
        var table = new HandoffTable(A.WonDealToProject());
        table.Settle(Won);

        table.Plan(Open).ShouldBe([PlanVerb.Flagged]);
        table.Row.State.ShouldBe(HandoffState.Done);
        table.Row.Flag.ShouldBe("it is done, and yet deal.stage is proposal, not won: nothing was deleted, please look");
        table.Pending.ShouldBeEmpty();
        table.Plan(Open).ShouldBeEmpty();

        table.Plan(Won).ShouldBe([PlanVerb.Unflagged]);
        table.Row.Flag.ShouldBeNull();
        table.Plan(Won).ShouldBeEmpty();
        table.Sent.Count(o => o.Content is ProjectContent).ShouldBe(1);
    }

    [Fact]
    public void A_deleted_deal_flags_its_project()
    {
        var table = new HandoffTable(A.WonDealToProject());
        table.Settle(Won);

        table.Plan(Won.With(A.Deal().Won().Gone())).ShouldBe([PlanVerb.Flagged]);

        table.Row.Flag.ShouldBe("it is done, and yet the deal was deleted: nothing was deleted, please look");
    }

    [Theory]
    [InlineData(HandoffState.Sending)]
    [InlineData(HandoffState.Skipped)]
    [InlineData(HandoffState.Dead)]
    public void What_is_being_sent_was_skipped_or_needs_a_person_is_left_alone(HandoffState state)
    {
        foreach (var rule in new[] { A.WonDealToProject(), A.RenewalReminder().With(r => r with { Subject = Core.Records.RecordKind.Deal, When = A.Is("deal.stage", "won") }) })
        {
            var table = new HandoffTable(rule);
            table.Plan(Won.With(A.Project()));
            table.Change(r => r with { State = state });

            table.Plan(Open).ShouldBeEmpty();
            table.Plan(Won.With(A.Deal().Won().Named("Other").OwnedBy("tom@northwind.example"))).ShouldBeEmpty();
            table.Plan(Won.With(A.Deal().Won().Gone())).ShouldBeEmpty();
            table.Plan(Won.With(A.Deal("1").Won()).AlsoOf(A.Deal())).Where(v => v != PlanVerb.Planned && v != PlanVerb.Readied).ShouldBeEmpty();
        }
    }

    [Fact]
    public void The_gate_asks_for_facts_then_for_clarity_then_for_a_yes_then_for_room()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice().Approved().LimitedTo(1)) { ReadyInLastHour = 1 };
        var unclear = Closed.With(A.Project("2").Named("Training").With("status", "open"));

        table.Plan(unclear.With(A.Contact().Without("email")));
        table.Row.Hold.ShouldBe(Hold.Facts);

        table.Plan(unclear);
        table.Row.Hold.ShouldBe(Hold.Question);
        table.Row.NextLook.ShouldNotBeNull();

        table.Plan(Closed);
        table.Row.Hold.ShouldBe(Hold.Approval);
        table.Row.NextLook.ShouldBeNull();

        table.Rules = [A.ClosedProjectToInvoice().LimitedTo(1)];
        table.Plan();
        table.Row.Hold.ShouldBe(Hold.Limit);
        table.Row.Reason.ShouldBe("more than 1 of `closed-project-to-invoice` became ready within an hour: one yes lets the rest go");

        table.ReadyInLastHour = 0;
        table.Plan().ShouldBe([PlanVerb.Readied]);
    }

    [Fact]
    public void A_yes_lets_it_go()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice().Approved());
        table.Plan(Closed).ShouldBe([PlanVerb.Planned]);
        table.Plan(Closed).ShouldBeEmpty();

        table.Approve();

        table.Plan(Closed).ShouldBe([PlanVerb.Readied]);
        table.Pending.Select(o => o.Name).ShouldBe(["customer", "invoice", "line-1"]);
    }

    [Fact]
    public void A_yes_answers_a_question_that_a_yes_can_answer()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice());
        table.Plan(Closed.With(A.Project("2").Named("Training")));
        table.Row.Hold.ShouldBe(Hold.Question);

        table.Approve();
        table.Plan();

        table.Row.State.ShouldBe(HandoffState.Ready);
        table.Pending[^1].Content.ShouldBe(new InvoiceLineContent("Work as agreed", A.Gbp(9_000)));
    }

    [Fact]
    public void A_yes_is_not_enough_where_nothing_remains()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice());
        table.Plan(Closed.With(A.Invoice().Total(9_000)));

        table.Approve();

        table.Plan().ShouldBeEmpty();
        table.Row.Hold.ShouldBe(Hold.Question);
        table.Pending.ShouldBeEmpty();
    }

    [Fact]
    public void A_yes_doesnt_replace_a_fact()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice().Approved());
        table.Plan(Closed);
        table.Approve();

        table.Plan(Closed.With(A.Contact().Without("email")));

        table.Row.Hold.ShouldBe(Hold.Facts);
        table.Plan(Closed).ShouldBe([PlanVerb.Readied]);
    }

    [Fact]
    public void The_amount_that_waits_for_a_yes_is_the_amount_that_would_be_billed()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice().Approved());
        table.Plan(Closed);
        table.Row.AtStake.ShouldBe(A.Gbp(9_000));

        table.Plan(Closed.With(A.Deal().Won().Worth(12_000))).ShouldBe([PlanVerb.Waits]);

        table.Row.AtStake.ShouldBe(A.Gbp(12_000));
    }

    [Fact]
    public void More_than_the_limit_within_an_hour_waits_for_one_yes()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice().LimitedTo(2).Lines(("Fee", new AmountExpression.Fixed(10))));
        var many = Won.With(A.Project("1").Closed()).With(A.Project("2").Closed()).With(A.Project("3").Closed()).With(A.Project("4").Closed());

        table.Plan(many).ShouldBe([PlanVerb.Readied, PlanVerb.Readied, PlanVerb.Planned, PlanVerb.Planned]);
        table.Rows.Count(r => r.Hold == Hold.Limit).ShouldBe(2);

        table.ReadyInLastHour = 2;
        table.Plan().ShouldBeEmpty();
        table.Approve();
        table.Plan().ShouldBe([PlanVerb.Readied, PlanVerb.Readied]);
    }

    [Fact]
    public void What_is_ready_keeps_its_place_when_the_limit_is_reached_later()
    {
        var table = new HandoffTable(A.WonDealToProject().LimitedTo(1));
        table.Plan(Won);
        table.ReadyInLastHour = 1;

        table.Plan(Won.With(A.Deal().Won().Named("Shop"))).ShouldBe([PlanVerb.Rewritten]);
    }

    [Fact]
    public void A_tool_that_is_read_only_is_never_written_to()
    {
        var table = new HandoffTable(A.WonDealToProject());
        table.ReadOnlyTools.Add("projects");

        table.Plan(Won).ShouldBe([PlanVerb.Planned]);

        table.Row.Missing.ShouldBe(["projects is connected read-only: take `readOnly: true` off to let it run"]);
        table.Pending.ShouldBeEmpty();
        table.ReadOnlyTools.Clear();
        table.Plan().ShouldBe([PlanVerb.Readied]);
    }

    [Fact]
    public void A_deal_of_two_projects_waits_and_says_so()
    {
        var table = new HandoffTable(A.WonDealToProject().When(A.All(A.Is("deal.stage", "won"), A.Is("project.status", "open"))));
        var two = Won.With(A.Project("1").Named("One")).With(A.Project("2").Named("Two"));

        table.Plan(two).ShouldBe([PlanVerb.Planned]);
        table.Row.Hold.ShouldBe(Hold.Facts);
        table.Row.Missing.ShouldBe(["project.status: there are 2 projects (One, Two)"]);
        table.Plan(two).ShouldBeEmpty();

        table.Plan(two.With(A.Project("2").Gone())).ShouldBe([PlanVerb.Readied]);
        table.Plan(two).ShouldBe([PlanVerb.Waits]);
        table.Pending.ShouldBeEmpty();
        table.Plan(two.With(A.Deal())).ShouldBe([PlanVerb.Withdrawn]);
        table.Plan(two).ShouldBe([PlanVerb.Planned]);
    }

    [Fact]
    public void What_is_done_stays_done_while_it_is_unclear_which_record_is_meant()
    {
        var table = new HandoffTable(A.WonDealToProject().When(A.All(A.Is("deal.stage", "won"), A.Not(A.Is("project.status", "closed")))));
        var one = Won.With(A.Project("1").Named("One"));
        table.Settle(one);

        table.Plan(one.With(A.Project("2").Named("Two"))).ShouldBeEmpty();
        table.Row.State.ShouldBe(HandoffState.Done);
        table.Row.Flag.ShouldBeNull();
    }

    [Fact]
    public void A_condition_on_time_says_when_to_look_again()
    {
        var stale = A.WonDealToProject().When(A.That("deal.createdAt", new FactTest.OlderThan(TimeSpan.FromHours(48))));
        var table = new HandoffTable(stale, A.RenewalReminder().With(r => r with { When = A.That("project.endsOn", new FactTest.Within(TimeSpan.FromDays(30))) }))
        {
            Facts = A.Engagement().With(A.Deal().CreatedAt(A.Now.AddHours(-47))).With(A.Project()),
        };

        table.Look().Steps.ShouldBeEmpty();
        table.Look().NextLook.ShouldBe(A.Now.AddHours(1));

        table.Now = A.Now.AddHours(1);
        table.Plan().ShouldBe([PlanVerb.Readied]);
        table.Look().NextLook.ShouldBe(A.Instant("2027-04-02T23:00Z"));
    }

    [Fact]
    public void Each_project_is_a_subject_of_its_own()
    {
        var table = new HandoffTable(A.RenewalReminder());

        table.Plan(Won.With(A.Project("1")).With(A.Project("2")).With(A.Project("3").Without("endsOn"))).ShouldBe([PlanVerb.Readied, PlanVerb.Readied]);

        table.Rows.Select(r => r.Key.Subject.Id).ShouldBe(["1", "2"], ignoreOrder: true);
    }

    [Fact]
    public void A_renamed_rule_keeps_its_handoffs()
    {
        var table = new HandoffTable(A.WonDealToProject());
        table.Settle(Won);

        table.Rules = [A.WonDealToProject().With(r => r with { Name = "sold-to-project" })];

        table.Plan().ShouldBeEmpty();
    }
}
