using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Dispatch;

/// <summary>What a new life must not decide by what it doesn't know yet. Each was met by the chaos program.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task A_deal_gets_its_link_though_the_crm_was_silent_when_its_project_was_decided_anew()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.CallLost);
        await flow.WinAsync();
        await flow.SettleAsync();
        await flow.StopAsync();

        // The look-up comes due while the CRM can't be asked whose account it is.
        flow.Crm.Trouble = new Failure(FailureKind.Unavailable, "the CRM is down");
        await flow.StartAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(5));
        flow.Crm.Trouble = null;
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        flow.Crm.MadeOf<DealLinkContent>().ShouldHaveSingleItem();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task An_invoice_waits_until_the_crm_can_be_asked_again_what_its_deal_is_worth()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice);
        await flow.WinAsync(amount: "1000");
        await flow.SettleAsync();
        await flow.StopAsync();

        // While the host is off the amount changes and the project is closed; the CRM is silent when the worker is back.
        flow.Crm.Put(RecordKind.Deal, "d1", ("amount", "1500"));
        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "closed"));
        flow.Crm.Trouble = new Failure(FailureKind.Unavailable, "the CRM is down");
        await flow.StartAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(5));
        flow.Billing.MadeOf<InvoiceLineContent>().ShouldBeEmpty();
        flow.Crm.Trouble = null;
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Billing.MadeOf<InvoiceLineContent>().ShouldHaveSingleItem().Amount.Amount.ShouldBe(1500);
    }
}
