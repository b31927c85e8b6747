using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ClientFlow.Sync.Engine.Tests.Bench;

/// <summary>What the meters tell while it listens. They are the process's: whoever counts runs alone.</summary>
internal sealed class Measured : IDisposable
{
    private readonly ConcurrentQueue<string> all = [];
    private readonly MeterListener listener = new();

    public Measured()
    {
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("ClientFlow.Sync.", StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            for (var i = 0; i < value; i++) Take(instrument, tags);
        });
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Take(instrument, tags));
        listener.Start();
    }

    public void Dispose() => listener.Dispose();

    /// <summary>How often something was told, with all these values among its tags.</summary>
    public int Times(string name, params IEnumerable<string> tags) =>
        all.Count(m => m.StartsWith($"{name}|", StringComparison.Ordinal) && tags.All(t => m.Contains($"|{t}|", StringComparison.Ordinal)));

    private void Take(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = $"{instrument.Name}|";
        foreach (var (_, tag) in tags) text += $"{tag}|";
        all.Enqueue(text);
    }
}
