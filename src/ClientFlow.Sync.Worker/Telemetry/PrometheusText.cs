using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace ClientFlow.Sync.Worker.Telemetry;

/// <summary>
/// Listens to this program's meters, and to the runtime's, and writes what they say as Prometheus text
/// (<see href="https://prometheus.io/docs/instrumenting/exposition_formats/">format 0.0.4</see>).
/// </summary>
public sealed class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string Runtime = "System.Runtime";

    private readonly ConcurrentDictionary<Instrument, PrometheusFamily> families = new();
    private readonly MeterListener listener = new();
    private readonly Lock one = new();

    /// <param name="own">Where several workers live in one process: whose gauges are ours.</param>
    public PrometheusText(object? own)
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (!instrument.Meter.Name.StartsWith("ClientFlow.Sync.", StringComparison.Ordinal) && instrument.Meter.Name != Runtime) return;
            if (instrument.Meter.Scope is not null && instrument.Meter.Scope != own) return;
            listening.EnableMeasurementEvents(instrument, families.GetOrAdd(instrument, static i => new PrometheusFamily(i)));
        };
        listener.MeasurementsCompleted = (instrument, _) => families.TryRemove(instrument, out PrometheusFamily? _);
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((PrometheusFamily)family!).Take(value, tags));
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((PrometheusFamily)family!).Take(value, tags));
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((PrometheusFamily)family!).Take(value, tags));
        listener.Start();
    }

    public void Dispose() => listener.Dispose();

    /// <summary>Everything as it is now.</summary>
    public string Write()
    {
        var text = new StringBuilder(16 * 1024);
        lock (one)
        {
            foreach (var family in families.Values) family.Begin();
            listener.RecordObservableInstruments();
            foreach (var family in families.Values.OrderBy(f => f.Name, StringComparer.Ordinal)) family.Write(text);
        }

        return text.ToString();
    }

    /// <summary>A name as Prometheus wants it: <c>clientflow.ack.duration</c> in <c>s</c> is <c>clientflow_ack_duration_seconds</c>.</summary>
    public static string NameOf(Instrument instrument)
    {
        var name = string.Concat(instrument.Name.Select(static c => char.IsAsciiLetterOrDigit(c) || c == ':' ? c : '_'));
        var unit = instrument.Unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" => "_bytes", _ => "" };
        if (!name.EndsWith(unit, StringComparison.Ordinal)) name += unit;
        return IsCounter(instrument) && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    internal static bool IsCounter(Instrument instrument) => Generic(instrument) is { } type && (type == typeof(Counter<>) || type == typeof(ObservableCounter<>));

    internal static bool IsHistogram(Instrument instrument) => Generic(instrument) == typeof(Histogram<>);

    private static Type? Generic(Instrument instrument) => instrument.GetType() is { IsGenericType: true } type ? type.GetGenericTypeDefinition() : null;
}
