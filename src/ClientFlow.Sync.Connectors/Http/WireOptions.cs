using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Http;

/// <summary>What the floor reads off a request: whether it may be repeated, whose it is, how long it may take.</summary>
public static class WireOptions
{
    private static readonly HttpRequestOptionsKey<bool> Read = new("clientflow.read");
    private static readonly HttpRequestOptionsKey<WireVendor> Vendor = new("clientflow.vendor");
    private static readonly HttpRequestOptionsKey<TimeSpan> Timeout = new("clientflow.timeout");
    private static readonly HttpRequestOptionsKey<string> Class = new("clientflow.class");

    /// <summary>Marks a request.</summary>
    /// <param name="read">It changes nothing, whatever its method.</param>
    /// <param name="quotaClass">The vendor's class of calls with a limit of its own.</param>
    public static void Mark(HttpRequestMessage request, WireVendor vendor, bool read, TimeSpan? timeout = null, string? quotaClass = null)
    {
        request.Options.Set(Read, read);
        request.Options.Set(Vendor, vendor);
        if (timeout is { } limit) request.Options.Set(Timeout, limit);
        if (quotaClass is not null) request.Options.Set(Class, quotaClass);
    }

    /// <summary>A request may be repeated when it is marked as a read; without a mark, when it is a GET.</summary>
    public static bool IsRead(HttpRequestMessage request) =>
        request.Options.TryGetValue(Read, out var read) ? read : request.Method == HttpMethod.Get || request.Method == HttpMethod.Head;

    internal static WireVendor? VendorOf(HttpRequestMessage request) => request.Options.TryGetValue(Vendor, out var vendor) ? vendor : null;

    internal static TimeSpan? TimeoutOf(HttpRequestMessage request) => request.Options.TryGetValue(Timeout, out var limit) ? limit : null;

    /// <summary>What a quota needs to know of a request. Its endpoint is what stands before the first id.</summary>
    internal static QuotaCall QuotaCallOf(HttpRequestMessage request)
    {
        var parts = request.RequestUri is { IsAbsoluteUri: false } relative ? relative.OriginalString.Split('?')[0].Split('/') : [];
        return new QuotaCall(!IsRead(request), request.Options.TryGetValue(Class, out var name) ? name : null, string.Join('/', parts.Take(2)));
    }
}
