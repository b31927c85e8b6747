using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Storage.Sqlite;
using ClientFlow.Sync.Worker.Access;
using ClientFlow.Sync.Worker.Commands;
using ClientFlow.Sync.Worker.Dashboard;
using ClientFlow.Sync.Worker.Schedules;
using ClientFlow.Sync.Worker.Telemetry;
using ClientFlow.Sync.Worker.Webhooks;

namespace ClientFlow.Sync.Worker.Composition;

/// <summary>How a worker is started.</summary>
public sealed record WorkerOptions
{
    public required WorkspaceConfig Config { get; init; }

    public required IReadOnlyList<IConnectorType> Types { get; init; }

    /// <summary>The data directory: the database, the keys, the lock, the local access file.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Addresses to listen on, parted by semicolons.</summary>
    public required string Urls { get; init; }

    /// <summary>Addresses for webhooks alone, parted by semicolons, on other ports; null: webhooks come in where the pages are.</summary>
    public string? WebhookUrls { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where people find a record whose tool tells no page of it; null where nobody knows.</summary>
    public Func<RecordRef, string?> PageOf { get; init; } = static _ => null;

    /// <summary>Where the process kills itself, for debugging; null: nowhere.</summary>
    public DeathPoint? Dies { get; init; }

    /// <summary>The mapping file in force, as the pages show it; null shows none.</summary>
    public MappingFile? File { get; init; }

    /// <summary>Where traces, metrics and logs are sent; null: nowhere.</summary>
    public OtlpSettings? Otlp { get; init; }

    /// <summary>Nothing but warnings on the console: for <c>demo</c>, which tells its own story.</summary>
    public bool Quiet { get; init; }
}

/// <summary>The running worker: engine, schedules, webhook routes and pages in one process. Reads as its table of contents.</summary>
public sealed class WorkerHost : IAsyncDisposable
{
    private const int MostConnections = 1_000;

    private readonly WebApplication app;
    private readonly SqliteStore store;
    private readonly List<HttpMessageHandler> handlers;
    private readonly LocalAccess access;
    private readonly int pages;

    private WorkerHost(WebApplication app, SqliteStore store, List<HttpMessageHandler> handlers, LocalAccess access, int pages) =>
        (this.app, this.store, this.handlers, this.access, this.pages) = (app, store, handlers, access, pages);

    public EngineHost Engine => app.Services.GetRequiredService<EngineHost>();

    /// <summary>The addresses of the pages, with the ports that were really taken.</summary>
    public IReadOnlyList<string> Urls => [.. app.Urls.Take(pages)];

    /// <summary>The addresses for webhooks alone; empty where they come in where the pages are.</summary>
    public IReadOnlyList<string> WebhookUrls => [.. app.Urls.Skip(pages)];

    /// <summary>The file with the link that opens the pages; null where they are open to this machine, because nothing outside can reach it.</summary>
    public string? PageLinkFile => Entrance.NeedsKey(Engine.Workspace.Config) ? access.File : null;

