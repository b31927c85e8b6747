using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.People;

/// <summary>A paused rule: nothing that it calls for is sent until it is resumed, however far it had come.</summary>
public sealed class PauseTests
{
    private const string Reminding = "renewal-reminder";
    private const string Making = "won-deal-to-project";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reminders_move_that_was_ready_before_the_pause_waits_for_the_resume()
    {
        await using var flow = await RemindedAsync();
        await flow.Engine.Pausing.PauseAsync(PauseOf.Tool, "calendar", Someone.Ann, Token);
        await EndAsync(flow, "2027-12-31");
        (await flow.HandoffAsync("p1")).State.ShouldBe(HandoffState.Ready);

        await flow.Engine.Pausing.PauseAsync(PauseOf.Rule, Reminding, Someone.Ann, Token);
        await flow.Engine.Pausing.ResumeAsync(PauseOf.Tool, "calendar", Someone.Ann, Token);
        await flow.PassAsync(TimeSpan.FromHours(1));
        await flow.RestartAsync();
        flow.Calendar.Calls.Count.ShouldBe(1);

        await flow.Engine.Pausing.ResumeAsync(PauseOf.Rule, Reminding, Someone.Ann, Token);
        await flow.SettleAsync();
        flow.Calendar.MadeOf<ReminderMoveContent>().ShouldHaveSingleItem().At.ShouldBe(new DateTimeOffset(2027, 12, 1, 9, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_date_that_moved_while_its_rule_was_paused_is_followed_when_it_is_resumed()
    {
        await using var flow = await RemindedAsync();
        await flow.Engine.Pausing.PauseAsync(PauseOf.Rule, Reminding, Someone.Ann, Token);
        await EndAsync(flow, "2027-12-31");
        await flow.PassAsync(TimeSpan.FromHours(1));
        flow.Calendar.Calls.Count.ShouldBe(1);

        await flow.Engine.Pausing.ResumeAsync(PauseOf.Rule, Reminding, Someone.Ann, Token);
        await flow.SettleAsync();

        flow.Calendar.MadeOf<ReminderMoveContent>().ShouldHaveSingleItem().At.ShouldBe(new DateTimeOffset(2027, 12, 1, 9, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_project_under_way_gets_the_rest_of_its_checklist_when_the_rule_is_resumed()
    {
        await using var flow = await Flow.StartAsync();
        var open = new TaskCompletionSource();
        flow.Projects.Open = open.Task;
        await flow.WinAsync();
        await flow.UntilAsync(() => flow.Projects.Calls.Count == 1);

        await flow.Engine.Pausing.PauseAsync(PauseOf.Rule, Making, Someone.Ann, Token);
        open.SetResult();
        await flow.PassAsync(TimeSpan.FromHours(1));
        flow.Projects.Made.ShouldHaveSingleItem().Content.ShouldBeOfType<ProjectContent>();
        flow.Crm.Calls.ShouldBeEmpty();

        await flow.Engine.Pausing.ResumeAsync(PauseOf.Rule, Making, Someone.Ann, Token);
        await flow.SettleAsync();
        flow.Projects.MadeOf<TaskContent>().Count.ShouldBe(2);
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_in_doubt_is_looked_up_while_its_rule_is_paused_and_not_repeated(bool carriedOut)
    {
        await using var flow = await Flow.PrepareAsync(Rules.RenewalReminder);
        flow.RepeatWithin = TimeSpan.FromHours(1);
        await flow.StartAsync();
        await flow.SettleAsync();
        flow.Calendar.Next(carriedOut ? Fault.AnswerLost : Fault.CallLost);
        await EndAsync(flow, "2027-06-30");
        await flow.Engine.Pausing.PauseAsync(PauseOf.Rule, Reminding, Someone.Ann, Token);

        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Calendar.Calls.Count.ShouldBe(1);
        (await flow.HandoffAsync("p1")).State.ShouldBe(carriedOut ? HandoffState.Done : HandoffState.Waiting);

        await flow.Engine.Pausing.ResumeAsync(PauseOf.Rule, Reminding, Someone.Ann, Token);
        await flow.SettleAsync();
        flow.Calendar.Calls.Count.ShouldBe(carriedOut ? 1 : 2);
        flow.Calendar.MadeOf<ReminderContent>().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("2027-08-31")]
    [InlineData(null)]
    public async Task A_date_that_moved_in_a_pause_is_followed_although_the_worker_died_as_it_ended(string? moved)
    {
        await using var flow = await RemindedAsync();
        await flow.Engine.Pausing.PauseAsync(PauseOf.Rule, Reminding, Someone.Ann, Token);
        await EndAsync(flow, moved);
        var before = flow.Calendar.Calls.Count;

        var rule = (await flow.HandoffAsync("p1")).Key.Rule;
        await flow.DoAsync(unit => unit.RemovePause(PauseOf.Rule, rule));
        await flow.PassAsync(TimeSpan.FromHours(2));

        flow.Calendar.Calls.Skip(before).ShouldHaveSingleItem().Call.Order.Content.GetType().ShouldBe(moved is null ? typeof(ReminderCancelContent) : typeof(ReminderMoveContent));
    }

    private static async Task<Flow> RemindedAsync()
    {
        var flow = await Flow.StartAsync(Rules.RenewalReminder);
        await EndAsync(flow, "2027-06-30");
        flow.Calendar.MadeOf<ReminderContent>().ShouldHaveSingleItem();
        return flow;
    }

    private static async Task EndAsync(Flow flow, string? day)
    {
        flow.Projects.Put(RecordKind.Project, "p1", ("name", "Website"), ("status", "open"), ("endsOn", day));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
    }
}
