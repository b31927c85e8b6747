using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Core.Tests.Connectors;

public sealed class QuotaBudgetTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly QuotaWindow Ten = new("ten", 100, TimeSpan.FromSeconds(10), "calls in 10 seconds");
    private static readonly QuotaWindow Day = new("day", 1000, TimeSpan.FromDays(1), "calls a day") { FromMidnight = true };
    private static readonly QuotaCall Read = new(false, null, "things");
    private static readonly QuotaCall Write = new(true, null, "things");

    [Fact]
    public void No_ten_seconds_ever_hold_more_calls_than_the_limit_allows()
    {
        var budget = new QuotaBudget([Ten]);
        var sent = new List<DateTimeOffset>();
        for (var now = Start; now < Start.AddMinutes(1); now = now.AddMilliseconds(37))
            if (budget.Take(Read, now) is null) sent.Add(now);

        sent.Max(first => sent.Count(at => at >= first && at < first.AddSeconds(10))).ShouldBeInRange(80, 90);
    }

    [Fact]
    public void One_that_is_held_back_may_go_at_the_moment_it_was_told()
    {
        var budget = new QuotaBudget([Ten]);
        while (budget.Take(Read, Start) is null) { }

        var at = budget.Take(Read, Start).ShouldNotBeNull();

        at.ShouldBeInRange(Start.AddSeconds(10), Start.AddSeconds(11));
        budget.Take(Read, at).ShouldBeNull();
    }

    [Fact]
    public void Polls_leave_a_reserve_for_work()
    {
        var budget = new QuotaBudget([Ten]);
        var polls = 0;
        using (budget.During(CallPurpose.Background))
            while (budget.Take(Read, Start) is null) polls++;

        polls.ShouldBe(50);
        budget.Take(Write, Start).ShouldBeNull();
        using (budget.During(CallPurpose.Background)) budget.Take(Read, Start).ShouldNotBeNull();
    }

    [Fact]
    public void What_others_used_counts_too()
    {
        var budget = new QuotaBudget([Ten, Day]);
        budget.Heard([new QuotaWord("ten", null, 3), new QuotaWord("day", null, 400)], Start);

        budget.Take(Read, Start).ShouldNotBeNull();
        budget.Meters(Start).Single(m => m.Window == "day").Used.ShouldBe(600);
    }

    [Fact]
    public void A_larger_plan_is_learned_from_the_answers()
    {
        var budget = new QuotaBudget([Ten]);
        budget.Heard([new QuotaWord("ten", 190, 189)], Start);

        var calls = 0;
        while (budget.Take(Read, Start) is null) calls++;

        calls.ShouldBe(170);
        budget.Meters(Start).Single().Limit.ShouldBe(190);
    }

    [Fact]
    public void The_vendors_own_count_of_the_day_counts_whether_it_is_more_or_less_than_ours()
    {
        var budget = new QuotaBudget([Day]);
        for (var i = 0; i < 50; i++)
        {
            budget.Take(Read, Start).ShouldBeNull();
            budget.Done(Read);
        }

        budget.Heard([new QuotaWord("day", 1000, 50)], Start.AddMinutes(1));
        UsedOf(budget, Start.AddMinutes(1)).ShouldBe(950);
        budget.Take(Read, Start.AddMinutes(1)).ShouldNotBeNull();

        // Its midnight is not ours: all at once much more remains.
        budget.Heard([new QuotaWord("day", 1000, 990)], Start.AddMinutes(2));
        UsedOf(budget, Start.AddMinutes(2)).ShouldBe(10);
        budget.Take(Read, Start.AddMinutes(2)).ShouldBeNull();
    }

    [Fact]
    public void Calls_whose_answers_are_still_to_come_are_not_forgotten_over_the_vendors_count()
    {
        var budget = new QuotaBudget([Day]);
        for (var i = 0; i < 5; i++) budget.Take(Read, Start);

        budget.Heard([new QuotaWord("day", 1000, 999)], Start);
        budget.Done(Read);

        UsedOf(budget, Start).ShouldBe(5);
    }

    [Fact]
    public void Where_nobody_tells_when_the_day_begins_no_day_of_any_zone_holds_too_many_calls()
    {
        var budget = new QuotaBudget([Day]);
        var sent = new List<DateTimeOffset>();
        for (var now = Start; now < Start.AddDays(4); now = now.AddSeconds(61))
            if (budget.Take(Read, now) is null) sent.Add(now);

        sent.Max(first => sent.Count(at => at >= first && at < first.AddDays(1))).ShouldBeInRange(800, 900);
    }

    [Fact]
    public void A_spent_day_is_asked_about_with_one_call_an_hour_until_the_vendor_says_that_it_began_anew()
    {
        var budget = new QuotaBudget([Day]);
        budget.Heard([new QuotaWord("day", 1000, 20)], Start);
        budget.Take(Read, Start).ShouldBe(Start.AddHours(1));

        budget.Take(Read, Start.AddHours(1)).ShouldBeNull();
        budget.Take(Write, Start.AddHours(1)).ShouldBe(Start.AddHours(2));

        // Another class of calls may be the one whose answers tell.
        budget.Take(new QuotaCall(false, "search", "things"), Start.AddHours(1)).ShouldBeNull();

        budget.Take(Read, Start.AddHours(2)).ShouldBeNull();
        budget.Heard([new QuotaWord("day", 1000, 998)], Start.AddHours(2));
        for (var i = 0; i < 100; i++) budget.Take(Read, Start.AddHours(2)).ShouldBeNull();
    }

    [Fact]
    public void A_class_of_calls_and_each_endpoint_have_limits_of_their_own()
    {
        var search = new QuotaWindow("search", 5, TimeSpan.FromSeconds(1), "searches a second") { Class = "search" };
        var endpoint = new QuotaWindow("endpoint", 10, TimeSpan.FromSeconds(1), "calls to one endpoint") { EachEndpoint = true };
        var budget = new QuotaBudget([search, endpoint]);
        while (budget.Take(new QuotaCall(false, "search", "deals"), Start) is null) { }

        budget.Take(new QuotaCall(false, null, "deals"), Start).ShouldBeNull();
        while (budget.Take(new QuotaCall(false, null, "deals"), Start) is null) { }
        budget.Take(new QuotaCall(false, null, "contacts"), Start).ShouldBeNull();
        budget.Meters(Start).Single(m => m.Window == "endpoint").Used.ShouldBe(9);
    }

    [Fact]
    public void Calls_at_the_same_time_are_given_back_when_they_end()
    {
        var budget = new QuotaBudget([new QuotaWindow("at-once", 2, TimeSpan.Zero, "writes at the same time") { Writes = true }]);

        budget.Take(Write, Start).ShouldBeNull();
        budget.Take(Write, Start).ShouldNotBeNull();
        budget.Take(Read, Start).ShouldBeNull();
        budget.Done(Write);
        budget.Take(Write, Start).ShouldBeNull();
    }

    [Fact]
    public void A_limit_that_the_vendor_does_not_enforce_slows_polls_and_holds_back_nothing()
    {
        var budget = new QuotaBudget([new QuotaWindow("month", 3000, TimeSpan.FromDays(30), "reads in 30 days") { Writes = false, Soft = true }]);
        Poll(budget, "events", calls: 1);

        // 20 % of 100 a day.
        budget.Pace("events", TimeSpan.FromMinutes(1), Start).ShouldBeInRange(TimeSpan.FromMinutes(71), TimeSpan.FromMinutes(73));
        for (var i = 0; i < 4000; i++) budget.Take(Read, Start).ShouldBeNull();
    }

    [Fact]
    public void Polls_keep_their_own_pace_while_the_budget_is_large_enough()
    {
        var budget = new QuotaBudget([Ten]);
        Poll(budget, "deals", calls: 4);

        budget.Pace("deals", TimeSpan.FromSeconds(30), Start).ShouldBe(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Streams_that_together_cost_too_much_are_slowed_together()
    {
        var budget = new QuotaBudget([Ten]);
        foreach (var stream in new[] { "deals", "contacts" })
        {
            budget.Pace(stream, TimeSpan.FromSeconds(5), Start);
            Poll(budget, stream, calls: 20);
        }

        // 8 calls a second are wanted, 2 are the polls' share.
        budget.Pace("deals", TimeSpan.FromSeconds(5), Start).ShouldBe(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Polls_slow_down_where_others_have_used_most_of_the_day()
    {
        var budget = new QuotaBudget([Day]);
        Poll(budget, "deals", calls: 1);
        var before = budget.Pace("deals", TimeSpan.FromSeconds(30), Start);

        budget.Heard([new QuotaWord("day", null, 150)], Start);

        budget.Pace("deals", TimeSpan.FromSeconds(30), Start).ShouldBeGreaterThan(before * 3);
    }

    private static int UsedOf(QuotaBudget budget, DateTimeOffset now) => budget.Meters(now).Single().Used;

    private static void Poll(QuotaBudget budget, string stream, int calls)
    {
        budget.Pace(stream, TimeSpan.FromSeconds(5), Start);
        using var use = budget.During(CallPurpose.Background);
        for (var i = 0; i < calls; i++) budget.Take(Read, Start).ShouldBeNull();
        budget.Learn(stream, use);
    }
}
