using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Tests.Handoffs;

public sealed class ConditionEvaluatorTests
{
    private static readonly FactTest Month = new FactTest.Within(TimeSpan.FromDays(30));
    private static readonly FactTest TwoDays = new FactTest.OlderThan(TimeSpan.FromHours(48));

    [Theory]
    [InlineData("won", true, "deal.stage is won")]
    [InlineData("Won", true, "deal.stage is Won, which is won")]
    [InlineData("proposal", false, "deal.stage is proposal, not won")]
    public void Is(string stage, bool holds, string reason) => Says(A.Is("deal.stage", "won"), A.Deal().Stage(stage), holds, reason);

    [Theory]
    [InlineData("lost", true, "deal.stage is lost, which is one of won, lost")]
    [InlineData("proposal", false, "deal.stage is proposal, not one of won, lost")]
    public void One_of(string stage, bool holds, string reason) =>
        Says(A.That("deal.stage", new FactTest.In([Text("won"), Text("lost")])), A.Deal().Stage(stage), holds, reason);

    [Fact]
    public void Amounts_equal_plain_numbers()
    {
        Says(A.That("deal.amount", new FactTest.Is(Number(9_000))), A.Deal().Worth(9_000), true, "deal.amount is GBP 9,000.00, which is 9000");
        Says(A.That("deal.amount", new FactTest.In([Number(1), Number(9_000)])), A.Deal().Worth(9_000), true);
        Says(A.That("deal.amount", new FactTest.Is(Number(9_000))), A.Deal().Worth(9_000.01m), false);
    }

    [Fact]
    public void Exists()
    {
        Says(A.Exists("deal.endsOn"), A.Deal().EndsOn("2027-01-31"), true, "deal.endsOn is 2027-01-31");
        Says(A.Exists("deal.endsOn"), A.Deal(), false, "deal.endsOn has no value");
        Says(A.Exists("deal.endsOn", wanted: false), A.Deal(), true, "deal.endsOn has no value");
        Says(A.Exists("deal.endsOn", wanted: false), A.Deal().EndsOn("2027-01-31"), false, "deal.endsOn is 2027-01-31, not without a value");
    }

    [Theory]
    [InlineData(Comparison.Greater, false, false, true)]
    [InlineData(Comparison.GreaterOrEqual, false, true, true)]
    [InlineData(Comparison.Less, true, false, false)]
    [InlineData(Comparison.LessOrEqual, true, true, false)]
    public void Compared(Comparison how, bool less, bool equal, bool more)
    {
        foreach (var (step, holds) in new[] { (-1, less), (0, equal), (1, more) })
        {
            Says(A.That("deal.amount", new FactTest.Compare(how, Number(100))), A.Deal().Worth(100 + step), holds);
            Says(A.That("deal.endsOn", new FactTest.Compare(how, Day("2026-11-10"))), A.Deal().With("endsOn", Day($"2026-11-{10 + step}")), holds);
            Says(A.That("deal.createdAt", new FactTest.Compare(how, new FieldValue.Moment(A.Now))), A.Deal().CreatedAt(A.Now.AddTicks(step)), holds);
        }
    }

    [Fact]
    public void A_comparison_says_what_was_asked_for() =>
        Says(A.That("deal.amount", new FactTest.Compare(Comparison.GreaterOrEqual, Number(500))), A.Deal().Worth(900), true,
            "deal.amount is GBP 900.00, which is at least 500");

    [Fact]
    public void A_moment_is_held_against_a_day_by_the_date_on_the_wall()
    {
        var evening = A.Deal().CreatedAt(A.Instant("2026-11-01T13:00Z")); // 2 November in Auckland
        var since = A.That("deal.createdAt", new FactTest.Compare(Comparison.GreaterOrEqual, Day("2026-11-02")));

        ConditionEvaluator.Evaluate(since, A.Engagement().With(evening), evening.Ref, A.Now, A.Zone("Pacific/Auckland")).Holds.ShouldBeTrue();
        ConditionEvaluator.Evaluate(since, A.Engagement().With(evening), evening.Ref, A.Now, A.Zone("Europe/London")).Holds.ShouldBeFalse();
    }

