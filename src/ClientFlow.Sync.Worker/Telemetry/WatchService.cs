using ClientFlow.Sync.Engine;

namespace ClientFlow.Sync.Worker.Telemetry;

/// <summary>
/// Looks after the engine's loops every few seconds, by two loops of its own: one tells what stands still and can be kept from it by nothing; the other asks the store,
/// looks at the disk, and is watched like the engine's.
/// </summary>
public sealed class WatchService(EngineHost engine, DiskGuard disk, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(TellAsync(stoppingToken), LookAsync(stoppingToken));

    private async Task TellAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) engine.Watch.Tell();
    }

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        using var heartbeat = engine.Workspace.Heartbeats.Begin("watch");
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await engine.Watch.LookAsync(stoppingToken);
            await disk.LookAsync(stoppingToken);
        }
    }
}
