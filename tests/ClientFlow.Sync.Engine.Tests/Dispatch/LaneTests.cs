using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Dispatch;

public sealed class LaneTests
{
    [Fact]
    public async Task A_tool_is_never_sent_more_at_once_than_it_allows()
    {
        await using var flow = await Flow.StartAsync();
        var open = new TaskCompletionSource();
        flow.Projects.Open = open.Task;

        for (var i = 1; i <= 8; i++) await flow.WinAsync($"d{i}");
        await flow.UntilAsync(() => flow.Projects.UnderWay == flow.Concurrency);
        flow.Projects.Calls.Select(c => c.Call.Order.Key).Distinct().Count().ShouldBe(flow.Concurrency);
        open.SetResult();
        await flow.SettleAsync();

        flow.Projects.MostUnderWay.ShouldBe(flow.Concurrency);
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(8);
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.State == HandoffState.Done);
    }

    [Fact]
    public async Task One_handoff_sends_its_writes_one_after_the_other_in_their_order()
    {
        await using var flow = await Flow.StartAsync();

        await flow.WinAsync();
        await flow.SettleAsync();

        flow.Projects.MostUnderWay.ShouldBe(1);
        flow.Projects.Calls.Select(c => c.Call.Order.Name).ShouldBe(["project", "section", "task-1", "task-2"]);
    }

    [Fact]
    public async Task A_lane_of_one_never_falls_asleep_with_work_to_do()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.Concurrency = 1;
        await flow.StartAsync();
        await flow.SettleAsync();
        for (var i = 1; i <= 60; i++) flow.Win($"d{i:00}");

        // Limit: one yes lets those go that came at once.
        await flow.PollAsync();
        await flow.Engine.Decisions.ApproveAsync("won-deal-to-project", Someone.Ann, TestContext.Current.CancellationToken);
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(60);
        flow.Projects.MostUnderWay.ShouldBe(1);
    }

    [Fact]
    public async Task A_refused_token_holds_the_lane_with_one_entry_and_work_goes_on_by_itself_when_it_is_mended()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Trouble = Fault.BadToken.Failure;
        for (var i = 1; i <= 4; i++) await flow.WinAsync($"d{i}");

        await flow.PassAsync(TimeSpan.FromHours(3));
        (await flow.JournalAsync("health.tool.held")).ShouldHaveSingleItem().Level.ShouldBe(Core.Stores.JournalLevel.Error);
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.State == HandoffState.Ready || h.State == HandoffState.Sending);
        flow.Workspace.Find("projects")!.Health.State.Condition.ShouldBe(Engine.Health.Condition.Held);

        flow.Projects.Trouble = null;
        await flow.PassAsync(TimeSpan.FromMinutes(7));
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(4);
        (await flow.JournalAsync("health.tool.recovered")).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("it is down", "health.tool.failed", JournalLevel.Warning)]
    [InlineData("it refuses the credential", "health.tool.held", JournalLevel.Error)]
    [InlineData("it refuses the write", "dispatch.action.died", JournalLevel.Error)]
    public async Task The_first_failure_is_told_in_its_moment_and_says_whether_it_heals_by_itself(string failure, string told, JournalLevel level)
    {
        await using var flow = await Flow.StartAsync();
        if (failure == "it refuses the write") flow.Projects.Next(Fault.Rejected("the name is taken"));
        else flow.Projects.Trouble = failure == "it is down" ? Fault.Down.Failure : Fault.BadToken.Failure;
        await flow.PassAsync(TimeSpan.FromMinutes(1));
        var now = flow.Clock.GetUtcNow();

        await flow.WinAsync();
        await flow.SettleAsync();

        var entry = (await flow.JournalAsync(told)).ShouldHaveSingleItem();
        (entry.At, entry.Level).ShouldBe((now, level));
        (await flow.HandoffAsync()).State.ShouldBe(told == "dispatch.action.died" ? HandoffState.Dead : HandoffState.Ready);
        (await flow.SeeAsync(v => v.Journal(new JournalQuery { AtLeast = JournalLevel.Error }))).Count.ShouldBe(level == JournalLevel.Error ? 1 : 0, "an error needs a person");
    }

    [Fact]
    public async Task A_tool_that_asks_us_to_wait_is_left_alone_until_then()
    {
        await using var flow = await Flow.StartAsync();
        var until = flow.Clock.GetUtcNow().AddMinutes(4);
        flow.Projects.Next(Fault.Limited(until));

        await flow.WinAsync("d1");
        await flow.SettleAsync();
        await flow.WinAsync("d2");
        await flow.PassAsync(TimeSpan.FromMinutes(4) - TimeSpan.FromMilliseconds(1));
        flow.Projects.Calls.Count.ShouldBe(1);

        await flow.PassAsync(TimeSpan.FromSeconds(2));
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
        flow.Projects.Calls.Skip(1).ShouldAllBe(c => c.At >= until);
    }

    [Fact]
    public async Task A_tool_that_is_down_holds_up_no_other_tool()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.RenewalReminder);
        flow.Projects.Put(RecordKind.Project, "p1", ("name", "By hand"), ("status", "open"), ("endsOn", "2027-06-30"));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
        flow.Calendar.MadeOf<ReminderContent>().Count.ShouldBe(1);

        flow.Calendar.Trouble = Fault.Down.Failure;
        flow.Projects.Put(RecordKind.Project, "p2", ("name", "By hand too"), ("status", "open"), ("endsOn", "2027-07-31"));
        await flow.PollAsync("projects", "projects");
        await flow.WinAsync();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.HandoffAsync("p2")).State.ShouldNotBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_connector_that_throws_on_one_handoff_holds_up_no_other()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(new Fault(null, Commits: true) { Throws = true });

        await flow.WinAsync("d1");
        await flow.WinAsync("d2");
        await flow.SettleAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.State == HandoffState.Done);
    }

    [Fact]
    public async Task A_write_that_can_never_be_prepared_is_not_tried_in_a_circle()
    {
        await using var flow = await Flow.StartAsync();
        var tries = 0;
        flow.Projects.WhilePreparing = () =>
        {
            tries++;
            throw new InvalidOperationException("a bug in the connector");
        };

        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromHours(1));
        tries.ShouldBeLessThan(40);
        (await flow.JournalAsync("dispatch.action.tripped")).ShouldHaveSingleItem();

        flow.Projects.WhilePreparing = static () => Task.CompletedTask;
        await flow.PassAsync(TimeSpan.FromHours(1));
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }
}
