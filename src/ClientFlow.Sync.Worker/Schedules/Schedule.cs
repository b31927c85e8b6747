using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.Observing;
using ClientFlow.Sync.Worker.Webhooks;
using Quartz;

namespace ClientFlow.Sync.Worker.Schedules;

/// <summary>
/// When things run: ticks for polls, which the engine takes up at each stream's pace, the full comparison and the tidying of the store once a day,
/// subscriptions every few seconds. It is made from the mapping file at each start, so Quartz keeps it in memory; everything fires on intervals, never on local times.
/// </summary>
public static class Schedule
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Adds a trigger for each stream of each tool.</summary>
    public static void AddSchedule(this IServiceCollection services, Workspace workspace)
    {
        services.AddQuartz(quartz =>
        {
            var jobs = 0;
            foreach (var tool in workspace.Tools)
            {
                foreach (var stream in tool.Manifest.Streams)
                {
                    Add<PollJob>(tool, stream.Name, "poll", Pace.Tick(tool, stream), TimeSpan.Zero);
                    Add<ReconcileJob>(tool, stream.Name, "reconcile", Day, Day);
                }

                if (tool.Connector is ISubscribes)
                    Add<SubscriptionJob>(tool, "", "subscribe", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1));
            }

            // What is kept no longer goes once a day, and at first when the start is over.
            Add<PruneJob>(null, "store", "prune", Day, TimeSpan.FromMinutes(10));

            // One that takes long holds up no other.
            quartz.UseDefaultThreadPool(pool => pool.MaxConcurrency = jobs);

            void Add<TJob>(Tool? tool, string stream, string verb, TimeSpan every, TimeSpan first)
                where TJob : class, IJob
            {
                jobs++;
                var name = $"{tool?.Name} {stream}".Trim();
                var (key, loop) = (new JobKey(name, verb), $"{verb} of {name}");
                workspace.Heartbeats.Expect(loop, first);
                quartz.AddJob<TJob>(job => job.WithIdentity(key).UsingJobData("tool", tool?.Name ?? "").UsingJobData("stream", stream)
                    .UsingJobData("loop", loop).UsingJobData("every", every.ToString("c")));
                quartz.AddTrigger<TJob>(trigger => trigger.ForJob(key).WithIdentity(name, verb)

                    // The schedule keeps time by the machine's clock, whatever clock the worker was given.
                    .StartAt(TimeProvider.System.GetUtcNow() + first)
                    .WithSimpleSchedule(s => s.WithInterval(every).RepeatForever().WithMisfireInstruction(SimpleTriggerMisfireInstruction.NextWithRemainingCount)));
            }
        });
        services.AddQuartzHostedService(static options => options.WaitForJobsToComplete = true);
    }
}

/// <summary>Polls one stream of one tool.</summary>
[DisallowConcurrentExecution]
public sealed class PollJob(EngineHost engine) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var (tool, stream) = Target.Of(engine, context);
        if (tool is not null && stream is not null) await Target.RunAsync(engine, context, ct => engine.Streams.TickAsync(tool, stream, ct), cancellationToken);
    }
}

/// <summary>Compares one stream in full with what the mirror knows.</summary>
[DisallowConcurrentExecution]
public sealed class ReconcileJob(EngineHost engine) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var (tool, stream) = Target.Of(engine, context);
        if (tool is not null && stream is not null) await Target.RunAsync(engine, context, ct => engine.Streams.ReconcileAsync(tool, stream, ct), cancellationToken);
    }
}

/// <summary>Keeps one tool's webhook subscription.</summary>
[DisallowConcurrentExecution]
public sealed class SubscriptionJob(EngineHost engine, Subscriptions subscriptions) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        if (Target.Of(engine, context).Tool is { } tool) await Target.RunAsync(engine, context, ct => subscriptions.KeepAsync(tool, ct), cancellationToken);
    }
}

/// <summary>Deletes what is kept no longer.</summary>
[DisallowConcurrentExecution]
public sealed class PruneJob(EngineHost engine, TimeProvider clock) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) =>
        await Target.RunAsync(engine, context, ct => engine.Workspace.Store.PruneAsync(clock.GetUtcNow(), ct), cancellationToken);
}

internal static class Target
{
    public static (Tool? Tool, StreamManifest? Stream) Of(EngineHost engine, IJobExecutionContext context)
    {
        var tool = engine.Workspace.Find(context.MergedJobDataMap.GetString("tool") ?? "");
        var stream = context.MergedJobDataMap.GetString("stream");
        return (tool, tool?.Manifest.Streams.FirstOrDefault(s => s.Name == stream));
    }

    // Watched as it was expected: a schedule that stands still is seen like any loop.
    public static Task RunAsync(EngineHost engine, IJobExecutionContext context, Func<CancellationToken, Task> work, CancellationToken cancellationToken) =>
        engine.RunAsync(context.MergedJobDataMap.GetString("loop")!, TimeSpan.Parse(context.MergedJobDataMap.GetString("every")!), work, cancellationToken);
}
