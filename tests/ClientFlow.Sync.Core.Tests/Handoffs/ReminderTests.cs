using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Tests.Handoffs;

public sealed class ReminderTests
{
    private static readonly EngagementBuilder Running = A.Engagement().With(A.Deal().Won()).With(A.Project().EndsOn("2027-05-03"));
    private static readonly EngagementBuilder Toms = Running.With(A.Deal().Won().OwnedBy("tom@northwind.example"));

    [Theory]
    [InlineData("2027-05-03", "2027-04-03T08:00Z")] // summer
    [InlineData("2027-03-03", "2027-02-01T09:00Z")] // winter
    [InlineData("2027-04-27", "2027-03-28T08:00Z")] // the day the clocks go forward
    [InlineData("2027-11-30", "2027-10-31T09:00Z")] // the day they go back
    public void An_end_date_calls_for_a_reminder_at_nine_by_the_wall(string endsOn, string at)
    {
        var table = new HandoffTable(A.RenewalReminder());

        table.Plan(Running.With(A.Project().EndsOn(endsOn))).ShouldBe([PlanVerb.Readied]);

        var reminder = table.Pending.ShouldHaveSingleItem().Content.ShouldBeOfType<ReminderContent>();
        reminder.At.ShouldBe(A.Instant(at));
        reminder.Title.ShouldBe("Renewal: Acme");
        reminder.For.ShouldBe("jane@northwind.example");
        reminder.Zone.ShouldBe("Europe/London");
        reminder.Duration.ShouldBe(TimeSpan.FromMinutes(30));
        reminder.Subject.ShouldBe("asana:1200:project:1201");
        reminder.Generation.ShouldBe(1);
        reminder.Notes.ShouldContain("Project: https://projects.example/1201");
    }

    [Fact]
    public void Without_an_owner_it_goes_to_the_tools_own_calendar()
    {
        var table = new HandoffTable(A.RenewalReminder());

        table.Plan(Running.With(A.Deal().Won().Without("owner")));

        table.Pending[0].Content.ShouldBeOfType<ReminderContent>().For.ShouldBeNull();
    }

    [Theory]
    [InlineData("2026-11-30", "2026-11-03T09:00Z")] // its day passed last week: Tuesday, since today is Monday
    [InlineData("2026-12-02", "2026-11-03T09:00Z")] // today at nine has passed
    [InlineData("2026-12-03", "2026-11-03T09:00Z")] // tomorrow
    [InlineData("2026-11-02", "2026-11-03T09:00Z")] // it ends today
    public void A_moment_that_has_passed_becomes_the_next_business_day_at_its_time(string endsOn, string at)
    {
        var table = new HandoffTable(A.RenewalReminder());

        table.Plan(Running.With(A.Project().EndsOn(endsOn)));

        table.Pending[0].Content.ShouldBeOfType<ReminderContent>().At.ShouldBe(A.Instant(at));
    }

    [Fact]
    public void On_a_Friday_that_is_Monday()
    {
        var table = new HandoffTable(A.RenewalReminder()) { Now = A.Instant("2026-11-06T12:00Z") };

        table.Plan(Running.With(A.Project().EndsOn("2026-11-30")));

        table.Pending[0].Content.ShouldBeOfType<ReminderContent>().At.ShouldBe(A.Instant("2026-11-09T09:00Z"));
    }

    [Fact]
    public void An_end_date_that_has_passed_is_a_leak_and_not_a_reminder()
    {
        var table = new HandoffTable(A.RenewalReminder());

        table.Plan(Running.With(A.Project().EndsOn("2026-11-01"))).ShouldBe([PlanVerb.Planned]);

        table.Row.Missing.ShouldBe(["project.endsOn has passed (2026-11-01): that is a leak, not a reminder"]);
        table.Pending.ShouldBeEmpty();
    }

