using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Storage.Sqlite;
using ClientFlow.Sync.Worker.Commands;
using ClientFlow.Sync.Worker.Dashboard;
using ClientFlow.Sync.Worker.Schedules;
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

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Nothing but warnings on the console: for <c>demo</c>, which tells its own story.</summary>
    public bool Quiet { get; init; }
}

/// <summary>The running worker: engine, schedules, webhook routes and pages in one process. Reads as its table of contents.</summary>
public sealed class WorkerHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly SqliteStore store;
    private readonly List<HttpMessageHandler> handlers;
    private readonly LocalAccess access;

    private WorkerHost(WebApplication app, SqliteStore store, List<HttpMessageHandler> handlers, LocalAccess access) =>
        (this.app, this.store, this.handlers, this.access) = (app, store, handlers, access);

    public EngineHost Engine => app.Services.GetRequiredService<EngineHost>();

    /// <summary>The addresses that it listens on, with the ports that were really taken.</summary>
    public IReadOnlyList<string> Urls => [.. app.Urls];

    /// <summary>Opens the store, starts everything, and returns when the pages answer.</summary>
    /// <exception cref="Core.Stores.StoreException">The data directory can't be used; the message says why and what to do.</exception>
    public static async Task<WorkerHost> StartAsync(WorkerOptions options, CancellationToken cancellationToken)
    {
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
            var workspace = factory.Create(options.Config, store, _ => Handler(handlers));
            var access = LocalAccess.Create(options.DataDirectory);
            var app = Build(options, workspace, factory, access);
            host = new WorkerHost(app, store, handlers, access);
            await app.Services.GetRequiredService<Subscriptions>().LoadAsync(cancellationToken);
            await app.StartAsync(cancellationToken);
            access.Announce(app.Urls);
            return host;
        }
        catch
        {
            if (host is not null) await host.DisposeAsync();
            else await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when the process is asked to stop.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => app.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // In this order: no new work, then what is under way, then what is remembered.
        access.Withdraw();
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
        await store.DisposeAsync();
        foreach (var handler in handlers) handler.Dispose();
    }

    private static WebApplication Build(WorkerOptions options, Workspace workspace, WorkspaceFactory factory, LocalAccess access)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(options.Urls);
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 2 * WebhookRoutes.LongestBody;
        });
        builder.Logging.ClearProviders().AddSimpleConsole(static console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss'Z' ";
        });
        builder.Logging.SetMinimumLevel(options.Quiet ? LogLevel.Error : LogLevel.Information)
            .AddFilter("Quartz", LogLevel.Warning)
            .AddFilter("Microsoft", LogLevel.Warning);

        builder.Services.AddSingleton(options.Clock);
        builder.Services.AddSingleton(workspace);
        builder.Services.AddSingleton(factory);
        builder.Services.AddSingleton(access);
        builder.Services.AddSingleton<EngineHost>();
        builder.Services.AddHostedService(static services => services.GetRequiredService<EngineHost>());
        builder.Services.AddSingleton<Subscriptions>();
        builder.Services.AddSingleton<RefusalCounter>();
        builder.Services.AddSingleton<WebhookRoutes>();
        builder.Services.AddSchedule(workspace);
        builder.Services.AddDashboard(options.DataDirectory);

        var app = builder.Build();
        app.Services.GetRequiredService<WebhookRoutes>().Map(app);
        app.MapHealth();
        app.MapLocalCommands();
        app.MapDashboard();
        return app;
    }

    private static SocketsHttpHandler Handler(List<HttpMessageHandler> handlers)
    {
        var handler = new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(5),
            AutomaticDecompression = System.Net.DecompressionMethods.All,

            // An API that redirects a write would have it repeated elsewhere, without the key.
            AllowAutoRedirect = false,
        };
        handlers.Add(handler);
        return handler;
    }
}
