using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>How often a stream is polled: as its manifest or the file says, slower while webhooks tell of its records, and never faster than the budget allows.</summary>
public static class Pace
{
    // A webhook may be lost, so that polling goes on beside them.
    private const int WhileWebhooksFlow = 4;
    private static readonly TimeSpan Flowing = TimeSpan.FromHours(1);
    private static readonly TimeSpan SlowestForWebhooks = TimeSpan.FromMinutes(15);

    /// <summary>The time between two polls of a stream.</summary>
    public static TimeSpan Of(Tool tool, StreamManifest stream, DateTimeOffset now) =>
        tool.Quota.Pace(stream.Name, Wish(tool, stream, now), now);

    /// <summary>Whether a stream that was polled at a moment is due. Ticks come at its fastest pace, and never quite on time.</summary>
    public static bool IsDue(Tool tool, StreamManifest stream, DateTimeOffset polled, DateTimeOffset now) =>
        now >= polled + Of(tool, stream, now) - (Tick(tool, stream) / 2);

    /// <summary>The time between two ticks.</summary>
    public static TimeSpan Tick(Tool tool, StreamManifest stream) => tool.Config.Poll ?? stream.Poll;

    private static TimeSpan Wish(Tool tool, StreamManifest stream, DateTimeOffset now)
    {
        // Whoever wrote a pace into the file wants that pace.
        if (tool.Config.Poll is { } written) return written;
        if (tool.Health.LastDeliveryOf(stream.Kind) is not { } last || now - last > Flowing) return stream.Poll;
        var slower = stream.Poll * WhileWebhooksFlow;
        return slower <= SlowestForWebhooks ? slower : stream.Poll > SlowestForWebhooks ? stream.Poll : SlowestForWebhooks;
    }
}
