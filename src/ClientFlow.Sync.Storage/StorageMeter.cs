using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ClientFlow.Sync.Storage;

/// <summary>What the store measures.</summary>
public static class StorageMeter
{
    /// <summary>The meter's name, for whoever listens.</summary>
    public const string Name = "ClientFlow.Sync.Storage";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> CommitDuration = Meter.CreateHistogram("clientflow.commit.duration", "s", "How long commits take until they are on disk",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5] });

    /// <summary>A commit is on disk.</summary>
    /// <param name="began">When it began, in ticks of the stopwatch.</param>
    internal static void Committed(long began)
    {
        if (CommitDuration.Enabled) CommitDuration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }
}
