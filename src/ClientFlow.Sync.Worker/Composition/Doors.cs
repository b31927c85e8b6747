using System.Globalization;

namespace ClientFlow.Sync.Worker.Composition;

/// <summary>
/// Which addresses are for what. Where webhooks have addresses of their own, these alone may be shown to the internet: nothing else
/// answers there, and webhooks answer nowhere else.
/// </summary>
public sealed class Doors
{
    private volatile HashSet<int>? webhooks;

    /// <param name="apart">Webhooks have addresses of their own; their ports are told by <see cref="Open"/>.</param>
    public Doors(bool apart) => Apart = apart;

    /// <summary>Webhooks have addresses of their own.</summary>
    public bool Apart { get; }

    /// <summary>The ports that were really taken.</summary>
    public void Open(IEnumerable<string> webhookUrls) => webhooks = [.. webhookUrls.Select(PortOf)];

    /// <summary>The port that an address names.</summary>
    public static int PortOf(string url) => new Uri(Plain(url)).Port;

    /// <summary>The first port that both are to listen on; null: none, as it should be.</summary>
    public static string? Shared(string urls, string webhookUrls) =>
        Split(urls).Select(PortOf).Intersect(Split(webhookUrls).Select(PortOf)).Where(static p => p != 0)
            .Select(static p => p.ToString(CultureInfo.InvariantCulture)).FirstOrDefault();

    /// <summary>The addresses in a list that semicolons part.</summary>
    public static IReadOnlyList<string> Split(string urls) => urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>An address with a host that can be read as one, for every address of the machine.</summary>
    public static string Plain(string url) => url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);

    /// <summary>Answers 404 to what is asked at the wrong door.</summary>
    public Task GuardAsync(HttpContext http, RequestDelegate next)
    {
        if (!Apart) return next(http);
        var isWebhook = http.Request.Path.StartsWithSegments("/webhooks");
        var answers = webhooks is { } ports && (ports.Contains(http.Connection.LocalPort) ? isWebhook && HttpMethods.IsPost(http.Request.Method) : !isWebhook);
        if (answers) return next(http);

        // Before the ports are known, nothing is: whoever comes in the moment between comes again.
        http.Response.StatusCode = webhooks is null ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
