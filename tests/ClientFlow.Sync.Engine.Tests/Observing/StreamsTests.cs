using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.People;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Observing;

public sealed class StreamsTests
{
    [Fact]
    public async Task A_deal_won_while_the_machine_was_off_for_a_week_gets_its_project_at_the_next_poll()
    {
        await using var flow = await Flow.StartAsync();
        await flow.StopAsync();
        flow.Win();
        flow.Clock.Advance(TimeSpan.FromDays(7));

        await flow.StartAsync();
        await flow.SettleAsync();
        await flow.PollAsync();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Those_that_wait_for_a_poll_share_the_next_one_and_never_one_that_began_before_they_asked()
    {
        await using var flow = await Flow.StartAsync();
        var (tool, stream) = (flow.Workspace.Find("crm")!, flow.Workspace.Find("crm")!.Manifest.Streams[0]);
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        flow.Crm.WhilePolling = () => first.Task;
        var before = flow.Crm.Polls;
        var polls = new List<Task<Failure?>> { flow.Engine.Streams.PollNowAsync(tool, stream, CancellationToken.None) };

        // They ask while the first is under way: it may have missed what they want to see.
        for (var i = 0; i < 5; i++) polls.Add(flow.Engine.Streams.PollNowAsync(tool, stream, CancellationToken.None));
        first.SetResult();
        (await Task.WhenAll(polls)).ShouldAllBe(failure => failure == null);

        (flow.Crm.Polls - before).ShouldBe(2);
    }

    [Fact]
    public async Task Whoever_waited_for_a_poll_that_met_an_outage_polls_not_once_more()
    {
        await using var flow = await Flow.StartAsync();
        var (tool, stream) = (flow.Workspace.Find("crm")!, flow.Workspace.Find("crm")!.Manifest.Streams[0]);
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        flow.Crm.WhilePolling = () => first.Task;
        var asked = flow.Crm.Asked;
        var polls = new List<Task<Failure?>>();
        for (var i = 0; i < 5; i++) polls.Add(flow.Engine.Streams.PollNowAsync(tool, stream, CancellationToken.None));
        flow.Crm.Trouble = Fault.Down.Failure;
        first.SetResult();

        (await Task.WhenAll(polls)).ShouldAllBe(failure => failure != null);
        (flow.Crm.Asked - asked).ShouldBeLessThan(3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_between_page_and_cursor_loses_nothing(bool afterCommit)
    {
        await using var flow = await Flow.StartAsync();
        await flow.StopAsync();
        flow.Win();

        // The first write of this life is the page with its cursor.
        await flow.StartAsync(diesAt: 1, afterCommit);
        await flow.Store.Died;
        await flow.StopAsync();
        await flow.StartAsync();
        await flow.SettleAsync();
        await flow.PollAsync();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task One_record_that_meets_a_bug_is_told_and_its_neighbours_are_taken_in()
    {
        var odd = Rules.WonDealToProject with { Name = "odd", Identity = "odd", When = Rules.Is("deal.name", "Odd"), ArmingHash = "odd", Create = new OddBlueprint("projects") };
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, odd);
        flow.Win("d1");
        flow.Crm.Put(RecordKind.Deal, "d2", ("name", "Odd"));
        flow.Win("d3");

        await flow.PollAsync();
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
        (await flow.JournalAsync("observing.record.tripped")).ShouldHaveSingleItem().Message.ShouldStartWith("deal d2 of crm can't be taken in");
        await flow.WinAsync("d4");
        await flow.DeliverAsync("hint deal d2");
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(3);
    }

    private sealed record OddBlueprint(string Tool) : Blueprint(Tool);

    [Fact]
    public async Task A_cursor_waits_for_a_record_that_has_to_be_read_again()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.Crm.Versioned = true;
        await flow.StartAsync();
        await flow.SettleAsync();
        await flow.DeliverAsync("state deal d1 1 name=Website stage=proposal");
        await flow.SettleAsync();

        // The same version with other content, and the read that would tell is refused at first.
        flow.Crm.Put(RecordKind.Deal, "d1", ("name", "Website"), ("stage", "won"));
        flow.Crm.ReadTrouble = (_, _) => new Failure(FailureKind.Uncertain, "cut");
        await flow.PollAsync();
        flow.Crm.ReadTrouble = static (_, _) => null;
        await flow.PollAsync();

        (await flow.SeeAsync(v => v.FindRecord(flow.Deal())))!.Record.Text("stage").ShouldBe("won");
    }

    [Fact]
    public async Task A_cursor_that_was_refused_costs_one_full_list_and_not_one_at_each_poll()
    {
        await using var flow = await Flow.StartAsync();
        flow.Win();
        await flow.PollAsync();
        var lists = flow.Crm.Lists;

        flow.Crm.ForgetCursors();
        await flow.PollAsync();
        flow.Crm.Lists.ShouldBe(lists + 1);
        (await flow.SeeAsync(v => v.FindStream("crm", "deals"))).Poll!.Value.Text.ShouldStartWith("poll:");
        var cursor = (await flow.SeeAsync(v => v.FindStream("crm", "deals"))).Poll;
        flow.Win("d2");
        await flow.PollAsync();
        await flow.SettleAsync();

        cursor.ShouldNotBeNull();
        flow.Crm.Lists.ShouldBe(lists + 1);
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Absence_from_a_list_is_no_deletion_and_a_direct_read_is()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.TellsDeletions = false;
        flow.Win("d1");
        flow.Win("d2");
        await flow.PollAsync();
        await flow.SettleAsync();
        flow.Clock.Advance(TimeSpan.FromMinutes(1));

        flow.Crm.HiddenFromLists.Add("d1");
        flow.Crm.Delete(RecordKind.Deal, "d2");
        await flow.PollAsync();
        (await flow.SeeAsync(v => v.FindRecord(flow.Deal("d2"))))!.Gone.ShouldBeFalse();
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        await flow.ReconcileAsync();

        (await flow.SeeAsync(v => v.FindRecord(flow.Deal("d1"))))!.Gone.ShouldBeFalse();
        (await flow.SeeAsync(v => v.FindRecord(flow.Deal("d2"))))!.Gone.ShouldBeTrue();
        flow.Crm.Reads[^1].ShouldBeOneOf("deal d1,d2", "deal d2,d1");
    }

    [Fact]
    public async Task A_project_deleted_while_the_worker_was_off_takes_its_reminder_with_it_at_the_next_poll()
    {
        await using var flow = await RoundsAsync(projects: 3);
        flow.Projects.Put(RecordKind.Project, "p-0", ("archived", "true"));
        await flow.ReconcileAsync("projects", "projects");
        await flow.StopAsync();
        flow.Projects.Delete(RecordKind.Project, "p-2");
        flow.Clock.Advance(TimeSpan.FromMinutes(10));
        var lists = flow.Projects.Lists;

        await flow.StartAsync();
        await flow.SettleAsync();

        flow.Calendar.MadeOf<ReminderCancelContent>().ShouldHaveSingleItem().Of.ShouldBe("reminder");
        (await flow.HandoffAsync("p-2")).State.ShouldBe(HandoffState.Withdrawn);
        flow.Projects.Reads.ShouldBe(["project p-2"], "the archived one is missed by nobody, and those that are there were listed");
        flow.Projects.Lists.ShouldBe(lists);

        await flow.PollAsync("projects", "projects");
        flow.Projects.Reads.Count.ShouldBe(1, "it is asked for once");
    }

    [Fact]
    public async Task A_project_that_stays_away_from_a_poll_is_asked_for_until_the_tool_answers()
    {
        await using var flow = await RoundsAsync(projects: 2);
        flow.Projects.Delete(RecordKind.Project, "p-1");
        flow.Projects.ReadTrouble = (_, _) => new Failure(FailureKind.Unavailable, "down");
        await flow.PollAsync("projects", "projects");
        flow.Projects.ReadTrouble = static (_, _) => null;
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();

        flow.Calendar.MadeOf<ReminderCancelContent>().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Many_projects_that_stay_away_at_once_are_compared_in_full_before_anything_is_believed(bool archived)
    {
        await using var flow = await RoundsAsync(projects: 30);
        await flow.StopAsync();
        for (var i = 0; i < 15; i++)
            if (archived) flow.Projects.Put(RecordKind.Project, $"p-{i}", ("archived", "true"));
            else flow.Projects.HiddenFromLists.Add($"p-{i}");
        flow.Clock.Advance(TimeSpan.FromMinutes(10));
        var lists = flow.Projects.Lists;

        await flow.StartAsync();
        await flow.SettleAsync();

        flow.Projects.Reads.ShouldBeEmpty();
        flow.Projects.Lists.ShouldBe(lists + 1);
        flow.Calendar.MadeOf<ReminderCancelContent>().ShouldBeEmpty();
        (await flow.JournalAsync("observing.reconcile.held")).Count.ShouldBe(archived ? 0 : 1);
    }

    [Fact]
    public async Task What_a_poll_brings_is_taken_in_though_one_that_stayed_away_can_not_be_asked_for()
    {
        await using var flow = await RoundsAsync(projects: 3);
        flow.Projects.Delete(RecordKind.Project, "p-0");
        flow.Projects.ReadTrouble = (_, _) => Fault.Down.Failure;
        flow.Projects.Put(RecordKind.Project, "p-1", ("endsOn", "2027-09-30"));
        flow.Clock.Advance(TimeSpan.FromMinutes(1));

        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();

        flow.Calendar.MadeOf<ReminderMoveContent>().ShouldHaveSingleItem();
        flow.Calendar.MadeOf<ReminderCancelContent>().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_project_that_is_refused_beside_others_is_told_and_asked_for_again()
    {
        await using var flow = await RoundsAsync(projects: 4);
        flow.Projects.Delete(RecordKind.Project, "p-0");
        flow.Projects.HiddenFromLists.Add("p-1");
        flow.Projects.RefusedBeside.Add("p-1");
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
        flow.Calendar.MadeOf<ReminderCancelContent>().ShouldHaveSingleItem();
        (await flow.JournalAsync("observing.record.refused")).ShouldHaveSingleItem().Message.ShouldContain("project p-1");

        // Its access comes back, and it was dropped meanwhile.
        flow.Projects.RefusedBeside.Clear();
        flow.Projects.Delete(RecordKind.Project, "p-1");
        flow.Clock.Advance(TimeSpan.FromMinutes(2));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
        flow.Calendar.MadeOf<ReminderCancelContent>().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Projects_that_became_private_are_told_once_and_keep_no_poll_from_its_end()
    {
        await using var flow = await RoundsAsync(projects: 6);
        foreach (var id in (string[])["p-0", "p-1", "p-2"])
        {
            flow.Projects.HiddenFromLists.Add(id);
            flow.Projects.RefusedBeside.Add(id);
        }

        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        (await flow.Engine.Streams.PollNowAsync(flow.Workspace.Find("projects")!, flow.Workspace.Find("projects")!.Manifest.Streams[0], CancellationToken.None)).ShouldBeNull();
        var reads = flow.Projects.Reads.Count;
        flow.Clock.Advance(TimeSpan.FromSeconds(30));
        await flow.PollAsync("projects", "projects");

        flow.Projects.Reads.Count.ShouldBe(reads, "each is asked for again when it is due");
        (await flow.JournalAsync("observing.record.refused")).Count.ShouldBe(3);
        flow.Calendar.MadeOf<ReminderCancelContent>().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_came_and_went_between_two_polls_is_missed_all_the_same()
    {
        await using var flow = await RoundsAsync(3);
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        flow.Projects.Put(RecordKind.Project, "p-new", ("name", "Care plan"), ("status", "open"), ("endsOn", "2027-06-30"));
        await flow.DeliverAsync("hint project p-new", "projects");
        await flow.SettleAsync();
        flow.Calendar.MadeOf<ReminderContent>().Count.ShouldBe(4);

        flow.Clock.Advance(TimeSpan.FromSeconds(10));
        flow.Projects.Delete(RecordKind.Project, "p-new");
        await flow.PollAsync("projects", "projects");
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();

        (await flow.HandoffAsync("p-new")).State.ShouldBe(HandoffState.Withdrawn);
    }

    [Fact]
    public async Task What_a_round_does_not_list_and_is_there_is_not_asked_for_for_ever()
    {
        await using var flow = await RoundsAsync(3);
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        flow.Projects.Put(RecordKind.Project, "p-hidden", ("name", "Care plan"), ("status", "open"));
        flow.Projects.HiddenFromLists.Add("p-hidden");
        await flow.DeliverAsync("hint project p-hidden", "projects");
        await flow.SettleAsync();
        var asked = flow.Projects.Reads.Count;

        for (var i = 0; i < 5; i++) await flow.PollAsync("projects", "projects");

        (flow.Projects.Reads.Count - asked).ShouldBe(1);
    }

    // Deletions are told by a full list alone.
    private static async Task<Flow> DealsAsync(int deals)
    {
        var flow = await Flow.StartAsync();
        flow.Crm.TellsDeletions = false;
        for (var i = 0; i < deals; i++) flow.Crm.Put(RecordKind.Deal, $"d{i:00}", ("stage", "intake"));
        await flow.PollAsync();
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        return flow;
    }

    private static async Task<Flow> RoundsAsync(int projects)
    {
        var flow = await Flow.StartAsync(Rules.RenewalReminder with { Limit = 100 });
        flow.Projects.PollsWhole = true;
        for (var i = 0; i < projects; i++) flow.Projects.Put(RecordKind.Project, $"p-{i}", ("name", $"Website {i}"), ("status", "open"), ("endsOn", "2027-06-30"));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
        flow.Calendar.MadeOf<ReminderContent>().Count.ShouldBe(projects);
        return flow;
    }

    [Fact]
    public async Task Many_records_missing_at_once_are_held_and_told()
    {
        await using var flow = await DealsAsync(20);

        for (var i = 0; i < 11; i++) flow.Crm.Delete(RecordKind.Deal, $"d{i:00}");
        await flow.ReconcileAsync();

        (await flow.SeeAsync(v => v.CountRecords("crm", "crm-account", RecordKind.Deal))).ShouldBe(20);
        flow.Crm.Reads.ShouldBeEmpty();
        (await flow.JournalAsync("observing.reconcile.held")).ShouldHaveSingleItem().Message.ShouldStartWith("11 of 20 deals");
    }

    [Fact]
    public async Task Many_that_are_missing_are_asked_for_each_once_an_owner_says_so()
    {
        await using var flow = await DealsAsync(20);
        for (var i = 0; i < 11; i++) flow.Crm.Delete(RecordKind.Deal, $"d{i:00}");
        flow.Crm.HiddenFromLists.Add("d19");
        await flow.ReconcileAsync();
        (await flow.SeeAsync(v => Absences.Held(v, flow.Workspace))).ShouldHaveSingleItem().Extra.ShouldBe(12);

        (await flow.Engine.Absences.AskAsync("crm", "deals", new Person("Ben", Role.Assistant), CancellationToken.None)).Done.ShouldBeFalse();
        flow.Crm.Reads.ShouldBeEmpty();
        flow.Crm.ReadTrouble = (_, _) => Fault.Down.Failure;
        (await flow.Engine.Absences.AskAsync("crm", "deals", Someone.Ann, CancellationToken.None)).Done.ShouldBeFalse();
        flow.Crm.ReadTrouble = static (_, _) => null;
        flow.Clock.Advance(TimeSpan.FromMinutes(10));
        (await flow.Engine.Absences.AskAsync("crm", "deals", Someone.Ann, CancellationToken.None)).Done.ShouldBeTrue();

        var gone = await flow.SeeAsync(v => Enumerable.Range(0, 20).Where(i => v.FindRecord(flow.Deal($"d{i:00}"))!.Gone).ToList());
        gone.ShouldBe(Enumerable.Range(0, 11), "the one that is there and not listed stays");
        (await flow.SeeAsync(v => Absences.Held(v, flow.Workspace))).ShouldBeEmpty();
        (await flow.Engine.Absences.AskAsync("crm", "deals", Someone.Ann, CancellationToken.None)).Done.ShouldBeFalse("it was seen to");
        (await flow.JournalAsync("people.absence.asked")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_an_outage_kept_a_comparison_from_asking_for_is_asked_for_by_the_polls_after_it()
    {
        await using var flow = await DealsAsync(12);
        flow.Crm.Delete(RecordKind.Deal, "d03");
        flow.Crm.ReadTrouble = (_, _) => Fault.Down.Failure;
        await flow.ReconcileAsync();

        flow.Crm.ReadTrouble = static (_, _) => null;
        flow.Clock.Advance(TimeSpan.FromMinutes(10));
        await flow.PollAsync();

        (await flow.SeeAsync(v => v.FindRecord(flow.Deal("d03")))).ShouldNotBeNull().Gone.ShouldBeTrue();
    }

    [Fact]
    public async Task A_few_of_many_missing_are_read_one_by_one()
    {
        await using var flow = await DealsAsync(12);

        for (var i = 0; i < 10; i++) flow.Crm.Delete(RecordKind.Deal, $"d{i:00}");
        await flow.ReconcileAsync();

        (await flow.SeeAsync(v => v.CountRecords("crm", "crm-account", RecordKind.Deal))).ShouldBe(2);
    }

    [Fact]
    public async Task A_full_comparison_that_was_missed_is_made_up_for_by_the_next_poll()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.TellsDeletions = false;
        flow.Win();
        await flow.PollAsync();
        await flow.SettleAsync();
        flow.Crm.Delete(RecordKind.Deal, "d1");
        var (lists, reads) = (flow.Crm.Lists, flow.Crm.Reads.Count);

        await flow.StopAsync();
        flow.Clock.Advance(TimeSpan.FromHours(26));
        await flow.StartAsync();
        await flow.UntilAsync(() => flow.Crm.Reads.Count > reads);

        // The list goes on beside whatever the bench sees: it is done when its last word is in the mirror.
        var gone = false;
        for (var tries = 0; tries < 50 && !gone; tries++)
        {
            await flow.SettleAsync();
            gone = (await flow.SeeAsync(v => v.FindRecord(flow.Deal())))!.Gone;
        }

        gone.ShouldBeTrue();
        flow.Crm.Lists.ShouldBeGreaterThan(lists);
    }

    [Fact]
    public async Task A_first_list_cut_in_the_middle_goes_on_where_it_was()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.Arms = false;
        flow.Crm.PageSize = 2;
        for (var i = 0; i < 5; i++) flow.Crm.Put(RecordKind.Deal, $"d{i}", ("stage", "won"), ("name", $"Old {i}"));
        flow.Crm.ListsPages = 2;
        await flow.StartAsync();
        await flow.SettleAsync();
        flow.Workspace.AllArmed.ShouldBeFalse();

        flow.Crm.ListsPages = null;
        await flow.PassAsync(TimeSpan.FromMinutes(10));
        await flow.PollAsync();
        await flow.PollAsync("crm", "companies");
        flow.Arms = true;
        await flow.SettleAsync();

        (await flow.HandoffsAsync()).Count.ShouldBe(5);
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.State == HandoffState.Baseline);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public async Task A_list_whose_place_the_tool_forgot_begins_anew_and_is_not_taken_for_complete(int times)
    {
        await using var flow = await Flow.PrepareAsync();
        (flow.Crm.PageSize, flow.Crm.ForgetsLists, flow.Arms) = (2, times, times == 1);
        for (var i = 1; i <= 5; i++) flow.Win($"d{i}");

        await flow.StartAsync();
        await flow.SettleAsync();
        if (times > 1)
        {
            // Nothing is armed on half a list: what was there before would fire.
            flow.Workspace.AllArmed.ShouldBeFalse();
            (flow.Arms, flow.Crm.ForgetsLists) = (true, 0);
            foreach (var stream in new[] { "deals", "companies" }) await flow.PollAsync(stream: stream);
            await flow.SettleAsync();
        }

        (await flow.HandoffsAsync()).Count(h => h.State == HandoffState.Baseline).ShouldBe(5);
        flow.Projects.Made.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_record_that_is_refused_does_not_stop_its_stream_for_ever()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Hints = true;
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("d2") ? new Failure(FailureKind.Rejected, "you may not see it") { Status = 403 } : null;
        foreach (var deal in new[] { "d1", "d2", "d3" }) flow.Win(deal);

        await flow.PollAsync();
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
        (await flow.JournalAsync("observing.record.refused")).ShouldHaveSingleItem().Message.ShouldContain("deal d2 of crm is not shown to us");

        var polls = flow.Crm.Reads.Count;
        flow.Win("d4");
        await flow.PollAsync();
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(3);
        flow.Crm.Reads.Skip(polls).ShouldNotContain(r => r.Contains("d2"), "the cursor went on");
    }

    [Fact]
    public async Task A_record_that_its_tool_always_fails_at_does_not_stop_its_stream()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Hints = true;
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("d2") ? new Failure(FailureKind.Unavailable, "it failed (HTTP 500)") : null;
        foreach (var deal in new[] { "d1", "d2", "d3" }) flow.Win(deal);

        await flow.PollAsync();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
        (await flow.JournalAsync("observing.record.refused")).ShouldHaveSingleItem().Message.ShouldContain("it failed (HTTP 500)");
        (await flow.JournalAsync("health.tool.failed")).ShouldBeEmpty("its tool is well");
    }

    [Fact]
    public async Task A_record_that_was_found_to_be_refused_before_something_stopped_the_poll_is_not_searched_for_again()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Hints = true;
        var limited = false;
        flow.Crm.ReadTrouble = (_, ids) =>
        {
            if (ids.Contains("d2")) return new Failure(FailureKind.Rejected, "you may not see it") { Status = 403 };
            if (limited || ids is not ["d3"]) return null;
            limited = true;
            return new Failure(FailureKind.RateLimited, "slow down") { RetryAt = flow.Clock.GetUtcNow().AddMinutes(1) };
        };
        foreach (var deal in new[] { "d1", "d2", "d3", "d4" }) flow.Win(deal);
        await flow.PollAsync();
        (await flow.JournalAsync("observing.record.refused")).ShouldHaveSingleItem("it is told of, though the poll was stopped");
        var before = flow.Crm.Reads.Count;

        flow.Clock.Advance(TimeSpan.FromMinutes(2));
        await flow.PollAsync();
        await flow.SettleAsync();

        flow.Crm.Reads.Skip(before).Take(2).ShouldBe(["deal d1,d3,d4", "deal d2"]);
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_record_that_was_refused_once_is_asked_for_again_by_later_polls()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Hints = true;
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("d2") ? new Failure(FailureKind.Rejected, "you may not see it") { Status = 403 } : null;
        foreach (var deal in new[] { "d1", "d2" }) flow.Win(deal);
        await flow.PollAsync();
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(1);

        flow.Crm.ReadTrouble = static (_, _) => null;
        flow.Clock.Advance(TimeSpan.FromMinutes(2));
        await flow.PollAsync();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_record_that_stays_refused_is_asked_for_ever_more_seldom_and_told_of_once()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Hints = true;
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("d2") ? new Failure(FailureKind.Rejected, "you may not see it") { Status = 403 } : null;
        var reads = flow.Crm.Reads.Count;
        flow.Win("d2");

        for (var poll = 0; poll < 12; poll++)
        {
            await flow.PollAsync();
            flow.Clock.Advance(TimeSpan.FromMinutes(30));
        }

        flow.Crm.Reads.Skip(reads).Count(r => r.Contains("d2")).ShouldBe(7, "by the hour in the end");
        (await flow.JournalAsync("observing.record.refused")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_went_before_it_was_ever_seen_is_not_brought_to_life_by_older_news()
    {
        await using var flow = await Flow.StartAsync();
        await flow.DeliverAsync("hint deal d9");
        await flow.SettleAsync();

        await flow.DeliverAsync("state deal d9 x name=Website stage=won");
        await flow.SettleAsync();

        flow.Projects.Made.ShouldBeEmpty();
        (await flow.SeeAsync(v => v.FindRecord(flow.Deal("d9")))).ShouldNotBeNull().Gone.ShouldBeTrue();
        flow.Win("d9");
        await flow.PollAsync();
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem("it was restored");
    }

    [Fact]
    public async Task A_full_comparison_says_what_was_there_known_missing_and_extra()
    {
        await using var flow = await Flow.StartAsync();
        for (var i = 1; i <= 3; i++) flow.Crm.Put(RecordKind.Deal, $"d{i}", ("name", $"Website {i}"), ("stage", "proposal"));
        await flow.PollAsync();
        await flow.SettleAsync();
        flow.Clock.Advance(TimeSpan.FromHours(1));

        // What polls missed: one that is new, one that changed, one that went.
        flow.Crm.TellsDeletions = false;
        flow.Crm.Put(RecordKind.Deal, "d4", ("name", "Website 4"), ("stage", "proposal"));
        flow.Crm.Put(RecordKind.Deal, "d2", ("name", "Renamed"));
        flow.Crm.Delete(RecordKind.Deal, "d3");
        await flow.ReconcileAsync();

        var row = (await flow.SeeAsync(v => v.Reconciles())).Single(r => r is { Tool: "crm", Stream: "deals" });
        (row.Seen, row.Known, row.Missing, row.Differed, row.Extra, row.Held).ShouldBe((3, 4, 1, 1, 1, false));
        (await flow.JournalAsync("observing.reconcile.compared"))[0].Message
            .ShouldBe("deals of crm were compared in full: 3 there, 4 here; 1 were missing here, 1 differed, 1 were absent there");
        (await flow.SeeAsync(v => v.FindRecord(flow.Deal("d3")))).ShouldNotBeNull().Gone.ShouldBeTrue();
    }

    [Fact]
    public async Task A_tool_that_falls_silent_is_told_once_until_it_speaks_again()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Put(RecordKind.Deal, "d1", ("name", "Website"), ("stage", "proposal"));
        var tool = flow.Workspace.Find("crm")!;
        for (var i = 0; i < 30; i++) await TickAsync(TimeSpan.FromMinutes(40), $"Website {i}");
        for (var i = 0; i < 30; i++) await TickAsync(TimeSpan.FromHours(1), null);

        (await flow.JournalAsync("observing.tool.silent")).ShouldHaveSingleItem().Message.ShouldMatch("no change in crm for 2[4-6] h, usually one every 40 min");
        tool.Health.Silence.ShouldNotBeNull();
        await TickAsync(TimeSpan.FromHours(1), "News");
        tool.Health.Silence.ShouldBeNull();

        async Task TickAsync(TimeSpan after, string? name)
        {
            if (name is not null) flow.Crm.Put(RecordKind.Deal, "d1", ("name", name));
            flow.Clock.Advance(after);
            await flow.Engine.Streams.TickAsync(tool, tool.Manifest.Streams[0], CancellationToken.None);
            await flow.SettleAsync();
        }
    }
}
