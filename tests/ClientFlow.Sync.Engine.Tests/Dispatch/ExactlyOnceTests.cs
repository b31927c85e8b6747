using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Dispatch;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Dispatch;

public sealed class ExactlyOnceTests
{
    private static readonly string[] WholeStory = ["project.create", "section.create", "task.create", "task.create", "deal.link"];

    [Fact]
    public async Task A_won_deal_gets_one_project_with_its_checklist_and_the_link_back()
    {
        await using var flow = await Flow.StartAsync();

        await flow.WinAsync();
        await flow.SettleAsync();

        flow.Projects.Made.Select(m => m.Content.Kind).Concat(flow.Crm.Made.Select(m => m.Content.Kind)).ShouldBe(WholeStory);
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem().Name.ShouldBe("Fox Ltd – Website d1");
        flow.Crm.Find(RecordKind.Deal, "d1")!.Fields["projectUrl"].ShouldBe("https://projects/projects-1");
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
        (await flow.SeeAsync(v => v.LinksFrom(flow.Deal()))).ShouldHaveSingleItem().To.ShouldBe(flow.Project("projects-1"));
    }

    [Fact]
    public async Task A_create_whose_answer_was_lost_is_found_by_look_up_and_not_repeated()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.AnswerLost);

        await flow.WinAsync();
        await flow.SettleAsync();
        (await flow.ActionAsync("project")).State.ShouldBe(ActionState.Uncertain);
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        flow.Projects.Calls.Count(c => c.Call.Order.Name == "project").ShouldBe(1);
        (await flow.ActionAsync("project")).Revision.ShouldBe(1);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_create_that_never_arrived_is_sent_again_once_nothing_can_come_any_more_and_not_before()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.CallLost);
        var began = flow.Clock.GetUtcNow();

        await flow.WinAsync();
        await flow.SettleAsync();
        var patience = Attempt.SendWindow + Attempt.CallTimeout + flow.MaxCommit + flow.ReadLag;
        await flow.PassAsync(patience - TimeSpan.FromMilliseconds(1));
        flow.Projects.Calls.Count.ShouldBe(1);
        (await flow.ActionAsync("project")).Revision.ShouldBe(1);

        await flow.PassAsync(TimeSpan.FromMilliseconds(1));
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        var repeat = flow.Projects.Calls[1];
        repeat.At.ShouldBe(began + patience);
        repeat.Call.Revision.ShouldBe(2);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_write_that_nothing_protects_asks_a_person_after_doubt()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.Promise("project.create", KeyStrength.None);
        await flow.StartAsync();
        await flow.SettleAsync();
        flow.Projects.Next(Fault.AnswerLost);

        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromHours(2));

        flow.Projects.Calls.Count.ShouldBe(1);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Dead);
        (await flow.JournalAsync("dispatch.action.died")).ShouldHaveSingleItem().Message.ShouldContain("it is not known whether");
    }

    [Fact]
    public async Task A_repeatable_write_is_simply_tried_again_after_doubt()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Next(Fault.CallLost);

        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        flow.Crm.MadeOf<DealLinkContent>().ShouldHaveSingleItem();
        flow.Crm.Calls.Count.ShouldBe(2);
        flow.Crm.Calls.ShouldAllBe(c => c.Call.Revision == 1);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_repeatable_write_that_is_so_already_is_not_sent_again()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Next(Fault.AnswerLost);

        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        flow.Crm.Calls.Count.ShouldBe(1);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_call_that_was_turned_away_for_certain_is_made_anew_and_makes_one()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.Limited(flow.Clock.GetUtcNow().AddSeconds(30)), Fault.Down);

        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(20));

        var creates = flow.Projects.Calls.Where(c => c.Call.Order.Name == "project").ToList();
        creates.Select(c => c.Call.Revision).ShouldBe([1, 2, 3]);
        creates.Select(c => c.Frozen.Body).Distinct().Count().ShouldBe(3);
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_link_that_a_person_set_while_ours_was_turned_away_stays()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Next(Fault.Limited(flow.Clock.GetUtcNow().AddHours(5)));
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(5));
        flow.Crm.Calls.Count.ShouldBe(1);

        flow.Crm.Put(RecordKind.Deal, "d1", ("projectUrl", "https://projects/projects-1"));
        await flow.PassAsync(TimeSpan.FromHours(6));

        flow.Crm.Calls.Count.ShouldBe(1, "what it says is read again before anything is written");
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_look_up_that_fails_proves_nothing_and_is_made_again()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.AnswerLost);
        flow.Projects.NextLookUps(new Failure(FailureKind.Unavailable, "down"), new Failure(FailureKind.Uncertain, "cut"));

        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(20));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_call_that_hangs_is_cut_and_looked_up()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(new Fault(null, Commits: true) { Hangs = true });

        await flow.WinAsync();
        await flow.UntilAsync(() => flow.Projects.UnderWay == 1);
        flow.Clock.Advance(Attempt.CallTimeout);
        await flow.UntilAsync(() => flow.Projects.UnderWay == 0);
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_first_doubt_under_a_remembered_key_is_settled_by_the_very_same_call(bool arrived)
    {
        await using var flow = await RememberingAsync();
        flow.Calendar.Next(arrived ? Fault.AnswerLost : Fault.CallLost);
        await EndAsync(flow);
        await flow.PassAsync(Attempt.SendWindow + Attempt.CallTimeout);

        flow.Calendar.MadeOf<ReminderContent>().ShouldHaveSingleItem();
        flow.Calendar.Calls.Count.ShouldBe(2);
        flow.Calendar.Calls.Select(c => (c.Frozen.Body, c.Call.Revision)).Distinct().ShouldHaveSingleItem();
        (await flow.HandoffAsync("p1")).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_repeat_that_is_turned_away_leaves_the_doubt_and_a_look_up_settles_it()
    {
        await using var flow = await RememberingAsync();
        flow.Calendar.Next(Fault.AnswerLost, Fault.Down, Fault.Down, Fault.Down);
        await EndAsync(flow);
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Calendar.MadeOf<ReminderContent>().ShouldHaveSingleItem();
        flow.Calendar.Calls.Count.ShouldBe(2);
        (await flow.ActionAsync("reminder", "p1")).Revision.ShouldBe(1);
        (await flow.HandoffAsync("p1")).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_repeat_that_is_refused_is_no_proof_that_the_first_call_did_nothing()
    {
        await using var flow = await RememberingAsync();
        flow.Calendar.Next(Fault.AnswerLost, Fault.Rejected("you may not"));
        await EndAsync(flow);
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Calendar.MadeOf<ReminderContent>().ShouldHaveSingleItem();
        (await flow.ActionAsync("reminder", "p1")).Revision.ShouldBe(1);
        (await flow.HandoffAsync("p1")).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_key_that_may_be_forgotten_by_now_is_looked_up()
    {
        await using var flow = await RememberingAsync();
        flow.Calendar.Next(Fault.AnswerLost);
        await EndAsync(flow);
        await flow.StopAsync();
        flow.Clock.Advance(TimeSpan.FromHours(2));

        await flow.StartAsync();
        await flow.SettleAsync();

        flow.Calendar.Calls.Count.ShouldBe(1);
        (await flow.HandoffAsync("p1")).State.ShouldBe(HandoffState.Done);
    }

    private static async Task<Flow> RememberingAsync()
    {
        var flow = await Flow.PrepareAsync(Rules.RenewalReminder);
        flow.RepeatWithin = TimeSpan.FromHours(1);
        await flow.StartAsync();
        await flow.SettleAsync();
        return flow;
    }

    private static async Task EndAsync(Flow flow)
    {
        flow.Projects.Put(RecordKind.Project, "p1", ("name", "Website"), ("status", "open"), ("endsOn", "2027-06-30"));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
    }

    [Fact]
    public async Task An_attempt_of_an_earlier_life_is_looked_up_and_not_sent_again()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.AnswerLost);
        await flow.WinAsync();
        await flow.SettleAsync();

        await flow.RestartAsync();
        flow.Projects.Calls.Count.ShouldBe(1);
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_write_in_doubt_is_looked_up_although_its_tool_was_renamed_meanwhile()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.AnswerLost);
        await flow.WinAsync();
        await flow.SettleAsync();
        (await flow.ActionAsync("project")).State.ShouldBe(ActionState.Uncertain);

        flow.ToolNames["projects"] = "pm";
        await flow.RestartAsync(Rules.WonDealToProject with { Create = ((ProjectBlueprint)Rules.WonDealToProject.Create) with { Tool = "pm" } });
        await flow.PassAsync(TimeSpan.FromMinutes(3));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        flow.Projects.MadeOf<TaskContent>().Count.ShouldBe(2);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
        (await flow.JournalAsync("health.tool.renamed")).ShouldHaveSingleItem();
    }
}
