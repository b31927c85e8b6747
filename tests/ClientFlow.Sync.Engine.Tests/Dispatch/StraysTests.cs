using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Dispatch;

/// <summary>A tool was taken out of the mapping file while something of it was half done.</summary>
public sealed class StraysTests
{
    private static readonly HandoffRule ToTheNewTool = Rules.ClosedProjectToInvoice with { Create = ((InvoiceBlueprint)Rules.ClosedProjectToInvoice.Create) with { Tool = "billing2" } };

    [Fact]
    public async Task What_is_half_done_in_a_tool_that_is_gone_needs_a_person_and_goes_on_once_the_tool_is_back()
    {
        await using var flow = await CustomerMadeAsync(Fault.Limited(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero)));

        await ReplaceAsync(flow);

        var stray = await flow.HandoffAsync("projects-1");
        (stray.State, stray.Reason.Contains("`billing`", StringComparison.Ordinal)).ShouldBe((HandoffState.Dead, true), stray.Reason);
        (await flow.JournalAsync("dispatch.action.died")).ShouldHaveSingleItem().Tool.ShouldBe("billing");

        // Nothing would send it: that is said, and it stays where a person sees it.
        var (done, message) = await flow.Engine.Decisions.RetryAsync(stray.Id, Someone.Ann, TestContext.Current.CancellationToken);
        (done, message.Contains("`billing`", StringComparison.Ordinal)).ShouldBe((false, true), message);
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Dead);

        await BringBackAsync(flow);
        await flow.Engine.Decisions.RetryAsync(stray.Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.PassAsync(TimeSpan.FromMinutes(5));
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Done);
        flow.Billing.Made.Select(m => m.Content.Kind).ShouldBe(["customer.create", "invoice.create", "invoice-line.create"]);
    }

    [Fact]
    public async Task What_is_in_doubt_in_a_tool_that_is_gone_is_looked_up_once_the_tool_is_back_and_not_repeated()
    {
        await using var flow = await CustomerMadeAsync(Fault.AnswerLost);

        await ReplaceAsync(flow);

        var stray = await flow.HandoffAsync("projects-1");
        (stray.State, stray.Reason.Contains("not known whether", StringComparison.Ordinal)).ShouldBe((HandoffState.Dead, true), stray.Reason);
        await BringBackAsync(flow);
        await flow.Engine.Decisions.RetryAsync(stray.Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Done);
        flow.Billing.Calls.Count(c => c.Call.Order.Content is InvoiceContent).ShouldBe(1);
        flow.Billing.LookUps.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_waits_behind_it_says_whose_decision_it_waits_for()
    {
        await using var flow = await CustomerMadeAsync(Fault.AnswerLost);
        flow.Projects.Put(RecordKind.Project, "p2", ("name", "Website, part two"), ("status", "open"));
        await flow.PollAsync("projects", "projects");
        await flow.DoAsync(unit => unit.AddLink(new RecordLink(flow.Deal(), flow.Project("p2"), LinkRole.Project, null, flow.Clock.GetUtcNow())));
        flow.Projects.Put(RecordKind.Project, "p2", ("status", "closed"));
        await flow.PollAsync("projects", "projects");

        await ReplaceAsync(flow);
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        var stray = await flow.HandoffAsync("projects-1");
        var behind = (await flow.ActionsAsync("p2")).First(a => a.State == ActionState.Pending).Failure.ShouldNotBeNull();
        behind.Message.ShouldContain($"until a person has decided about {stray.Title} ({stray.Id})");
        await flow.Engine.Decisions.SkipAsync(stray.Id, Someone.Ann, TestContext.Current.CancellationToken);
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Skipped);
    }

    [Fact]
    public async Task What_comes_to_a_tool_that_is_gone_by_its_next_write_needs_a_person()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject);
        flow.Projects.Next(Fault.AnswerLost);
        await flow.WinAsync();
        await flow.SettleAsync();
        (await flow.ActionsAsync()).Select(a => a.Order.Tool).Distinct().ShouldBe(["projects", "crm"]);

        flow.ToolNames["crm"] = "crm2";
        flow.Crm.Account = "another-account";
        flow.Crm.Delete(RecordKind.Deal, "d1");
        await flow.RestartAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        var stray = await flow.HandoffAsync();
        (stray.State, stray.Reason.Contains("`crm`", StringComparison.Ordinal)).ShouldBe((HandoffState.Dead, true), stray.Reason);
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_was_half_done_in_a_tool_that_was_only_renamed_asks_nobody()
    {
        await using var flow = await CustomerMadeAsync(Fault.AnswerLost);

        flow.ToolNames["billing"] = "billing2";
        await flow.RestartAsync(Rules.WonDealToProject, ToTheNewTool);
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Done);
        (await flow.JournalAsync("dispatch.action.died")).ShouldBeEmpty();
    }

    // The customer stands; of its invoice becomes what is said.
    private static async Task<Flow> CustomerMadeAsync(Fault fault)
    {
        var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice);
        await flow.WinAsync();
        await flow.SettleAsync();
        flow.Billing.Next(new Fault(null, Commits: true), fault);
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "closed"));
        await flow.PollAsync("projects", "projects");
        await flow.SettleAsync();
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Sending);
        return flow;
    }

    private static async Task ReplaceAsync(Flow flow)
    {
        flow.ToolNames["billing"] = "billing2";
        flow.Billing.Account = "another-account";
        flow.ConfigHash = "config-2";
        await flow.RestartAsync(Rules.WonDealToProject, ToTheNewTool);
    }

    private static async Task BringBackAsync(Flow flow)
    {
        flow.ToolNames.Clear();
        flow.ConfigHash = "config-1";
        flow.Billing.Account = "billing-account";
        flow.Billing.Mend();
        await flow.RestartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice);
    }
}
