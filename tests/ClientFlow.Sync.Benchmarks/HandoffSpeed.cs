using System.Collections.Concurrent;
using System.Diagnostics;

namespace ClientFlow.Sync.Benchmarks;

/// <summary>From a webhook to the call that it calls for: how soon at 200 a second, and how many when there is no end of them.</summary>
internal static class HandoffSpeed
{
    private const int Connections = 64;

    public static async Task RunAsync(bool quick)
    {
        await LatencyAsync(quick ? 600 : 6_000);
        await SaturatedAsync(quick ? 2 : 5, quick ? 2_000 : 10_000);
    }

    private static async Task LatencyAsync(int total)
    {
        const int PerSecond = 200;
        await using var tool = await FastTool.StartAsync();
        await using var server = await Role.StartAsync("worker", tool.Url);
        using var load = new Load(server.Url, Connections);
        await load.PaceAsync(PerSecond, 400, static (_, _) => { });
        await tool.UntilAsync(400);

        var sent = new ConcurrentDictionary<string, long>();
        await load.PaceAsync(PerSecond, total, (name, at) => sent[name] = at);
        await tool.UntilAsync(400 + total);
        var took = sent.Select(s => Stopwatch.GetElapsedTime(s.Value, tool.ArrivedAt(s.Key)!.Value).TotalMilliseconds).Order().ToList();
        Suite.Tell("handoff.call_after_webhook.p50", Suite.Percentile(took, 0.50), "ms", "<=10");
        Suite.Tell("handoff.call_after_webhook.p99", Suite.Percentile(took, 0.99), "ms", "<=60");
    }

    private static async Task SaturatedAsync(int rounds, int each)
    {
        var (ours, toys) = (new List<(double PerSecond, double Cpu)>(), new List<(double PerSecond, double Cpu)>());
        await using var toyTool = await FastTool.StartAsync();
        await using var tool = await FastTool.StartAsync();
        await using var toy = await Role.StartAsync("toy", toyTool.Url);
        await using var worker = await Role.StartAsync("worker", tool.Url);
        using var toyLoad = new Load(toy.Url, Connections);
        using var load = new Load(worker.Url, Connections);

        // The first round only warms up: a worker runs for weeks, and its compiler is done with it after the first minute.
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (server, its, from, into) in new[] { (toy, toyTool, toyLoad, toys), (worker, tool, load, ours) })
            {
                var (before, began) = (server.ProcessorTime, Stopwatch.GetTimestamp());
                await from.FloodAsync(Connections, each);
                await its.UntilAsync((round + 1) * each);
                var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
                if (round > 0) into.Add((each / seconds, (server.ProcessorTime - before) / each));
            }
        }

        var (bytes, memory) = (Size(worker.Directory) / ((rounds + 1) * each), worker.PeakMemory);
        Suite.Tell("handoff.toy.per_second", Suite.Median(toys.Select(t => t.PerSecond)), "/s");
        Suite.Tell("handoff.worker.per_second", Suite.Median(ours.Select(o => o.PerSecond)), "/s");
        Suite.Tell("handoff.share_of_toy", Suite.Median(ours.Zip(toys, (o, t) => o.PerSecond / t.PerSecond)), "", ">=0.5");
        Suite.Tell("handoff.toy.cpu", Suite.Median(toys.Select(t => t.Cpu)), "ms");
        Suite.Tell("handoff.worker.cpu", Suite.Median(ours.Select(o => o.Cpu)), "ms", "<=1");
        Suite.Tell("handoff.database_bytes", bytes, "B");
        Suite.Tell("handoff.worker.peak_memory", memory, "MB");
    }

    // The database and its log, as they lie on the disk after the last call.
    private static double Size(string directory) =>
        new DirectoryInfo(directory).EnumerateFiles("clientflow.db*", SearchOption.AllDirectories).Sum(static f => (double)f.Length);
}
