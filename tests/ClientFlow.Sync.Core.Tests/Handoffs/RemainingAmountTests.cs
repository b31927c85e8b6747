using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Tests.Handoffs;

public sealed class RemainingAmountTests
{
    private static readonly EngagementBuilder Closed = A.Engagement().With(A.Deal().Won().Worth(9_000)).With(A.Project().Closed());

    [Fact]
    public void All_of_the_deal_remains_where_nothing_is_invoiced() => Amount(Closed).ShouldBe(A.Gbp(9_000));

    [Theory]
    [InlineData("draft")]
    [InlineData("open")]
    [InlineData("paid")]
    [InlineData("uncollectible")]
    public void A_linked_invoice_is_taken_off(string status) =>
        Amount(Closed.With(A.Invoice().Total(2_500.10m).Status(status))).ShouldBe(A.Gbp(6_499.90m));

    [Fact]
    public void Void_and_deleted_invoices_are_not() =>
        Amount(Closed.With(A.Invoice("1").Total(2_500).Void()).With(A.Invoice("2").Total(100).Gone())).ShouldBe(A.Gbp(9_000));

    [Theory]
    [InlineData("JPY", "120000", "20000", "100000")]
    [InlineData("KWD", "100.005", "0.001", "100.004")]
    [InlineData("GBP", "0.03", "0.01", "0.02")]
    public void It_is_exact_in_every_currency(string currency, string sold, string billed, string rest)
    {
        var engagement = Closed.With(A.Deal().Won().Worth(decimal.Parse(sold), currency)).With(A.Invoice().Total(decimal.Parse(billed), currency));

        Amount(engagement).ShouldBe(new Money(decimal.Parse(rest), currency));
    }

    [Fact]
    public void Empty_is_not_zero()
    {
        Lacks(Closed.With(A.Deal().Won().Without("amount"))).ShouldBe("deal.amount has no value");
        Ask(Closed.With(A.Deal().Won().Worth(0))).Question.ShouldStartWith("nothing remains");
        Lacks(Closed.With(A.Invoice().Without("total"))).ShouldBe("invoice NW-in_1 has no total");
    }

    [Fact]
    public void Without_a_deal_there_is_nothing_to_bill()
    {
        Lacks(A.Engagement().With(A.Project().Closed()).WithoutDeal()).ShouldBe("deal: the project is linked to no deal");
        Lacks(Closed.With(A.Deal().Won().Gone())).ShouldBe("deal: it was deleted");
    }

    [Theory]
    [InlineData("9000")]
    [InlineData("9000.01")]
    public void Zero_or_less_is_asked_and_a_yes_is_not_enough(string billed) =>
        Ask(Closed.With(A.Invoice().Total(decimal.Parse(billed)))).IfApproved.ShouldBeNull();

    [Fact]
    public void A_cent_that_remains_is_billed() => Amount(Closed.With(A.Invoice().Total(8_999.99m))).ShouldBe(A.Gbp(0.01m));

    [Fact]
    public void An_invoice_in_another_currency_is_asked_about()
    {
        var ask = Ask(Closed.With(A.Invoice().Total(100, "EUR")));

        ask.Question.ShouldBe("invoice NW-in_1 is in EUR, the deal in GBP");
        ask.IfApproved.ShouldBeNull();
    }

    [Fact]
    public void A_void_invoice_in_another_currency_is_not() => Amount(Closed.With(A.Invoice().Total(100, "EUR").Void())).ShouldBe(A.Gbp(9_000));

    [Fact]
    public void While_a_sibling_project_is_open_a_person_says_whether_all_is_billed()
    {
        var ask = Ask(Closed.With(A.Project("2").Named("Training")).With(A.Invoice().Total(1_000)));

        ask.Question.ShouldBe("the deal's project Training is still open: bill the whole rest of GBP 8,000.00 with this one?");
        ask.IfApproved.ShouldBe(A.Gbp(8_000));
    }

    [Fact]
    public void Siblings_that_are_closed_dropped_or_deleted_hold_nothing_up() =>
        Amount(Closed.With(A.Project("2").Closed()).With(A.Project("3").Dropped()).With(A.Project("4").Gone())).ShouldBe(A.Gbp(9_000));

    [Fact]
    public void A_project_of_several_deals_is_asked_about()
    {
        var ask = Ask(Closed.AlsoOf(A.Deal("2")).AlsoOf(A.Deal("3")));

        ask.Question.ShouldBe("the project belongs to 3 deals: which of them does this invoice bill?");
        ask.IfApproved.ShouldBeNull();
    }