    /// <summary>Every route that answers, for whoever checks them all.</summary>
    public IEnumerable<RouteEndpoint> Routes => app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    /// <summary>Opens the store, starts everything, and returns when the pages answer.</summary>
    /// <exception cref="Core.Stores.StoreException">The data directory can't be used; the message says why and what to do.</exception>
    public static async Task<WorkerHost> StartAsync(WorkerOptions options, CancellationToken cancellationToken)
    {
        // Clients' names and money lie in there: it is its owner's alone.
        if (!Directory.Exists(options.DataDirectory))
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(options.DataDirectory);
            else Directory.CreateDirectory(options.DataDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var store = await SqliteStore.OpenAsync(new SqliteStoreOptions
        {
            Directory = options.DataDirectory, Workspace = options.Config.Workspace, Clock = options.Clock,
            Protector = Protector.In(options.DataDirectory),
        });
        var handlers = new List<HttpMessageHandler>();
        WorkerHost? host = null;
        try
        {
            var factory = new WorkspaceFactory(options.Types, options.Clock);
            var workspace = factory.Create(options.Config, options.Dies?.Watch(store) ?? store, _ =>
            {
                var transport = ToolHttp.Transport();
                return Keep(handlers, options.Dies?.Watch(transport) ?? transport);
            });
            var access = LocalAccess.Create(options.DataDirectory);
            var app = Build(options, workspace, factory, access);
            host = new WorkerHost(app, store, handlers, access, Doors.Split(options.Urls).Count);
            await app.Services.GetRequiredService<Subscriptions>().LoadAsync(cancellationToken);
            if (app.Services.GetService<Sessions>() is { } sessions) await sessions.LoadAsync(cancellationToken);
            await app.StartAsync(cancellationToken);
            app.Services.GetRequiredService<Doors>().Open(host.WebhookUrls);
            access.Announce(host.Urls);
            EngineMeter.Prime(workspace);
            host.Tell(options);
            return host;
        }
        catch
        {
            // What never listened has nobody to wait for: the user is told at once.
            if (host is not null) await host.DisposeAsync(new CancellationToken(canceled: true));
            else await store.DisposeAsync();
            throw;
        }
    }

    private void Tell(WorkerOptions options)
    {
        var logger = app.Services.GetRequiredService<ILogger<WorkerHost>>();
        if (options.Clock != TimeProvider.System) WorkerLog.DebugArmed(logger, DebugSwitches.ClockVariable, $"it is {options.Clock.GetUtcNow():yyyy-MM-dd HH:mm:ss} UTC for this worker");
        if (options.Dies is { } point) WorkerLog.DebugArmed(logger, DebugSwitches.DeathVariable, $"this worker kills itself at {point}");
        if (options.Otlp is { } otlp) WorkerLog.TelemetryStarted(logger, otlp.ToString());
        foreach (var line in Doorplate(options.Config)) WorkerLog.DoorsTold(logger, line);
        WorkerLog.Started(logger, options.Config.Business.Name, string.Join(" and ", Urls), Path.GetFullPath(options.DataDirectory));
    }

    // Who comes in where, for whoever starts it.
    private IEnumerable<string> Doorplate(WorkspaceConfig config)
    {
        var reachable = Urls.Any(static url => !new Uri(Doors.Plain(url)).IsLoopback);
        if (WebhookUrls is [_, ..] apart) yield return $"webhooks come in at {string.Join(" and ", apart)}, and nowhere else";
        if (config.Access is { } access) yield return $"people sign in at {access.Url?.ToString() ?? string.Join(" and ", Urls)}";
        if (config.Access is { Url: null } && reachable)
            yield return "their passwords cross the network in the clear: put a proxy with TLS before the worker, and its address into `access.url`";
        if (config.Access is null && reachable)
            yield return "the pages answer to this machine alone all the same: name who may sign in from elsewhere under `access` in the mapping file";
        if (PageLinkFile is { } link) yield return $"{(config.Access is null ? "the page asks for a key" : "on this machine the pages open without signing in, too")}: the link with {(config.Access is null ? "it" : "the key")} is in {Path.GetFullPath(link)}";
        if (app.Services.GetService<ScrapeToken>() is { } token) yield return $"/metrics asks for the token in {Path.GetFullPath(token.File)}";
    }

    /// <summary>Completes when the process is asked to stop.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => app.WaitForShutdownAsync(cancellationToken);

    public ValueTask DisposeAsync() => DisposeAsync(CancellationToken.None);

    private async ValueTask DisposeAsync(CancellationToken atOnce)
    {
        var workspace = Engine.Workspace;

        // In this order: no new work, then what is under way, then what is remembered.
        access.Withdraw();
        try
        {
            await app.StopAsync(atOnce);
        }
        catch (OperationCanceledException) when (atOnce.IsCancellationRequested)
        {
            // Not waited for.
        }

        await app.DisposeAsync();
        await store.DisposeAsync();
        foreach (var connector in workspace.Tools.Select(t => t.Connector).OfType<IDisposable>()) connector.Dispose();
        foreach (var handler in handlers) handler.Dispose();
    }

    private static WebApplication Build(WorkerOptions options, Workspace workspace, WorkspaceFactory factory, LocalAccess access)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,

            // Whatever the environment says: another one would show strangers the inside of an error.
            EnvironmentName = Environments.Production,
        });

