using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Telemetry;

/// <summary>A real worker whose tools refuse every connection, or are what a test puts in their place.</summary>
internal sealed class Machine : IAsyncDisposable
{
    private readonly string directory;

    private Machine(string directory, WorkerHost worker)
    {
        (this.directory, Worker) = (directory, worker);
        Http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri(worker.Urls[0]) };
    }

    public WorkerHost Worker { get; }

    public HttpClient Http { get; }

    public static async Task<Machine> StartAsync(TimeProvider? clock = null, IReadOnlyList<IConnectorType>? types = null)
    {
        var directory = Directory.CreateTempSubdirectory("clientflow-machine-").FullName;
        var loaded = ConfigLoader.LoadText("machine.yaml", """
            version: 1
            business: { name: Northwind, timezone: Europe/London, currency: GBP }
            tools:
              crm: { connector: hubspot, token: "${TOKEN}", webhookSecret: "${TOKEN}", baseUrl: "http://127.0.0.1:9/", quota: { day: 250000 } }
              projects: { connector: asana, token: "${TOKEN}", workspace: "1", baseUrl: "http://127.0.0.1:9/" }
            handoffs:
              won:
                when: { deal.stage: won }
                create: { project: { in: projects, name: "{{deal.name}}" } }
            """, types ?? ConnectorTypes.All, new OneSecret());
        loaded.Diagnostics.ShouldBeEmpty();
        return new Machine(directory, await WorkerHost.StartAsync(new WorkerOptions
        {
            Config = loaded.Config!, Types = types ?? ConnectorTypes.All, DataDirectory = directory, Urls = "http://127.0.0.1:0", Quiet = true,
            Clock = clock ?? TimeProvider.System,
        }, TestContext.Current.CancellationToken));
    }

    public Task<string> ScrapeAsync() => Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Worker.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    private sealed class OneSecret : ISecretSource
    {
        public string? FromEnvironment(string name) => "not-a-real-token";

        public string? FromFile(string path) => null;
    }
}
