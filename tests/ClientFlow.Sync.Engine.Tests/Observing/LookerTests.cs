using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Observing;

public sealed class LookerTests
{
    [Fact]
    public async Task A_waiting_handoff_reads_its_facts_again_after_a_minute_and_then_ever_less_often()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Require = [Rules.Path("deal.owner")] });
        await flow.WinAsync();
        await flow.SettleAsync();
        var began = flow.Clock.GetUtcNow();
        var reads = new SortedSet<double>();
        flow.Crm.BeforeReadAnswers = () =>
        {
            lock (reads) reads.Add((flow.Clock.GetUtcNow() - began).TotalMinutes);
            return Task.CompletedTask;
        };

        await flow.PassAsync(TimeSpan.FromHours(5));

        reads.ShouldBe([1, 3, 7, 15, 31, 63, 123, 183, 243]);
    }

    [Fact]
    public async Task Many_that_wait_for_facts_of_a_slow_tool_are_read_a_few_at_a_time_in_their_order_and_none_is_forgotten()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Require = [Rules.Path("deal.owner")] });
        for (var i = 10; i < 40; i++)
        {
            await flow.WinAsync($"d{i}");
            await flow.SettleAsync();
            flow.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reads = flow.Crm.Reads.Count;
        flow.Crm.BeforeReadAnswers = () => answer.Task;
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        await flow.UntilAsync(() => flow.Crm.Reads.Count == reads + 4);
        for (var i = 0; i < 20; i++) flow.Clock.Advance(TimeSpan.FromSeconds(10));
        flow.Engine.Looker.ReadingAgain.ShouldBe(4, "the others stay where a crash can't lose them");
        (await flow.HandoffsAsync()).Count(h => h.Looks > 0).ShouldBe(4);

        answer.SetResult();
        await flow.SettleAsync();
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.Looks > 0);
        var order = flow.Crm.Reads.Skip(reads).Where(r => r.StartsWith("deal ", StringComparison.Ordinal)).Select(r => r[5..]).Distinct().ToList();
        order.Take(4).ShouldBe(["d10", "d11", "d12", "d13"], ignoreOrder: true);
        order.Count.ShouldBe(30);
    }

    [Fact]
    public async Task A_fact_that_came_without_any_sign_of_change_is_found_by_the_look()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Require = [Rules.Path("deal.owner")] });
        await flow.WinAsync();
        await flow.SettleAsync();
        (await flow.HandoffAsync()).Missing.ShouldHaveSingleItem().ShouldContain("deal.owner");

        flow.Crm.Put(RecordKind.Deal, "d1", ("owner", "ann@northwind.example"));
        await flow.PassAsync(TimeSpan.FromMinutes(1));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_waiting_handoff_finds_the_address_that_its_client_got_meanwhile()
    {
        await using var flow = await Flow.PrepareAsync(Rules.WonDealToProject with { Require = [Rules.Path("client.email")] });
        flow.Crm.Put(RecordKind.Client, "c1", ("email", null));
        await flow.StartAsync();
        await flow.SettleAsync();
        await flow.WinAsync();
        await flow.SettleAsync();
        flow.Projects.Calls.ShouldBeEmpty();

        flow.Crm.Put(RecordKind.Client, "c1", ("email", "ann@fox.example"));
        await flow.PassAsync(TimeSpan.FromMinutes(1));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_tool_that_is_down_is_not_asked_in_a_circle_by_what_waits()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Require = [Rules.Path("deal.owner")] });
        await flow.WinAsync();
        await flow.SettleAsync();
        var reads = flow.Crm.Reads.Count;

        flow.Crm.Trouble = Fault.Down.Failure;
        await flow.PassAsync(TimeSpan.FromHours(3));

        (flow.Crm.Reads.Count - reads).ShouldBeLessThan(25);
    }

    [Fact]
    public async Task A_time_condition_fires_at_its_moment_with_no_change_at_all()
    {
        var made = new DateTimeOffset(2026, 11, 2, 9, 30, 0, TimeSpan.Zero);
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with
        {
            When = new Condition.All([Rules.Is("deal.stage", "proposal"), new Condition.Fact(Rules.Path("deal.createdAt"), new FactTest.OlderThan(TimeSpan.FromHours(48)))]),
            ArmingHash = "unanswered",
        });
        flow.Win();
        flow.Crm.Put(RecordKind.Deal, "d1", ("stage", "proposal"), ("createdAt", made.ToString("O", CultureInfo.InvariantCulture)));
        await flow.PollAsync();
        var polls = flow.Crm.Polls;

        flow.Clock.AdvanceTo(made.AddHours(48).AddTicks(-1));
        await flow.SettleAsync();
        flow.Projects.Calls.ShouldBeEmpty();
        await flow.PassAsync(TimeSpan.FromMilliseconds(1));

        flow.Projects.Calls[0].At.ShouldBe(made.AddHours(48), TimeSpan.FromMilliseconds(1));
        flow.Crm.Polls.ShouldBe(polls);
    }

    [Fact]
    public async Task A_moment_that_came_while_the_machine_was_off_is_found_at_the_next_start()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Require = [Rules.Path("deal.owner")] });
        await flow.WinAsync();
        await flow.SettleAsync();
        await flow.StopAsync();
        flow.Crm.Put(RecordKind.Deal, "d1", ("owner", "ann@northwind.example"));
        flow.Clock.Advance(TimeSpan.FromDays(3));

        await flow.StartAsync();
        await flow.PassAsync(TimeSpan.FromSeconds(10));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_reminder_follows_its_date_and_goes_with_it()
    {
        await using var flow = await Flow.StartAsync(Rules.RenewalReminder);
        flow.Projects.Put(RecordKind.Project, "p1", ("name", "Website"), ("status", "open"), ("endsOn", "2027-06-30"));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
        flow.Calendar.MadeOf<ReminderContent>().ShouldHaveSingleItem().At.ShouldBe(new DateTimeOffset(2027, 5, 31, 8, 0, 0, TimeSpan.Zero));

        flow.Projects.Put(RecordKind.Project, "p1", ("endsOn", "2027-12-31"));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
        flow.Calendar.MadeOf<ReminderMoveContent>().ShouldHaveSingleItem().At.ShouldBe(new DateTimeOffset(2027, 12, 1, 9, 0, 0, TimeSpan.Zero));

        flow.Projects.Put(RecordKind.Project, "p1", ("endsOn", null));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
        flow.Calendar.MadeOf<ReminderCancelContent>().ShouldHaveSingleItem();
        flow.Calendar.Find(RecordKind.Reminder, "calendar-1").ShouldBeNull();
        (await flow.HandoffAsync("p1")).State.ShouldBe(HandoffState.Withdrawn);

        flow.Projects.Put(RecordKind.Project, "p1", ("endsOn", "2028-06-30"));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
        flow.Calendar.MadeOf<ReminderContent>().Select(r => r.Generation).ShouldBe([1, 2]);
        (await flow.HandoffAsync("p1")).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_project_made_by_hand_and_linked_later_is_decided_with_its_deal()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.RenewalReminder with { Require = [Rules.Path("deal.name")] });
        flow.Projects.Put(RecordKind.Project, "hand", ("name", "Fox Ltd – Website d1"), ("status", "open"), ("endsOn", "2027-06-30"), ("createdAt", "2026-11-02T08:30:00Z"));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
        (await flow.HandoffAsync("hand")).State.ShouldBe(HandoffState.Waiting);

        flow.Calendar.Next(Fault.Limited(flow.Clock.GetUtcNow().AddHours(3)));
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromHours(2));

        // It waited as an engagement of its own: its looks must not take the deal away from it again.
        (await flow.HandoffAsync("hand")).State.ShouldBe(HandoffState.Ready);
        await flow.PassAsync(TimeSpan.FromHours(2));
        flow.Calendar.MadeOf<ReminderContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Two_tools_that_answer_each_other_trip_and_the_reminder_follows_again_by_itself()
    {
        await using var flow = await Flow.StartAsync(Rules.RenewalReminder);
        for (var minute = 0; minute < 30; minute++)
        {
            flow.Projects.Put(RecordKind.Project, "p1", ("name", "Website"), ("status", "open"), ("endsOn", minute % 2 == 0 ? "2027-06-30" : "2027-07-30"));
            await flow.PollAsync("projects", "projects");
            await flow.PassAsync(TimeSpan.FromMinutes(1));
        }

        flow.Calendar.Calls.Count.ShouldBe(Planner.MostWritesToOne);
        (await flow.JournalAsync("handoff.done.flagged")).ShouldHaveSingleItem().Message.ShouldContain("two tools");

        await flow.PassAsync(TimeSpan.FromMinutes(45));

        flow.Calendar.Calls.Count.ShouldBe(Planner.MostWritesToOne + 1);
        (await flow.HandoffAsync("p1")).Flag.ShouldBeNull();
    }
}