    [Fact]
    public void An_unlinked_invoice_of_that_amount_since_the_deal_may_be_this_works()
    {
        var ask = Ask(Closed.WithLoose(A.Invoice().Total(9_000)));

        ask.Question.ShouldBe("invoice NW-in_1 of GBP 9,000.00 exists for this client already: is it this work's?");
        ask.IfApproved.ShouldBe(A.Gbp(9_000));
        Ask(Closed.WithLoose(A.Invoice().Total(9_000).Without("createdAt")));
        Ask(Closed.WithLoose(A.Invoice().Total(9_000).CreatedAt(A.Now.AddDays(-60)))); // the deal's own moment
    }

    [Fact]
    public void Other_unlinked_invoices_are_not()
    {
        Amount(Closed.WithLoose(A.Invoice().Total(8_999.99m))).ShouldBe(A.Gbp(9_000));
        Amount(Closed.WithLoose(A.Invoice().Total(9_000, "EUR"))).ShouldBe(A.Gbp(9_000));
        Amount(Closed.WithLoose(A.Invoice().Total(9_000).Void())).ShouldBe(A.Gbp(9_000));
        Amount(Closed.WithLoose(A.Invoice().Total(9_000).Gone())).ShouldBe(A.Gbp(9_000));
        Amount(Closed.WithLoose(A.Invoice().Total(9_000).CreatedAt(A.Now.AddDays(-61)))).ShouldBe(A.Gbp(9_000));
    }

    [Fact]
    public void An_unlinked_invoice_is_held_against_what_remains_with_its_tax_and_without()
    {
        var ask = Ask(Closed.WithLoose(A.Invoice().Total(10_800).Net(9_000)));

        ask.Question.ShouldBe("invoice NW-in_1 of GBP 9,000.00 (GBP 10,800.00 with tax) exists for this client already: is it this work's?");
        ask.IfApproved.ShouldBe(A.Gbp(9_000));
        Ask(Closed.WithLoose(A.Invoice().Total(9_000).Net(7_500))).Question.ShouldBe("invoice NW-in_1 of GBP 9,000.00 exists for this client already: is it this work's?");
        Amount(Closed.WithLoose(A.Invoice().Total(10_800).Net(8_000))).ShouldBe(A.Gbp(9_000));
    }

    [Fact]
    public void A_linked_invoice_with_tax_on_top_is_taken_off_without_it_and_a_person_says_whether_that_is_right()
    {
        var ask = Ask(Closed.With(A.Invoice("1").Total(600).Net(500)).With(A.Invoice("2").Total(1_000).Net(1_000)));

        ask.Question.ShouldBe(
            "invoice NW-1 is of GBP 500.00 without tax and of GBP 600.00 with it: is the deal's amount without tax, so that GBP 7,500.00 of GBP 9,000.00 remains?");
        ask.IfApproved.ShouldBe(A.Gbp(7_500));
    }

    [Fact]
    public void Tax_that_is_nothing_asks_nobody_and_of_a_void_invoice_neither()
    {
        Amount(Closed.With(A.Invoice().Total(500).Net(500))).ShouldBe(A.Gbp(8_500));
        Amount(Closed.With(A.Invoice().Total(600).Net(500).Void())).ShouldBe(A.Gbp(9_000));
        Ask(Closed.With(A.Invoice().Total(10_800).Net(9_000))).ShouldSatisfyAllConditions(
            ask => ask.Question.ShouldStartWith("nothing remains"), ask => ask.IfApproved.ShouldBeNull());
    }

    [Fact]
    public void Two_doubts_are_asked_at_once_for_one_yes_answers_both()
    {
        var ask = Ask(Closed.With(A.Project("2").Named("Training")).WithLoose(A.Invoice().Total(9_000)));

        ask.Question.ShouldContain("Training is still open");
        ask.Question.ShouldContain("exists for this client already");
    }

    [Theory]
    [InlineData("GBP", "9000.005")]
    [InlineData("JPY", "100.5")]
    [InlineData("KWD", "0.0001")]
    public void More_decimals_than_the_currency_has_are_asked_about_and_never_rounded(string currency, string amount)
    {
        var ask = Ask(Closed.With(A.Deal().Won().Worth(decimal.Parse(amount), currency)));

        ask.Question.ShouldContain($"has more decimals than {currency} has");
        ask.IfApproved.ShouldBeNull();
    }

    [Fact]
    public void What_remains_is_never_rounded_either() =>
        Ask(Closed.With(A.Invoice().Total(33.333m))).Question.ShouldBe("what remains, GBP 8,966.667, has more decimals than GBP has");

    private static AmountVerdict Of(Engagement engagement) => RemainingAmount.Of(engagement, A.Project().Ref);

    private static Money Amount(Engagement engagement) => Of(engagement).ShouldBeOfType<AmountVerdict.Is>().Money;

    private static string Lacks(Engagement engagement) => Of(engagement).ShouldBeOfType<AmountVerdict.Lacks>().Fact;

    private static AmountVerdict.Ask Ask(Engagement engagement) => Of(engagement).ShouldBeOfType<AmountVerdict.Ask>();
}
