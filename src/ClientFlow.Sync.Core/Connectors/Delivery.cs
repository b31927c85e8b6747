namespace ClientFlow.Sync.Core.Connectors;

/// <summary>One arrival of a vendor's call to us, raw, as it came.</summary>
public sealed record Delivery
{
    /// <summary>The tool's name in the YAML file, from the route.</summary>
    public required string Tool { get; init; }

    /// <summary>The subscription's id in the route, where the vendor's secret belongs to a subscription.</summary>
    public string? Subscription { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required string Method { get; init; }

    /// <summary>Path and query as they arrived.</summary>
    public required string PathAndQuery { get; init; }

    /// <summary>Headers, names without regard to case.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The trace that it began, as a W3C <c>traceparent</c>: whatever follows from it belongs to that trace. Null where nobody traces.</summary>
    public string? Trace { get; init; }

    /// <summary>A header's value, or null.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>Whether a delivery is the vendor's.</summary>
public enum SignatureVerdict
{
    Valid,

    /// <summary>The proof is absent.</summary>
    Missing,

    /// <summary>The proof is there and wrong, or can't be read.</summary>
    Mismatch,

    /// <summary>The proof is right and too old (or from the future).</summary>
    Stale,

    /// <summary>No secret is configured, so the route is closed.</summary>
    Closed,
}

/// <summary>What a delivery says: records to read afresh, or complete and ordered states.</summary>
public sealed record DeliveryReading
{
    public IReadOnlyList<RecordHint> Hints { get; init; } = [];

    public IReadOnlyList<SourceRecord> Records { get; init; } = [];

    /// <summary>Streams in which something changed, where the vendor doesn't say what: they are polled now.</summary>
    public IReadOnlyList<string> Streams { get; init; } = [];

    /// <summary>Why the delivery can't be read, for a person; null when it can.</summary>
    public string? Unreadable { get; init; }
}

/// <summary>A webhook subscription that we made at the vendor.</summary>
/// <param name="Id">Ours: unguessable, the last part of the route.</param>
/// <param name="VendorId">The vendor's id of it, null until the vendor confirmed.</param>
/// <param name="Secret">The secret that signs its deliveries, null until the handshake.</param>
/// <param name="Target">The address that it calls.</param>
/// <param name="RequestedAt">When we asked for it, UTC.</param>
public sealed record Subscription(string Id, string? VendorId, Secret? Secret, Uri Target, DateTimeOffset RequestedAt);
