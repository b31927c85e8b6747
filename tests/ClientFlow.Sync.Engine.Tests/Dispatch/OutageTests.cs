using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Dispatch;

public sealed class OutageTests
{
    [Theory]
    [InlineData("00:01:00", 25)]
    [InlineData("01:00:00", 60)]
    [InlineData("3.00:00:00", 2000)]
    public async Task An_outage_ends_by_itself_in_order_with_nothing_doubled(string outage, int mostTries)
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Trouble = Fault.Down.Failure;
        for (var i = 1; i <= 10; i++) await flow.WinAsync($"d{i:00}");

        await flow.PassAsync(TimeSpan.Parse(outage, System.Globalization.CultureInfo.InvariantCulture));
        flow.Projects.Made.ShouldBeEmpty();
        flow.Projects.Asked.ShouldBeLessThan(mostTries, "it is asked seldom while it is down");
        flow.Projects.Trouble = null;
        await flow.PassAsync(TimeSpan.FromMinutes(6));

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(10);
        flow.Projects.MadeOf<TaskContent>().Count.ShouldBe(20);
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.State == HandoffState.Done);
        for (var i = 1; i <= 10; i++)
        {
            var keys = (await flow.ActionsAsync($"d{i:00}")).Select(a => a.Order.Key).ToHashSet();
            flow.Projects.Calls.Where(c => keys.Contains(c.Call.Order.Key)).Select(c => c.Call.Order.Name).Distinct()
                .ShouldBe(["project", "section", "task-1", "task-2"], "its writes go in their order");
        }

        (await flow.JournalAsync("health.tool.failed")).ShouldHaveSingleItem();
        (await flow.JournalAsync("health.tool.recovered")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_tool_that_answers_everything_with_a_page_for_people_is_waited_for_and_nobody_is_asked()
    {
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync("d1");
        await flow.SettleAsync();

        // One is in doubt when it begins, and one is still to be prepared.
        flow.Projects.Next(Fault.CallLost);
        await flow.WinAsync("d2");
        await flow.SettleAsync();
        var page = new Failure(FailureKind.Malformed, "its answer is no JSON but a page: under maintenance");
        (flow.Projects.Trouble, flow.Projects.PrepareTrouble) = (page, page);
        await flow.WinAsync("d3");
        await flow.PassAsync(TimeSpan.FromHours(30));
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.State != HandoffState.Dead);

        (flow.Projects.Trouble, flow.Projects.PrepareTrouble) = (null, null);
        await flow.PassAsync(TimeSpan.FromHours(2));
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(3);
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.State == HandoffState.Done);
    }

    [Fact]
    public async Task A_tool_that_shows_people_a_page_before_anything_of_it_is_known_is_waited_for_too()
    {
        await using var flow = await Flow.StartAsync();
        var page = new Failure(FailureKind.Malformed, "its answer is no JSON but a page: under maintenance");
        (flow.Projects.Trouble, flow.Projects.PrepareTrouble) = (page, page);
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromHours(30));
        (await flow.HandoffAsync()).State.ShouldNotBe(HandoffState.Dead);

        (flow.Projects.Trouble, flow.Projects.PrepareTrouble) = (null, null);
        await flow.PassAsync(TimeSpan.FromHours(2));
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_record_that_a_tool_always_fails_at_is_no_outage_where_the_others_are_private()
    {
        await using var flow = await Flow.StartAsync();
        foreach (var id in (string[])["d1", "d2", "d3"]) flow.Crm.Put(RecordKind.Deal, id, ("stage", "intake"));
        await flow.PollAsync();
        flow.Crm.ReadTrouble = static (_, ids) => ids.Contains("d1") ? Fault.Down.Failure : new Failure(FailureKind.Rejected, "it is private") { Status = 403 };

        await flow.ChangeAsync("d1", "stage", "proposal");
        await flow.SettleAsync();

        (await flow.JournalAsync("health.tool.failed")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(FailureKind.Unavailable)]
    [InlineData(FailureKind.Unauthorized)]
    public async Task A_write_in_doubt_outlives_an_outage_of_three_days_and_is_made_once(FailureKind kind)
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.CallLost);
        await flow.WinAsync();
        await flow.SettleAsync();
        flow.Projects.Trouble = new Failure(kind, "nobody answers");
        await flow.PassAsync(TimeSpan.FromDays(3));
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Sending);

        // What then goes wrong once is not the two hundredth time.
        flow.Projects.Trouble = null;
        flow.Projects.NextLookUps(new Failure(FailureKind.Unavailable, "it failed (HTTP 503)") { OneCall = true });
        await flow.PassAsync(TimeSpan.FromHours(2));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_tool_that_comes_back_is_met_by_one_write_first()
    {
        // Reminders: nothing of their tool is read before they are written, so it is a write that meets it first.
        await using var flow = await Flow.StartAsync(Rules.RenewalReminder);
        flow.Calendar.Trouble = Fault.Down.Failure;
        for (var i = 1; i <= 6; i++) flow.Projects.Put(RecordKind.Project, $"p{i}", ("name", $"Website {i}"), ("status", "open"), ("endsOn", "2027-06-30"));
        await flow.PollAsync("projects", "projects");
        await flow.PassAsync(TimeSpan.FromMinutes(10));
        var open = new TaskCompletionSource();
        (flow.Calendar.Trouble, flow.Calendar.Open) = (null, open.Task);
        var before = flow.Calendar.Calls.Count;

        var passing = flow.PassAsync(TimeSpan.FromMinutes(6));
        await flow.UntilAsync(() => flow.Calendar.UnderWay > 0);
        var sent = flow.Calendar.Calls.Count - before;
        open.SetResult();
        await passing;

        sent.ShouldBe(1);
        flow.Calendar.MadeOf<ReminderContent>().Count.ShouldBe(6);
    }

    [Fact]
    public async Task A_refused_call_holds_no_lane_where_the_tool_accepts_its_credential()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.BadToken);

        await flow.WinAsync("d1");
        await flow.WinAsync("d2");
        await flow.PassAsync(TimeSpan.FromMinutes(1));

        flow.Workspace.Find("projects")!.Health.State.Condition.ShouldBe(Health.Condition.Healthy);
        (await flow.JournalAsync("health.tool.held")).ShouldBeEmpty();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_refused_again_and_again_asks_a_person_about_that_handoff_alone()
    {
        await using var flow = await Flow.StartAsync();
        for (var i = 0; i < 10; i++) flow.Projects.Next(Fault.BadToken);

        await flow.WinAsync("d1");
        await flow.PassAsync(TimeSpan.FromHours(6));
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Dead);
        (await flow.HandoffAsync()).Reason.ShouldContain("accepts its credential all the same");

        flow.Projects.Mend();
        await flow.WinAsync("d2");
        await flow.SettleAsync();
        (await flow.HandoffAsync("d2")).State.ShouldBe(HandoffState.Done);
    }

    [Theory, Trait("Takes", "long")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_that_its_tool_fails_at_for_days_is_asked_for_less_and_less_and_then_asks_a_person(bool repeatable)
    {
        await using var flow = await Flow.StartAsync();
        var twin = repeatable ? flow.Crm : flow.Projects;
        for (var i = 0; i < 1_000; i++) twin.Next(Fault.CallLost);
        await flow.WinAsync();

        await flow.PassAsync(TimeSpan.FromDays(3));
        (await flow.HandoffAsync()).State.ShouldNotBe(HandoffState.Dead, "an outage of three days ends by itself");
        twin.Calls.Count.ShouldBeInRange(80, 200);
        await flow.PassAsync(TimeSpan.FromDays(3));

        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Dead);
        (await flow.HandoffAsync()).Reason.ShouldContain("was asked 200 times and never said that it was done (the call was cut)");
        twin.Mend();
        await flow.Engine.Decisions.RetryAsync((await flow.HandoffAsync()).Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.SettleAsync();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact, Trait("Takes", "long")]
    public async Task A_write_that_its_tool_fails_at_before_it_is_sent_holds_up_no_other_and_asks_a_person_in_the_end()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.PrepareTroubleOf = static call => call.Order.Content is ProjectContent { Name: "Fox Ltd – Website d1" } ? new Failure(FailureKind.Unavailable, "it failed (HTTP 500)") : null;
        await flow.WinAsync("d0");
        await flow.SettleAsync();
        await flow.WinAsync("d1");
        await flow.SettleAsync();
        await flow.WinAsync("d2");
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
        (await flow.JournalAsync("health.tool.failed")).ShouldBeEmpty("its tool is well");
        await flow.PassAsync(TimeSpan.FromDays(3));
        (await flow.HandoffAsync("d1")).State.ShouldNotBe(HandoffState.Dead, "trouble of three days ends by itself");
        (await flow.ActionAsync("project", "d1")).Attempts.ShouldBeInRange(80, 200);
        await flow.PassAsync(TimeSpan.FromDays(3));

        (await flow.HandoffAsync("d1")).State.ShouldBe(HandoffState.Dead);
        (await flow.HandoffAsync("d1")).Reason.ShouldContain("it failed (HTTP 500)");
        (await flow.JournalAsync("health.tool.failed")).ShouldBeEmpty();
        flow.Projects.PrepareTroubleOf = static _ => null;
        await flow.Engine.Decisions.RetryAsync((await flow.HandoffAsync("d1")).Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.SettleAsync();
        (await flow.HandoffAsync("d1")).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task An_outage_that_is_met_before_the_write_is_sent_uses_up_no_try()
    {
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync("d0");
        await flow.SettleAsync();
        flow.Projects.PrepareTrouble = new Failure(FailureKind.Unavailable, "it failed (HTTP 503)");
        flow.Projects.ReadTrouble = static (_, _) => new Failure(FailureKind.Unavailable, "it failed (HTTP 503)");
        await flow.WinAsync("d1");
        await flow.PassAsync(TimeSpan.FromHours(2));
        (await flow.ActionAsync("project", "d1")).Attempts.ShouldBe(0);
        (await flow.JournalAsync("health.tool.failed")).ShouldNotBeEmpty();

        (flow.Projects.PrepareTrouble, flow.Projects.ReadTrouble) = (null, static (_, _) => null);
        await flow.PassAsync(TimeSpan.FromMinutes(6));
        (await flow.HandoffAsync("d1")).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_held_lane_tells_what_waits_for_it()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Trouble = Fault.Down.Failure;
        for (var i = 1; i <= 3; i++) await flow.WinAsync($"d{i}", amount: "1500");
        await flow.SettleAsync();
        flow.Projects.Trouble = Fault.BadToken.Failure;
        await flow.PassAsync(TimeSpan.FromMinutes(6));

        (await flow.JournalAsync("health.tool.held")).ShouldHaveSingleItem().Message.ShouldContain("3 handoffs worth GBP 4,500.00 wait for it.");
    }

    [Fact]
    public async Task A_complaint_is_gone_when_the_tool_agrees_again()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Trouble = new Failure(FailureKind.Rejected, "the scope is missing") { Status = 403 };
        await flow.PollAsync();
        await flow.PollAsync();
        flow.Workspace.Find("crm")!.Health.Complaint.ShouldBe("the scope is missing");
        (await flow.JournalAsync("health.tool.refused")).ShouldHaveSingleItem();

        flow.Crm.Trouble = null;
        await flow.PollAsync(stream: "companies");
        flow.Workspace.Find("crm")!.Health.Complaint.ShouldNotBeNull("that is another stream");
        await flow.PollAsync();
        flow.Workspace.Find("crm")!.Health.Complaint.ShouldBeNull();
    }

    [Fact]
    public async Task A_poll_that_never_gets_through_by_itself_is_told_once_although_the_tool_is_well()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Trouble = new Failure(FailureKind.Unavailable, "the search takes too long there") { Status = 424, OneCall = true };
        await flow.PollAsync();
        await flow.PollAsync();
        flow.Workspace.Find("crm")!.Health.Complaint.ShouldBeNull("it may pass");

        await flow.PollAsync();
        await flow.PollAsync();
        flow.Workspace.Find("crm")!.Health.Complaint.ShouldBe("the search takes too long there");
        (await flow.JournalAsync("health.tool.refused")).ShouldHaveSingleItem().Message.ShouldContain("the search takes too long there");
        flow.Workspace.Find("crm")!.Health.MayCall(flow.Clock.GetUtcNow()).ShouldBeTrue();

        flow.Crm.Trouble = null;
        await flow.PollAsync();
        flow.Workspace.Find("crm")!.Health.Complaint.ShouldBeNull();
    }

    [Fact]
    public async Task Many_handoffs_at_once_are_carried_out_within_the_budget_and_none_is_lost()
    {
        await using var flow = await Flow.PrepareAsync(Rules.WonDealToProject with { Limit = 1000 });
        flow.Quota = [new QuotaWindow("minute", 50, TimeSpan.FromMinutes(1), "calls a minute")];
        await flow.StartAsync();
        await flow.SettleAsync();

        for (var i = 1; i <= 40; i++) flow.Win($"d{i:00}");
        await flow.PollAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(40);
        flow.Projects.MadeOf<TaskContent>().Count.ShouldBe(80);
        var sent = flow.Projects.Calls.Select(c => c.At).ToList();
        sent.Max(first => sent.Count(at => at >= first && at < first.AddMinutes(1))).ShouldBeLessThanOrEqualTo(45);
        flow.Workspace.Find("projects")!.Health.State.Condition.ShouldBe(Health.Condition.Healthy, "the tool is well: it is us who wait");
    }
}
