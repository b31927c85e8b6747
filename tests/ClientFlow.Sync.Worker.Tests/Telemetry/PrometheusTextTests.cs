using System.Diagnostics.Metrics;
using ClientFlow.Sync.Worker.Telemetry;

namespace ClientFlow.Sync.Worker.Tests.Telemetry;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly Meter meter;
    private readonly PrometheusText text;

    public PrometheusTextTests()
    {
        meter = new Meter(new MeterOptions("ClientFlow.Sync.Test") { Scope = this });
        text = new PrometheusText(this);
    }

    public void Dispose()
    {
        text.Dispose();
        meter.Dispose();
    }

    [Fact]
    public void A_counter_adds_up_by_its_labels()
    {
        var counter = meter.CreateCounter<long>("test.things.seen", "{thing}", "Things that were seen");

        counter.Add(2, new KeyValuePair<string, object?>("tool", "crm"));
        counter.Add(3, new KeyValuePair<string, object?>("tool", "crm"));
        counter.Add(1, new KeyValuePair<string, object?>("tool", "billing"));

        var metric = Of("test_things_seen_total");
        metric.Type.ShouldBe("counter");
        metric.Samples.Select(s => (s.Labels["tool"], s.Value)).ShouldBe([("billing", 1), ("crm", 5)]);
    }

    [Fact]
    public void A_histogram_has_cumulative_buckets_with_its_own_bounds()
    {
        var histogram = meter.CreateHistogram("test.duration", "s", "How long things take", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });

        foreach (var value in (double[])[0.05, 0.1, 0.5, 7]) histogram.Record(value);

        var metric = Of("test_duration_seconds");
        metric.Type.ShouldBe("histogram");
        metric.Samples.Where(s => s.Name.EndsWith("_bucket", StringComparison.Ordinal)).Select(s => (s.Labels["le"], s.Value)).ShouldBe([("0.1", 2), ("1", 3), ("+Inf", 4)]);
        metric.Samples.Single(s => s.Name == "test_duration_seconds_sum").Value.ShouldBe(7.65, 1e-9);
    }

    [Fact]
    public void A_gauge_says_what_is_now_and_forgets_what_is_gone()
    {
        Measurement<double>[] now = [new(3, new KeyValuePair<string, object?>("tool", "crm")), new(0.5, new KeyValuePair<string, object?>("tool", "billing"))];
        meter.CreateObservableGauge("test.waiting", () => now, "{thing}", "Things that wait now");
        Of("test_waiting").Samples.Count.ShouldBe(2);

        now = [new(double.PositiveInfinity, new KeyValuePair<string, object?>("tool", "crm"))];

        var sample = Of("test_waiting").Samples.ShouldHaveSingleItem();
        sample.Value.ShouldBe(double.PositiveInfinity);
    }

    [Fact]
    public void Whatever_stands_in_a_label_or_a_description_comes_back_as_it_was()
    {
        const string Odd = "C:\\new \"line\"\nand, {more}=1";
        meter.CreateCounter<long>("test.odd", null, "Odd \\ things\nof two lines").Add(1, new KeyValuePair<string, object?>("odd.label", Odd), new("none", null));

        var metric = Of("test_odd_total");

        metric.Help.ShouldBe("Odd \\ things\nof two lines");
        metric.Samples.ShouldHaveSingleItem().Labels.ShouldBe(new Dictionary<string, string> { ["odd_label"] = Odd, ["none"] = "" });
    }

    [Fact]
    public void A_label_that_grows_without_end_is_gathered_under_one_name()
    {
        var counter = meter.CreateCounter<long>("test.endless", null, "One series for each number");

        for (var n = 0; n < 5_000; n++) counter.Add(1, new KeyValuePair<string, object?>("number", n));

        var samples = Of("test_endless_total").Samples;
        samples.Count.ShouldBeLessThan(2_100);
        samples.Sum(s => s.Value).ShouldBe(5_000);
        samples.ShouldContain(s => s.Labels.ContainsKey("overflow") && s.Value > 2_500);
    }

    [Fact]
    public void Nothing_is_allocated_where_nobody_listens_and_little_where_somebody_does()
    {
        using var other = new Meter("Nobody.Listens");
        var (unheard, heard) = (other.CreateCounter<long>("unheard"), meter.CreateCounter<long>("test.heard", null, "What is heard"));
        Count(unheard);
        Count(heard);

        Count(unheard).ShouldBe(0);
        Count(heard).ShouldBe(0);

        static long Count(Counter<long> counter)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var n = 0; n < 100; n++) counter.Add(1, new KeyValuePair<string, object?>("tool", "crm"), new("state", "done"));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private Metric Of(string name) => PrometheusReading.Of(text.Write()).Single(m => m.Name == name);
}
