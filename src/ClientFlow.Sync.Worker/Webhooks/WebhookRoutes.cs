using System.Buffers;
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
public sealed class WebhookRoutes(EngineHost engine, Subscriptions subscriptions, RefusalCounter refusals, TimeProvider clock)
{
    /// <summary>The longest body that is taken, in bytes.</summary>
    public const int LongestBody = 1024 * 1024;

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
        if (await ReadBodyAsync(context.Request) is not { } body)
        {
            await RefuseAsync(StatusCodes.Status413PayloadTooLarge, "too-large", "its body is larger than 1 MiB");
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

    private static async Task<byte[]?> ReadBodyAsync(HttpRequest request)
    {
        if (request.ContentLength > LongestBody) return null;

        // The length is a stranger's claim until the signature is checked: memory is taken as bytes arrive. Most bodies arrive at once.
        MemoryStream? parts = null;
        while (true)
        {
            var arrived = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            try
            {
                if ((parts?.Length ?? 0) + arrived.Buffer.Length > LongestBody) return null;
                if (parts is null && arrived.IsCompleted) return arrived.Buffer.ToArray();
                parts ??= new MemoryStream();
                foreach (var part in arrived.Buffer) parts.Write(part.Span);
                if (arrived.IsCompleted) return parts.ToArray();
            }
            finally
            {
                request.BodyReader.AdvanceTo(arrived.Buffer.End);
            }
        }
    }

    private static string Why(SignatureVerdict verdict) => verdict switch
    {
        SignatureVerdict.Missing => "its signature is missing",
        SignatureVerdict.Mismatch => "its signature is wrong",
        SignatureVerdict.Stale => "its signature is too old, or from the future: look at this machine's clock",
        SignatureVerdict.Closed => "no webhook secret is configured, so the route is closed",
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
        await workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.Write(new JournalEntry
        {
            At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Warning, Event = "inbox.delivery.refused", Tool = tool,
            Message = tell == 1 ? $"a delivery to {tool} was refused: {why}" : $"{tell} deliveries to {tool} were refused, the last because {why}",
        }), CancellationToken.None);
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
