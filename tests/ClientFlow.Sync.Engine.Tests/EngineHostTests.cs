using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests;

public sealed class EngineHostTests
{
    [Fact]
    public async Task A_loop_that_stops_makes_the_worker_unready_and_is_started_again()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Require = [Rules.Path("deal.owner")] });
        flow.ExpectsLoopFailures = true;
        await flow.WinAsync();
        await flow.SettleAsync();

        // The look at what waits meets a bug.
        var met = 0;
        flow.Crm.BeforeReadAnswers = () => Interlocked.Increment(ref met) == 1 ? throw new InvalidOperationException("a bug") : Task.CompletedTask;
        flow.Clock.Advance(TimeSpan.FromSeconds(61));
        await flow.UntilAsync(() => Volatile.Read(ref met) == 1);
        flow.Crm.Put(RecordKind.Deal, "d1", ("owner", "jane@northwind.example"));
        flow.Clock.Advance(TimeSpan.FromMinutes(3));
        await flow.UntilAsync(() => flow.Engine.StalledLoops.Count > 0);
        flow.Engine.StalledLoops.ShouldBe(["looks"]);

        // It pauses before it is started again, and may be about to: the clock goes on until it was.
        await flow.UntilAsync(() =>
        {
            flow.Clock.Advance(TimeSpan.FromMilliseconds(200));
            return flow.Projects.MadeOf<ProjectContent>().Count > 0;
        });
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        flow.Engine.StalledLoops.ShouldBeEmpty();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_loop_that_was_started_again_and_is_long_at_it_keeps_the_worker_unready_until_it_gets_through()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Require = [Rules.Path("deal.owner")] });
        flow.ExpectsLoopFailures = true;
        await flow.WinAsync("d1");
        await flow.SettleAsync();
        flow.Clock.Advance(TimeSpan.FromSeconds(2));
        await flow.WinAsync("d2");
        await flow.SettleAsync();
        var (met, answers) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        flow.Crm.BeforeReadAnswers = () => Interlocked.Increment(ref met) == 1 ? throw new InvalidOperationException("a bug") : answers.Task;

        // The first one's facts meet a bug; the second one's take long, in the loop that was started again.
        flow.Clock.Advance(TimeSpan.FromSeconds(59));
        await flow.UntilAsync(() => flow.Engine.StalledLoops.Count > 0);
        await flow.UntilAsync(() =>
        {
            flow.Clock.Advance(TimeSpan.FromSeconds(1));
            return Volatile.Read(ref met) > 1;
        });

        flow.Clock.Advance(TimeSpan.FromMinutes(3));
        flow.Engine.StalledLoops.ShouldBe(["looks"]);

        answers.SetResult();
        await flow.UntilAsync(() => flow.Engine.StalledLoops.Count == 0);
    }

    [Fact]
    public async Task A_poll_that_meets_a_bug_at_each_tick_makes_the_worker_unready_until_one_gets_through()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject);

        for (var tick = 0; tick < 3; tick++)
        {
            await Should.ThrowAsync<InvalidOperationException>(() => TickAsync(static () => throw new InvalidOperationException("a bug")));
            flow.Clock.Advance(TimeSpan.FromMinutes(2));
            flow.Engine.StalledLoops.ShouldBe(["poll of crm deals"]);
        }

        // The worker stops: that is no bug.
        using var stops = new CancellationTokenSource();
        await TickAsync(static () => Task.CompletedTask);
        flow.Engine.StalledLoops.ShouldBeEmpty();
        await stops.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => flow.Engine.RunAsync("poll of crm deals", TimeSpan.FromMinutes(1), static ct => Task.FromCanceled(ct), stops.Token));
        flow.Engine.StalledLoops.ShouldBeEmpty();

        Task TickAsync(Func<Task> work) => flow.Engine.RunAsync("poll of crm deals", TimeSpan.FromMinutes(1), _ => work(), TestContext.Current.CancellationToken);
    }
}
