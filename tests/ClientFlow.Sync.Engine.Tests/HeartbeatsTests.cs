using ClientFlow.Sync.Engine.Health;
using ClientFlow.Sync.Testing;

namespace ClientFlow.Sync.Engine.Tests;

public sealed class HeartbeatsTests
{
    private static readonly TimeSpan Long = Heartbeats.LongestStep + TimeSpan.FromSeconds(1);

    private readonly ManualClock clock = new();
    private readonly Heartbeats heartbeats;

    public HeartbeatsTests() => heartbeats = new Heartbeats(clock);

    [Fact]
    public void A_loop_that_makes_no_step_for_longer_than_any_step_takes_is_named()
    {
        using var heartbeat = heartbeats.Begin("lane of crm");
        clock.Advance(Heartbeats.LongestStep);
        heartbeats.Stalled().ShouldBeEmpty();

        clock.Advance(TimeSpan.FromSeconds(1));

        heartbeats.Stalled().ShouldHaveSingleItem().ToString().ShouldStartWith("the lane of crm loop has made no progress for 5 min: it hangs in one step");
    }

    [Fact]
    public void Each_step_begins_the_time_anew_and_an_end_ends_it()
    {
        var heartbeat = heartbeats.Begin("arming");
        for (var step = 0; step < 100; step++)
        {
            clock.Advance(Heartbeats.LongestStep);
            heartbeats.Beat();
        }

        heartbeats.Stalled().ShouldBeEmpty();
        clock.Advance(Long);
        heartbeats.Stalled().ShouldHaveSingleItem();
        heartbeat.Dispose();
        heartbeats.Stalled().ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_sleeps_is_left_in_peace_until_long_after_it_should_have_woken()
    {
        var sleepless = new Heartbeats(new DeafClock(clock));
        using var never = sleepless.Begin("looks");
        var signal = new Signal();
        var sleep = sleepless.SleepAsync(signal, clock.GetUtcNow().AddHours(3), TestContext.Current.CancellationToken);

        clock.Advance(TimeSpan.FromHours(3));
        sleepless.Stalled().ShouldBeEmpty();
        clock.Advance(Long);
        sleepless.Stalled().ShouldHaveSingleItem().Kind.ShouldBe(StallKind.Oversleeps);

        signal.Set();
        await sleep;
        sleepless.Stalled().ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_waits_for_a_signal_alone_or_for_anothers_turn_may_wait_for_ever()
    {
        using var heartbeat = heartbeats.Begin("inbox of crm");
        var signal = new Signal();
        var sleep = heartbeats.SleepAsync(signal, null, TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromDays(30));
        heartbeats.Stalled().ShouldBeEmpty();
        heartbeats.AsleepFor("inbox of crm").ShouldBe(TimeSpan.FromDays(30));
        signal.Set();
        await sleep;

        var turn = new TaskCompletionSource();
        var waits = heartbeats.BehindAsync(turn.Task);
        clock.Advance(TimeSpan.FromDays(30));
        heartbeats.Stalled().ShouldBeEmpty();
        turn.SetResult();
        await waits;

        heartbeats.AsleepFor("inbox of crm").ShouldBeNull();
        clock.Advance(Long);
        heartbeats.Stalled().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_a_loop_starts_is_watched_beside_it_under_its_name()
    {
        using var lane = heartbeats.Begin("lane of crm");
        var (hung, free) = (new TaskCompletionSource(), new TaskCompletionSource());
        var (first, second) = (WriteAsync(hung), WriteAsync(free));
        var sleep = heartbeats.SleepAsync(new Signal(), null, TestContext.Current.CancellationToken);
        heartbeats.AsleepFor("lane of crm").ShouldBeNull();

        free.SetResult();
        await second;
        clock.Advance(Long);
        heartbeats.Stalled().ShouldHaveSingleItem().Loop.ShouldBe("lane of crm");

        hung.SetResult();
        await first;
        heartbeats.Stalled().ShouldBeEmpty();
        sleep.IsCompleted.ShouldBeFalse();

        async Task WriteAsync(TaskCompletionSource call)
        {
            using var write = heartbeats.Begin("lane of crm");
            await call.Task;
        }
    }

    [Fact]
    public void A_schedule_that_does_not_run_what_it_should_is_named_and_one_that_does_is_not()
    {
        heartbeats.Expect("poll of crm deals", TimeSpan.FromMinutes(1));
        for (var tick = 0; tick < 100; tick++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            heartbeats.Enter("poll of crm deals");
            heartbeats.Expect("poll of crm deals", TimeSpan.FromMinutes(1));
        }

        heartbeats.Stalled().ShouldBeEmpty();
        clock.Advance(TimeSpan.FromMinutes(1) + Long);
        heartbeats.Stalled().ShouldHaveSingleItem().Kind.ShouldBe(StallKind.Oversleeps);
    }

    // Its timers never fire.
    private sealed class DeafClock(TimeProvider clock) : TimeProvider
    {
        public override long TimestampFrequency => clock.TimestampFrequency;

        public override long GetTimestamp() => clock.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Deaf();

        private sealed class Deaf : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
