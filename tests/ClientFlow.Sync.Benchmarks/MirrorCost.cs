using System.Diagnostics;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.Observing;
using ClientFlow.Sync.Storage.Sqlite;

namespace ClientFlow.Sync.Benchmarks;

/// <summary>What one change costs, and one pass over everything, as the mirror grows: mirrors of each size stand beside each other and take turns.</summary>
internal static class MirrorCost
{
    private const int Turns = 40;
    private const int ChangesATurn = 50;

    public static async Task RunAsync(bool quick)
    {
        int[] sizes = quick ? [1_000, 20_000] : [1_000, 100_000, 1_000_000];
        var mirrors = new List<Mirror>();
        try
        {
            foreach (var size in sizes) mirrors.Add(await Mirror.OfAsync(size));
            for (var turn = 0; turn < Turns; turn++)
                foreach (var mirror in mirrors) await mirror.ChangeAsync(ChangesATurn, isCounted: turn >= Turns / 8);
        }
        finally
        {
            foreach (var mirror in mirrors) await mirror.DisposeAsync();
        }

        foreach (var mirror in mirrors)
        {
            Suite.Tell($"mirror.change_at_{mirror.Size}", Suite.Median(mirror.Took), "us");
            Suite.Tell($"mirror.pass_per_record_at_{mirror.Size}", mirror.PassPerRecord, "us");
        }

        Suite.Tell($"mirror.change_at_{sizes[^1]}_by_{sizes[0]}", Suite.Median(mirrors[^1].Took) / Suite.Median(mirrors[0].Took), "", "<=1.2");
    }

    /// <summary>A store with so many deals, and what observes them.</summary>
    private sealed class Mirror(int size, string directory, SqliteStore store, Tool tool, Workspace workspace) : IAsyncDisposable
    {
        private readonly PlanWriter plans = new(workspace, new EngagementReader(workspace));
        private readonly Random random = new(7);
        private long version = 1;

        public int Size => size;

        /// <summary>How long each change took, in microseconds.</summary>
        public List<double> Took { get; } = [];

        /// <summary>What one record of a pass over all took, in microseconds.</summary>
        public double PassPerRecord { get; private set; }

        private Observer Observer => field ??= new Observer(workspace, plans);

        public static async Task<Mirror> OfAsync(int size)
        {
            var directory = Directory.CreateTempSubdirectory("clientflow-bench-").FullName;
            var product = new BenchProduct(new Uri("http://127.0.0.1:9/"));
            var config = product.Config();
            var store = await SqliteStore.OpenAsync(new SqliteStoreOptions { Directory = directory, Clock = TimeProvider.System, Protector = new NoProtector() });
            var connector = product.Open(new ToolContext
            {
                Tool = "bench", Settings = new object(), Http = new HttpClient(), Clock = TimeProvider.System, Business = config.Business,
                Mappings = config.Tools[0].Mappings,
            });
            var tool = new Tool(config.Tools[0], product.Manifest, connector, new QuotaBudget([])) { Account = "1" };
            var mirror = new Mirror(size, directory, store, tool, new Workspace(config, [tool], store, TimeProvider.System));
            await mirror.FillAsync(config.Rules[0]);
            return mirror;
        }

        /// <summary>Changes that call for nothing, spread over the whole mirror: observed, compared, planned, written, committed.</summary>
        public async Task ChangeAsync(int changes, bool isCounted)
        {
            for (var i = 0; i < changes; i++)
            {
                var page = Page([Deal(random.Next(size), "qualified", ++version)]);
                var sent = Stopwatch.GetTimestamp();
                await Observer.ObserveAsync(tool, page, Source.Poll, null, CancellationToken.None);
                if (isCounted) Took.Add(Stopwatch.GetElapsedTime(sent).TotalMicroseconds);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await store.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }

        private async Task FillAsync(HandoffRule rule)
        {
            for (var i = 0; i < size; i += 100)
            {
                var deals = Enumerable.Range(i, Math.Min(100, size - i)).Select(n => Deal(n, "qualified", 1));
                await Observer.ObserveAsync(tool, Page([.. deals]), Source.FullList, null, CancellationToken.None);
            }

            // A pass over everything: what arming does, and an audit.
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

            PassPerRecord = Stopwatch.GetElapsedTime(began).TotalMicroseconds / size;
            workspace.Arm(rule);
        }

        private static StreamPage Page(IReadOnlyList<SourceRecord> deals) =>
            new() { ReadBegan = DateTimeOffset.UtcNow, Records = deals, Next = new Cursor(""), More = false };
    }

    private static SourceRecord Deal(int number, string stage, long version) =>
        BenchProduct.RecordOf(new BenchDeal($"{number:D9}", $"Website {number}", stage, $"{1000 + version}.00", version));

    private sealed class NoProtector : IProtector
    {
        public string Protect(Secret secret) => secret.Reveal();

        public Secret? Unprotect(string text) => new(text);
    }
}
