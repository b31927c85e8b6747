using System.Diagnostics;

namespace ClientFlow.Sync.Connectors.Http;

/// <summary>A span for each try of a call. It names the host and never the path, which may hold somebody's address. Vendors are told of no trace.</summary>
public static class WireTrace
{
    /// <summary>The source's name, for whoever listens.</summary>
    public const string Name = "ClientFlow.Sync.Connectors";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>A try begins; null where nobody listens.</summary>
    internal static Activity? Begin(HttpRequestMessage request)
    {
        if (!Source.HasListeners()) return null;
        var span = Source.StartActivity($"HTTP {request.Method}", ActivityKind.Client);
        span?.SetTag("http.request.method", request.Method.Method).SetTag("server.address", request.RequestUri is { IsAbsoluteUri: true } uri ? uri.Host : null);
        return span;
    }

    /// <summary>It was answered.</summary>
    internal static void Answered(Activity? span, HttpResponseMessage response)
    {
        span?.SetTag("http.response.status_code", (int)response.StatusCode);
        if ((int)response.StatusCode >= 400) span?.SetStatus(ActivityStatusCode.Error);
    }
}
