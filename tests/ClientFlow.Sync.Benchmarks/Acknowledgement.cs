namespace ClientFlow.Sync.Benchmarks;

/// <summary>How fast a webhook is durable and acknowledged, against an endpoint that only checks the signature and group-commits one row.</summary>
internal static class Acknowledgement
{
    private const int Connections = 64;

    public static async Task RunAsync(bool quick)
    {
        var (rounds, each) = quick ? (3, 4_000) : (7, 40_000);
        await using var tool = await FastTool.StartAsync();
        var (ours, bare) = (new List<(double PerSecond, IReadOnlyList<double> Took)>(), new List<(double PerSecond, IReadOnlyList<double> Took)>());

        // In turns, so that whatever else the machine does meets both. The first round warms up, and each server by as many requests as are
        // measured: it runs for weeks, and its compiler is done with it after the first minute.
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (name, into) in new[] { ("bare", bare), ("worker", ours) })
            {
                await using var server = await Role.StartAsync(name, tool.Url);
                using var load = new Load(server.Url, Connections);
                await load.FloodAsync(Connections, each);
                var figure = await load.FloodAsync(Connections, each);
                if (round > 0) into.Add(figure);
            }
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
