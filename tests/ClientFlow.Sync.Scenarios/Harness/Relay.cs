using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ClientFlow.Sync.Scenarios.Harness;

/// <summary>One call as it came through: a genuine delivery that a test may send again, as it was or spoiled.</summary>
internal sealed record Passed(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body, int Status);

/// <summary>The proxy that stands before a worker in the world: another address, the same headers and bytes.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly ConcurrentQueue<Passed> passed = new();
    private readonly HttpClient http = new();
    private WebApplication? server;

    public Uri Url { get; private set; } = new("http://127.0.0.1");

    public IReadOnlyList<Passed> Passed => [.. passed];

    public static async Task<Relay> StartAsync(Uri worker)
    {
        var relay = new Relay();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        server.Run(context => relay.PassAsync(context, worker));
        relay.server = server;
        await server.StartAsync();
        relay.Url = new Uri(server.Urls.First());
        return relay;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null) await server.DisposeAsync();
        http.Dispose();
    }

    private async Task PassAsync(HttpContext context, Uri worker)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var headers = context.Request.Headers.Where(h => h.Key is not ("Host" or "Content-Length"))
            .ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var path = $"{context.Request.Path}{context.Request.QueryString}";
        try
        {
            using var answer = await http.SendAsync(Request(worker, path, headers, buffer.ToArray()), context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.Where(h => h.Key.StartsWith("X-", StringComparison.OrdinalIgnoreCase)))
                context.Response.Headers[name] = values.ToArray();
            passed.Enqueue(new Passed(path, headers, buffer.ToArray(), (int)answer.StatusCode));
        }
        catch (HttpRequestException)
        {
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
        }
    }

    public static HttpRequestMessage Request(Uri worker, string path, IEnumerable<KeyValuePair<string, string>> headers, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(worker, path)) { Content = new ByteArrayContent(body) };
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }
}
