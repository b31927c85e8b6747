using System.Threading.Channels;

namespace ClientFlow.Sync.Sandbox.Tests.Bench;

/// <summary>A real endpoint on loopback that keeps what was posted to it.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly Channel<Received> _arrived = Channel.CreateUnbounded<Received>();
    private readonly WebApplication _server;

    private WebhookReceiver(WebApplication server) => _server = server;

    public Uri Url => new(_server.Urls.First() + "/hook");

    /// <summary>What it answers.</summary>
    public int Status { get; set; } = 200;

    public bool EchoesHookSecret { get; set; } = true;

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        var receiver = new WebhookReceiver(server);
        server.Run(receiver.TakeAsync);
        await server.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public async Task<Received> NextAsync() => await _arrived.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public bool IsEmpty => _arrived.Reader.Count == 0;

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        context.Response.StatusCode = Status;
        // Asana's handshake: the secret comes back in the answer, or there is no webhook.
        if (EchoesHookSecret && headers.TryGetValue("X-Hook-Secret", out var secret))
            context.Response.Headers["X-Hook-Secret"] = secret;
        await _arrived.Writer.WriteAsync(new Received(headers, body.ToArray()));
    }
}

internal sealed record Received(IReadOnlyDictionary<string, string> Headers, byte[] Body);
