using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Worker.Telemetry;

namespace ClientFlow.Sync.Worker.Webhooks;

/// <summary>
/// Where vendors call: <c>POST /webhooks/{tool}</c>, <c>/webhooks/{workspace}/{tool}</c>, either with <c>/{subscription}</c>. The signature
/// first, on raw bytes; then durable storage; then the answer. Nothing is parsed before it is acknowledged.
/// </summary>
public sealed class WebhookRoutes(EngineHost engine, DeliveryBodies bodies, Subscriptions subscriptions, RefusalCounter refusals, TimeProvider clock)
{
    // What a proxy adds for itself proves nothing of the vendor, and is not ours to keep.
    private static readonly HashSet<string> Private = new(StringComparer.OrdinalIgnoreCase) { "Authorization", "Cookie", "Proxy-Authorization" };

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/webhooks/{**path}", ReceiveAsync);

    private async Task ReceiveAsync(HttpContext context, string path)
    {
        var workspace = engine.Workspace;
        if (Resolve(workspace, path) is not var (tool, subscription) || tool.Connector is not IReceives receives)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var began = clock.GetTimestamp();
        using var span = WorkerMeter.Receive(tool.Name);
        var (body, refusal) = await bodies.ReadAsync(context.Request);
        if (refusal is not null)
        {
            // What else of it may come is not waited for.
            context.Response.Headers.Connection = "close";
            await RefuseAsync(refusal.Status, refusal.Reason, refusal.Why);
            return;
        }

        var delivery = new Delivery
        {
            Tool = tool.Name,
            Subscription = subscription,
            ReceivedAt = clock.GetUtcNow(),
            Method = context.Request.Method,
            PathAndQuery = $"{context.Request.PathBase}{context.Request.Path}{context.Request.QueryString}",
            Headers = HeadersOf(context.Request),
            Body = body,
        };

        if (subscription is not null && receives.Handshake(delivery) is { } secret && await subscriptions.ShakeAsync(tool, subscription, secret))
        {
            context.Response.Headers["X-Hook-Secret"] = secret.Reveal();
            return;
        }

        var verdict = receives.Verify(delivery, clock.GetUtcNow());
        if (verdict != SignatureVerdict.Valid)
        {
            await RefuseAsync(verdict == SignatureVerdict.Closed ? StatusCodes.Status404NotFound : StatusCodes.Status401Unauthorized,
                verdict.ToString().ToLowerInvariant(), Why(verdict));
            return;
        }

        try
        {
            // Not tied to the caller's patience: a delivery that is proven the vendor's is kept even if the vendor hangs up.
            await engine.Inbox.AcceptAsync(tool, delivery, CancellationToken.None);
            WorkerMeter.Acknowledged(tool.Name, clock.GetElapsedTime(began));
        }
        catch (StoreException)
        {
            // Nothing was stored, so nothing may be acknowledged: the vendor keeps it and sends it again. The store's own trouble is told elsewhere.
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            WorkerMeter.Refuse(tool.Name, "not-stored");
        }

        async Task RefuseAsync(int status, string reason, string why)
        {
            context.Response.StatusCode = status;
            span?.SetTag("clientflow.refused", reason);
            WorkerMeter.Refuse(tool.Name, reason);
            await refusals.CountAsync(tool.Name, why);
        }
    }

    private static (Tool Tool, string? Subscription)? Resolve(Workspace workspace, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            [var tool] when workspace.Find(tool) is { } found => (found, null),
            [var name, var tool] when name == workspace.Config.Workspace && workspace.Find(tool) is { } found => (found, null),
            [var tool, var id] when workspace.Find(tool) is { } found => (found, id),
            [var name, var tool, var id] when name == workspace.Config.Workspace && workspace.Find(tool) is { } found => (found, id),
            _ => null,
        };
    }

    private static Dictionary<string, string> HeadersOf(HttpRequest request)
    {
        var headers = new Dictionary<string, string>(request.Headers.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in request.Headers)
            if (!Private.Contains(name)) headers[name] = value.ToString();
        return headers;
    }

    private static string Why(SignatureVerdict verdict) => verdict switch
    {
        SignatureVerdict.Missing => "its signature is missing",
        SignatureVerdict.Mismatch => "its signature is wrong",
        SignatureVerdict.Stale => "its signature is too old, or from the future: look at this machine's clock",
        SignatureVerdict.Closed => "no webhook secret is known for this address, so it is closed",
        SignatureVerdict.Valid => "",
    };
}

/// <summary>Counts refused deliveries and tells the journal once a minute for each tool, whoever knocks how often.</summary>
public sealed class RefusalCounter(Workspace workspace)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, (DateTimeOffset Told, int Untold, long All)> counts = new(StringComparer.Ordinal);

    /// <summary>How many deliveries of a tool were refused since the start.</summary>
    public long Of(string tool) => counts.GetValueOrDefault(tool).All;

    /// <summary>Counts one, and tells when the last telling is a minute ago.</summary>
    public async Task CountAsync(string tool, string why)
    {
        if (Count(tool) is not (var tell and > 0)) return;
        try
        {
            await workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.Write(new JournalEntry
            {
                At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Warning, Event = "inbox.delivery.refused", Tool = tool,
                Message = tell == 1 ? $"a delivery to {tool} was refused: {why}" : $"{tell} deliveries to {tool} were refused, the last because {why}",
            }), CancellationToken.None);
        }
        catch (StoreException)
        {
            // Whoever is refused is told so all the same. The health page and the log tell of the store.
        }
    }

    /// <summary>Counts one; answers how many to tell of, and 0 as long as the last telling is less than a minute ago.</summary>
    public int Count(string what)
    {
        var now = workspace.Clock.GetUtcNow();
        var tell = 0;
        counts.AddOrUpdate(what,
            _ =>
            {
                tell = 1;
                return (now, 0, 1);
            },
            (_, old) =>
            {
                tell = now - old.Told >= Minute ? old.Untold + 1 : 0;
                return tell > 0 ? (now, 0, old.All + 1) : (old.Told, old.Untold + 1, old.All + 1);
            });
        return tell;
    }
}