        // A variable of the framework would have it believe any client about where it comes from: then everybody could be at this machine.
        builder.WebHost.UseSetting("ForwardedHeaders_Enabled", "false");
        builder.WebHost.UseUrls([.. Doors.Split(options.Urls), .. Doors.Split(options.WebhookUrls ?? "")]);
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 2 * DeliveryBodies.Longest;

            // Far more than vendors and people open, and no more than the memory for what each may hold.
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
        });
        builder.Logging.AddConsoleLog(builder.Configuration);
        builder.Logging.SetMinimumLevel(options.Quiet ? LogLevel.Error : LogLevel.Information)
            .AddFilter("Quartz", LogLevel.Warning)
            .AddFilter("Microsoft", LogLevel.Warning)

            // A start that fails is told in one sentence by whoever started it, not with a stack trace besides.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical)

            // Nobody reads the framework's own word on each request, and as long as anybody might, each one gets a trace of its own.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)

            // What strangers send is no news: forms and sign-ins that are refused are counted in the journal.
            .AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Critical)
            .AddFilter("Microsoft.AspNetCore.Authentication", LogLevel.Critical)

            // The key ring lies in the data directory, beside the database that it protects: the folder's rights guard both.
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);

        builder.Services.AddSingleton(options.Clock);
        builder.Services.AddSingleton(workspace);
        builder.Services.AddSingleton(factory);
        builder.Services.AddSingleton(access);
        builder.Services.AddSingleton<EngineHost>();
        builder.Services.AddHostedService(static services => services.GetRequiredService<EngineHost>());
        builder.Services.AddSingleton<Subscriptions>();
        builder.Services.AddSingleton<RefusalCounter>();
        builder.Services.AddSingleton<DeliveryBodies>();
        builder.Services.AddSingleton<WebhookRoutes>();
        builder.Services.AddSchedule(workspace);
        builder.Services.AddSingleton(services => new DiskGuard(workspace, () => DiskGuard.At(options.DataDirectory), services.GetRequiredService<ILogger<DiskGuard>>()));
        builder.Services.AddHostedService<WatchService>();
        builder.Services.AddSingleton<Gauges>();
        builder.Services.AddSingleton(static services => new PrometheusText(services.GetRequiredService<Gauges>()));
        if (options.Otlp is { } otlp) OtlpExport.Add(builder, otlp);
        builder.Services.AddSingleton(new PageLinks(options.PageOf));
        builder.Services.AddSingleton(options.File ?? new MappingFile(null, null));
        builder.Services.AddAccess(options.Config, options.DataDirectory);
        builder.Services.AddDashboard();
        var doors = new Doors(apart: options.WebhookUrls is not null);
        builder.Services.AddSingleton(doors);

        WebApplication app;
        try
        {
            app = builder.Build();
        }
        catch (Exception trouble) when (options.Otlp is { Logs: true })
        {
            throw OtlpExport.Unusable(trouble);
        }

        app.Use(doors.GuardAsync);
        app.UsePageHeaders(options.Config.Access);
        if (options.Config.Access is not null) app.UseAuthentication();

        // Counting begins with the worker, and not with the first scrape.
        app.Services.GetRequiredService<PrometheusText>();
        app.Services.GetRequiredService<WebhookRoutes>().Map(app);
        app.MapHealth();
        app.MapLocalCommands();
        app.MapSignIn(options.Config.Access);
        app.MapDashboard();
        return app;
    }

    private static HttpMessageHandler Keep(List<HttpMessageHandler> handlers, HttpMessageHandler handler)
    {
        handlers.Add(handler);
        return handler;
    }
}
