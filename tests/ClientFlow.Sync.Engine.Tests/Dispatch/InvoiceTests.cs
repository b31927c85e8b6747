using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Dispatch;

/// <summary>Right before money is asked for, the facts are read live.</summary>
public sealed class InvoiceTests
{
    [Fact]
    public async Task A_closed_project_gets_one_draft_for_what_remains()
    {
        await using var flow = await WonAsync();

        await CloseAsync(flow);
        await flow.SettleAsync();

        flow.Billing.Made.Select(m => m.Content.Kind).ShouldBe(["customer.create", "invoice.create", "invoice-line.create"]);
        flow.Billing.MadeOf<InvoiceLineContent>().ShouldHaveSingleItem().Amount.Amount.ShouldBe(1000);
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Done);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Two_projects_of_one_client_that_close_at_once_share_one_customer(bool lost, bool remembersKeys)
    {
        await using var flow = await Flow.PrepareAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice);
        flow.RepeatWithin = remembersKeys ? TimeSpan.FromDays(1) : null;
        await flow.StartAsync();
        await flow.SettleAsync();
        await flow.WinAsync("d1", "1000");
        await flow.WinAsync("d2", "700");
        await flow.SettleAsync();

        // Whether the first customer was made is not known when the second is asked for.
        if (lost) flow.Billing.Next(Fault.CallLost);
        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "closed"));
        flow.Projects.Put(RecordKind.Project, "projects-2", ("status", "closed"));
        await flow.DeliverAsync("hint project projects-1", "projects");
        await flow.DeliverAsync("hint project projects-2", "projects");
        await flow.SettleAsync();
        for (var minute = 0; minute < 15; minute++) await flow.PassAsync(TimeSpan.FromMinutes(1));

        flow.Billing.MadeOf<CustomerContent>().ShouldHaveSingleItem();
        flow.Billing.MadeOf<InvoiceLineContent>().Select(l => l.Amount.Amount).ShouldBe([1000, 700], ignoreOrder: true);
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.State == HandoffState.Done);
    }

    [Fact]
    public async Task A_customer_of_whom_nobody_knows_whether_it_was_made_is_not_made_again_for_the_next_project()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice);
        await flow.WinAsync("d1", "1000");
        await flow.WinAsync("d2", "700");
        await flow.SettleAsync();

        flow.Billing.Next(Fault.CallLost);
        flow.Billing.NextLookUps(new Failure(FailureKind.Rejected, "the scope is missing") { Status = 403 });
        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "closed"));
        flow.Projects.Put(RecordKind.Project, "projects-2", ("status", "closed"));
        await flow.DeliverAsync("hint project projects-1", "projects");
        await flow.DeliverAsync("hint project projects-2", "projects");
        await flow.PassAsync(TimeSpan.FromHours(2));
        flow.Billing.MadeOf<CustomerContent>().ShouldBeEmpty("it may be there already");

        await flow.Engine.Decisions.SkipAsync((await flow.HandoffsAsync()).Single(h => h.State == HandoffState.Dead).Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.PassAsync(TimeSpan.FromMinutes(10));
        flow.Billing.MadeOf<CustomerContent>().ShouldHaveSingleItem();
        flow.Billing.MadeOf<InvoiceLineContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_project_reopened_right_before_the_send_stops_the_invoice()
    {
        await using var flow = await WonAsync();
        flow.Billing.Trouble = Fault.Down.Failure;
        await CloseAsync(flow);
        await flow.SettleAsync();

        // Nobody tells us.
        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "open"));
        flow.Billing.Trouble = null;
        await flow.PassAsync(TimeSpan.FromMinutes(30));

        flow.Billing.Calls.ShouldBeEmpty();
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Withdrawn);
    }

    [Fact]
    public async Task An_invoice_written_and_paid_by_hand_in_the_meantime_stops_ours_and_asks()
    {
        await using var flow = await WonAsync();
        flow.Billing.Trouble = Fault.Down.Failure;
        await CloseAsync(flow);
        await flow.SettleAsync();

        flow.Billing.Put(RecordKind.Client, "cus", ("name", "Fox"), ("email", "ann@fox.example"));
        flow.Billing.Put(RecordKind.Invoice, "inv", ("number", "2026-17"), ("status", "paid"), ("total", "1000"), ("createdAt", "2026-11-02T09:05:00Z"));
        flow.Billing.Refer(RecordKind.Invoice, "inv", "client", RecordKind.Client, "cus");
        flow.Billing.Trouble = null;
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Billing.Calls.ShouldBeEmpty();
        var handoff = await flow.HandoffAsync("projects-1");
        (handoff.State, handoff.Hold).ShouldBe((HandoffState.Waiting, Hold.Question));
        handoff.Reason.ShouldContain("2026-17");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_yes_does_not_answer_a_question_that_nobody_was_shown(bool known)
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice with { Approve = true });
        await flow.WinAsync();
        await flow.SettleAsync();
        await CloseAsync(flow);
        await flow.SettleAsync();
        var waiting = await flow.HandoffAsync("projects-1");
        waiting.Hold.ShouldBe(Hold.Approval);

        // Billed by hand meanwhile, in the same words and over the same amount.
        flow.Billing.Put(RecordKind.Client, "cus", ("name", "Fox"), ("email", "ann@fox.example"));
        flow.Billing.Put(RecordKind.Invoice, "inv", ("number", "2026-17"), ("status", "paid"), ("total", "1000"), ("createdAt", "2026-11-02T09:05:00Z"));
        flow.Billing.Refer(RecordKind.Invoice, "inv", "client", RecordKind.Client, "cus");
        if (known)
        {
            await flow.PollAsync("billing", "customers");
            await flow.PollAsync("billing", "invoices");
        }

        await flow.Engine.Decisions.ApproveAsync(waiting.Id, Someone.Ann, TestContext.Current.CancellationToken, waiting.Shown);
        await flow.PassAsync(TimeSpan.FromMinutes(10));
        flow.Billing.Calls.ShouldBeEmpty();
        var asked = await flow.HandoffAsync("projects-1");
        (asked.State, asked.Hold).ShouldBe((HandoffState.Waiting, Hold.Question), asked.Reason);
        asked.Reason.ShouldContain("2026-17");

        // Asked, and it is other work's: that yes holds.
        await flow.Engine.Decisions.ApproveAsync(asked.Id, Someone.Ann, TestContext.Current.CancellationToken, asked.Shown);
        await flow.PassAsync(TimeSpan.FromMinutes(10));
        flow.Billing.MadeOf<InvoiceLineContent>().ShouldHaveSingleItem().Amount.Amount.ShouldBe(1000);
    }

    [Fact]
    public async Task A_yes_does_not_answer_a_question_that_came_up_after_the_customer_was_made()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice with { Approve = true });
        await flow.WinAsync();
        await flow.SettleAsync();
        await CloseAsync(flow);
        await flow.SettleAsync();
        flow.Billing.Next(new Fault(null, Commits: true), Fault.Limited(flow.Clock.GetUtcNow().AddHours(1)));
        await flow.Engine.Decisions.ApproveAsync((await flow.HandoffAsync("projects-1")).Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.SettleAsync();
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Sending);

        var customer = flow.Billing.Made.ShouldHaveSingleItem().Id;
        flow.Billing.Put(RecordKind.Invoice, "inv", ("number", "2026-17"), ("status", "paid"), ("total", "1000"), ("createdAt", "2026-11-02T09:05:00Z"));
        flow.Billing.Refer(RecordKind.Invoice, "inv", "client", RecordKind.Client, customer);
        await flow.PassAsync(TimeSpan.FromHours(2));

        flow.Billing.MadeOf<InvoiceContent>().ShouldBeEmpty();
        var asked = await flow.HandoffAsync("projects-1");
        asked.State.ShouldBe(HandoffState.Dead, asked.Reason);
        asked.Reason.ShouldContain("2026-17");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_project_of_a_deal_that_was_merged_is_billed_once(bool closedBefore)
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice with { Approve = closedBefore });
        await flow.WinAsync("d1");
        await flow.SettleAsync();
        if (closedBefore)
        {
            await CloseAsync(flow);
            await flow.SettleAsync();
            (await flow.HandoffAsync("projects-1")).Hold.ShouldBe(Hold.Approval);
        }

        flow.Crm.TellsDeletions = false;
        flow.Win("d9");
        flow.Crm.Put(RecordKind.Deal, "d9", ("mergedFrom", "d0;d1"));
        flow.Crm.Delete(RecordKind.Deal, "d1");
        await flow.PollAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(10));
        (await flow.HandoffAsync("d9")).State.ShouldBe(HandoffState.Done);

        if (closedBefore) await flow.Engine.Decisions.ApproveAsync((await flow.HandoffAsync("projects-1")).Id, Someone.Ann, TestContext.Current.CancellationToken);
        else await CloseAsync(flow);
        await flow.PassAsync(TimeSpan.FromHours(2));

        var billed = await flow.HandoffAsync("projects-1");
        (billed.State, billed.Engagement).ShouldBe((HandoffState.Done, flow.Deal("d9")), billed.Reason);
        flow.Billing.MadeOf<InvoiceContent>().ShouldHaveSingleItem();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_invoice_that_its_tool_will_not_show_holds_ours_back_until_it_is_known_whom_it_bills()
    {
        await using var flow = await WonAsync();
        flow.Billing.Hints = true;
        flow.Billing.Put(RecordKind.Client, "cus", ("name", "Fox"), ("email", "ann@fox.example"));
        flow.Billing.Put(RecordKind.Invoice, "old", ("number", "2025-01"), ("status", "paid"), ("total", "10"), ("createdAt", "2025-11-02T09:05:00Z"));
        await flow.PollAsync("billing", "customers");
        await flow.PollAsync("billing", "invoices");

        // Written and paid by hand, and the tool fails at it alone.
        flow.Billing.Put(RecordKind.Invoice, "inv", ("number", "2026-17"), ("status", "paid"), ("total", "1000"), ("createdAt", "2026-11-02T09:05:00Z"));
        flow.Billing.Refer(RecordKind.Invoice, "inv", "client", RecordKind.Client, "cus");
        flow.Billing.ReadTrouble = static (_, ids) => ids.Contains("inv") ? Fault.Down.Failure : null;
        await CloseAsync(flow);
        await flow.SettleAsync();

        // However long that lasts: it is asked for a few times, and then a person is.
        await flow.PassAsync(TimeSpan.FromHours(3));
        for (var i = 0; i < 6; i++)
        {
            await flow.PollAsync("billing", "invoices");
            await flow.PassAsync(TimeSpan.FromHours(1));
        }

        var asked = await flow.HandoffAsync("projects-1");
        (asked.State, asked.Reason.Contains("invoice inv", StringComparison.Ordinal)).ShouldBe((HandoffState.Dead, true), asked.Reason);
        flow.Billing.Calls.ShouldBeEmpty();
        var write = (await flow.ActionsAsync("projects-1"))[0];
        write.Failure.ShouldNotBeNull().Message.ShouldContain("invoice inv");
        flow.Billing.ReadTrouble = static (_, _) => null;
        await flow.PassAsync(TimeSpan.FromMinutes(70));
        await flow.PollAsync("billing", "invoices");
        await flow.Engine.Decisions.RetryAsync(asked.Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Billing.Calls.ShouldBeEmpty();
        (await flow.HandoffAsync("projects-1")).Reason.ShouldContain("2026-17");
    }

    [Fact]
    public async Task An_invoice_that_its_tool_will_not_show_holds_ours_back_after_a_restart_too()
    {
        await using var flow = await WonAsync();
        flow.Billing.Hints = true;
        flow.Billing.Put(RecordKind.Client, "cus", ("name", "Fox"), ("email", "ann@fox.example"));
        await flow.PollAsync("billing", "customers");
        flow.Billing.Put(RecordKind.Invoice, "inv", ("number", "2026-17"), ("status", "paid"), ("total", "1000"), ("createdAt", "2026-11-02T09:05:00Z"));
        flow.Billing.Refer(RecordKind.Invoice, "inv", "client", RecordKind.Client, "cus");
        flow.Billing.ReadTrouble = static (_, ids) => ids.Contains("inv") ? Fault.Down.Failure : null;
        await flow.PollAsync("billing", "invoices");

        // The poll went on without it, and no later one tells of it: only the worker knows that something is there.
        await flow.RestartAsync();
        await CloseAsync(flow);
        await flow.SettleAsync();

        flow.Billing.Calls.ShouldBeEmpty();
        (await flow.ActionsAsync("projects-1"))[0].Failure.ShouldNotBeNull().Message.ShouldContain("invoice inv");

        // It comes back: it bills what ours would have.
        flow.Billing.ReadTrouble = static (_, _) => null;
        await flow.PassAsync(TimeSpan.FromHours(2));
        await flow.PollAsync("billing", "invoices");
        await flow.PassAsync(TimeSpan.FromHours(2));
        flow.Billing.Calls.ShouldBeEmpty();
        (await flow.HandoffAsync("projects-1")).Reason.ShouldContain("2026-17");
    }

    [Fact]
    public async Task A_tool_that_can_not_be_read_live_holds_the_invoice_back()
    {
        await using var flow = await WonAsync();
        flow.Crm.ReadTrouble = (_, _) => new Failure(FailureKind.Unavailable, "down");
        await CloseAsync(flow);
        await flow.PassAsync(TimeSpan.FromMinutes(10));
        flow.Billing.Calls.ShouldBeEmpty();
        flow.Projects.Reads.Count.ShouldBeLessThan(60);

        flow.Crm.ReadTrouble = static (_, _) => null;
        await flow.PassAsync(TimeSpan.FromMinutes(10));
        flow.Billing.MadeOf<InvoiceContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_project_reopened_after_the_customer_was_made_stops_the_invoice_and_asks()
    {
        await using var flow = await WonAsync();
        var writes = 0;
        flow.Billing.WhilePreparing = () =>
        {
            // The customer goes through; the invoice is refused for an hour.
            if (++writes == 2) flow.Billing.Next(Fault.Limited(flow.Clock.GetUtcNow().AddHours(1)));
            return Task.CompletedTask;
        };
        await CloseAsync(flow);
        await flow.SettleAsync();
        flow.Billing.Made.Select(m => m.Content.Kind).ShouldBe(["customer.create"]);

        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "open"));
        await flow.PassAsync(TimeSpan.FromHours(2));
        flow.Billing.MadeOf<InvoiceContent>().ShouldBeEmpty();
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Dead);
        (await flow.HandoffAsync("projects-1")).Reason.ShouldContain("project.status is open, not closed");

        await CloseAsync(flow);
        await flow.SettleAsync();
        await flow.Engine.Decisions.RetryAsync((await flow.HandoffAsync("projects-1")).Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.SettleAsync();
        flow.Billing.MadeOf<InvoiceContent>().ShouldHaveSingleItem();
        flow.Billing.MadeOf<CustomerContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_changed_amount_is_billed_by_a_retry_once_the_customer_was_made()
    {
        await using var flow = await WonAsync();
        var writes = 0;
        flow.Billing.WhilePreparing = () =>
        {
            if (++writes == 2) flow.Billing.Next(Fault.Limited(flow.Clock.GetUtcNow().AddHours(1)));
            return Task.CompletedTask;
        };
        await CloseAsync(flow);
        await flow.SettleAsync();
        await flow.ChangeAsync("d1", "amount", "1250");
        await flow.PassAsync(TimeSpan.FromHours(2));
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Dead);

        await flow.Engine.Decisions.RetryAsync((await flow.HandoffAsync("projects-1")).Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.PassAsync(TimeSpan.FromHours(2));

        flow.Billing.MadeOf<InvoiceLineContent>().ShouldHaveSingleItem().Amount.Amount.ShouldBe(1250);
        flow.Billing.MadeOf<CustomerContent>().ShouldHaveSingleItem();
        flow.Billing.Calls.Where(c => c.Call.Order.Content is InvoiceContent).Select(c => c.Call.Revision).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task Two_projects_of_a_deal_that_close_together_do_not_both_bill_the_whole_rest()
    {
        await using var flow = await WonAsync();
        await SecondProjectAsync(flow);

        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        await CloseBothAsync(flow);
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        flow.Billing.MadeOf<InvoiceLineContent>().Sum(line => line.Amount.Amount).ShouldBe(1000);
    }

    [Fact]
    public async Task Nothing_is_billed_beside_an_invoice_of_which_nobody_knows_whether_it_was_made()
    {
        await using var flow = await WonAsync();
        await SecondProjectAsync(flow);

        // Its customer is made; then the call is cut, and the tool won't let it be looked up.
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        flow.Billing.Next(new Fault(null, Commits: true), Fault.CallLost);
        flow.Billing.NextLookUps(new Failure(FailureKind.Rejected, "the scope is missing") { Status = 403 });
        await CloseBothAsync(flow);
        await flow.PassAsync(TimeSpan.FromHours(2));

        var doubted = (await flow.HandoffsAsync()).Single(h => h.State == HandoffState.Dead);
        flow.Billing.MadeOf<InvoiceContent>().ShouldBeEmpty("the rest may be billed already");
        var waits = (await flow.HandoffsAsync()).Single(h => h.Key.Subject.Kind == RecordKind.Project && h.Id != doubted.Id);
        (await flow.ActionsAsync(waits.Key.Subject.Id)).First(a => a.State == ActionState.Pending).Failure.ShouldNotBeNull().Message.ShouldContain(doubted.Id);

        // A person looked, found none there, and says that this one isn't wanted: the other bills the rest.
        await flow.Engine.Decisions.SkipAsync(doubted.Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.PassAsync(TimeSpan.FromMinutes(10));
        flow.Billing.MadeOf<InvoiceLineContent>().ShouldHaveSingleItem().Amount.Amount.ShouldBe(1000);
    }

    [Theory]
    [InlineData(FailureKind.Rejected)]
    [InlineData(FailureKind.Missing)]
    [InlineData(FailureKind.Malformed)]
    public async Task An_invoice_whose_facts_are_refused_is_tried_ever_more_seldom_and_then_asks_and_a_retry_goes_on(FailureKind kind)
    {
        await using var flow = await WonAsync();
        flow.Crm.ReadTrouble = (read, _) => read == RecordKind.Deal ? new Failure(kind, "the scope crm.deals is missing") { Status = 403 } : null;
        await CloseAsync(flow);
        await flow.SettleAsync();
        var reads = flow.Crm.Reads.Count;

        await flow.PassAsync(TimeSpan.FromMinutes(10));
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Ready, "it may pass");
        (flow.Crm.Reads.Count - reads).ShouldBeLessThan(10);
        await flow.PassAsync(TimeSpan.FromMinutes(20));

        var asked = await flow.HandoffAsync("projects-1");
        asked.State.ShouldBe(HandoffState.Dead);
        asked.Reason.ShouldContain("crm does not show its deal");
        asked.Reason.ShouldContain("the scope crm.deals is missing");
        asked.Reason.ShouldContain("then retry");
        reads = flow.Crm.Reads.Count;
        await flow.PassAsync(TimeSpan.FromHours(3));
        flow.Crm.Reads.Count.ShouldBe(reads);
        flow.Billing.Calls.ShouldBeEmpty();

        flow.Crm.ReadTrouble = static (_, _) => null;
        await flow.Engine.Decisions.RetryAsync(asked.Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.SettleAsync();
        flow.Billing.MadeOf<InvoiceLineContent>().ShouldHaveSingleItem().Amount.Amount.ShouldBe(1000);
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Done);
    }

    [Fact]
    public async Task An_invoice_whose_facts_are_refused_after_its_customer_was_made_goes_on_at_the_invoice()
    {
        await using var flow = await WonAsync();
        flow.Crm.ReadTrouble = (_, _) => flow.Billing.MadeOf<CustomerContent>().Count > 0 ? new Failure(FailureKind.Rejected, "the scope is missing") { Status = 403 } : null;
        await CloseAsync(flow);
        await flow.PassAsync(TimeSpan.FromMinutes(30));
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Dead);

        flow.Crm.ReadTrouble = static (_, _) => null;
        await flow.Engine.Decisions.RetryAsync((await flow.HandoffAsync("projects-1")).Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.SettleAsync();
        flow.Billing.MadeOf<CustomerContent>().ShouldHaveSingleItem();
        flow.Billing.MadeOf<InvoiceContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_outage_where_an_invoices_facts_are_read_asks_nobody_and_polls_nobody_in_a_circle()
    {
        await using var flow = await WonAsync();
        flow.Crm.Trouble = Fault.Down.Failure;
        await CloseAsync(flow);
        await flow.SettleAsync();
        var polls = flow.Billing.Polls;
        await flow.PassAsync(TimeSpan.FromHours(12));
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Ready);
        (flow.Billing.Polls - polls).ShouldBeLessThan(1_000);

        flow.Crm.Trouble = null;
        await flow.PassAsync(TimeSpan.FromMinutes(6));
        flow.Billing.MadeOf<InvoiceLineContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_invoice_that_waits_behind_another_of_its_deal_reads_nothing_meanwhile()
    {
        await using var flow = await Flow.PrepareAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice);
        flow.MaxCommit = TimeSpan.FromHours(2);
        await flow.StartAsync();
        await flow.SettleAsync();
        await flow.WinAsync();
        await flow.SettleAsync();
        flow.Projects.Put(RecordKind.Project, "p2", ("name", "Website, part two"), ("status", "open"));
        await flow.PollAsync("projects", "projects");
        await flow.DoAsync(unit => unit.AddLink(new RecordLink(flow.Deal(), flow.Project("p2"), LinkRole.Project, null, flow.Clock.GetUtcNow())));
        await flow.SettleAsync();

        // Whether the first was made is not known for two hours.
        var invoices = 0;
        flow.Billing.PrepareTroubleOf = call =>
        {
            if (call.Order.Content is InvoiceContent && Interlocked.Increment(ref invoices) == 1) flow.Billing.Next(Fault.AnswerLost);
            return null;
        };
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        await CloseBothAsync(flow);
        await flow.PassAsync(TimeSpan.FromMinutes(5));
        flow.Billing.MadeOf<InvoiceContent>().ShouldHaveSingleItem();

        var (polls, reads) = (flow.Billing.Polls, flow.Crm.Reads.Count);
        await flow.PassAsync(TimeSpan.FromMinutes(90));
        (flow.Billing.Polls, flow.Crm.Reads.Count).ShouldBe((polls, reads));
        await flow.PassAsync(TimeSpan.FromHours(2));
        flow.Billing.MadeOf<InvoiceLineContent>().Sum(line => line.Amount.Amount).ShouldBe(1000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_may_never_have_left_is_not_repeated_a_day_later_beside_what_a_person_billed_by_hand(bool customerMade)
    {
        await using var flow = await Flow.PrepareAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice);
        flow.RepeatWithin = TimeSpan.FromHours(23);
        await flow.StartAsync();
        await flow.SettleAsync();
        await flow.WinAsync();
        await flow.SettleAsync();
        if (customerMade) flow.Billing.Next(new Fault(null, Commits: true));
        flow.Billing.Next(Fault.CallLost);
        await CloseAsync(flow);
        await flow.SettleAsync();
        var calls = flow.Billing.Calls.Count;

        await flow.StopAsync();
        flow.Clock.Advance(TimeSpan.FromHours(20));
        var customer = customerMade ? "billing-1" : "cus";
        if (!customerMade) flow.Billing.Put(RecordKind.Client, customer, ("name", "Fox"), ("email", "ann@fox.example"));
        flow.Billing.Put(RecordKind.Invoice, "inv", ("number", "2026-17"), ("status", "paid"), ("total", "1000"), ("createdAt", "2026-11-02T15:05:00Z"));
        flow.Billing.Refer(RecordKind.Invoice, "inv", "client", RecordKind.Client, customer);
        await flow.StartAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Billing.Calls.Count.ShouldBe(calls);
        var handoff = await flow.HandoffAsync("projects-1");
        handoff.State.ShouldBe(customerMade ? HandoffState.Dead : HandoffState.Waiting);
        handoff.Reason.ShouldContain("2026-17");
    }

    [Fact]
    public async Task A_deal_that_changed_its_company_after_the_customer_was_made_bills_nobody_until_a_retry_and_then_the_new_one()
    {
        await using var flow = await WonAsync();
        flow.Crm.Put(RecordKind.Client, "c2", ("name", "Bear Ltd"), ("email", "bo@bear.example"));
        await flow.PollAsync("crm", "companies");
        flow.Billing.Next(new Fault(null, Commits: true), Fault.Limited(flow.Clock.GetUtcNow().AddHours(1)));
        await CloseAsync(flow);
        await flow.SettleAsync();
        flow.Billing.MadeOf<CustomerContent>().ShouldHaveSingleItem().Name.ShouldBe("Fox Ltd");

        flow.Crm.Refer(RecordKind.Deal, "d1", "client", RecordKind.Client, "c2");
        await flow.PassAsync(TimeSpan.FromHours(2));
        flow.Billing.MadeOf<InvoiceContent>().ShouldBeEmpty();
        var asked = await flow.HandoffAsync("projects-1");
        (asked.State, asked.Reason.Contains("another client", StringComparison.Ordinal)).ShouldBe((HandoffState.Dead, true), asked.Reason);

        await flow.Engine.Decisions.RetryAsync(asked.Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.PassAsync(TimeSpan.FromHours(2));
        (await flow.HandoffAsync("projects-1")).State.ShouldBe(HandoffState.Done);
        var bear = flow.Billing.Made.Single(m => m.Content is CustomerContent { Name: "Bear Ltd" });
        var invoice = flow.Billing.Made.Single(m => m.Content is InvoiceContent);
        flow.Billing.Find(RecordKind.Invoice, invoice.Id)!.References.Single().Ids.ShouldBe([bear.Id]);
        flow.Billing.MadeOf<InvoiceLineContent>().ShouldHaveSingleItem().Amount.Amount.ShouldBe(1000);
        flow.Billing.Made.Select(m => m.Key).ShouldBeUnique();
    }

    private static async Task<Flow> WonAsync()
    {
        var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice);
        await flow.WinAsync();
        await flow.SettleAsync();
        return flow;
    }

    private static async Task SecondProjectAsync(Flow flow)
    {
        flow.Projects.Put(RecordKind.Project, "p2", ("name", "Website, part two"), ("status", "open"));
        await flow.PollAsync("projects", "projects");
        await flow.DoAsync(unit => unit.AddLink(new RecordLink(flow.Deal(), flow.Project("p2"), LinkRole.Project, null, flow.Clock.GetUtcNow())));
        await flow.SettleAsync();
    }

    private static async Task CloseBothAsync(Flow flow)
    {
        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "closed"));
        flow.Projects.Put(RecordKind.Project, "p2", ("status", "closed"));
        await flow.PollAsync("projects", "projects");
    }

    private static async Task CloseAsync(Flow flow)
    {
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "closed"));
        await flow.DeliverAsync("hint project projects-1", "projects");
    }
}
