using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Dispatch;

/// <summary>Only what is still wanted is sent.</summary>
public sealed class WantedTests
{
    [Fact]
    public async Task A_deal_reopened_between_plan_and_claim_gets_no_project()
    {
        await using var flow = await Flow.StartAsync();
        var prepare = new TaskCompletionSource();
        var preparing = new TaskCompletionSource();
        flow.Projects.WhilePreparing = () =>
        {
            preparing.TrySetResult();
            return prepare.Task;
        };
        await flow.WinAsync();
        await preparing.Task;

        await flow.ChangeAsync("d1", "stage", "proposal");
        await flow.UntilAsync(() => flow.HandoffAsync().Result.State == HandoffState.Withdrawn);
        prepare.SetResult();
        await flow.SettleAsync();

        flow.Projects.Calls.ShouldBeEmpty();
        (await flow.ActionsAsync()).ShouldAllBe(a => a.State == ActionState.Withdrawn);
    }

    [Fact]
    public async Task A_deal_renamed_while_its_project_was_being_prepared_gets_the_new_name()
    {
        await using var flow = await Flow.StartAsync();
        var prepare = new TaskCompletionSource();
        var preparing = new TaskCompletionSource();
        flow.Projects.WhilePreparing = () =>
        {
            preparing.TrySetResult();
            return prepare.Task;
        };
        flow.Projects.PrepareTrouble = new Failure(FailureKind.RateLimited, "later") { RetryAt = flow.Clock.GetUtcNow().AddMinutes(1) };
        await flow.WinAsync();
        await preparing.Task;

        await flow.ChangeAsync("d1", "name", "Webshop");
        await flow.UntilAsync(() => flow.HandoffAsync().Result.Title == "Fox Ltd – Webshop");
        prepare.SetResult();
        await flow.SettleAsync();
        flow.Projects.PrepareTrouble = null;
        await flow.PassAsync(TimeSpan.FromMinutes(3));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem().Name.ShouldBe("Fox Ltd – Webshop");
    }

    [Fact]
    public async Task A_deal_reopened_while_the_project_tool_was_down_gets_no_project_when_it_is_back()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Trouble = Fault.Down.Failure;
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        await flow.ChangeAsync("d1", "stage", "proposal");
        await flow.SettleAsync();
        flow.Projects.Trouble = null;
        await flow.PassAsync(TimeSpan.FromHours(2));

