using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.People;

/// <summary>What a person can do from the pages.</summary>
public sealed class PageDecisionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_yes_to_what_is_no_longer_so_is_no_yes()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Approve = true });
        await flow.WinAsync();
        await flow.SettleAsync();
        var shown = await flow.HandoffAsync();

        await flow.ChangeAsync("d1", "amount", "9000");
        await flow.SettleAsync();
        var (done, message) = await flow.Engine.Decisions.ApproveAsync(shown.Id, Someone.Ann, Token, shown.Shown);
        await flow.SettleAsync();

        done.ShouldBeFalse();
        message.ShouldContain("changed since it was shown");
        flow.Projects.Calls.ShouldBeEmpty();

        (await flow.Engine.Decisions.ApproveAsync(shown.Id, Someone.Ann, Token, (await flow.HandoffAsync()).Shown)).Done.ShouldBeTrue();
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_changes_between_the_yes_and_the_write_is_asked_about_again()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Approve = true });
        await flow.WinAsync();
        await flow.SettleAsync();
        await flow.Engine.Pausing.PauseAsync(PauseOf.Tool, "projects", Someone.Ann, Token);
        (await flow.Engine.Decisions.ApproveAsync((await flow.HandoffAsync()).Id, Someone.Ann, Token)).Done.ShouldBeTrue();
        await flow.SettleAsync();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Ready);

        await flow.ChangeAsync("d1", "amount", "9000");
        await flow.SettleAsync();
        await flow.Engine.Pausing.ResumeAsync(PauseOf.Tool, "projects", Someone.Ann, Token);
        await flow.SettleAsync();

        var handoff = await flow.HandoffAsync();
        (handoff.State, handoff.Hold, handoff.ApprovedBy).ShouldBe((HandoffState.Waiting, Hold.Approval, null));
        flow.Projects.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_done_by_hand_counts_as_done_and_sends_nothing_more()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.Rejected("the plan is full"));
        await flow.WinAsync();
        await flow.SettleAsync();

        (await flow.Engine.Decisions.MarkDoneAsync((await flow.HandoffAsync()).Id, Someone.Ann, Token)).Done.ShouldBeTrue();
        await flow.ChangeAsync("d1", "amount", "9000");
        await flow.RestartAsync();
        await flow.PassAsync(TimeSpan.FromHours(3));

        var handoff = await flow.HandoffAsync();
        (handoff.State, handoff.Reason).ShouldBe((HandoffState.Done, "ann did it by hand"));
        flow.Projects.Calls.Count.ShouldBe(1);
        (await flow.JournalAsync("people.handoff.finished")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_a_tool_refused_goes_on_as_a_person_wrote_it_and_stays_so()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.Rejected("the name is taken"));
        await flow.WinAsync();
        await flow.SettleAsync();
        var dead = await flow.HandoffAsync();

        (await flow.Engine.Decisions.EditAsync(dead.Id, new Dictionary<string, string> { ["project.name"] = "  " }, Someone.Ann, Token)).Done.ShouldBeFalse();
        (await flow.Engine.Decisions.EditAsync(dead.Id, new Dictionary<string, string> { ["project.ends"] = "soon" }, Someone.Ann, Token)).Message.ShouldContain("2027-03-31");
        flow.Projects.Calls.Count.ShouldBe(1);
        (await flow.Engine.Decisions.EditAsync(dead.Id, new Dictionary<string, string> { ["project.name"] = "Fox, second site" }, Someone.Ann, Token)).Done.ShouldBeTrue();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem().Name.ShouldBe("Fox, second site");
        flow.Projects.Calls.Where(c => c.Call.Order.Name == "project").Select(c => c.Call.Revision).ShouldBe([1, 2]);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
        (await flow.HandoffAsync()).Title.ShouldBe("Fox, second site");
        (await flow.JournalAsync("people.handoff.edited")).ShouldHaveSingleItem().Message.ShouldContain("ann edited");
    }

    [Fact]
    public async Task A_task_that_was_refused_in_the_middle_goes_on_as_edited()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Open = Task.CompletedTask;
        var sent = 0;
        flow.Projects.WhilePreparing = () =>
        {
            if (++sent == 3) flow.Projects.Next(Fault.Rejected("no such task name"));
            return Task.CompletedTask;
        };
        await flow.WinAsync();
        await flow.SettleAsync();

        await flow.Engine.Decisions.EditAsync((await flow.HandoffAsync()).Id, new Dictionary<string, string> { ["task-1.name"] = "Welcome!" }, Someone.Ann, Token);
        await flow.SettleAsync();

        flow.Projects.MadeOf<TaskContent>().Select(t => t.Name).ShouldBe(["Welcome!", "Collect access"]);
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_flag_that_was_seen_to_stays_away_until_it_is_another()
    {
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync();
        await flow.SettleAsync();
        await flow.ChangeAsync("d1", "stage", "lost");
        await flow.SettleAsync();
        var flagged = await flow.HandoffAsync();
        flagged.Flag.ShouldNotBeNull();

        (await flow.Engine.Decisions.DismissAsync(flagged.Id, Someone.Ann, Token)).Done.ShouldBeTrue();
        await flow.ChangeAsync("d1", "amount", "9000");
        await flow.SettleAsync();
        (await flow.HandoffAsync()).Flag.ShouldBeNull();

        await flow.ChangeAsync("d1", "stage", "won");
        await flow.SettleAsync();
        await flow.ChangeAsync("d1", "stage", "lost");
        await flow.SettleAsync();
        (await flow.HandoffAsync()).Flag.ShouldBe(flagged.Flag);
    }

    [Fact]
    public async Task Of_two_projects_made_by_hand_the_picked_one_is_adopted()
    {
        await using var flow = await Flow.StartAsync();
        foreach (var id in (string[])["p-1", "p-2"])
            flow.Projects.Put(RecordKind.Project, id, ("name", "Fox Ltd – Website d1"), ("status", "open"), ("createdAt", "2026-11-02T08:30:00Z"));
        await flow.WinAsync();
        await flow.SettleAsync();
        var asked = await flow.HandoffAsync();
        asked.State.ShouldBe(HandoffState.Dead, asked.Reason);
        var choices = await flow.SeeAsync(view => flow.Engine.Decisions.ChoicesFor(view, asked));
        choices.Select(c => c.Ref.Id).ShouldBe(["p-1", "p-2"], ignoreOrder: true);

        (await flow.Engine.Decisions.PickAsync(asked.Id, flow.Project("p-3"), Someone.Ann, Token)).Done.ShouldBeFalse();
        (await flow.Engine.Decisions.PickAsync(asked.Id, flow.Project("p-2"), Someone.Ann, Token)).Done.ShouldBeTrue();
        await flow.PassAsync(TimeSpan.FromMinutes(1));

        var handoff = await flow.HandoffAsync();
        handoff.State.ShouldBe(HandoffState.Done, handoff.Reason);
        flow.Projects.Calls.ShouldBeEmpty();
        (await flow.SeeAsync(view => view.LinksFrom(flow.Deal()))).ShouldHaveSingleItem().To.ShouldBe(flow.Project("p-2"));
        (await flow.JournalAsync("people.handoff.picked")).ShouldHaveSingleItem().Message.ShouldContain("p-2");
    }

    [Fact]
    public async Task A_paused_rule_plans_and_sends_nothing_until_it_is_resumed()
    {
        await using var flow = await Flow.StartAsync();
        (await flow.Engine.Pausing.PauseAsync(PauseOf.Rule, "won-deal-to-project", Someone.Ann, Token)).Done.ShouldBeTrue();
        (await flow.Engine.Pausing.PauseAsync(PauseOf.Rule, "won-deal-to-project", Someone.Ann, Token)).Done.ShouldBeFalse();
        await flow.WinAsync();
        await flow.RestartAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(5));
        var waiting = await flow.HandoffAsync();
        (waiting.State, waiting.Reason).ShouldBe((HandoffState.Waiting, "waiting: `won-deal-to-project` was paused by ann: it goes on when the rule is resumed"));
        flow.Projects.Calls.ShouldBeEmpty();

        (await flow.Engine.Pausing.ResumeAsync(PauseOf.Rule, "won-deal-to-project", Someone.Ann, Token)).Done.ShouldBeTrue();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.Engine.Pausing.PauseAsync(PauseOf.Rule, "no-such-rule", Someone.Ann, Token)).Message.ShouldContain("no rule");
    }

    [Fact]
    public async Task Each_engagement_stands_in_its_stage()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Open = Task.CompletedTask;
        await flow.WinAsync();
        await flow.SettleAsync();

        var delivery = await flow.SeeAsync(view => view.EngagementsIn(Stage.Delivery, 5));

        delivery.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            row => row.Client.ShouldBe("Fox Ltd"), row => row.Worth.ShouldBe(new Money(1000, "GBP")), row => row.Root.ShouldBe(flow.Deal()));
    }
}
