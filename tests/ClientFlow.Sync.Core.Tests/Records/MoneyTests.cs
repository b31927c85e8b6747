using ClientFlow.Sync.Core.Records;
using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Core.Tests.Records;

public sealed class MoneyTests
{
    [Theory]
    [InlineData("GBP", "1250", 125_000)]
    [InlineData("GBP", "0.01", 1)]
    [InlineData("GBP", "10.50", 1_050)]
    [InlineData("GBP", "-10.5", -1_050)]
    [InlineData("JPY", "1250", 1_250)]
    [InlineData("KWD", "1.234", 1_234)]
    [InlineData("KWD", "1250", 1_250_000)]
    [InlineData("CLF", "0.0001", 1)]
    [InlineData("XAF", "7", 7)]
    public void An_amount_is_told_in_the_smallest_unit_of_its_currency(string currency, string amount, long units)
    {
        var money = new Money(decimal.Parse(amount), currency);

        money.TryMinorUnits(out var told).ShouldBeTrue();

        told.ShouldBe(units);
        Money.FromMinorUnits(units, currency.ToLowerInvariant()).ShouldBe(money);
    }

    [Theory]
    [InlineData("GBP", "0.001")]
    [InlineData("GBP", "10.505")]
    [InlineData("JPY", "0.5")]
    [InlineData("KWD", "1.2345")]
    [InlineData("GBP", "9000000000001")]
    public void An_amount_that_would_have_to_be_rounded_has_no_smallest_units(string currency, string amount) =>
        new Money(decimal.Parse(amount), currency).TryMinorUnits(out _).ShouldBeFalse();

    [Theory]
    [InlineData("GBP", "1250", "GBP 1,250.00")]
    [InlineData("GBP", "-0.5", "GBP -0.50")]
    [InlineData("JPY", "1250", "JPY 1,250")]
    [InlineData("KWD", "1250.5", "KWD 1,250.500")]
    [InlineData("GBP", "10.505", "GBP 10.505")]
    public void It_is_shown_with_its_currencys_decimals_and_never_rounded(string currency, string amount, string shown) =>
        new Money(decimal.Parse(amount), currency).ToString().ShouldBe(shown);

    [Fact]
    public void Trailing_zeros_make_no_other_amount() => new Money(10.50m, "GBP").ShouldBe(new Money(10.5m, "GBP"));

    [Fact]
    public void The_same_number_in_another_currency_is_another_amount() => new Money(10, "GBP").ShouldNotBe(new Money(10, "EUR"));

    [Fact]
    public void Amounts_of_two_currencies_are_never_reckoned_together()
    {
        var (pounds, yen) = (new Money(1, "GBP"), new Money(1, "JPY"));

        Should.Throw<InvalidOperationException>(() => pounds < yen).Message.ShouldBe("GBP and JPY can't be reckoned together");
        Should.Throw<InvalidOperationException>(() => pounds.CompareTo(yen));
        Should.Throw<InvalidOperationException>(() => pounds + yen);
        Should.Throw<InvalidOperationException>(() => pounds - yen);
    }

    [Fact]
    public void Amounts_of_one_currency_are_ordered()
    {
        var (less, more) = (A.Gbp(1.10m), A.Gbp(1.11m));

        (less < more).ShouldBeTrue();
        (more > less).ShouldBeTrue();
        (less >= more).ShouldBeFalse();
        (more <= less).ShouldBeFalse();
        (less <= A.Gbp(1.1m)).ShouldBeTrue();
    }

    [Fact]
    public void Sums_add_up_to_the_smallest_unit()
    {
        var cases = from currency in Gen.Elements("GBP", "JPY", "KWD", "CLF")
            from units in Gen.Choose(-2_000_000_000, 2_000_000_000).ListOf()
            select (Currency: currency, Units: units.ToList());
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var sum = c.Units.Select(u => Money.FromMinorUnits(u, c.Currency)).Aggregate(new Money(0, c.Currency), (a, b) => a + b);
            var back = c.Units.Select(u => Money.FromMinorUnits(u, c.Currency)).Aggregate(sum, (a, b) => a - b);
            return sum.TryMinorUnits(out var told) && told == c.Units.Sum(u => (long)u) && back == new Money(0, c.Currency);
        }).ShouldHold();
    }
}