        flow.Projects.Made.ShouldBeEmpty();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Withdrawn);
    }

    [Fact]
    public async Task A_deal_reopened_while_its_only_call_was_refused_gets_no_project()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.Limited(flow.Clock.GetUtcNow().AddHours(1)));
        await flow.WinAsync();
        await flow.SettleAsync();
        flow.Projects.Calls.Count.ShouldBe(1);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Ready);

        await flow.ChangeAsync("d1", "stage", "proposal");
        await flow.PassAsync(TimeSpan.FromHours(2));

        flow.Projects.Calls.Count.ShouldBe(1);
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Withdrawn);
    }

    [Fact]
    public async Task Other_words_after_a_refused_call_go_out_under_a_new_revision()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.Limited(flow.Clock.GetUtcNow().AddMinutes(10)));
        await flow.WinAsync();
        await flow.SettleAsync();

        await flow.ChangeAsync("d1", "name", "Webshop");
        await flow.PassAsync(TimeSpan.FromMinutes(20));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem().Name.ShouldBe("Fox Ltd – Webshop");
        flow.Projects.Calls.Where(c => c.Call.Order.Name == "project").Select(c => c.Call.Revision).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task What_is_under_way_is_finished_when_the_deal_is_reopened_and_a_person_is_told()
    {
        await using var flow = await Flow.StartAsync();
        var open = new TaskCompletionSource();
        flow.Projects.Open = open.Task;
        await flow.WinAsync();
        await flow.UntilAsync(() => flow.Projects.UnderWay == 1);

        await flow.ChangeAsync("d1", "stage", "proposal");
        open.SetResult();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        var handoff = await flow.HandoffAsync();
        handoff.State.ShouldBe(HandoffState.Done);
        handoff.Flag.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_rule_about_the_client_fires_once_however_often_the_client_is_seen()
    {
        var rule = Rules.WonDealToProject with
        {
            Name = "client-space", Identity = "client-space", Subject = RecordKind.Client, When = Rules.Is("client.name", "Fox Ltd"), ArmingHash = "fox",
            Create = Rules.Project("Space of {{client.name}}"),
        };
        await using var flow = await Flow.StartAsync(rule);

        await flow.WinAsync("d1");
        await flow.SettleAsync();
        await flow.ChangeAsync("d1", "amount", "2000");
        await flow.WinAsync("d2");
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_project_made_by_hand_while_the_tool_was_down_is_adopted_with_no_checklist()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.Down, Fault.Down);
        await flow.WinAsync();
        await flow.SettleAsync();

        flow.Projects.Put(RecordKind.Project, "hand", ("name", "fox ltd - website D1"), ("status", "open"), ("createdAt", "2026-11-02T09:01:00Z"), ("url", "https://projects/hand"));
        await flow.PassAsync(TimeSpan.FromMinutes(30));

        flow.Projects.Made.ShouldBeEmpty();
        (await flow.SeeAsync(v => v.LinksFrom(flow.Deal()))).ShouldHaveSingleItem().To.ShouldBe(flow.Project("hand"));
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
        flow.Crm.Find(RecordKind.Deal, "d1")!.Fields["projectUrl"].ShouldBe("https://projects/hand");
        (await flow.SeeAsync(v => Enum.GetValues<Stage>().SelectMany(stage => v.EngagementsIn(stage, 10)).Select(e => e.Root).ToList()))
            .ShouldBe([flow.Deal()], "it is counted once, with its deal");
    }

    [Fact]
    public async Task A_project_made_by_hand_after_another_handoff_looked_is_seen_all_the_same()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.Limited(flow.Clock.GetUtcNow().AddHours(1)));
        await flow.WinAsync("d1");
        await flow.SettleAsync();
        await flow.WinAsync("d2");
        await flow.SettleAsync();

        flow.Projects.Put(RecordKind.Project, "hand", ("name", "Fox Ltd – Website d2"), ("status", "open"), ("createdAt", "2026-11-02T09:30:00Z"), ("url", "https://projects/hand"));
        await flow.PassAsync(TimeSpan.FromHours(2));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem().Name.ShouldBe("Fox Ltd – Website d1");
        (await flow.SeeAsync(v => v.LinksFrom(flow.Deal("d2")))).ShouldHaveSingleItem().To.ShouldBe(flow.Project("hand"));
    }

    [Fact]
    public async Task Two_projects_made_by_hand_ask_and_a_yes_makes_a_new_one()
    {
        await using var flow = await Flow.StartAsync();
        foreach (var id in new[] { "hand-1", "hand-2" })
            flow.Projects.Put(RecordKind.Project, id, ("name", "Fox Ltd – Website d1"), ("status", "open"), ("createdAt", "2026-11-02T08:30:00Z"));

        await flow.WinAsync();
        await flow.SettleAsync();
        var handoff = await flow.HandoffAsync();
        handoff.State.ShouldBe(HandoffState.Dead);
        handoff.Reason.ShouldContain("2 projects");

        await flow.Engine.Decisions.ApproveAsync(handoff.Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deal_that_was_merged_into_a_new_one_keeps_its_project_and_a_copy_gets_its_own(bool merged)
    {
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync("d1");
        await flow.SettleAsync();
        flow.Crm.Find(RecordKind.Deal, "d1")!.Fields["projectUrl"].ShouldNotBeNull();

        // Both carry the address of the project. Nothing tells yet that the old deal went.
        flow.Win("d9");
        flow.Crm.Put(RecordKind.Deal, "d9", ("projectUrl", flow.Crm.Find(RecordKind.Deal, "d1")!.Fields["projectUrl"]));
        flow.Crm.TellsDeletions = false;
        if (merged) flow.Crm.Delete(RecordKind.Deal, "d1");
        await flow.PollAsync();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(merged ? 1 : 2);
        (await flow.HandoffAsync("d9")).State.ShouldBe(HandoffState.Done);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_deal_that_was_merged_before_it_carried_its_projects_address_gets_no_second_project(bool inDoubt)
    {
        await using var flow = await Flow.StartAsync();
        await flow.Engine.Pausing.PauseAsync(PauseOf.Tool, "crm", Someone.Ann, TestContext.Current.CancellationToken);
        if (inDoubt) flow.Projects.Next(Fault.AnswerLost);
        await flow.WinAsync("d1");
        await flow.SettleAsync();
        flow.Crm.TellsDeletions = false;
        Merge(flow, "d9", "d0", "d1");
        await flow.PollAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(5));
        await flow.Engine.Pausing.ResumeAsync(PauseOf.Tool, "crm", Someone.Ann, TestContext.Current.CancellationToken);
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.HandoffAsync("d9")).State.ShouldBe(HandoffState.Done);
        flow.Crm.Find(RecordKind.Deal, "d9")!.Fields["projectUrl"].ShouldBe("https://projects/projects-1");
        (await flow.SeeAsync(view => flow.Engine.Engagements.Read(view, flow.Deal("d9"))))!.OtherDeals.ShouldBeEmpty("only one deal can be billed");
    }

    [Fact]
    public async Task A_deal_whose_former_self_is_not_shown_asks_a_person_in_the_end()
    {
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync("d1");
        await flow.SettleAsync();
        flow.Crm.TellsDeletions = false;
        Merge(flow, "d9", "d1");
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("d1") ? new Failure(FailureKind.Rejected, "you may not see it") { Status = 403 } : null;
        await flow.PollAsync();
        await flow.SettleAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(30));

        var asked = await flow.HandoffAsync("d9");
        asked.State.ShouldBe(HandoffState.Dead);
        asked.Reason.ShouldContain("crm does not show the deal that it was merged from: you may not see it");
        flow.Crm.Reads.Count(r => r.Contains("d1")).ShouldBeLessThan(10);
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_deal_merged_of_two_that_had_a_project_each_asks_which_is_its_own()
    {
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync("d1");
        await flow.WinAsync("d2");
        await flow.SettleAsync();

        Merge(flow, "d9", "d1", "d2");
        await flow.PollAsync();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
        var asked = await flow.HandoffAsync("d9");
        asked.State.ShouldBe(HandoffState.Dead);
        asked.Reason.ShouldContain("https://projects/projects-1");
        asked.Reason.ShouldContain("https://projects/projects-2");
    }

    [Fact]
    public async Task A_deal_that_names_one_which_is_still_there_as_merged_is_no_merged_one()
    {
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync("d1");
        await flow.SettleAsync();
        flow.Win("d9");
        flow.Crm.Put(RecordKind.Deal, "d9", ("mergedFrom", "d1"));
        await flow.PollAsync();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
    }

    // As HubSpot does: the result has an id of its own, and the others are gone.
    private static void Merge(Flow flow, string result, params string[] deals)
    {
        flow.Win(result);
        flow.Crm.Put(RecordKind.Deal, result, ("mergedFrom", string.Join(';', deals)));
        foreach (var deal in deals) flow.Crm.Delete(RecordKind.Deal, deal);
    }
}