    [Fact]
    public void Values_that_have_no_order_pass_no_comparison() =>
        Says(A.That("deal.stage", new FactTest.Compare(Comparison.LessOrEqual, Number(1))), A.Deal(), false);

    [Fact]
    public void A_fact_without_a_value_passes_no_test()
    {
        var empty = A.Deal().Without("amount").Without("stage").Without("createdAt");

        Says(A.Is("deal.stage", "won"), empty, false, "deal.stage has no value");
        Says(A.That("deal.stage", new FactTest.In([Text("won")])), empty, false);
        Says(A.That("deal.amount", new FactTest.Compare(Comparison.LessOrEqual, Number(1))), empty, false);
        Says(A.That("deal.endsOn", Month), empty, false);
        Says(A.That("deal.createdAt", TwoDays), empty, false);
    }

    [Theory]
    [InlineData("2026-12-03", false, "2026-11-03T00:00Z")] // opens 30 days before it begins
    [InlineData("2026-12-02", true, "2026-12-03T00:00Z")] // and closes when it is over
    [InlineData("2026-11-02", true, "2026-11-03T00:00Z")] // today
    [InlineData("2026-11-01", false, null)] // over
    public void A_day_is_within_until_it_is_over(string day, bool holds, string? lookAt)
    {
        var verdict = Evaluate(A.That("deal.endsOn", Month), A.Deal().EndsOn(day));

        verdict.Holds.ShouldBe(holds);
        verdict.LookAt.ShouldBe(lookAt is null ? null : A.Instant(lookAt));
    }

    [Theory]
    [InlineData("2026-12-02T12:00:01Z", false, "2026-11-02T12:00:01Z")]
    [InlineData("2026-12-02T12:00:00Z", true, "2026-12-02T12:00:00Z")]
    [InlineData("2026-11-02T12:00:01Z", true, "2026-11-02T12:00:01Z")]
    [InlineData("2026-11-02T12:00:00Z", false, null)]
    public void A_moment_is_within_until_it_is_reached(string moment, bool holds, string? lookAt)
    {
        var verdict = Evaluate(A.That("deal.createdAt", Month), A.Deal().CreatedAt(A.Instant(moment)));

        verdict.Holds.ShouldBe(holds);
        verdict.LookAt.ShouldBe(lookAt is null ? null : A.Instant(lookAt));
    }

    [Theory]
    [InlineData("2026-10-31T12:00:00Z", true, null)]
    [InlineData("2026-10-31T12:00:01Z", false, "2026-11-02T12:00:01Z")]
    public void Older_than_comes_true_by_itself(string moment, bool holds, string? lookAt)
    {
        var verdict = Evaluate(A.That("deal.createdAt", TwoDays), A.Deal().CreatedAt(A.Instant(moment)));

        verdict.Holds.ShouldBe(holds);
        verdict.LookAt.ShouldBe(lookAt is null ? null : A.Instant(lookAt));
    }

    [Fact]
    public void Looking_at_the_moment_it_names_finds_another_answer()
    {
        foreach (var (test, value) in new[]
        {
            (Month, Day("2026-12-10")), (Month, Day("2026-11-20")), (Month, new FieldValue.Moment(A.Now.AddDays(40))),
            (Month, new FieldValue.Moment(A.Now.AddDays(3))), (TwoDays, new FieldValue.Moment(A.Now.AddHours(-5))), (TwoDays, Day("2026-11-02")),
        })
        {
            var (field, deal) = value is FieldValue.Day ? ("endsOn", A.Deal().With("endsOn", value)) : ("createdAt", A.Deal().With("createdAt", value));
            var condition = A.That($"deal.{field}", test);
            var look = Evaluate(condition, deal).LookAt.ShouldNotBeNull();

            Evaluate(condition, deal, look.AddTicks(-1)).Holds.ShouldBe(Evaluate(condition, deal).Holds);
            Evaluate(condition, deal, look).Holds.ShouldNotBe(Evaluate(condition, deal).Holds);
        }
    }

    [Fact]
    public void The_earliest_moment_of_all_parts_is_the_one_to_look_at()
    {
        var both = A.Not(A.Any(A.That("deal.endsOn", Month), A.That("deal.createdAt", TwoDays), A.Is("deal.stage", "won")));
        var deal = A.Deal().EndsOn("2027-01-31").CreatedAt(A.Now.AddHours(-47));

        Evaluate(both, deal).LookAt.ShouldBe(A.Now.AddHours(1));
    }

