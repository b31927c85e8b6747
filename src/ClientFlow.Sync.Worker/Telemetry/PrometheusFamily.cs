using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace ClientFlow.Sync.Worker.Telemetry;

/// <summary>One instrument with its series.</summary>
internal sealed class PrometheusFamily
{
    // A tag that grows without end is a bug of ours, and must not eat the machine: what comes beyond this is counted under one name.
    private const int MostSeries = 2_000;
    private static readonly SeriesTags Beyond = new([new("overflow", "true")]);
    private static readonly double[] UsualBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<SeriesTags, Series> series = new();
    private readonly string help;
    private readonly bool counts;
    private readonly bool observed;
    private readonly double[]? bounds;
    private readonly bool adds;

    public PrometheusFamily(Instrument instrument)
    {
        Name = PrometheusText.NameOf(instrument);
        help = (instrument.Description ?? "").Replace("\\", "\\\\").Replace("\n", "\\n");
        counts = PrometheusText.IsCounter(instrument);
        observed = instrument.IsObservable;
        adds = !observed && (counts || instrument.GetType().Name.StartsWith("UpDownCounter", StringComparison.Ordinal));
        if (!PrometheusText.IsHistogram(instrument)) return;
        bounds = [.. (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? UsualBounds];
    }

    public string Name { get; }

    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = new SeriesTags(tags);
        if (!series.TryGetValue(key, out var found)) found = series.GetOrAdd(series.Count < MostSeries ? key : Beyond, _ => new Series(bounds?.Length));
        lock (found)
        {
            found.Current = true;
            if (bounds is null)
            {
                found.Value = adds ? found.Value + value : value;
                return;
            }

            found.Value += value;
            var bucket = Array.BinarySearch(bounds, value);
            found.Buckets![bucket >= 0 ? bucket : ~bucket]++;
        }
    }

    /// <summary>What is observed is told anew at each scrape: what is told no more is gone.</summary>
    public void Begin()
    {
        if (!observed) return;
        foreach (var one in series.Values) one.Current = false;
    }

    public void Write(StringBuilder text)
    {
        var lines = series.Where(s => s.Value.Current).Select(s => (Labels: s.Key.ToString(), s.Value)).OrderBy(s => s.Labels, StringComparer.Ordinal).ToList();
        if (lines.Count == 0) return;
        text.Append("# HELP ").Append(Name).Append(' ').Append(help).Append('\n');
        text.Append("# TYPE ").Append(Name).Append(' ').Append(bounds is not null ? "histogram" : counts ? "counter" : "gauge").Append('\n');
        foreach (var (labels, one) in lines)
        {
            lock (one)
            {
                if (bounds is null) Line(text, "", labels, one.Value);
                else WriteHistogram(text, labels, one);
            }
        }
    }

    private void WriteHistogram(StringBuilder text, string labels, Series one)
    {
        var (count, comma) = (0L, labels.Length > 0 ? "," : "");
        for (var i = 0; i <= bounds!.Length; i++)
        {
            count += one.Buckets![i];
            Line(text, "_bucket", $"{labels}{comma}le=\"{(i < bounds.Length ? Number(bounds[i]) : "+Inf")}\"", count);
        }

        Line(text, "_sum", labels, one.Value);
        Line(text, "_count", labels, count);
    }

    private void Line(StringBuilder text, string suffix, string labels, double value)
    {
        text.Append(Name).Append(suffix);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf"
        : double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture);

    private sealed class Series(int? bounds)
    {
        /// <summary>The value; of a histogram the sum.</summary>
        public double Value { get; set; }

        /// <summary>How many fell under each bound and above the one before; the last: above all. Null where it is no histogram.</summary>
        public long[]? Buckets { get; } = bounds is { } n ? new long[n + 1] : null;

        public bool Current { get; set; }
    }
}

/// <summary>The tags of one series, compared by value and made without an allocation. Our own instruments have three at most; a fifth is left out.</summary>
internal readonly struct SeriesTags : IEquatable<SeriesTags>
{
    private readonly KeyValuePair<string, object?> a, b, c, d;
    private readonly int count;

    public SeriesTags(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        count = Math.Min(4, tags.Length);
        if (count > 0) a = tags[0];
        if (count > 1) b = tags[1];
        if (count > 2) c = tags[2];
        if (count > 3) d = tags[3];
    }

    public bool Equals(SeriesTags other) => count == other.count && Same(a, other.a) && Same(b, other.b) && Same(c, other.c) && Same(d, other.d);

    public override bool Equals(object? obj) => obj is SeriesTags other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(a.Value, b.Value, c.Value, d.Value);

    /// <summary>As labels: <c>tool="crm",state="held"</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in ((KeyValuePair<string, object?>[])[a, b, c, d]).AsSpan(0, count))
        {
            if (text.Length > 0) text.Append(',');
            text.Append(string.Concat(name.Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '_'))).Append("=\"")
                .Append(Convert.ToString(value, CultureInfo.InvariantCulture)?.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")).Append('"');
        }

        return text.ToString();
    }

    private static bool Same(KeyValuePair<string, object?> one, KeyValuePair<string, object?> other) => one.Key == other.Key && Equals(one.Value, other.Value);
}
