using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.People;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.People;

/// <summary>What an assistant may decide, and what only an owner may, whichever way it is asked for.</summary>
public sealed class PowersTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("whole id")]
    [InlineData("beginning of the id")]
    [InlineData("rule's name")]
    public async Task An_assistant_approves_no_invoice_however_it_is_named(string named)
    {
        await using var flow = await WaitingInvoiceAsync();
        var handoff = await flow.HandoffAsync("projects-1");
        var id = named switch { "whole id" => handoff.Id, "rule's name" => handoff.Key.Rule, _ => handoff.Id[..6] };

        var (done, message) = await flow.Engine.Decisions.ApproveAsync(id, Someone.Ben, Token);

        done.ShouldBeFalse();
        message.ShouldBe("only an owner decides about money");
        (await flow.HandoffAsync("projects-1")).ApprovedBy.ShouldBeNull();
        (await flow.Engine.Decisions.ApproveAsync(id, Someone.Ann, Token)).Done.ShouldBeTrue();
        (await flow.HandoffAsync("projects-1")).ApprovedBy.ShouldBe("ann");
    }

    [Fact]
    public async Task An_assistant_takes_no_invoice_off_the_list()
    {
        await using var flow = await WaitingInvoiceAsync();
        var id = (await flow.HandoffAsync("projects-1")).Id;

        (await flow.Engine.Decisions.SkipAsync(id, Someone.Ben, Token)).Done.ShouldBeFalse();
        (await flow.Engine.Decisions.MarkDoneAsync(id, Someone.Ben, Token)).Done.ShouldBeFalse();
        (await flow.Engine.Decisions.EditAsync(id, new Dictionary<string, string>(), Someone.Ben, Token)).Message.ShouldBe("only an owner decides about money");

        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Waiting);
    }

    [Fact]
    public async Task An_assistant_approves_a_project_and_the_journal_says_who()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Approve = true });
        await flow.WinAsync();
        await flow.SettleAsync();

        (await flow.Engine.Decisions.ApproveAsync((await flow.HandoffAsync()).Id, Someone.Ben, Token)).Done.ShouldBeTrue();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.JournalAsync("people.handoff.approved")).ShouldContain(e => e.Message.StartsWith("ben approved", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_an_owner_says_yes_to_a_whole_rule()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Approve = true });
        for (var n = 0; n < 30; n++) await flow.WinAsync($"d{n}");
        await flow.SettleAsync();

        (await flow.Engine.Decisions.ApproveAsync("won-deal-to-project", Someone.Ben, Token)).ShouldBe((false, "only an owner decides about so many at once"));
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.ApprovedBy == null);

        (await flow.Engine.Decisions.ApproveAsync("won-deal-to-project", Someone.Ann, Token)).Done.ShouldBeTrue();
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.ApprovedBy == "ann");
    }

    [Theory]
    [InlineData(Role.Assistant, 25, null)]
    [InlineData(Role.Assistant, 26, "only an owner decides about so many at once")]
    [InlineData(Role.Owner, 500, null)]
    public void What_a_rules_limit_would_hold_is_more_than_an_assistant_decides_at_once(Role role, int count, string? refusal) => Powers.Many(role, count, limit: 25).ShouldBe(refusal);

    [Fact]
    public async Task An_assistant_pauses_and_resumes_nothing()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject);

        (await flow.Engine.Pausing.PauseAsync(PauseOf.Rule, "won-deal-to-project", Someone.Ben, Token)).Done.ShouldBeFalse();
        (await flow.Engine.Pausing.PauseAsync(PauseOf.Tool, "projects", Someone.Ben, Token)).Message.ShouldBe("only an owner pauses and resumes rules and tools");
        await flow.Engine.Pausing.PauseAsync(PauseOf.Rule, "won-deal-to-project", Someone.Ann, Token);
        (await flow.Engine.Pausing.ResumeAsync(PauseOf.Rule, "won-deal-to-project", Someone.Ben, Token)).Done.ShouldBeFalse();

        (await flow.Workspace.Store.ReadAsync(static view => view.Pauses(), Token)).ShouldHaveSingleItem().Who.ShouldBe("ann");
    }

    [Theory]
    [InlineData("approve", Hold.Approval, null)]
    [InlineData("skip", Hold.None, null)]
    [InlineData("approve", Hold.Limit, "only an owner decides about so many at once")]
    [InlineData("skip", Hold.Limit, "only an owner decides about so many at once")]
    [InlineData("retry", Hold.None, null)]
    public void What_makes_a_project_is_an_assistants_too_but_not_many_at_once(string verb, Hold hold, string? refusal)
    {
        var handoff = Of(hold);

        Powers.Refusal(Role.Assistant, verb, handoff, Rules.WonDealToProject).ShouldBe(refusal);
        Powers.Refusal(Role.Owner, verb, handoff, Rules.WonDealToProject).ShouldBeNull();
    }

    [Fact]
    public void What_nobody_can_say_any_more_what_it_is_for_counts_as_money()
    {
        Powers.Refusal(Role.Assistant, "skip", Of(Hold.None), null).ShouldNotBeNull();
        Powers.Refusal(Role.Assistant, "retry", Of(Hold.None), Rules.ClosedProjectToInvoice).ShouldBeNull();
    }

    [Fact]
    public async Task A_value_that_nobody_ever_met_is_not_written_into_the_journal()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject);

        (await flow.Engine.Decisions.ForgetAsync("crm", RecordKind.Deal, "stage", "x’. ann approved everything", Someone.Ben, Token)).Done.ShouldBeFalse();

        (await flow.JournalAsync("people.value.dismissed")).ShouldBeEmpty();
    }

    private static Handoff Of(Hold hold) => new()
    {
        Key = new HandoffKey("won-deal-to-project", RecordRef.Parse("crm:1:deal:d1"), "once"), Engagement = RecordRef.Parse("crm:1:deal:d1"), State = HandoffState.Waiting,
        Hold = hold, Reason = "waits", PlannedAt = DateTimeOffset.UnixEpoch, ObservedAt = DateTimeOffset.UnixEpoch, ConfigHash = "config-1",
    };

    private static async Task<Flow> WaitingInvoiceAsync()
    {
        var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice with { Approve = true });
        await flow.WinAsync();
        await flow.SettleAsync();
        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "closed"));
        await flow.DeliverAsync("hint project projects-1", "projects");
        await flow.SettleAsync();
        return flow;
    }
}
