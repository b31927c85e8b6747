using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Storage.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task A_handoff_comes_back_as_it_was_saved()
    {
        var full = Some.Handoff(state: HandoffState.Waiting) with
        {
            Engagement = Some.Deal("9"),
            Hold = Hold.Facts,
            Missing = new List<string> { "client.email", "deal.scope – \"what\"" },
            ReadyAt = Some.Now.AddTicks(1),
            DoneAt = Some.Now.AddTicks(2),
            NextLook = Some.Now.AddTicks(3),
            Looks = 4,
            ApprovedBy = "ann@x.example",
            Generation = 2,
            Flag = "re-opened after it was done",
            AtStake = new Money(14200.10m, "GBP"),
            Facts = new Dictionary<string, string> { ["deal.stage"] = "won", ["client.name"] = "Søren" },
            Client = "Søren & Co",
            Title = "Website",
            Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        };
        var bare = Some.Handoff("2");
        await Save(unit =>
        {
            unit.SaveHandoff(full);
            unit.SaveHandoff(bare);
        });

        (await Read(view => view.FindHandoff(full.Id))).ShouldBeEquivalentTo(full);
        (await Read(view => view.FindHandoff(bare.Id))).ShouldBeEquivalentTo(bare);
        (await Read(view => view.FindHandoff("none"))).ShouldBeNull();
    }

    [Fact]
    public async Task Writes_that_wait_are_counted_by_tool_with_the_one_that_waited_longest()
    {
        await Save(unit =>
        {
            Wait("1", Some.Now.AddMinutes(-3), "projects");
            Wait("2", Some.Now.AddMinutes(-9), "projects");
            Wait("3", null, "billing");
            var done = Some.Handoff("4", HandoffState.Done);
            unit.SaveHandoff(done);
            unit.SaveAction(Some.Action(done, state: ActionState.Done));

            void Wait(string subject, DateTimeOffset? ready, string tool)
            {
                var handoff = Some.Handoff(subject) with { ReadyAt = ready };
                unit.SaveHandoff(handoff);
                unit.SaveAction(Some.Action(handoff, tool: tool));
                unit.SaveAction(Some.Action(handoff, position: 1, tool: tool));
            }
        });

        (await Read(view => view.WritesWaiting())).ShouldBe([new Backlog("billing", 1, Some.Now), new Backlog("projects", 2, Some.Now.AddMinutes(-9))]);
    }

    [Fact]
    public async Task Of_a_paused_rule_only_what_may_have_been_sent_already_is_waited_for()
    {
        var (begun, sent) = (Some.Handoff("1", HandoffState.Sending), Some.Handoff("2", HandoffState.Sending));
        await Save(unit =>
        {
            unit.SaveHandoff(begun);
            unit.SaveAction(Some.Action(begun, state: ActionState.Done));
            unit.SaveAction(Some.Action(begun, position: 1));
            unit.SaveHandoff(sent);
            unit.SaveAction(Some.Action(sent, state: ActionState.Uncertain));
        });
        (await Read(view => view.WritesWaiting())).ShouldHaveSingleItem().Count.ShouldBe(2);

        await Save(unit => unit.SavePause(new Pause(PauseOf.Rule, begun.Key.Rule, "ann", Some.Now)));

        (await Read(view => view.WritesWaiting())).ShouldHaveSingleItem().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_handoff_saved_again_is_the_same_row()
    {
        var handoff = Some.Handoff();
        await Save(unit => unit.SaveHandoff(handoff));
        await Save(unit => unit.SaveHandoff(handoff with { State = HandoffState.Withdrawn, Reason = "deal.stage is proposal" }));

        (await Read(view => view.HandoffsAbout(Some.Deal()))).Single().State.ShouldBe(HandoffState.Withdrawn);
    }

    [Fact]
    public async Task Whatever_changes_of_a_handoff_is_found_by_its_new_value()
    {
        var handoff = Some.Handoff(state: HandoffState.Waiting) with { NextLook = Some.Now, ReadyAt = Some.Now };
        await Save(unit => unit.SaveHandoff(handoff));
        Handoff[] changes =
        [
            handoff with { Engagement = Some.Project() },
            handoff with { PlannedAt = Some.Now.AddTicks(1) },
            handoff with { ReadyAt = null },
            handoff with { ReadyAt = Some.Now.AddTicks(1) },
            handoff with { NextLook = null },
            handoff with { NextLook = Some.Now.AddTicks(1) },
            handoff with { State = HandoffState.Dead, Hold = Hold.Question, Reason = "two customers", Looks = 9, ConfigHash = "beef", Flag = "!" },
            handoff,
        ];

        foreach (var change in changes)
        {
            await Save(unit => unit.SaveHandoff(change));

            (await Read(view => view.FindHandoff(handoff.Id))).ShouldBeEquivalentTo(change);
            (await Read(view => view.HandoffsOf(change.Engagement))).Count.ShouldBe(1);
            (await Read(view => view.CountReadySince(handoff.Key.Rule, change.ReadyAt ?? Some.Now))).ShouldBe(change.ReadyAt is null ? 0 : 1);
            (await Read(view => view.HandoffsToLookAt(Some.Now.AddTicks(1), 9))).Count
                .ShouldBe(change is { NextLook: not null, State: HandoffState.Waiting } ? 1 : 0);
        }
    }

    [Fact]
    public async Task Handoffs_are_found_by_engagement_and_by_subject()
    {
        var won = Some.Handoff("1");
        var invoice = Some.Handoff("2", rule: "closed-project-to-invoice") with { Engagement = Some.Deal("1"), PlannedAt = Some.Now.AddTicks(1) };
        await Save(unit =>
        {
            unit.SaveHandoff(invoice);
            unit.SaveHandoff(won);
        });

        (await Read(view => view.HandoffsOf(Some.Deal("1")))).Select(h => h.Id).ShouldBe([won.Id, invoice.Id]);
        (await Read(view => view.HandoffsAbout(Some.Deal("2")))).Select(h => h.Id).ShouldBe([invoice.Id]);
        (await Read(view => view.HandoffsAbout(Some.Deal("3")))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Handoffs_in_several_states_come_newest_first()
    {
        await Save(unit =>
        {
            unit.SaveHandoff(Some.Handoff("1", HandoffState.Waiting, planned: Some.Now.AddMinutes(1)));
            unit.SaveHandoff(Some.Handoff("2", HandoffState.Dead, planned: Some.Now.AddMinutes(2)));
            unit.SaveHandoff(Some.Handoff("3", HandoffState.Waiting, planned: Some.Now.AddMinutes(3)));
            unit.SaveHandoff(Some.Handoff("4", HandoffState.Done, planned: Some.Now.AddMinutes(4)));
        });

        (await In(10, HandoffState.Waiting, HandoffState.Dead)).ShouldBe(["3", "2", "1"]);
        (await In(2, HandoffState.Waiting, HandoffState.Dead, HandoffState.Dead)).ShouldBe(["3", "2"]);
        (await In(10)).ShouldBeEmpty();

        async Task<IEnumerable<string>> In(int max, params HandoffState[] states) =>
            (await Read(view => view.HandoffsIn(states, max))).Select(h => h.Key.Subject.Id);
    }

    [Fact]
    public async Task Only_waiting_handoffs_whose_moment_has_come_are_looked_at()
    {
        await Save(unit =>
        {
            unit.SaveHandoff(Some.Handoff("later", HandoffState.Waiting) with { NextLook = Some.Now.AddTicks(1) });
            unit.SaveHandoff(Some.Handoff("due", HandoffState.Waiting) with { NextLook = Some.Now });
            unit.SaveHandoff(Some.Handoff("earlier", HandoffState.Waiting) with { NextLook = Some.Now.AddDays(-1) });
            unit.SaveHandoff(Some.Handoff("never", HandoffState.Waiting));
            unit.SaveHandoff(Some.Handoff("done", HandoffState.Done) with { NextLook = Some.Now.AddDays(-2) });
        });

        (await Read(view => view.HandoffsToLookAt(Some.Now, 10))).Select(h => h.Key.Subject.Id).ShouldBe(["earlier", "due"]);
        (await Read(view => view.HandoffsToLookAt(Some.Now, 1))).Select(h => h.Key.Subject.Id).ShouldBe(["earlier"]);
        (await Read(view => view.NextLookAt())).ShouldBe(Some.Now.AddDays(-1));
    }

    [Fact]
    public async Task Handoffs_that_became_ready_are_counted_by_rule_and_since_when()
    {
        await Save(unit =>
        {
            unit.SaveHandoff(Some.Handoff("1") with { ReadyAt = Some.Now });
            unit.SaveHandoff(Some.Handoff("2", HandoffState.Done) with { ReadyAt = Some.Now.AddMinutes(5) });
            unit.SaveHandoff(Some.Handoff("3") with { ReadyAt = Some.Now.AddTicks(-1) });
            unit.SaveHandoff(Some.Handoff("4"));
            unit.SaveHandoff(Some.Handoff("5", rule: "other") with { ReadyAt = Some.Now });
        });

        (await Read(view => view.CountReadySince("won-deal-to-project", Some.Now))).ShouldBe(2);
        (await Read(view => view.CountHandoffs())).ShouldBe(
            [("other", HandoffState.Ready, 1), ("won-deal-to-project", HandoffState.Done, 1), ("won-deal-to-project", HandoffState.Ready, 3)],
            ignoreOrder: true);
    }

    public static TheoryData<ActionContent> EveryContent =>
    [
        new ProjectContent("Acme – Website", "notes\nline", new DateOnly(2026, 11, 1), null, "ann@x.example"),
        new SectionContent("Onboarding"),
        new TaskContent("Send the welcome pack", null, new DateOnly(2026, 11, 4), null),
        new DealLinkContent("678"),
        new CustomerContent("hubspot:1:client:2", "Søren's \"Bakery\"", "s@x.example"),
        new InvoiceContent(null, "GBP", 14, "Website", "asana:1:project:2"),
        new InvoiceLineContent("Remaining", new Money(9300.10m, "GBP")),
        new ReminderContent("Renewal", "", Some.Now, "Europe/London", TimeSpan.FromMinutes(30), null, "asana:1:project:2", 2),
        new ReminderMoveContent("reminder", "Renewal", Some.Now.AddDays(1), Some.Now, "Europe/London", TimeSpan.FromTicks(1)),
        new ReminderCancelContent("reminder"),
    ];

    [Theory]
    [MemberData(nameof(EveryContent))]
    public async Task Every_kind_of_write_comes_back_as_it_was_saved(ActionContent content)
    {
        var handoff = Some.Handoff();
        var action = Some.Action(handoff, content: content);
        await Save(unit =>
        {
            unit.SaveHandoff(handoff);
            unit.SaveAction(action);
        });

        (await Read(view => view.ActionsOf(handoff.Id))).Single().ShouldBe(action);
    }

    [Fact]
    public async Task An_action_comes_back_with_its_attempt_its_call_its_result_and_its_failure()
    {
        var handoff = Some.Handoff();
        var full = Some.Action(handoff, 1, ActionState.Uncertain) with
        {
            Revision = 2,
            Attempts = 3,
            Owner = "host/4711",
            SendBy = Some.Now.AddTicks(7),
            DoneAt = Some.Now.AddTicks(8),
            Frozen = new FrozenCall("POST", "projects?a=1", "application/json", "{\"name\":\"Søren\"}", new Dictionary<string, string> { ["Idempotency-Key"] = "cf1" }),
            Result = new ActionResult("1201", null) { Adopted = true, More = new Dictionary<string, string> { ["calendar"] = "primary" }, Note = "left as it was" },
            Failure = new Failure(FailureKind.RateLimited, "Asana asked us to wait") { RetryAt = Some.Now.AddTicks(9), Reason = "quota", Status = 429 },
        };
        await Save(unit =>
        {
            unit.SaveHandoff(handoff);
            unit.SaveAction(full);
            unit.SaveAction(Some.Action(handoff));
        });

        var found = await Read(view => view.ActionsOf(handoff.Id));
        found.Select(action => action.Position).ShouldBe([0, 1]);
        found[1].ShouldBeEquivalentTo(full);
    }

    [Fact]
    public async Task An_action_without_its_handoff_is_refused() =>
        await Should.ThrowAsync<StoreException>(() => Save(unit => unit.SaveAction(Some.Action(Some.Handoff()))));

    [Fact]
    public async Task A_write_is_due_only_when_all_before_it_are_done()
    {
        var handoff = Some.Handoff();
        await Save(unit =>
        {
            unit.SaveHandoff(handoff);
            for (var position = 0; position < 3; position++) unit.SaveAction(Some.Action(handoff, position));
        });
        (await Due()).ShouldBe([0]);

        await Save(unit => unit.SaveAction(Some.Action(handoff, 0, ActionState.Done)));
        (await Due()).ShouldBe([1]);

        await Save(unit => unit.SaveAction(Some.Action(handoff, 1, ActionState.Dead)));
        (await Due()).ShouldBeEmpty();

        await Save(unit => unit.SaveAction(Some.Action(handoff, 1, ActionState.Uncertain)));
        (await Due()).ShouldBe([1]);

        await Save(unit =>
        {
            unit.SaveAction(Some.Action(handoff, 1, ActionState.Done));
            unit.SaveAction(Some.Action(handoff, 2, ActionState.Sending));
        });
        (await Due()).ShouldBe([2]);

        await Save(unit => unit.SaveAction(Some.Action(handoff, 2, ActionState.Done)));
        (await Due()).ShouldBeEmpty();
        (await Read(view => view.NextActionAt("projects", []))).ShouldBeNull();
    }

    [Fact]
    public async Task A_write_that_was_taken_back_holds_up_none_behind_it()
    {
        var handoff = Some.Handoff();
        await Save(unit =>
        {
            unit.SaveHandoff(handoff with { State = HandoffState.Sending });
            unit.SaveAction(Some.Action(handoff, 0, ActionState.Done));
            unit.SaveAction(Some.Action(handoff, 1, ActionState.Withdrawn));
            unit.SaveAction(Some.Action(handoff, 2, ActionState.Pending));
        });

        (await Due()).ShouldBe([2]);
        (await Read(view => view.NextActionAt("projects", [handoff.Id]))).ShouldBeNull();
    }

    [Theory]
    [InlineData(HandoffState.Baseline, false)]
    [InlineData(HandoffState.Waiting, false)]
    [InlineData(HandoffState.Ready, true)]
    [InlineData(HandoffState.Sending, true)]
    [InlineData(HandoffState.Done, false)]
    [InlineData(HandoffState.Withdrawn, false)]
    [InlineData(HandoffState.Skipped, false)]
    [InlineData(HandoffState.Dead, false)]
    public async Task A_write_is_due_only_while_its_handoff_may_go_on(HandoffState state, bool due)
    {
        var handoff = Some.Handoff();
        await Save(unit =>
        {
            unit.SaveHandoff(handoff with { State = due ? HandoffState.Waiting : HandoffState.Ready });
            unit.SaveAction(Some.Action(handoff));
        });
        (await Due()).Count.ShouldBe(due ? 0 : 1);

        await Save(unit => unit.SaveHandoff(handoff with { State = state }));

        (await Due()).Count.ShouldBe(due ? 1 : 0);
        (await Read(view => view.NextActionAt("projects", []))).HasValue.ShouldBe(due);
    }

    [Fact]
    public async Task Due_writes_of_one_tool_come_oldest_first_and_not_before_their_time()
    {
        var (a, b, c, d) = (Some.Handoff("a"), Some.Handoff("b"), Some.Handoff("c"), Some.Handoff("d"));
        await Save(unit =>
        {
            foreach (var handoff in new[] { a, b, c, d }) unit.SaveHandoff(handoff);
            unit.SaveAction(Some.Action(a, next: Some.Now));
            unit.SaveAction(Some.Action(b, next: Some.Now.AddMinutes(-1)));
            unit.SaveAction(Some.Action(c, next: Some.Now.AddTicks(1)));
            unit.SaveAction(Some.Action(d, next: Some.Now.AddDays(-1), tool: "billing"));
        });

        (await Read(view => view.DueActions("projects", Some.Now, [], 10))).Select(action => action.Handoff).ShouldBe([b.Id, a.Id]);
        (await Read(view => view.DueActions("projects", Some.Now, [], 1))).Select(action => action.Handoff).ShouldBe([b.Id]);
        (await Read(view => view.NextActionAt("projects", []))).ShouldBe(Some.Now.AddMinutes(-1));
        (await Read(view => view.NextActionAt("billing", []))).ShouldBe(Some.Now.AddDays(-1));
        (await Read(view => view.NextActionAt("crm", []))).ShouldBeNull();
    }

    [Fact]
    public async Task A_unit_of_work_sees_what_it_made_due_itself()
    {
        var handoff = Some.Handoff();
        var (before, after) = await Write(unit =>
        {
            unit.SaveHandoff(handoff);
            unit.SaveAction(Some.Action(handoff));
            var found = unit.DueActions("projects", Some.Now, [], 10).Count;
            unit.SaveAction(Some.Action(handoff, 0, ActionState.Done));
            return (found, unit.NextActionAt("projects", []));
        });

        before.ShouldBe(1);
        after.ShouldBeNull();
    }

    [Fact]
    public async Task A_unit_that_goes_through_ten_thousand_rows_leaves_every_write_due()
    {
        const int Many = 1_000;
        var handoffs = Enumerable.Range(0, Many).Select(i => Some.Handoff($"{i}")).ToList();
        var seen = await Write(unit =>
        {
            foreach (var handoff in handoffs)
            {
                unit.SaveHandoff(handoff with { State = HandoffState.Waiting });
                unit.SaveAction(Some.Action(handoff));
                unit.SaveAction(Some.Action(handoff, position: 1));
                unit.SaveHandoff(handoff);
                for (var i = 0; i < 10; i++) unit.FindRecord(Some.Deal($"{handoff.Id} {i}"));
            }

            return handoffs.Sum(handoff => unit.ActionsOf(handoff.Id).Count);
        });

        seen.ShouldBe(2 * Many);
        (await Write(unit => handoffs.Sum(handoff => unit.ActionsOf(handoff.Id).Count))).ShouldBe(2 * Many);
        (await Read(view => handoffs.Sum(handoff => view.ActionsOf(handoff.Id).Count))).ShouldBe(2 * Many);
        (await Read(view => view.DueActions("projects", Some.Now, [], int.MaxValue))).Count.ShouldBe(Many);
    }

    private async Task<List<int>> Due() => [.. (await Read(view => view.DueActions("projects", Some.Now, [], 10))).Select(action => action.Position)];
}
