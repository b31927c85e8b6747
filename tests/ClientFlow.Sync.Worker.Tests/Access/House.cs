using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Configuration;
using ClientFlow.Sync.Worker.Dashboard;

namespace ClientFlow.Sync.Worker.Tests.Access;

/// <summary>A worker on this machine, and whoever comes to its door. Its tools refuse: who may see what doesn't depend on them.</summary>
internal sealed class House : IAsyncDisposable
{
    /// <summary>Two people: Anna is an owner, Ben an assistant.</summary>
    public const string People = """
        access:
          users:
            - { name: Anna, role: owner, password: "${ANNA}" }
            - { name: Ben, role: assistant, password: "${BEN}" }
        """;

    /// <summary>Anna and Ben by a provider that nobody can reach.</summary>
    public const string Provided = """
        access:
          url: https://flow.northwind.example
          oidc: { authority: "http://127.0.0.1:9", clientId: client, clientSecret: "${OIDC_SECRET}", owners: [ anna@northwind.example ], assistants: [ ben@northwind.example ] }
        """;

    public const string AnnasPassword = "correct horse battery";

    public const string BensPassword = "purple elephant lamp";

    private readonly List<Browser> browsers = [];
    private WorkerHost? worker;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("clientflow-access-").FullName;

    public Dictionary<string, string> Secrets { get; } = new()
    {
        ["TOKEN"] = "not-a-real-token", ["ANNA"] = Hash(AnnasPassword), ["BEN"] = Hash(BensPassword), ["OIDC_SECRET"] = "provider-secret",
    };

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public WorkerHost Worker => worker ?? throw new InvalidOperationException("it was not started");

    public static string Hash(string password) => PasswordHash.Of(password, new byte[16], PasswordHash.FewestRounds).Text;

    /// <summary>Starts it, for the first time or again.</summary>
    /// <param name="more">Lines for the mapping file, such as <see cref="People"/>.</param>
    public async Task StartAsync(string more = "", string? webhookUrls = null)
    {
        if (worker is not null) await worker.DisposeAsync();
        var loaded = ConfigLoader.LoadText("house.yaml", $$"""
            version: 1
            business: { name: Northwind, timezone: Europe/London, currency: GBP }
            tools:
              crm: { connector: hubspot, token: "${TOKEN}", webhookSecret: "${TOKEN}", baseUrl: "http://127.0.0.1:9/" }
              projects: { connector: asana, token: "${TOKEN}", workspace: "1", baseUrl: "http://127.0.0.1:9/" }
              billing: { connector: stripe, key: "${TOKEN}", baseUrl: "http://127.0.0.1:9/" }
            handoffs:
              won:
                when: { deal.stage: won }
                create: { project: { in: projects, name: "{{"{{deal.name}}"}}" } }
              closed:
                when: { project.status: closed }
                create: { invoice: { in: billing, lines: [ { text: Work, amount: remaining } ] } }
            {{more}}
            """, ConnectorTypes.All, new Given(Secrets));
        loaded.Diagnostics.ShouldBeEmpty();
        worker = await WorkerHost.StartAsync(new WorkerOptions
        {
            Config = loaded.Config!, Types = ConnectorTypes.All, DataDirectory = Directory, Urls = "http://127.0.0.1:0", WebhookUrls = webhookUrls, Quiet = true, Clock = Clock,
            File = new MappingFile(loaded.Source, null),
        }, TestContext.Current.CancellationToken);
    }

    /// <summary>A browser that comes by another name than this machine's: from elsewhere, as far as the worker can tell.</summary>
    public Browser Stranger(string host = "flow.northwind.example") => Keep(new Browser(new Uri(Worker.Urls[0]), host));

    /// <summary>A browser on this very machine.</summary>
    public Browser Here() => Keep(new Browser(new Uri(Worker.Urls[0]), null));

    public async ValueTask DisposeAsync()
    {
        foreach (var browser in browsers) browser.Dispose();
        if (worker is not null) await worker.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private Browser Keep(Browser browser)
    {
        browsers.Add(browser);
        return browser;
    }

    private sealed class Given(IReadOnlyDictionary<string, string> secrets) : ISecretSource
    {
        public string? FromEnvironment(string name) => secrets.GetValueOrDefault(name);

        public string? FromFile(string path) => null;
    }
}

/// <summary>A clock that a test moves on by leaps. Its timers are the machine's: nothing in between is lived through.</summary>
internal sealed class Leap : TimeProvider
{
    private DateTimeOffset now = new(2026, 11, 2, 9, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => now;

    public void Advance(TimeSpan by) => now += by;
}
