using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.People;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Dispatch;

/// <summary>A project from a template of the tool's own: asked for once, waited for, set up, and only then filled.</summary>
public sealed class TemplateTests
{
    private static readonly string[] WholeStory = ["project.instantiate", "project.set-up", "section.create", "task.create", "task.create"];

    [Fact]
    public async Task A_won_deal_gets_one_project_from_the_template_with_its_checklist_and_the_link_back()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToTemplate);

        await flow.WinAsync();
        await flow.SettleAsync();

        ShouldBeWhole(flow);
        flow.Projects.MadeOf<TemplateContent>().Single().Template.ShouldBe("77");
        flow.Projects.Find(RecordKind.Project, "projects-1")!.Fields["name"].ShouldBe("Fox Ltd – Website d1");
        flow.Crm.Find(RecordKind.Deal, "d1")!.Fields["projectUrl"].ShouldBe("https://projects/projects-1");
        (await flow.SeeAsync(v => v.LinksFrom(flow.Deal()))).ShouldHaveSingleItem().To.ShouldBe(flow.Project("projects-1"));
        var handoff = await flow.HandoffAsync();
        handoff.State.ShouldBe(HandoffState.Done);
        (await flow.JournalAsync("handoff.made.done")).ShouldHaveSingleItem().Data.ShouldBe("https://projects/projects-1");
    }

    [Fact]
    public async Task A_job_that_takes_its_time_is_waited_for_and_holds_nothing_else_up()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToTemplate);
        flow.Projects.JobTakes = TimeSpan.FromMinutes(20);
        await flow.WinAsync();
        await flow.SettleAsync();

        flow.Projects.JobTakes = TimeSpan.Zero;
        await flow.WinAsync("d2");
        await flow.SettleAsync();

        (await flow.HandoffAsync("d2")).State.ShouldBe(HandoffState.Done);
        (await flow.ActionAsync("template")).State.ShouldBe(ActionState.Done);
        (await flow.ActionAsync("project")).ShouldSatisfyAllConditions(a => a.State.ShouldBe(ActionState.Pending), a => a.Failure!.Message.ShouldBe("the job is under way"),
            a => a.Attempts.ShouldBe(0, "waiting is no attempt"));

        await flow.PassAsync(TimeSpan.FromMinutes(19));
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Sending);
        await flow.PassAsync(TimeSpan.FromMinutes(2));
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
        flow.Projects.MadeOf<TemplateContent>().Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_job_whose_answer_was_lost_is_found_by_its_project_and_not_asked_for_again()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToTemplate);
        flow.Projects.Next(Fault.AnswerLost);
        var sent = flow.Clock.GetUtcNow();

        await flow.WinAsync();
        await flow.SettleAsync();
        (await flow.ActionAsync("template")).State.ShouldBe(ActionState.Uncertain);
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        ShouldBeWhole(flow);
        flow.Projects.LookUps.ShouldHaveSingleItem().SentAfter.ShouldBe(sent, "what was made before that can't be ours");
        flow.Projects.Calls.Count(c => c.Call.Order.Name == "template").ShouldBe(1);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_look_up_that_does_not_settle_it_asks_a_person_and_looks_again_when_retried()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToTemplate);
        flow.Projects.Next(Fault.AnswerLost);
        flow.Projects.NextLookUps(new Failure(FailureKind.Rejected, "Acme came of the same template") { Reason = Failure.Ambiguous });

        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(5));
        var handoff = await flow.HandoffAsync();
        handoff.State.ShouldBe(HandoffState.Dead);
        handoff.Reason.ShouldContain("does not settle it: Acme came of the same template");

        (await flow.Engine.Decisions.RetryAsync(handoff.Id, Someone.Ann, CancellationToken.None)).Done.ShouldBeTrue();
        await flow.SettleAsync();
        ShouldBeWhole(flow);
        flow.Projects.Calls.Count(c => c.Call.Order.Name == "template").ShouldBe(1);
    }

    [Fact]
    public async Task A_set_up_whose_answer_was_lost_is_read_and_not_repeated()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToTemplate);
        flow.Projects.JobTakes = TimeSpan.FromSeconds(10);
        await flow.WinAsync();
        await flow.SettleAsync();
        flow.Projects.Next(Fault.AnswerLost);

        await flow.PassAsync(TimeSpan.FromMinutes(5));

        ShouldBeWhole(flow);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task A_job_that_failed_asks_a_person_and_a_retry_asks_for_it_anew()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToTemplate);
        flow.Projects.JobsFail = true;
        await flow.WinAsync();
        await flow.SettleAsync();
        var handoff = await flow.HandoffAsync();
        handoff.State.ShouldBe(HandoffState.Dead);
        handoff.Reason.ShouldContain("the job failed");

        flow.Projects.JobsFail = false;
        (await flow.Engine.Decisions.RetryAsync(handoff.Id, Someone.Ann, CancellationToken.None)).Done.ShouldBeTrue();
        await flow.SettleAsync();

        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
        flow.Projects.Calls.Where(c => c.Call.Order.Name == "template").Select(c => c.Call.Revision).ShouldBe([1, 2]);
        flow.Projects.MadeOf<ProjectSetUpContent>().ShouldHaveSingleItem();
        (await flow.SeeAsync(v => v.LinksFrom(flow.Deal()))).ShouldHaveSingleItem().To.ShouldBe(flow.Project("projects-2"));
    }

    [Fact]
    public async Task A_project_made_by_hand_meanwhile_is_adopted_and_no_template_is_asked()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToTemplate);
        flow.Projects.Put(RecordKind.Project, "by-hand", ("name", "fox ltd - website D1"), ("status", "open"), ("createdAt", "2026-10-02T09:00:00Z"), ("url", "https://projects/by-hand"));

        await flow.WinAsync();
        await flow.SettleAsync();

        flow.Projects.Calls.ShouldBeEmpty();
        flow.Crm.Find(RecordKind.Deal, "d1")!.Fields["projectUrl"].ShouldBe("https://projects/by-hand");
        (await flow.SeeAsync(v => v.LinksFrom(flow.Deal()))).ShouldHaveSingleItem().To.ShouldBe(flow.Project("by-hand"));
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
        (await flow.ActionsAsync()).Select(a => a.State).ShouldBe(
            [ActionState.Withdrawn, ActionState.Done, ActionState.Withdrawn, ActionState.Withdrawn, ActionState.Withdrawn, ActionState.Done]);
    }

    [Fact]
    public async Task Several_that_could_be_it_are_a_persons_to_pick_from()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToTemplate);
        foreach (var id in (string[])["one", "two"])
            flow.Projects.Put(RecordKind.Project, id, ("name", "Fox Ltd – Website d1"), ("status", "open"), ("createdAt", "2026-10-02T09:00:00Z"), ("url", $"https://projects/{id}"));

        await flow.WinAsync();
        await flow.SettleAsync();
        var handoff = await flow.HandoffAsync();
        (await flow.SeeAsync(v => flow.Engine.Decisions.ChoicesFor(v, handoff))).Select(p => p.Ref.Id).ShouldBe(["one", "two"], ignoreOrder: true);
        (await flow.Engine.Decisions.PickAsync(handoff.Id, flow.Project("two"), Someone.Ann, CancellationToken.None)).Done.ShouldBeTrue();
        await flow.SettleAsync();

        flow.Projects.Calls.ShouldBeEmpty();
        (await flow.SeeAsync(v => v.LinksFrom(flow.Deal()))).ShouldHaveSingleItem().To.ShouldBe(flow.Project("two"));
    }

    [Fact]
    public async Task A_project_that_a_job_is_making_is_nobody_elses_to_adopt()
    {
        var sameName = Rules.WonDealToTemplate with { Create = Rules.Project("{{client.name}} – Website") with { FromTemplate = "77" } };
        await using var flow = await Flow.StartAsync(sameName);
        flow.Projects.JobTakes = TimeSpan.FromMinutes(3);
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(1));
        await flow.PollAsync("projects", "projects");

        await flow.WinAsync("d2");
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Projects.MadeOf<TemplateContent>().Count.ShouldBe(2);
        (await flow.SeeAsync(v => v.LinksFrom(flow.Deal()))).ShouldHaveSingleItem().To.ShouldBe(flow.Project("projects-1"));
        (await flow.SeeAsync(v => v.LinksFrom(flow.Deal("d2")))).ShouldHaveSingleItem().To.ShouldBe(flow.Project("projects-2"));
    }

    [Fact]
    public async Task A_deal_merged_while_its_project_is_being_made_waits_for_that_project()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToTemplate);
        flow.Projects.JobTakes = TimeSpan.FromMinutes(3);
        await flow.WinAsync();
        await flow.SettleAsync();

        flow.Crm.Delete(RecordKind.Deal, "d1");
        flow.Win("d9");
        flow.Crm.Put(RecordKind.Deal, "d9", ("mergedFrom", "d1"));
        await flow.DeliverAsync("hint deal d1");
        await flow.DeliverAsync("hint deal d9");
        await flow.PassAsync(TimeSpan.FromMinutes(1));
        (await flow.HandoffAsync("d9")).State.ShouldBe(HandoffState.Ready);
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Projects.MadeOf<TemplateContent>().ShouldHaveSingleItem();
        (await flow.SeeAsync(v => v.LinksFrom(flow.Deal("d9")))).ShouldHaveSingleItem().To.ShouldBe(flow.Project("projects-1"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_any_commit_one_project_is_made_and_it_is_whole(bool afterCommit)
    {
        var n = 1;
        while (await DiesAsync(n, afterCommit)) n++;

        n.ShouldBeGreaterThan(15, "the story has more commits than that: the crashes were not where they were meant to be");
    }

    private static async Task<bool> DiesAsync(int n, bool afterCommit)
    {
        await using var flow = await Flow.PrepareAsync(Rules.WonDealToTemplate);
        flow.Projects.JobTakes = TimeSpan.FromSeconds(20);
        await flow.StartAsync(n, afterCommit);
        await flow.SettleAsync();
        var died = await ReviveAsync(flow);
        try
        {
            await flow.WinAsync();
        }
        catch (CrashException)
        {
            // The vendor got no acknowledgement: it delivers again.
        }

        await flow.SettleAsync();
        if (!flow.Store.Dead) await flow.PassAsync(TimeSpan.FromMinutes(2));
        died |= await ReviveAsync(flow);
        if (died) await flow.DeliverAsync("hint deal d1");
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        var at = $"at write {n}, {(afterCommit ? "after" : "before")} the commit";
        flow.Projects.Made.Select(m => m.Content.Kind).ShouldBe(WholeStory, at);
        flow.Crm.Made.Select(m => m.Content.Kind).ShouldBe(["deal.link"], at);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done, at);
        (await flow.SeeAsync(v => v.LinksFrom(flow.Deal()))).ShouldHaveSingleItem(at).To.ShouldBe(flow.Project("projects-1"));
        return died;
    }

    private static async Task<bool> ReviveAsync(Flow flow)
    {
        if (!flow.Store.Dead) return false;
        await flow.StopAsync();
        await flow.StartAsync();
        await flow.SettleAsync();
        return true;
    }

    private static void ShouldBeWhole(Flow flow)
    {
        flow.Projects.Made.Select(m => m.Content.Kind).ShouldBe(WholeStory);
        flow.Crm.Made.Select(m => m.Content.Kind).ShouldBe(["deal.link"]);
    }
}
