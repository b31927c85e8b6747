using System.Net;
using ClientFlow.Sync.Testing;
using ClientFlow.Sync.Worker.Access;

namespace ClientFlow.Sync.Worker.Tests.Access;

public sealed class AttemptsTests
{
    private static readonly IPAddress Home = IPAddress.Parse("203.0.113.7");

    private readonly ManualClock clock = new();
    private readonly Attempts attempts;

    public AttemptsTests() => attempts = new Attempts(clock);

    [Fact]
    public void A_few_slips_cost_nothing_and_then_each_waits_twice_as_long()
    {
        for (var i = 0; i < 5; i++) attempts.Begin("anna", Home).ShouldBe(TimeSpan.Zero);

        attempts.Begin("anna", Home).ShouldBe(TimeSpan.Zero);
        var waits = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            var wait = attempts.Begin("anna", Home);
            waits.Add(wait.TotalSeconds);
            clock.Advance(wait);
            attempts.Begin("anna", Home).ShouldBe(TimeSpan.Zero);
        }

        waits.ShouldBe([1, 2, 4, 8, 16, 32]);
    }

    [Fact]
    public void Nobody_waits_longer_than_a_quarter_of_an_hour_however_long_strangers_guess()
    {
        for (var i = 0; i < 200; i++)
        {
            clock.Advance(attempts.Begin("anna", Address(i)));
            attempts.Begin("anna", Address(i));
        }

        attempts.Begin("anna", Home).ShouldBeLessThanOrEqualTo(Attempts.Longest);
        clock.Advance(Attempts.Longest);
        attempts.Begin("anna", Home).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void An_attempt_that_has_to_wait_makes_nobody_wait_longer()
    {
        for (var i = 0; i < 6; i++) attempts.Begin("anna", Home);

        for (var i = 0; i < 1_000; i++) attempts.Begin("anna", Home);

        attempts.Begin("anna", Home).ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void An_attempt_that_is_given_back_costs_nothing_and_forgives_no_other()
    {
        for (var i = 0; i < 5; i++) attempts.Begin("anna", Home);
        for (var i = 0; i < 3; i++)
        {
            attempts.Begin("anna", Home).ShouldBe(TimeSpan.Zero);
            attempts.GiveBack("anna", Home);
        }

        attempts.Begin("anna", Home).ShouldBe(TimeSpan.Zero);
        attempts.Begin("anna", Home).ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Many_at_once_gain_nothing_since_each_counts_before_it_is_checked()
    {
        var free = 0;

        Parallel.For(0, 500, i =>
        {
            if (attempts.Begin("anna", Address(i)) == TimeSpan.Zero) Interlocked.Increment(ref free);
        });

        free.ShouldBe(6);
    }

    [Fact]
    public void Guessing_at_many_names_from_one_address_is_slowed_down_too()
    {
        for (var i = 0; i < 21; i++) attempts.Begin($"name {i}", Home).ShouldBe(TimeSpan.Zero);

        attempts.Begin("anna", Home).ShouldBe(TimeSpan.FromSeconds(1));
        attempts.Begin("anna", Address(9)).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_household_of_the_newer_addresses_counts_as_one()
    {
        for (var i = 0; i < 21; i++) attempts.Begin($"name {i}", IPAddress.Parse($"2001:db8:1:2::{i + 1:x}"));

        attempts.Begin("anna", IPAddress.Parse("2001:db8:1:2:ffff::9")).ShouldBeGreaterThan(TimeSpan.Zero);
        attempts.Begin("anna", IPAddress.Parse("2001:db8:1:3::1")).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void The_right_password_clears_the_name_but_not_what_the_address_guessed_at_others()
    {
        for (var i = 0; i < 4; i++) attempts.Begin("anna", Home);
        for (var i = 0; i < 16; i++) attempts.Begin($"name {i}", Home);
        attempts.Begin("ben", Home).ShouldBe(TimeSpan.Zero);

        attempts.Succeeded("ben", Home);
        attempts.Begin("ben", Home).ShouldBe(TimeSpan.Zero);
        attempts.Begin("carl", Home).ShouldBeGreaterThan(TimeSpan.Zero);

        attempts.Succeeded("anna", Address(1));
        for (var i = 0; i < 6; i++) attempts.Begin("anna", Address(2)).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_known_browser_is_not_kept_out_by_strangers()
    {
        for (var i = 0; i < 100; i++) attempts.Begin("anna", Home);

        attempts.Begin("browser:1", null).ShouldBe(TimeSpan.Zero);
        attempts.Begin("anna", null).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public void After_a_day_it_is_forgotten()
    {
        for (var i = 0; i < 30; i++) attempts.Begin("anna", Home);
        clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));

        for (var i = 0; i < 6; i++) attempts.Begin("anna", Home).ShouldBe(TimeSpan.Zero);
    }

    private static IPAddress Address(int i) => new([198, 51, (byte)(i >> 8), (byte)i]);
}

/// <summary>Nobody else may take memory while it is measured.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class Alone;

[Collection<Alone>]
public sealed class AttemptsMemoryTests
{
    [Fact]
    public void A_million_names_and_addresses_take_no_more_memory_than_one()
    {
        var attempts = new Attempts(new ManualClock());
        attempts.Begin("anna", new IPAddress(1));
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < 1_000_000; i++) attempts.Begin($"name {i}", new IPAddress(i));

        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(500_000);
        GC.KeepAlive(attempts);
    }
}
