using ClientFlow.Sync.Testing;

namespace ClientFlow.Sync.Engine.Tests;

public sealed class SignalTests
{
    private readonly ManualClock clock = new();
    private readonly Signal signal = new();

    [Fact]
    public async Task A_signal_that_came_while_nobody_waited_is_kept_as_one()
    {
        signal.Set();
        signal.Set();

        await WaitAsync(null);
        var second = WaitAsync(clock.GetUtcNow().AddSeconds(1));
        second.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(1));
        await second;
    }

    [Fact]
    public async Task A_wait_of_less_than_a_millisecond_is_a_wait()
    {
        var wait = WaitAsync(clock.GetUtcNow().AddTicks(1));

        wait.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await wait;
    }

    [Fact]
    public async Task A_wait_for_a_moment_that_has_passed_ends_at_once_unless_the_worker_stops()
    {
        await WaitAsync(clock.GetUtcNow());

        await Should.ThrowAsync<OperationCanceledException>(() => signal.WaitAsync(clock.GetUtcNow(), clock, new CancellationToken(true)));
    }

    [Fact]
    public async Task Each_listener_of_a_broadcast_hears_it()
    {
        var broadcast = new Broadcast();
        var (one, two) = (broadcast.Subscribe(), broadcast.Subscribe());

        broadcast.Set();

        await one.WaitAsync(null, clock, TestContext.Current.CancellationToken);
        await two.WaitAsync(null, clock, TestContext.Current.CancellationToken);
    }

    private Task WaitAsync(DateTimeOffset? until) => signal.WaitAsync(until, clock, TestContext.Current.CancellationToken);
}
