using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ClientFlow.Sync.Worker.Telemetry;

/// <summary>What the worker's own edge counts and measures, and its spans: a webhook's request is where a trace begins.</summary>
public static class WorkerMeter
{
    /// <summary>The name of the meter and of the source of spans, for whoever listens.</summary>
    public const string Name = "ClientFlow.Sync.Worker";

    private static readonly Meter Meter = new(Name);
    private static readonly ActivitySource Source = new(Name);

    private static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "clientflow.deliveries.refused", "{delivery}", "Webhooks that were refused, by reason");

    private static readonly Histogram<double> AckDuration = Meter.CreateHistogram("clientflow.ack.duration", "s",
        "From a webhook's first byte to its acknowledgement, durable storage included",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });

    /// <summary>A webhook is received: the beginning of a trace, whatever the caller's headers say of one of his.</summary>
    internal static Activity? Receive(string tool)
    {
        if (!Source.HasListeners()) return null;
        Activity.Current = null;
        return Source.StartActivity("webhook", ActivityKind.Server)?.SetTag("clientflow.tool", tool);
    }

    internal static void Refuse(string tool, string reason) => Refused.Add(1, new("tool", tool), new("reason", reason));

    internal static void Acknowledged(string tool, TimeSpan took) => AckDuration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("tool", tool));
}
