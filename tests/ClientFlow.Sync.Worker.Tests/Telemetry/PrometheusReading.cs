using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ClientFlow.Sync.Worker.Tests.Telemetry;

/// <summary>One line of a scrape.</summary>
internal sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    public string Without(string label) => string.Join(',', Labels.Where(l => l.Key != label).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));
}

/// <summary>One metric of a scrape.</summary>
internal sealed record Metric(string Name, string Type, string Help, IReadOnlyList<Sample> Samples);

/// <summary>Reads Prometheus text, format 0.0.4, and forgives nothing: see the format's own page, and what `promtool check metrics` asks for.</summary>
internal static partial class PrometheusReading
{
    public static IReadOnlyList<Metric> Of(string text)
    {
        text.ShouldEndWith("\n");
        text.ShouldNotContain("\r");
        var metrics = new List<Metric>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? help = null;
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (HelpLine().Match(line) is { Success: true } h)
            {
                help.ShouldBeNull($"two HELP lines: {line}");
                help = $"{h.Groups[1].Value} {Unescape(h.Groups[2].Value, quotes: false)}";
            }
            else if (TypeLine().Match(line) is { Success: true } t)
            {
                var name = t.Groups[1].Value;
                help.ShouldNotBeNull(line);
                help.ShouldStartWith($"{name} ");
                metrics.ShouldNotContain(m => m.Name == name, $"a metric stands in two places: {name}");
                metrics.Add(new Metric(name, t.Groups[2].Value, help[(name.Length + 1)..], new List<Sample>()));
                help = null;
            }
            else
            {
                help.ShouldBeNull($"a HELP without its TYPE before: {line}");
                var sample = Read(line);
                var metric = metrics.ShouldNotBeEmptyAnd()[^1];
                var suffix = sample.Name[Math.Min(metric.Name.Length, sample.Name.Length)..];
                sample.Name.ShouldStartWith(metric.Name);
                suffix.ShouldBeOneOf(metric.Type == "histogram" ? ["_bucket", "_sum", "_count"] : [""]);
                seen.Add($"{sample.Name} {sample.Without("")}").ShouldBeTrue($"a series stands there twice: {line}");
                ((List<Sample>)metric.Samples).Add(sample);
            }
        }

        foreach (var metric in metrics) Check(metric);
        return metrics;
    }

    private static List<Metric> ShouldNotBeEmptyAnd(this List<Metric> metrics)
    {
        metrics.ShouldNotBeEmpty();
        return metrics;
    }

    private static void Check(Metric metric)
    {
        metric.Samples.ShouldNotBeEmpty(metric.Name);
        metric.Help.Length.ShouldBeGreaterThan(10, metric.Name);
        if (metric.Type == "counter")
        {
            metric.Name.ShouldEndWith("_total");
            metric.Samples.ShouldAllBe(s => s.Value >= 0);
        }
        else
        {
            metric.Name.ShouldNotEndWith("_total");
        }

        if (metric.Type != "histogram") return;
        foreach (var series in metric.Samples.GroupBy(s => s.Without("le")))
        {
            var buckets = series.Where(s => s.Name.EndsWith("_bucket", StringComparison.Ordinal)).ToList();
            var bounds = buckets.Select(b => b.Labels["le"] == "+Inf" ? double.PositiveInfinity : double.Parse(b.Labels["le"], CultureInfo.InvariantCulture)).ToList();
            bounds.ShouldBe(bounds.Order().Distinct(), "buckets in order");
            bounds[^1].ShouldBe(double.PositiveInfinity);
            buckets.Select(b => b.Value).ShouldBe(buckets.Select(b => b.Value).Order(), "each bucket holds those below it");
            series.Single(s => s.Name.EndsWith("_count", StringComparison.Ordinal)).Value.ShouldBe(buckets[^1].Value);
            series.Count(s => s.Name.EndsWith("_sum", StringComparison.Ordinal)).ShouldBe(1);
        }
    }

    private static Sample Read(string line)
    {
        var match = SampleLine().Match(line);
        match.Success.ShouldBeTrue($"not a line of the format: {line}");
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        var text = match.Groups[2].Value;
        for (var at = 0; at < text.Length;)
        {
            var label = Label().Match(text, at);
            (label.Success && label.Index == at).ShouldBeTrue($"not a label: {text[at..]}");
            labels.TryAdd(label.Groups[1].Value, Unescape(label.Groups[2].Value, quotes: true)).ShouldBeTrue($"a label twice: {line}");
            at += label.Length;
        }

        var number = match.Groups[3].Value switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            "NaN" => double.NaN,
            var digits => double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        return new Sample(match.Groups[1].Value, labels, number);
    }

    private static string Unescape(string text, bool quotes)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                plain.Append(text[i]);
                continue;
            }

            plain.Append(text[++i] switch
            {
                'n' => '\n',
                '\\' => '\\',
                '"' when quotes => '"',
                var other => throw new ShouldAssertException($"`\\{other}` is no escape"),
            });
        }

        return plain.ToString();
    }

    [GeneratedRegex(@"^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$")]
    private static partial Regex HelpLine();

    [GeneratedRegex(@"^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^""}]|""(?:[^""\\]|\\.)*"")+)\})? (\S+)$")]
    private static partial Regex SampleLine();

    [GeneratedRegex(@"([a-zA-Z_][a-zA-Z0-9_]*)=""((?:[^""\\]|\\.)*)""(?:,(?=.)|$)")]
    private static partial Regex Label();
}
