using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Dispatch;

/// <summary>A client whose customer was deleted has another one since, and that is whom the next invoice bills.</summary>
public sealed class CustomerLinkTests
{
    [Fact]
    public async Task An_invoice_written_by_hand_for_the_living_customer_is_asked_about()
    {
        await using var flow = await DeletedAndMadeAnewAsync();
        flow.Billing.Put(RecordKind.Invoice, "hand", ("number", "2026-17"), ("status", "open"), ("total", "300"), ("createdAt", "2026-11-02T09:05:00Z"));
        flow.Billing.Refer(RecordKind.Invoice, "hand", "client", RecordKind.Client, Living(flow));

        await CloseAsync(flow, "projects-3");

        var asked = await flow.HandoffAsync("projects-3");
        (asked.State, asked.Reason.Contains("2026-17", StringComparison.Ordinal)).ShouldBe((HandoffState.Waiting, true), asked.Reason);
        flow.Billing.MadeOf<InvoiceContent>().Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_invoice_written_by_hand_for_the_customer_before_it_was_deleted_is_asked_about_too()
    {
        await using var flow = await DeletedAndMadeAnewAsync();
        flow.Billing.Put(RecordKind.Invoice, "hand", ("number", "2026-17"), ("status", "open"), ("total", "300"), ("createdAt", "2026-11-02T09:05:00Z"));
        flow.Billing.Refer(RecordKind.Invoice, "hand", "client", RecordKind.Client, "billing-1");

        await CloseAsync(flow, "projects-3");

        (await flow.HandoffAsync("projects-3")).Reason.ShouldContain("2026-17");
        flow.Billing.MadeOf<InvoiceContent>().Count.ShouldBe(2);
    }

    [Fact]
    public async Task It_is_billed_although_the_clients_address_changed()
    {
        await using var flow = await DeletedAndMadeAnewAsync();
        flow.Crm.Put(RecordKind.Client, "c1", ("email", "bob@fox.example"));
        await flow.PollAsync("crm", "companies");

        await CloseAsync(flow, "projects-3");

        (await flow.HandoffAsync("projects-3")).State.ShouldBe(HandoffState.Done);
        flow.Billing.MadeOf<InvoiceContent>()[^1].CustomerId.ShouldBe(Living(flow));
        flow.Billing.MadeOf<CustomerContent>().Count.ShouldBe(2);
    }

    private static string Living(Flow flow) => flow.Billing.Made.Last(m => m.Content is CustomerContent).Id;

    // Three projects of one client: the first one's customer was deleted, the second one's lives.
    private static async Task<Flow> DeletedAndMadeAnewAsync()
    {
        var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice);
        foreach (var (deal, amount) in new[] { ("d1", "1000"), ("d2", "700"), ("d3", "300") })
        {
            await flow.WinAsync(deal, amount);
            await flow.SettleAsync();
        }

        await CloseAsync(flow, "projects-1");
        flow.Billing.Delete(RecordKind.Client, "billing-1");
        await flow.PollAsync("billing", "customers");
        await CloseAsync(flow, "projects-2");
        flow.Billing.MadeOf<InvoiceContent>().Count.ShouldBe(2);
        string.CompareOrdinal("billing-1", Living(flow)).ShouldBeLessThan(0, "the deleted one comes first");
        return flow;
    }

    private static async Task CloseAsync(Flow flow, string project)
    {
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        flow.Projects.Put(RecordKind.Project, project, ("status", "closed"));
        await flow.DeliverAsync($"hint project {project}", "projects");
        await flow.PassAsync(TimeSpan.FromMinutes(1));
    }
}
