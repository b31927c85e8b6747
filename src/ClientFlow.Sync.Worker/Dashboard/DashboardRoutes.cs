using System.Net;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Worker.Composition;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>
/// One page that shows what came in, what was decided and why, and what was done, live. It answers to this machine alone. Where
/// the worker has a public address, a proxy on this machine may carry strangers in, and the page asks for a key besides.
/// </summary>
public static class DashboardRoutes
{
    private const string Policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private const string KeyCookie = "clientflow-page";

    /// <summary>Whether the pages ask for a key: the worker can be reached from outside.</summary>
    public static bool NeedsKey(WorkspaceConfig config) => config.PublicUrl is { IsLoopback: false };

    public static void AddDashboard(this IServiceCollection services, string dataDirectory)
    {
        services.AddDataProtection().SetApplicationName("clientflow")
            .PersistKeysToFileSystem(Directory.CreateDirectory(Path.Combine(dataDirectory, "keys")));
        services.AddAntiforgery(static options =>
        {
            options.Cookie.Name = "clientflow-form";
            options.Cookie.SameSite = SameSiteMode.Strict;
        });
    }

    public static void MapDashboard(this IEndpointRouteBuilder app)
    {
        var pages = app.MapGroup("").AddEndpointFilter(OnlyThisMachineAsync);
        pages.MapGet("/", PageAsync);
        pages.MapGet("/live", LiveAsync);
        pages.MapPost("/handoffs/{id}/{verb}", DecideAsync);
        pages.MapGet("/page.css", static () => Asset("page.css", "text/css; charset=utf-8"));
        pages.MapGet("/page.js", static () => Asset("page.js", "text/javascript; charset=utf-8"));
    }

    private static async ValueTask<object?> OnlyThisMachineAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        // A proxy on this machine carries strangers in: their requests name another host, or say that they were forwarded.
        var http = context.HttpContext;
        var local = http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) &&
            http.Request.Host.Host is "localhost" or "127.0.0.1" or "[::1]" &&
            !http.Request.Headers.ContainsKey("X-Forwarded-For") && !http.Request.Headers.ContainsKey("Forwarded");
        if (!local)
            return Results.Text("The pages answer to this machine alone. Open them there, or through an SSH tunnel.\n", statusCode: StatusCodes.Status403Forbidden);
        if (NeedsKey(http.RequestServices.GetRequiredService<Workspace>().Config) && Refused(http) is { } answer) return answer;
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        return await next(context);
    }

    // The key comes once, in the link that the local access file holds, and stays as a cookie as long as the worker runs.
    private static IResult? Refused(HttpContext http)
    {
        var access = http.RequestServices.GetRequiredService<LocalAccess>();
        if (http.Request.Query["key"].ToString() is { Length: > 0 } key && access.AdmitsPage(key))
        {
            http.Response.Cookies.Append(KeyCookie, key, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, IsEssential = true });
            return Results.LocalRedirect("/");
        }

        return access.AdmitsPage(http.Request.Cookies[KeyCookie])
            ? null
            : Results.Text("Open the link with the key: it is in clientflow.local.json in the worker's data directory.\n", statusCode: StatusCodes.Status403Forbidden);
    }

    private static async Task<IResult> PageAsync(HttpContext context, EngineHost engine, IAntiforgery antiforgery, PageLinks links, bool? fragment)
    {
        var workspace = engine.Workspace;
        var view = await workspace.Store.ReadAsync(read =>
        {
            var handoffs = read.HandoffsIn(Enum.GetValues<HandoffState>().Where(s => s != HandoffState.Baseline).ToList(), 200);
            return new PageView
            {
                Now = workspace.Clock.GetUtcNow(),
                NeedsYou = [.. handoffs.Where(h => h.State == HandoffState.Dead || h is { State: HandoffState.Waiting, Hold: not Hold.Facts } || h.Flag is not null)],
                Handoffs = [.. handoffs.Take(30)],
                Pages = handoffs.Take(60).ToDictionary(h => h.Id, h => links.Of(workspace, read.ActionsOf(h.Id))),
                Counts = read.CountHandoffs(),
                Journal = read.Journal(new JournalQuery { AtLeast = JournalLevel.Information, Max = 60 }),
                Unmapped = read.Unmapped(),
            };
        }, context.RequestAborted);
        var token = antiforgery.GetAndStoreTokens(context).RequestToken!;
        var body = new PageWriter(workspace, view, token);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Text(fragment == true ? body.Main() : body.Whole(), "text/html; charset=utf-8");
    }

    // Tells the page when there is something new; the page then asks for its main part again.
    private static async Task LiveAsync(HttpContext context, EngineHost engine, IHostApplicationLifetime lifetime)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        var store = engine.Workspace.Store;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        long last = -1;
        try
        {
            while (!ends.IsCancellationRequested)
            {
                var newest = await store.ReadAsync(static view => view.Journal(new JournalQuery { Max = 1 }) is [var entry, ..] ? entry.Id : 0, ends.Token);
                if (newest != last)
                {
                    await context.Response.WriteAsync($"id: {newest}\ndata: {newest}\n\n", ends.Token);
                    await context.Response.Body.FlushAsync(ends.Token);
                    last = newest;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(500), engine.Workspace.Clock, ends.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or the worker stops.
        }
    }

    private static async Task<IResult> DecideAsync(string id, string verb, HttpContext context, EngineHost engine, IAntiforgery antiforgery)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
            return Results.Text("This form is no longer valid: load the page again.\n", statusCode: StatusCodes.Status400BadRequest);
        const string who = "the page";
        switch (verb)
        {
            case "approve":
                await engine.Decisions.ApproveAsync(id, who, context.RequestAborted);
                break;
            case "retry":
                await engine.Decisions.RetryAsync(id, who, context.RequestAborted);
                break;
            case "skip":
                await engine.Decisions.SkipAsync(id, who, context.RequestAborted);
                break;
            default:
                return Results.NotFound();
        }

        return Results.LocalRedirect("/");
    }

    private static IResult Asset(string name, string type)
    {
        var stream = typeof(DashboardRoutes).Assembly.GetManifestResourceStream($"ClientFlow.Sync.Worker.Dashboard.{name}");
        return stream is null ? Results.NotFound() : Results.Stream(stream, type);
    }
}