    [Fact]
    public void Every_part_is_looked_at_so_that_all_reasons_are_told()
    {
        var won = A.Is("deal.stage", "won");
        var big = A.That("deal.amount", new FactTest.Compare(Comparison.Greater, Number(10_000)));

        var all = Evaluate(A.All(won, big), A.Deal());
        all.Holds.ShouldBeFalse();
        all.Reasons.Select(r => r.Text).ShouldBe(["deal.stage is proposal, not won", "deal.amount is GBP 9,000.00, not more than 10000"]);

        var any = Evaluate(A.Any(won, big), A.Deal().Won());
        any.Holds.ShouldBeTrue();
        any.Reasons.Select(r => r.Holds).ShouldBe([true, false]);
    }

    [Fact]
    public void All_any_and_not()
    {
        var (yes, no) = (A.Is("deal.stage", "proposal"), A.Is("deal.stage", "won"));

        Holds(A.All(yes, yes)).ShouldBeTrue();
        Holds(A.All(yes, no)).ShouldBeFalse();
        Holds(A.Any(no, yes)).ShouldBeTrue();
        Holds(A.Any(no, no)).ShouldBeFalse();
        Holds(A.Not(no)).ShouldBeTrue();
        Holds(A.Not(A.All(yes, A.Not(no)))).ShouldBeFalse();
        Evaluate(A.Not(no), A.Deal()).Reasons.ShouldHaveSingleItem().ShouldBe(
            new Reason(true, "not: deal.stage is proposal, not won", A.Deal().Ref));

        bool Holds(Condition condition) => Evaluate(condition, A.Deal()).Holds;
    }

    [Fact]
    public void A_fact_with_two_referents_neither_holds_nor_fails()
    {
        var open = A.Is("project.status", "open");
        var (yes, no) = (A.Is("deal.stage", "proposal"), A.Is("deal.stage", "won"));

        Clear(yes).ShouldBe("holds");
        Clear(no).ShouldBe("fails");
        Clear(open).ShouldBe("unclear");
        Clear(A.Not(open)).ShouldBe("unclear");
        Clear(A.Exists("project.endsOn", wanted: false)).ShouldBe("unclear");
        Clear(A.All(yes, open)).ShouldBe("unclear");
        Clear(A.All(no, A.Not(open))).ShouldBe("fails");
        Clear(A.Any(no, open)).ShouldBe("unclear");
        Clear(A.Any(yes, open)).ShouldBe("holds");
        Clear(A.Not(A.All(no, open))).ShouldBe("holds");

        string Clear(Condition condition)
        {
            var engagement = A.Engagement().With(A.Project("1").Named("One")).With(A.Project("2").Named("Two"));
            var verdict = ConditionEvaluator.Evaluate(condition, engagement, A.Deal().Ref, A.Now, A.Business.Zone);
            verdict.Reasons.Where(r => r.Unclear).ShouldAllBe(r => r.Text.EndsWith("there are 2 projects (One, Two)"));
            (verdict.Holds && verdict.Unclear).ShouldBeFalse();
            return verdict.Holds ? "holds" : verdict.Unclear ? "unclear" : "fails";
        }
    }

    private static FieldValue Text(string text) => new FieldValue.Text(text);

    private static FieldValue Number(decimal number) => new FieldValue.Number(number);

    private static FieldValue Day(string day) => new FieldValue.Day(A.Day(day.Length == 9 ? day.Insert(8, "0") : day));

    private static void Says(Condition condition, RecordBuilder deal, bool holds, string? reason = null)
    {
        var verdict = Evaluate(condition, deal);

        verdict.Holds.ShouldBe(holds);
        verdict.Unclear.ShouldBeFalse();
        var only = verdict.Reasons.ShouldHaveSingleItem();
        only.Holds.ShouldBe(holds);
        if (reason is not null) only.Text.ShouldBe(reason);
    }

    private static ConditionVerdict Evaluate(Condition condition, RecordBuilder deal, DateTimeOffset? now = null) =>
        ConditionEvaluator.Evaluate(condition, A.Engagement().With(deal), deal.Ref, now ?? A.Now, A.Business.Zone);
}
