using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Testing;
using ClientFlow.Sync.Worker.Schedules;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Quartz;

namespace ClientFlow.Sync.Worker.Tests.Schedules;

public sealed class ScheduleTests
{
    private const int Forever = -1;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_store_is_tidied_once_a_day_and_nobody_has_to_ask_for_it()
    {
        var (clock, store) = (new ManualClock(), new TidiedStore());
        var workspace = new Workspace(
            new WorkspaceConfig
            {
                Workspace = "default", Business = new Business("Northwind", TimeZoneInfo.Utc, "GBP"), Tools = [], Rules = [], Hash = "config-1",
            }, [], store, clock);
        using var engine = new EngineHost(workspace, NullLogger<EngineHost>.Instance);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(clock);
        services.AddSingleton(engine);
        services.AddSchedule(workspace);
        await using var provider = services.BuildServiceProvider();
        var scheduler = await provider.GetRequiredService<ISchedulerFactory>().GetScheduler(Token);

        var daily = (await scheduler.GetTrigger(new TriggerKey("store", "prune"), Token)).ShouldBeAssignableTo<ISimpleTrigger>()!;
        (daily.RepeatInterval, daily.RepeatCount).ShouldBe((TimeSpan.FromDays(1), Forever));
        await scheduler.Start(Token);
        await scheduler.TriggerJob(daily.JobKey, Token);

        (await store.Tidied.WaitAsync(TimeSpan.FromSeconds(20), Token)).ShouldBe(clock.GetUtcNow());
        await scheduler.Shutdown(waitForJobsToComplete: true, Token);
    }

    private sealed class TidiedStore : IStore
    {
        private readonly TaskCompletionSource<DateTimeOffset> tidied = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<DateTimeOffset> Tidied => tidied.Task;

        public TimeSpan? WritingFor => null;

        public Task<int> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken)
        {
            tidied.TrySetResult(now);
            return Task.FromResult(0);
        }

        public Task<T> WriteAsync<T>(WritePriority priority, Func<IUnitOfWork, T> work, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> AcceptAsync(Delivery delivery, string identity, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<T> ReadAsync<T>(Func<IReadView, T> work, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
