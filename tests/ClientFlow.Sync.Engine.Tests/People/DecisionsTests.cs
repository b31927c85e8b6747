using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.People;

public sealed class DecisionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_retry_goes_on_where_it_died_and_repeats_nothing()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Open = Task.CompletedTask;
        var sent = 0;
        flow.Projects.WhilePreparing = () =>
        {
            // The third write, the first task, is refused.
            if (++sent == 3) flow.Projects.Next(Fault.Rejected("tasks need an assignee"));
            return Task.CompletedTask;
        };
        await flow.WinAsync();
        await flow.SettleAsync();
        var handoff = await flow.HandoffAsync();
        handoff.State.ShouldBe(HandoffState.Dead);
        (await flow.JournalAsync("dispatch.action.died")).ShouldHaveSingleItem().Message.ShouldContain("tasks need an assignee");

        await flow.PassAsync(TimeSpan.FromDays(1));
        flow.Projects.Calls.Count.ShouldBe(3);
        var (done, message) = await flow.Engine.Decisions.RetryAsync(handoff.Id[..6], Someone.Ann, Token);
        await flow.SettleAsync();

        (done, message).ShouldBe((true, $"{handoff.Id} goes on"));
        flow.Projects.Calls.Select(c => c.Call.Order.Name).ShouldBe(["project", "section", "task-1", "task-1", "task-2"]);
        flow.Projects.Calls[3].Call.Revision.ShouldBe(2);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
        (await flow.JournalAsync("people.handoff.retried")).ShouldHaveSingleItem().Message.ShouldStartWith("ann retried");
    }

    [Fact]
    public async Task A_retry_takes_the_facts_as_they_are_now()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.Rejected("the name is taken"));
        await flow.WinAsync();
        await flow.SettleAsync();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Dead);

        await flow.ChangeAsync("d1", "name", "Website 2027");
        await flow.SettleAsync();
        await flow.Engine.Decisions.RetryAsync((await flow.HandoffAsync()).Id, Someone.Ann, Token);
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem().Name.ShouldBe("Fox Ltd – Website 2027");
        flow.Projects.Calls.Where(c => c.Call.Order.Name == "project").Select(c => c.Call.Revision).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_retry_goes_by_the_rule_as_it_is_now()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.Rejected("the name has a dash"));
        await flow.WinAsync();
        await flow.SettleAsync();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Dead);

        flow.ConfigHash = "config-2";
        await flow.RestartAsync(Rules.WonDealToProject with { Create = Rules.Project("{{deal.name}} ({{client.name}})", "Call the client") });
        await flow.Engine.Decisions.RetryAsync((await flow.HandoffAsync()).Id, Someone.Ann, Token);
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem().Name.ShouldBe("Website d1 (Fox Ltd)");
        flow.Projects.MadeOf<TaskContent>().ShouldHaveSingleItem().Name.ShouldBe("Call the client");
    }

    [Fact]
    public async Task What_was_begun_by_an_older_rule_ends_by_it_and_the_retry_says_so()
    {
        await using var flow = await Flow.StartAsync();
        var sent = 0;
        flow.Projects.WhilePreparing = () =>
        {
            // The second task.
            if (++sent == 4) flow.Projects.Next(Fault.Rejected("a task needs an assignee"));
            return Task.CompletedTask;
        };
        await flow.WinAsync();
        await flow.SettleAsync();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Dead);

        flow.ConfigHash = "config-2";
        await flow.RestartAsync(Rules.WonDealToProject with { Create = Rules.Project("{{deal.name}}", "Call the client", "Send the welcome pack", "Collect access") });
        var (done, message) = await flow.Engine.Decisions.RetryAsync((await flow.HandoffAsync()).Id, Someone.Ann, Token);
        await flow.SettleAsync();

        done.ShouldBeTrue();
        message.ShouldContain("by its rule as it was when it began");
        flow.Projects.MadeOf<TaskContent>().Select(t => t.Name).ShouldBe(["Send the welcome pack", "Collect access"], "numbered by the new rule, the welcome pack would be sent twice");
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_retry_of_what_is_no_longer_wanted_sends_nothing()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.Rejected("the name is taken"));
        await flow.WinAsync();
        await flow.SettleAsync();

        await flow.ChangeAsync("d1", "stage", "lost");
        await flow.SettleAsync();
        var (done, message) = await flow.Engine.Decisions.RetryAsync((await flow.HandoffAsync()).Id, Someone.Ann, Token);
        await flow.SettleAsync();

        done.ShouldBeTrue();
        message.ShouldContain("is withdrawn");
        flow.Projects.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_doubted_write_whose_look_up_is_refused_asks_and_a_retry_looks_again_before_it_sends()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.AnswerLost);
        flow.Projects.NextLookUps(new Failure(FailureKind.Rejected, "searching needs another scope"));
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(5));
        var handoff = await flow.HandoffAsync();
        handoff.State.ShouldBe(HandoffState.Dead);
        handoff.Reason.ShouldContain("searching needs another scope");

        await flow.Engine.Decisions.RetryAsync(handoff.Id, Someone.Ann, Token);
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_rule_that_asks_for_a_yes_waits_for_it_and_then_sends()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Approve = true });
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromHours(5));
        flow.Projects.Calls.ShouldBeEmpty();
        var handoff = await flow.HandoffAsync();
        (handoff.State, handoff.Hold).ShouldBe((HandoffState.Waiting, Hold.Approval));

        (await flow.Engine.Decisions.ApproveAsync(handoff.Id, Someone.Ann, Token)).Done.ShouldBeTrue();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.Engine.Decisions.ApproveAsync(handoff.Id, Someone.Ann, Token)).Done.ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_skipped_is_never_sent_and_stays_skipped()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Approve = true });
        await flow.WinAsync();
        await flow.SettleAsync();
        var id = (await flow.HandoffAsync()).Id;

        (await flow.Engine.Decisions.SkipAsync(id, Someone.Ann, Token)).Done.ShouldBeTrue();
        await flow.ChangeAsync("d1", "amount", "5");
        await flow.RestartAsync();
        await flow.PassAsync(TimeSpan.FromHours(3));

        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Skipped);
        (await flow.Engine.Decisions.ApproveAsync(id, Someone.Ann, Token)).Done.ShouldBeFalse();
        flow.Projects.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_on_its_way_and_not_sent_can_be_skipped_even_while_its_lane_is_about_to_send_it()
    {
        await using var flow = await Flow.StartAsync();
        var (prepares, goOn) = (false, new TaskCompletionSource());
        flow.Projects.WhilePreparing = () =>
        {
            prepares = true;
            return goOn.Task;
        };
        await flow.WinAsync();
        await flow.UntilAsync(() => prepares);
        var handoff = await flow.HandoffAsync();
        handoff.State.ShouldBe(HandoffState.Ready);

        (await flow.Engine.Decisions.SkipAsync(handoff.Id[..6], Someone.Ann, Token)).ShouldBe((true, $"{handoff.Id} is skipped"));
        goOn.SetResult();
        await flow.ChangeAsync("d1", "amount", "5");
        await flow.RestartAsync();
        await flow.PassAsync(TimeSpan.FromDays(1));

        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Skipped);
        flow.Projects.Calls.ShouldBeEmpty();
        flow.Crm.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_waits_for_a_tool_that_is_down_can_be_skipped_and_the_tool_comes_back_to_nothing()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Trouble = Fault.Down.Failure;
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(30));

        (await flow.Engine.Decisions.SkipAsync((await flow.HandoffAsync()).Id, Someone.Ann, Token)).Done.ShouldBeTrue();
        flow.Projects.Trouble = null;
        await flow.PassAsync(TimeSpan.FromHours(1));

        flow.Projects.Made.ShouldBeEmpty();
        (await flow.ActionsAsync()).ShouldAllBe(a => a.State == ActionState.Withdrawn);
    }

    [Fact]
    public async Task What_may_have_been_sent_is_not_skipped_but_found_out_and_the_answer_says_what_stops_the_rest()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.AnswerLost);
        await flow.WinAsync();
        await flow.SettleAsync();
        var handoff = await flow.HandoffAsync();

        var (done, message) = await flow.Engine.Decisions.SkipAsync(handoff.Id, Someone.Ann, Token);

        done.ShouldBeFalse();
        message.ShouldBe($"{handoff.Id} can't be skipped any more: projects may have been told of it, and what became of that is found out first. " +
            "Pause won-deal-to-project to have nothing more of it sent");
        await flow.Engine.Pausing.PauseAsync(PauseOf.Rule, "won-deal-to-project", Someone.Ann, Token);
        await flow.PassAsync(TimeSpan.FromDays(1));
        flow.Projects.Made.ShouldHaveSingleItem().Content.ShouldBeOfType<ProjectContent>();
        (await flow.Engine.Decisions.SkipAsync(handoff.Id, Someone.Ann, Token)).Message.ShouldContain("a part of it stands already");
    }

    [Fact]
    public async Task More_than_the_limit_at_once_wait_for_one_yes()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Limit = 3 });
        for (var i = 1; i <= 5; i++) flow.Win($"d{i}");
        await flow.PollAsync();
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(3);

        await flow.Engine.Decisions.ApproveAsync("won-deal-to-project", Someone.Ann, Token);
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(5);
    }
}
