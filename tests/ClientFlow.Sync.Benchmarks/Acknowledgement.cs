namespace ClientFlow.Sync.Benchmarks;

/// <summary>How fast a webhook is durable and acknowledged, against an endpoint that only checks the signature and group-commits one row.</summary>
internal static class Acknowledgement
{
    private const int Connections = 64;

    public static async Task RunAsync(bool quick)
    {
        var (rounds, warm, each) = quick ? (3, 6_000, 4_000) : (9, 60_000, 20_000);
        var (ours, bare) = (new List<(double PerSecond, IReadOnlyList<double> Took)>(), new List<(double PerSecond, IReadOnlyList<double> Took)>());
        await using var tool = await FastTool.StartAsync();
        await using var bareServer = await Role.StartAsync("bare", tool.Url);
        await using var worker = await Role.StartAsync("worker", tool.Url);
        using var bareLoad = new Load(bareServer.Url, Connections);
        using var load = new Load(worker.Url, Connections);

        // A worker runs for weeks: its compiler is done with it after the first minute, and so it is here before anything counts.
        await bareLoad.FloodAsync(Connections, warm);
        await load.FloodAsync(Connections, warm);
        await tool.UntilAsync(warm);

        // In turns, so that whatever else the machine does meets both; neither does anything while the other is measured.
        for (var round = 1; round <= rounds; round++)
        {
            bare.Add(await bareLoad.FloodAsync(Connections, each));
            ours.Add(await load.FloodAsync(Connections, each));
            await tool.UntilAsync(warm + (round * each));
        }

        var (bareRate, ourRate) = (Suite.Median(bare.Select(b => b.PerSecond)), Suite.Median(ours.Select(o => o.PerSecond)));
        Suite.Tell("ack.bare.per_second", bareRate, "/s");
        Suite.Tell("ack.worker.per_second", ourRate, "/s");
        Suite.Tell("ack.share_of_bare", Suite.Median(ours.Zip(bare, (o, b) => o.PerSecond / b.PerSecond)), "", ">=0.8");
        Tell("p50", 0.50, "-");
        Tell("p99", 0.99, "<=1.5");

        void Tell(string name, double share, string goal)
        {
            var (b, o) = (Suite.Median(bare.Select(x => Suite.Percentile(x.Took, share))), Suite.Median(ours.Select(x => Suite.Percentile(x.Took, share))));
            Suite.Tell($"ack.bare.{name}", b, "ms");
            Suite.Tell($"ack.worker.{name}", o, "ms");
            Suite.Tell($"ack.{name}_by_bare", o / b, "", goal);
        }
    }
}