    [Fact]
    public void A_date_that_moves_moves_the_reminder_from_where_we_last_wrote_it()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);

        table.Now = A.Now.AddHours(3);
        table.Plan(Running.With(A.Project().EndsOn("2027-06-03"))).ShouldBe([PlanVerb.Readied]);
        table.Row.State.ShouldBe(HandoffState.Ready);
        table.Row.ObservedAt.ShouldBe(table.Now.AddSeconds(-1)); // its latency counts from what moved it
        var move = table.Pending.ShouldHaveSingleItem();
        move.Name.ShouldBe("move-2");
        move.Content.ShouldBe(new ReminderMoveContent(
            "reminder", "Renewal: Acme", A.Instant("2027-05-04T08:00Z"), A.Instant("2027-04-03T08:00Z"), "Europe/London", TimeSpan.FromMinutes(30))
        {
            Basis = "2027-05-04T09:00",
        });
        table.Plan().ShouldBeEmpty();

        table.Deliver();
        table.Plan(Running.With(A.Project().EndsOn("2027-07-03"))).ShouldBe([PlanVerb.Readied]);
        table.Pending[0].Name.ShouldBe("move-3");
        table.Pending[0].Content.ShouldBeOfType<ReminderMoveContent>().Was.ShouldBe(A.Instant("2027-05-04T08:00Z"));
        table.Settle(table.Facts);
        table.Calendar().ShouldHaveSingleItem().At.ShouldBe(A.Instant("2027-06-03T08:00Z"));
        table.Row.Generation.ShouldBe(1);
    }

    [Fact]
    public void A_date_that_two_tools_change_back_and_forth_trips_and_heals_after_an_hour()
    {
        var table = new HandoffTable(A.RenewalReminder());
        for (var minute = 0; minute < 30; minute++)
        {
            table.Now = A.Now.AddMinutes(minute);
            table.Settle(Running.With(A.Project().EndsOn(minute % 2 == 0 ? "2027-06-03" : "2027-07-03")));
        }

        table.Sent.Count.ShouldBe(Planner.MostWritesToOne);
        table.Row.Flag.ShouldNotBeNull().ShouldContain("two tools");

        // With no change at all it is looked at again once the first of the writes is an hour old, and follows the date.
        table.Look().NextLook.ShouldBe(A.Now.AddHours(1));
        table.Now = A.Now.AddHours(1);
        table.Settle(table.Facts);
        table.Sent.Count.ShouldBe(Planner.MostWritesToOne + 1);
        table.Row.Flag.ShouldBeNull();
        table.Calendar().ShouldHaveSingleItem().At.ShouldBe(A.Instant("2027-06-03T08:00Z"));
    }

    [Fact]
    public void A_reminder_that_is_called_for_and_called_off_over_and_over_asks_a_person()
    {
        var table = new HandoffTable(A.RenewalReminder());
        for (var minute = 0; minute < 20; minute++)
        {
            table.Now = A.Now.AddMinutes(minute);
            table.Settle(Running.With(minute % 2 == 0 ? A.Project().EndsOn("2027-06-03") : A.Project().Without("endsOn")));
        }

        table.Sent.Count.ShouldBe(6);
        table.Settle(Running.With(A.Project().EndsOn("2027-06-03")));
        (table.Row.State, table.Row.Hold).ShouldBe((HandoffState.Waiting, Hold.Limit));

        table.Approve();
        table.Settle(table.Facts);
        table.Calendar().ShouldHaveSingleItem();
    }

    [Fact]
    public void A_date_that_moves_back_before_the_move_is_sent_sends_nothing()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);
        table.Plan(Running.With(A.Project().EndsOn("2027-06-03")));

        table.Plan(Running).ShouldBe([PlanVerb.Rewritten]);

        table.Row.State.ShouldBe(HandoffState.Done);
        table.Pending.ShouldBeEmpty();
        table.Plan().ShouldBeEmpty();
    }

    [Fact]
    public void A_new_title_changes_the_title_and_not_the_moment()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running.With(A.Project().EndsOn("2026-11-30")));
        table.Now = A.Now.AddDays(10);

        table.Settle(Running.With(A.Project().EndsOn("2026-11-30")).With(A.Client().Named("Acme Ltd")));

        var standing = table.Calendar().ShouldHaveSingleItem();
        standing.Title.ShouldBe("Renewal: Acme Ltd");
        standing.At.ShouldBe(A.Instant("2026-11-03T09:00Z"));
    }

    [Fact]
    public void Time_alone_moves_nothing_that_stands()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running.With(A.Project().EndsOn("2026-11-30")));

        foreach (var days in new[] { 1, 5, 28, 29, 400 })
        {
            table.Now = A.Now.AddDays(days);
            table.Plan().ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_new_owner_gets_a_new_reminder_and_the_old_one_is_cancelled()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);

        table.Plan(Running.With(A.Deal().Won().OwnedBy("tom@northwind.example"))).ShouldBe([PlanVerb.Readied]);
        table.Plan().ShouldBeEmpty();
        table.Pending.Select(o => o.Name).ShouldBe(["cancel-2", "reminder@2"]);
        table.Pending[0].Content.ShouldBe(new ReminderCancelContent("reminder"));
        table.Pending[1].Content.ShouldBeOfType<ReminderContent>().Generation.ShouldBe(2);
        table.Row.Generation.ShouldBe(2);

        table.Settle(table.Facts);
        table.Row.State.ShouldBe(HandoffState.Done);
        table.Calendar().ShouldHaveSingleItem().For.ShouldBe("tom@northwind.example");

        table.Settle(Running);
        table.Calendar().ShouldHaveSingleItem().For.ShouldBe("jane@northwind.example");
        table.Sent.Select(o => o.Name).ShouldBe(["reminder", "cancel-2", "reminder@2", "cancel-4", "reminder@3"]);
    }

    [Fact]
    public void A_date_that_moves_while_the_owner_changes_is_taken_along()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);
        var tom = Running.With(A.Deal().Won().OwnedBy("tom@northwind.example"));
        table.Plan(tom);

        table.Plan(tom.With(A.Project().EndsOn("2027-06-03"))).ShouldBe([PlanVerb.Readied]);

        table.Pending.Select(o => o.Name).ShouldBe(["cancel-2", "reminder@2"]);
        table.Settle(table.Facts);
        table.Calendar().ShouldHaveSingleItem().At.ShouldBe(A.Instant("2027-05-04T08:00Z"));
    }

    [Theory]
    [InlineData("reminder.title", "Renew Acme", "Renew Acme", "jane@northwind.example")]
    [InlineData("reminder.for", "tom@northwind.example", "Renewal: Acme", "tom@northwind.example")]
    public void What_a_person_edited_stands_once_it_went_through(string field, string value, string title, string whose)
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Plan(Running);
        table.Change(r => r with { Edits = new Dictionary<string, string> { [field] = value } });
        table.Settle(Running);

        table.Plan().ShouldBeEmpty();
        table.Sent.ShouldHaveSingleItem();

        table.Settle(Running.With(A.Project().EndsOn("2027-06-03")));
        table.Sent.Select(o => o.Name).ShouldBe(["reminder", "move-2"]);
        var standing = table.Calendar().ShouldHaveSingleItem();
        (standing.Title, standing.For).ShouldBe((title, whose));
        table.Row.Title.ShouldBe(title);
    }

    [Fact]
    public void What_a_person_deleted_is_not_brought_back_for_a_new_owner()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);
        var deleted = Toms.With(InCalendar(table).Status("cancelled"));

        table.Settle(deleted);
        table.Settle(deleted.With(A.Project().EndsOn("2027-06-03")));

        table.Sent.ShouldHaveSingleItem();
        table.Row.State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public void A_calendar_that_shows_nothing_any_more_deletes_nothing_for_a_new_owner()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);

        table.Settle(Toms.With(InCalendar(table).Gone()));

        table.Calendar().ShouldHaveSingleItem().For.ShouldBe("tom@northwind.example");
    }

    [Fact]
    public void What_a_person_moved_goes_to_a_new_owner_at_the_moment_they_chose_and_stays_there()
    {
        var chosen = A.Instant("2027-03-16T15:00Z");
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);
        var moved = InCalendar(table).With("at", new FieldValue.Moment(chosen));

        table.Plan(Toms.With(moved)).ShouldBe([PlanVerb.Readied]);
        table.Plan().ShouldBeEmpty();
        table.Settle(table.Facts);
        Standing().ShouldBe(("tom@northwind.example", "Renewal: Acme", chosen));

        table.Settle(Toms.With(moved).With(A.Project().EndsOn("2027-06-03")));
        Standing().ShouldBe(("tom@northwind.example", "Renewal: Acme", chosen));

        table.Settle(Toms.With(moved).With(A.Client().Named("Acme Ltd")));
        Standing().ShouldBe(("tom@northwind.example", "Renewal: Acme Ltd", chosen));

        table.Settle(Running.With(moved));
        Standing().ShouldBe(("jane@northwind.example", "Renewal: Acme", chosen));

        (string? For, string Title, DateTimeOffset At) Standing() => table.Calendar().ShouldHaveSingleItem() is var one ? (one.For, one.Title, one.At) : default;
    }

    [Fact]
    public void Where_we_wrote_it_ourselves_before_is_no_persons_move()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);
        var beforeOurMove = InCalendar(table);
        table.Settle(Running.With(A.Project().EndsOn("2027-06-03")));

        table.Settle(Toms.With(A.Project().EndsOn("2027-06-03")).With(beforeOurMove));

        table.Calendar().ShouldHaveSingleItem().At.ShouldBe(A.Instant("2027-05-04T08:00Z"));
    }

    [Theory]
    [InlineData("2027-04-03T08:00Z", "2027-04-03T08:00Z")] // as we left it
    [InlineData("2027-03-16T15:00Z", "2027-03-20T12:00Z")] // a person chose an earlier day
    public void A_reminder_that_has_rung_is_not_made_anew_for_a_new_owner(string at, string now)
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);
        table.Now = A.Instant(now);

        table.Settle(Toms.With(InCalendar(table).With("at", new FieldValue.Moment(A.Instant(at)))));

        table.Sent.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_new_owner_of_one_that_has_rung_is_reminded_of_a_new_date()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);
        table.Now = A.Instant("2027-04-20T12:00Z");

        table.Settle(Toms.With(InCalendar(table)).With(A.Project().EndsOn("2027-08-03")));

        var standing = table.Calendar().ShouldHaveSingleItem();
        (standing.For, standing.At).ShouldBe(("tom@northwind.example", A.Instant("2027-07-04T08:00Z")));
    }

    public static TheoryData<string> Endings => ["cleared", "dropped", "deleted"];

    [Theory]
    [MemberData(nameof(Endings))]
    public void A_cleared_date_a_dropped_and_a_deleted_project_cancel_it(string ending)
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);

        table.Plan(Running.With(Ended(ending))).ShouldBe([PlanVerb.Readied]);
        table.Pending.ShouldHaveSingleItem().Content.ShouldBe(new ReminderCancelContent("reminder"));
        table.Plan().ShouldBeEmpty();
        table.Settle(table.Facts);

        table.Calendar().ShouldBeEmpty();
        table.Row.State.ShouldBe(HandoffState.Withdrawn);
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public void Before_anything_is_sent_they_withdraw_it(string ending)
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Plan(Running);

        table.Plan(Running.With(Ended(ending))).ShouldBe([PlanVerb.Withdrawn]);

        table.Pending.ShouldBeEmpty();
        table.Sent.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public void They_cancel_it_even_where_the_rule_names_only_the_deal(string ending)
    {
        var table = new HandoffTable(A.RenewalReminder().With(r => r with { Subject = RecordKind.Deal, When = A.Is("deal.stage", "won") }));
        table.Settle(Running);
        table.Calendar().Count.ShouldBe(1);

        table.Settle(Running.With(Ended(ending)));
        table.Calendar().ShouldBeEmpty();

        table.Settle(Running);
        table.Calendar().ShouldHaveSingleItem().Generation.ShouldBe(2);
    }

    [Fact]
    public void A_date_that_is_set_again_makes_a_new_generation()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);
        table.Settle(Running.With(Ended("cleared")));

        table.Plan(Running).ShouldBe([PlanVerb.Readied]);

        table.Row.Generation.ShouldBe(2);
        table.Pending.ShouldHaveSingleItem().Name.ShouldBe("reminder@2");
        table.Pending[0].Content.ShouldBeOfType<ReminderContent>().Generation.ShouldBe(2);
        table.Settle(table.Facts);
        table.Calendar().Count.ShouldBe(1);
    }

    [Fact]
    public void A_cancellation_that_was_not_sent_is_taken_back_when_the_date_returns()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);
        table.Plan(Running.With(Ended("cleared")));

        table.Plan(Running).ShouldBe([PlanVerb.Rewritten]);

        table.Row.State.ShouldBe(HandoffState.Done);
        table.Pending.ShouldBeEmpty();
        table.Calendar().Count.ShouldBe(1);
    }

    [Fact]
    public void In_a_tool_that_became_read_only_nothing_is_moved_or_cancelled()
    {
        var table = new HandoffTable(A.RenewalReminder());
        table.Settle(Running);
        table.ReadOnlyTools.Add("calendar");

        table.Plan(Running.With(A.Project().EndsOn("2027-06-03"))).ShouldBeEmpty();
        table.Plan(Running.With(Ended("cleared"))).ShouldBe([PlanVerb.Flagged]);
        table.Plan(Running.With(Ended("dropped"))).ShouldBe([PlanVerb.Flagged]);

        table.Pending.ShouldBeEmpty();
        table.ReadOnlyTools.Clear();
        table.Settle(table.Facts);
        table.Calendar().ShouldBeEmpty();
    }

    // The first reminder as its calendar shows it.
    private static RecordBuilder InCalendar(HandoffTable table) =>
        table.Sent[0] is { Content: ReminderContent made } order
            ? new RecordBuilder("google-calendar", "office", RecordKind.Reminder, order.Key).Status("set").With("at", new FieldValue.Moment(made.At))
            : throw new InvalidOperationException("no reminder was made yet");

    private static RecordBuilder Ended(string ending) => ending switch
    {
        "cleared" => A.Project().Without("endsOn"),
        "dropped" => A.Project().Dropped(),
        _ => A.Project().Gone(),
    };
}
