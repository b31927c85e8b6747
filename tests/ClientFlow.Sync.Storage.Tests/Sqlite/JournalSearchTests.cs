using System.Diagnostics;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Storage.Sqlite;

namespace ClientFlow.Sync.Storage.Tests.Sqlite;

/// <summary>The log's search and filters answer within a blink, with years of journal behind them.</summary>
[Trait("Takes", "long")]
public sealed class JournalSearchTests : IAsyncLifetime
{
    // A million takes a minute or two to write: JOURNAL_ROWS=1000000 asks for them.
    private static readonly int Rows = int.TryParse(Environment.GetEnvironmentVariable("JOURNAL_ROWS"), out var rows) ? rows : 200_000;
    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(100);
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("clientflow-search-");
    private SqliteStore store = null!;

    public async ValueTask InitializeAsync()
    {
        store = await SqliteStore.OpenAsync(new SqliteStoreOptions { Directory = directory.FullName, Clock = TimeProvider.System, Protector = new BackwardsProtector() });
        string[] tools = ["crm", "projects", "billing", "calendar"];
        for (var from = 0; from < Rows; from += 20_000)
        {
            var first = from;
            await store.WriteAsync(WritePriority.Bulk, unit =>
            {
                for (var i = first; i < first + 20_000; i++)
                {
                    // A client in twelve thousand is rare, one in forty is not; one tool has gone silent long ago.
                    var client = i % 12_000 == 7 ? "Nettle Teas" : $"Client {i % 40} Works";
                    unit.Write(new JournalEntry
                    {
                        At = Some.Now.AddSeconds(i * 30.0), Level = i % 500 == 0 ? JournalLevel.Error : i % 50 == 0 ? JournalLevel.Warning : i % 3 == 0 ? JournalLevel.Detail : JournalLevel.Information,
                        Event = "mirror.record.changed", Message = $"Deal {i} of {client}: stage proposal → won, amount GBP {i % 900}.00 → GBP {i % 700}.00",
                        Tool = i < 1_000 ? "forms" : tools[i % 4], Rule = i % 5 == 0 ? "won-deal-to-project" : null, Handoff = $"h{i / 8}", Client = client,
                    });
                }
            }, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_long_journal_is_searched_and_filtered_within_a_tenth_of_a_second()
    {
        var questions = new Dictionary<string, JournalQuery>
        {
            ["newest"] = new(),
            ["far_back"] = new() { Before = 5_000 },
            ["frequent_word"] = new() { Text = "deal" },
            ["rare_words"] = new() { Text = "nettle teas" },
            ["one_entry"] = new() { Text = "Deal 123457" },
            ["no_such_word"] = new() { Text = "zebra" },
            ["rare_and_frequent_word"] = new() { Text = "nettle won" },
            ["client"] = new() { Client = "Nettle Teas" },
            ["tool_and_level"] = new() { Tool = "crm", AtLeast = JournalLevel.Error },
            ["silent_tool_and_level"] = new() { Tool = "forms", AtLeast = JournalLevel.Warning },
            ["tool_rule_level_client"] = new() { Tool = "billing", Rule = "won-deal-to-project", AtLeast = JournalLevel.Warning, Client = "Client 10 Works" },
            ["handoff_and_tool"] = new() { Handoff = "h777", Tool = "crm" },
            ["day"] = new() { Since = Some.Now.AddDays(100), Until = Some.Now.AddDays(101) },
            ["day_and_words"] = new() { Since = Some.Now.AddDays(100), Until = Some.Now.AddDays(130), Text = "nettle" },
            ["information"] = new() { AtLeast = JournalLevel.Information },
        };
        var slow = new List<string>();
        foreach (var (name, query) in questions)
        {
            var times = new List<TimeSpan>();
            var found = 0;
            for (var i = 0; i < 5; i++)
            {
                var clock = Stopwatch.StartNew();
                found = (await store.ReadAsync(view => view.Journal(query with { Max = 61 }), TestContext.Current.CancellationToken)).Count;
                times.Add(clock.Elapsed);
            }

            var median = times.Order().ElementAt(2);
            TestContext.Current.TestOutputHelper?.WriteLine($"journal_{name}_ms={median.TotalMilliseconds:0.0} goal=100 found={found}");
            if (median > Blink) slow.Add($"{name}: {median.TotalMilliseconds:0} ms");
        }

        slow.ShouldBeEmpty();
    }
}
