using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.People;

/// <summary>An invoice that a person wrote by hand, and said so, is not billed again with the rest of its deal.</summary>
public sealed class DoneByHandTests
{
    private static readonly HandoffRule Deposit = new()
    {
        Name = "deposit",
        Identity = "deposit",
        Subject = RecordKind.Deal,
        When = Rules.Is("deal.stage", "won"),
        Require = [],
        ArmingHash = "deposit",
        Create = new InvoiceBlueprint("billing", 14, [new InvoiceLineBlueprint(Rules.Text("Deposit for {{deal.name}}"), new AmountExpression.Fixed(500))]),
    };

    [Fact]
    public async Task What_is_left_is_asked_about_where_the_invoice_written_by_hand_is_not_known_here()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice, Deposit);
        flow.Billing.Next(new Fault(null, Commits: true), Fault.Rejected("the account can't invoice yet"));
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(1));
        await MarkDoneAsync(flow);

        await CloseAsync(flow);

        var asked = await flow.HandoffAsync("projects-1");
        (asked.State, asked.Hold).ShouldBe((HandoffState.Waiting, Hold.Question), asked.Reason);
        asked.Reason.ShouldContain("Deposit for Website d1");
        asked.Reason.ShouldContain("GBP 1,000.00");
        flow.Billing.MadeOf<InvoiceContent>().ShouldBeEmpty();

        // A person knows that it was for something else.
        await flow.Engine.Decisions.ApproveAsync(asked.Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.PassAsync(TimeSpan.FromMinutes(1));
        flow.Billing.MadeOf<InvoiceLineContent>().ShouldHaveSingleItem().Amount.Amount.ShouldBe(1000);
    }

    [Fact]
    public async Task What_waits_behind_it_asks_too()
    {
        await using var flow = await DoubtedAsync(commits: false);
        await CloseAsync(flow);
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Ready, "the deposit may be there");

        await MarkDoneAsync(flow);
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        (await flow.HandoffAsync("projects-1")).Reason.ShouldContain("Deposit for Website d1");
        flow.Billing.MadeOf<InvoiceContent>().ShouldBeEmpty();
    }

    [Fact]
    public async Task The_invoice_that_was_in_doubt_is_taken_off_where_it_turns_out_to_be_there()
    {
        await using var flow = await DoubtedAsync(commits: true);
        var invoice = flow.Billing.Made.Single(m => m.Content is InvoiceContent).Id;
        flow.Billing.Put(RecordKind.Invoice, invoice, ("number", "2026-17"), ("total", "500"));
        await flow.PollAsync("billing", "invoices");
        await MarkDoneAsync(flow);

        await CloseAsync(flow);

        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Done);
        flow.Billing.MadeOf<InvoiceLineContent>().ShouldHaveSingleItem().Amount.Amount.ShouldBe(500);
    }

    [Fact]
    public async Task A_draft_that_stayed_empty_is_not_taken_for_the_invoice_written_by_hand()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice, Deposit);
        flow.Billing.Next(new Fault(null, Commits: true), new Fault(null, Commits: true), Fault.Rejected("the line is too long"));
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(1));
        await MarkDoneAsync(flow);

        await CloseAsync(flow);

        (await flow.HandoffAsync("projects-1")).Reason.ShouldContain("Deposit for Website d1");
        flow.Billing.MadeOf<InvoiceLineContent>().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_invoice_that_we_made_asks_nothing()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice, Deposit);
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(1));

        await CloseAsync(flow);

        flow.Billing.MadeOf<InvoiceLineContent>().Select(l => l.Amount.Amount).ShouldBe([500, 500]);
    }

    // Whether the deposit's invoice was made isn't known, and the tool won't say.
    private static async Task<Flow> DoubtedAsync(bool commits)
    {
        var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice, Deposit);
        flow.Billing.Next(new Fault(null, Commits: true), commits ? Fault.AnswerLost : Fault.CallLost);
        flow.Billing.NextLookUps(new Failure(FailureKind.Rejected, "the scope is missing") { Status = 403 });
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(10));
        return flow;
    }

    private static async Task MarkDoneAsync(Flow flow)
    {
        var deposit = (await flow.HandoffsAsync()).Single(h => h.Key.Rule == "deposit");
        deposit.State.ShouldBe(HandoffState.Dead);
        (await flow.Engine.Decisions.MarkDoneAsync(deposit.Id, Someone.Ann, TestContext.Current.CancellationToken)).Done.ShouldBeTrue();
    }

    private static async Task CloseAsync(Flow flow)
    {
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "closed"));
        await flow.DeliverAsync("hint project projects-1", "projects");
        await flow.PassAsync(TimeSpan.FromMinutes(1));
    }
}
