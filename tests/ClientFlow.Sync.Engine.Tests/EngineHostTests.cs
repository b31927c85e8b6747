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
}
