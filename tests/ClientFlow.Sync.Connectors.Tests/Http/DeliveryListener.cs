using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClientFlow.Sync.Connectors.Tests.Http;

/// <summary>Takes webhooks as the worker would: raw, one <see cref="Delivery"/> for each call.</summary>
public sealed class DeliveryListener : IAsyncDisposable
{
    private readonly WebApplication app;

    private DeliveryListener(WebApplication app) => this.app = app;

    public ConcurrentQueue<Delivery> Deliveries { get; } = new();

    /// <summary>What to answer a handshake with; null answers none.</summary>
    public Func<Delivery, string?> Handshake { get; set; } = _ => null;

    public Uri Address { get; private set; } = null!;

    public static async Task<DeliveryListener> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var listener = new DeliveryListener(builder.Build());
        listener.app.Run(listener.TakeAsync);
        await listener.app.StartAsync(cancellationToken);
        var addresses = listener.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        listener.Address = new Uri(addresses.Addresses.First());
        return listener;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var path = context.Request.Path.Value!.Trim('/').Split('/');
        var delivery = new Delivery
        {
            Tool = path.ElementAtOrDefault(1) ?? "",
            Subscription = path.ElementAtOrDefault(2),
            ReceivedAt = TimeProvider.System.GetUtcNow(),
            Method = context.Request.Method,
            PathAndQuery = context.Request.Path + context.Request.QueryString,
            Headers = context.Request.Headers.ToDictionary(one => one.Key, one => one.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            Body = body.ToArray(),
        };
        if (Handshake(delivery) is { } secret) context.Response.Headers["X-Hook-Secret"] = secret;
        else Deliveries.Enqueue(delivery);
    }
}
