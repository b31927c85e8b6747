using System.Diagnostics;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.Observing;
using ClientFlow.Sync.Storage.Sqlite;

namespace ClientFlow.Sync.Benchmarks;

/// <summary>What one change costs, and one pass over everything, as the mirror grows.</summary>
internal static class MirrorCost
{
    private const int Changes = 2_000;

    public static async Task RunAsync(bool quick)
    {
        int[] sizes = quick ? [1_000, 20_000] : [1_000, 100_000, 1_000_000];
        var costs = new List<double>();
        foreach (var size in sizes)
        {
            var (change, pass) = await MeasureAsync(size);
            costs.Add(change);
            Suite.Tell($"mirror.change_at_{size}", change, "us");
            Suite.Tell($"mirror.pass_per_record_at_{size}", pass, "us");
        }

        Suite.Tell($"mirror.change_at_{sizes[^1]}_by_{sizes[0]}", costs[^1] / costs[0], "", "<=1.2");
    }

    private static async Task<(double Change, double Pass)> MeasureAsync(int size)
    {
        var directory = Directory.CreateTempSubdirectory("clientflow-bench-");
        try
        {
            var product = new BenchProduct(new Uri("http://127.0.0.1:9/"));
            var config = product.Config();
            await using var store = await SqliteStore.OpenAsync(new SqliteStoreOptions { Directory = directory.FullName, Clock = TimeProvider.System, Protector = new NoProtector() });
            var connector = product.Open(new ToolContext
            {
                Tool = "bench", Settings = new object(), Http = new HttpClient(), Clock = TimeProvider.System, Business = config.Business,
                Mappings = config.Tools[0].Mappings,
            });
            var tool = new Tool(config.Tools[0], product.Manifest, connector, new QuotaBudget([])) { Account = "1" };
            var workspace = new Workspace(config, [tool], store, TimeProvider.System);
            var plans = new PlanWriter(workspace, new EngagementReader(workspace));
            var observer = new Observer(workspace, plans);
            for (var i = 0; i < size; i += 100)
            {
                var page = Enumerable.Range(i, Math.Min(100, size - i)).Select(n => Deal(n, "proposal", 1)).ToList();
                await observer.ObserveAsync(tool, new StreamPage { ReadBegan = DateTimeOffset.UtcNow, Records = page, Next = new Cursor(""), More = false }, Source.FullList, null, CancellationToken.None);
            }

            // A pass over everything: what arming does, and an audit.
            var rule = config.Rules[0];
            var began = Stopwatch.GetTimestamp();
            RecordRef? after = null;
            while (true)
            {
                var rows = await store.WriteAsync(WritePriority.Bulk, unit =>
                {
                    var some = unit.RecordsOfKind("bench", "1", RecordKind.Deal, after, 100);
                    foreach (var row in some) plans.Baseline(unit, row.Record.Ref, rule, DateTimeOffset.UtcNow);
                    return some;
                }, CancellationToken.None);
                if (rows.Count == 0) break;
                after = rows[^1].Record.Ref;
            }

            var pass = Stopwatch.GetElapsedTime(began).TotalMicroseconds / size;
            workspace.Arm(rule);

            // Changes that call for nothing, spread over the whole mirror: observed, compared, planned, written, committed.
            var random = new Random(7);
            var took = new List<double>();
            for (var i = 0; i < Changes + 200; i++)
            {
                var page = new StreamPage { ReadBegan = DateTimeOffset.UtcNow, Records = [Deal(random.Next(size), "qualified", 2 + i)], Next = new Cursor(""), More = false };
                var sent = Stopwatch.GetTimestamp();
                await observer.ObserveAsync(tool, page, Source.Poll, null, CancellationToken.None);
                if (i >= 200) took.Add(Stopwatch.GetElapsedTime(sent).TotalMicroseconds);
            }

            return (Suite.Median(took), pass);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static SourceRecord Deal(int number, string stage, long version) =>
        BenchProduct.RecordOf(new BenchDeal($"{number:D9}", $"Website {number}", stage, $"{1000 + version}.00", version));

    private sealed class NoProtector : IProtector
    {
        public string Protect(Secret secret) => secret.Reveal();

        public Secret? Unprotect(string text) => new(text);
    }
}
