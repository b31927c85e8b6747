using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Tests.Handoffs;

public sealed class InvoiceTests
{
    private static readonly EngagementBuilder Closed = A.Engagement().With(A.Deal().Won()).With(A.Project().Closed());

    [Fact]
    public void A_closed_project_calls_for_a_draft_for_its_client()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice());

        table.Plan(Closed).ShouldBe([PlanVerb.Readied]);

        table.Pending.Select(o => o.Content).ShouldBe([
            new CustomerContent("hubspot:62515:client:31", "Acme", "ann@acme.example"),
            new InvoiceContent(null, "GBP", 14, "Work as agreed", "asana:1200:project:1201") { Amounts = "GBP 9000" },
            new InvoiceLineContent("Work as agreed", A.Gbp(9_000)),
        ]);
    }

    [Fact]
    public void A_client_that_is_linked_is_billed_under_that_link()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice());

        table.Plan(Closed.With(A.Customer("cus_9")).With(A.Contact().Without("email")));

        table.Pending.Select(o => o.Name).ShouldBe(["invoice", "line-1"]);
        table.Pending[0].Content.ShouldBeOfType<InvoiceContent>().CustomerId.ShouldBe("cus_9");
    }

    [Fact]
    public void A_customer_that_was_deleted_is_looked_for_again()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice());

        table.Plan(Closed.With(A.Customer().Gone()));

        table.Pending[0].Content.ShouldBeOfType<CustomerContent>();
        table.Pending[1].Content.ShouldBeOfType<InvoiceContent>().CustomerId.ShouldBeNull();
    }

    [Fact]
    public void A_dropped_or_archived_project_is_not_billed()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice());

        table.Plan(Closed.With(A.Project().Dropped())).ShouldBeEmpty();
        table.Plan(Closed.With(A.Project().Archived())).ShouldBeEmpty();
    }

    [Fact]
    public void Lines_are_in_the_deals_currency_and_add_up()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice().Lines(
            ("Fee", new AmountExpression.Fixed(12.345m)), ("Deal", new AmountExpression.OfFact(A.Path("deal.amount")))));

        table.Plan(Closed.With(A.Deal().Won().Worth(100, "KWD")));

        table.Pending.Select(o => o.Content).OfType<InvoiceLineContent>().Select(l => l.Amount)
            .ShouldBe([new Money(12.345m, "KWD"), new Money(100, "KWD")]);
        table.Row.AtStake.ShouldBe(new Money(112.345m, "KWD"));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("0.001")]
    public void An_amount_that_cant_be_billed_is_asked_about(string amount)
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice().Lines(("Fee", new AmountExpression.Fixed(decimal.Parse(amount)))));
        table.Plan(Closed);
        table.Approve();
        table.Plan();

        table.Row.Hold.ShouldBe(Hold.Question);
        table.Pending.ShouldBeEmpty();
    }

    [Fact]
    public void A_project_of_two_deals_is_never_billed_by_itself()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice());
        table.Plan(Closed.AlsoOf(A.Deal("2")));

        table.Row.Hold.ShouldBe(Hold.Question);
        table.Approve();
        table.Plan().ShouldBeEmpty();
    }

    [Fact]
    public void A_reopened_project_flags_its_invoice_and_deletes_nothing()
    {
        var table = new HandoffTable(A.ClosedProjectToInvoice());
        table.Settle(Closed);

        table.Plan(Closed.With(A.Project()).With(A.Invoice().Total(9_000))).ShouldBe([PlanVerb.Flagged]);

        table.Pending.ShouldBeEmpty();
        table.Plan(Closed.With(A.Invoice().Total(9_000))).ShouldBe([PlanVerb.Unflagged]);
        table.Sent.Count(o => o.Content is InvoiceContent).ShouldBe(1);
    }
}
