namespace ClientFlow.Sync.Benchmarks;

/// <summary>What the worker takes when nothing happens, and how soon it answers after its start.</summary>
internal static class Memory
{
    public static async Task RunAsync(bool quick)
    {
        var (healthy, idle) = (new List<double>(), new List<double>());
        for (var round = 0; round < (quick ? 1 : 5); round++)
        {
            await using var worker = await RealWorker.StartAsync();
            await worker.ReadyAsync();
            await Task.Delay(TimeSpan.FromSeconds(quick ? 5 : 60));
            healthy.Add(worker.Healthy);
            idle.Add(worker.Resident);
        }

        Suite.Tell("start.first_healthy_answer", Suite.Median(healthy), "ms", "<=1500");
        Suite.Tell("memory.idle", Suite.Median(idle), "MB", "<=120");
    }
}
