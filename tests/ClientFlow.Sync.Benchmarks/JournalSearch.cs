using System.Diagnostics;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Storage.Sqlite;
using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Benchmarks;

/// <summary>
/// How soon the pages answer with years of journal behind them: the log searched and filtered, and Home. Whole pages are asked for, as
/// a browser does, of the whole worker.
/// </summary>
internal static class JournalSearch
{
    private const int AtOnce = 20_000;

    /// <summary>What no entry has.</summary>
    private const string None = "zebra";

    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(30);

    private static readonly string[] Tools = ["crm", "projects", "billing", "calendar"];

    public static async Task RunAsync(bool quick)
    {
        var (rows, rounds) = quick ? (100_000, 10) : (1_000_000, 60);
        var directory = Directory.CreateTempSubdirectory("clientflow-bench-");
        try
        {
            var began = DateTimeOffset.UtcNow - (Apart * rows);
            await FillAsync(directory.FullName, rows, began);
            await using var worker = await BenchWorker.StartAsync(directory.FullName, new Uri("http://127.0.0.1:9/"));
            using var http = new HttpClient { BaseAddress = new Uri(worker.Url) };
            string Day(double share) => $"{began + (Apart * rows * share):yyyy-MM-dd}";
            Suite.Tell("journal.rows", rows, "");
            foreach (var (name, addresses) in ((string, string[])[])
                     [
                         ("search", ["q=deal", "q=nettle+teas", $"q={None}", "q=nettle+won", $"q=Deal+{rows / 8}", "q=won&level=detail"]),
                         ("filter.tool", ["tool=crm", "tool=forms"]),
                         ("filter.client", ["client=Nettle+Teas", "client=Client+10+Works"]),
                         ("filter.rule", ["rule=won-deal-to-project", $"rule={None}"]),
                         ("filter.handoff", [$"handoff=h{rows / 80}", $"handoff=h{rows / 80}&level=detail"]),
                         ("filter.level", ["level=error", "level=warning", "level=detail"]),
                         ("filter.time", [$"from={Day(0.3)}&to={Day(0.3)}", $"from={Day(0.1)}&to={Day(0.9)}", $"to={Day(0.01)}"]),
                         ("filter.all", [$"q=won&tool=billing&rule=won-deal-to-project&client=Client+10+Works&level=warning&from={Day(0.1)}&to={Day(0.9)}", "tool=forms&level=warning", $"tool=crm&handoff=h{rows / 80}"]),
                         ("older", [$"before={rows / 2}", "before=1000"]),
                     ])
            {
                var times = new List<double>();
                foreach (var address in addresses)
                {
                    // A question that finds nothing by mistake would be answered soon.
                    var finds = (await http.GetStringAsync(new Uri($"log?{address}", UriKind.Relative))).Contains("class=\"row", StringComparison.Ordinal);
                    if (finds == address.Contains(None, StringComparison.Ordinal)) throw new InvalidOperationException($"{address} {(finds ? "finds something" : "finds nothing")}");
                    times.AddRange(await TimesAsync(http, $"log?{address}", rounds));
                }

                Suite.Tell($"journal.{name}.p95", Suite.Percentile([.. times.Order()], 0.95), "ms", "<=100");
            }

            Suite.Tell("home.answer.p95", Suite.Percentile([.. (await TimesAsync(http, "", rounds)).Order()], 0.95), "ms", "<=200");
            var bytes = 0;
            foreach (var part in (string[])["", "page.css", "page.js"]) bytes += (await http.GetByteArrayAsync(new Uri(part, UriKind.Relative))).Length;
            Suite.Tell("home.transfers", bytes / 1000.0, "kB", "<=100");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<IEnumerable<double>> TimesAsync(HttpClient http, string address, int rounds)
    {
        var times = new List<double>();
        for (var i = -2; i < rounds; i++)
        {
            var sent = Stopwatch.GetTimestamp();
            await http.GetByteArrayAsync(new Uri(address, UriKind.Relative));
            if (i >= 0) times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        return times;
    }

    private static async Task FillAsync(string directory, int rows, DateTimeOffset began)
    {
        await using var store = await SqliteStore.OpenAsync(new SqliteStoreOptions { Directory = directory, Clock = TimeProvider.System, Protector = Protector.In(directory) });
        for (var from = 0; from < rows; from += AtOnce)
        {
            var first = from;
            await store.WriteAsync(WritePriority.Bulk, unit =>
            {
                for (var i = first; i < Math.Min(rows, first + AtOnce); i++)
                {
                    // A client in twelve thousand entries is rare, one in forty is not; one tool has gone silent long ago.
                    var client = i % 12_000 == 7 ? "Nettle Teas" : $"Client {i % 40} Works";
                    unit.Write(new JournalEntry
                    {
                        At = began + (Apart * i), Event = "mirror.record.changed", Message = $"Deal {i} of {client}: stage proposal → won, amount GBP {i % 900}.00 → GBP {i % 700}.00",
                        Level = i % 500 == 0 ? JournalLevel.Error : i % 50 == 0 ? JournalLevel.Warning : i % 3 == 0 ? JournalLevel.Detail : JournalLevel.Information,
                        Tool = i < 1_000 ? "forms" : Tools[i % 4], Rule = i % 5 == 0 ? "won-deal-to-project" : null, Handoff = $"h{i / 8}", Client = client,
                    });
                }
            }, CancellationToken.None);
        }
    }
}
