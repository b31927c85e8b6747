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
        var (bytes, memory) = (double.NaN, new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (name, into) in new[] { ("toy", toys), ("worker", ours) })
            {
                await using var tool = await FastTool.StartAsync();
                await using var server = await Role.StartAsync(name, tool.Url);
                using var load = new Load(server.Url, Connections);
                await load.FloodAsync(Connections, each / 4);
                await tool.UntilAsync(each / 4);
                var (before, began) = (server.ProcessorTime, Stopwatch.GetTimestamp());
                await load.FloodAsync(Connections, each);
                await tool.UntilAsync(each + (each / 4));
                var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
                if (round > 0) into.Add((each / seconds, (server.ProcessorTime - before) / each));
                if (name != "worker") continue;
                bytes = Size(server.Directory) / (each * 1.25);
                memory.Add(server.PeakMemory);
            }
        }

        Suite.Tell("handoff.toy.per_second", Suite.Median(toys.Select(t => t.PerSecond)), "/s");
        Suite.Tell("handoff.worker.per_second", Suite.Median(ours.Select(o => o.PerSecond)), "/s");
        Suite.Tell("handoff.share_of_toy", Suite.Median(ours.Zip(toys, (o, t) => o.PerSecond / t.PerSecond)), "", ">=0.5");
        Suite.Tell("handoff.toy.cpu", Suite.Median(toys.Select(t => t.Cpu)), "ms");
        Suite.Tell("handoff.worker.cpu", Suite.Median(ours.Select(o => o.Cpu)), "ms", "<=1");
        Suite.Tell("handoff.database_bytes", bytes, "B");
        Suite.Tell("handoff.worker.peak_memory", Suite.Median(memory), "MB");
    }

    // The database and its log, as they lie on the disk after the last call.
    private static double Size(string directory) =>
        new DirectoryInfo(directory).EnumerateFiles("clientflow.db*", SearchOption.AllDirectories).Sum(static f => (double)f.Length);
}
