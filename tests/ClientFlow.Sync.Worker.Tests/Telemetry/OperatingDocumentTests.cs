using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Storage;
using ClientFlow.Sync.Worker.Telemetry;
using ClientFlow.Sync.Worker.Tests.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Telemetry;

/// <summary>What docs/operating.md says of metrics is what the program has.</summary>
public sealed partial class OperatingDocumentTests
{
    [Fact]
    public async Task The_page_lists_every_metric_with_its_type_and_no_other()
    {
        await using var worker = await Machine.StartAsync();

        // A meter is made when something is first counted by it.
        foreach (var type in (Type[])[typeof(EngineMeter), typeof(StorageMeter), typeof(WorkerMeter)]) RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name.StartsWith("ClientFlow.Sync.", StringComparison.Ordinal) && instrument.Meter.Name != "ClientFlow.Sync.Test")
                    found[PrometheusText.NameOf(instrument)] = TypeOf(instrument);
            },
        };
        listener.Start();

        found.Count.ShouldBeGreaterThan(15);
        Rows("metric").Select(r => (r[0].Trim('`'), r[1])).OrderBy(r => r.Item1, StringComparer.Ordinal).ShouldBe(found.Select(f => (f.Key, f.Value)));
    }

    [Fact]
    public async Task The_labels_are_those_that_the_page_names()
    {
        await using var worker = await Machine.StartAsync();

        var scraped = PrometheusReading.Of(await worker.ScrapeAsync());

        foreach (var row in Rows("metric"))
        {
            // What has not happened yet has no series.
            if (scraped.FirstOrDefault(m => m.Name == row[0].Trim('`')) is not { } metric) continue;
            foreach (var sample in metric.Samples)
                sample.Labels.Keys.Where(k => k != "le").ShouldBe(row[2].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), ignoreOrder: true, metric.Name);
        }
    }

    [Fact]
    public void Every_alert_asks_for_metrics_that_there_are()
    {
        var known = Rows("metric").Select(r => r[0].Trim('`')).SelectMany(n => (string[])[n, $"{n}_bucket", $"{n}_sum", $"{n}_count"]).ToHashSet(StringComparer.Ordinal);

        Rows("alert").Count.ShouldBeGreaterThan(10);
        foreach (var row in Rows("alert"))
        {
            var asked = Name().Matches(row[0]).Select(m => m.Value).ToList();
            asked.Count.ShouldBeGreaterThan(0, row[0]);
            asked.ShouldAllBe(name => known.Contains(name) || name == "clientflow");
        }
    }

    private static string TypeOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" or "ObservableCounter" => "counter",
        "Histogram" => "histogram",
        _ => "gauge",
    };

    private static List<string[]> Rows(string head) =>
    [
        .. Repository.Text("docs/operating.md").ReplaceLineEndings("\n").Split('\n').SkipWhile(l => !l.StartsWith($"| {head} |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(l => l.StartsWith('|'))
            .Select(l => l.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries)),
    ];

    [GeneratedRegex(@"\bclientflow\w*")]
    private static partial Regex Name();
}
