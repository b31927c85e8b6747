using System.Net;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Http;

/// <summary>Makes the clients that connectors speak through.</summary>
public static class ToolHttp
{
    /// <summary>The innermost handler: no redirects (a redirected POST becomes a GET), no cookies, fresh connections for DNS changes, and no header that tells of our traces.</summary>
    public static HttpMessageHandler Transport() => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
    };

    /// <summary>A client of one tool. Its base address ends with a slash, whatever was written in the file.</summary>
    /// <param name="quota">The calls that its account may still make; null where nothing is limited.</param>
    public static HttpClient Client(
        Uri baseAddress, TimeProvider clock, HttpMessageHandler transport, ToolHttpOptions? options = null, QuotaBudget? quota = null) =>
        Configure(new HttpClient(new ToolHttpHandler(clock, options, quota) { InnerHandler = transport }), baseAddress);

    /// <summary>Sets what a factory's client needs: the base address, and no time limit of its own beside the floor's.</summary>
    public static HttpClient Configure(HttpClient client, Uri baseAddress)
    {
        var text = baseAddress.GetLeftPart(UriPartial.Path);
        client.BaseAddress = text.EndsWith('/') ? new Uri(text) : new Uri(text + "/");
        client.Timeout = Timeout.InfiniteTimeSpan;
        return client;
    }
}
