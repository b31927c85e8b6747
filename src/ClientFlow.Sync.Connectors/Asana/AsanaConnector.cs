using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>Asana: projects read; projects, sections and tasks made.</summary>
public sealed class AsanaConnectorType : IConnectorType
{
    public ConnectorManifest Manifest { get; } = new()
    {
        Id = "asana",
        Name = "Asana",
        Rung = Rung.Acts,
        BaseUrl = new Uri("https://app.asana.com/api/1.0/"),
        Streams = AsanaMapper.Streams,
        Actions = AsanaActions.Traits,
        Quota = AsanaVendor.Windows,
        Concurrency = 8,
    };

    public object? BindSettings(SectionReader section) => AsanaSettings.Bind(section);

    public IConnector Open(ToolContext context) => new AsanaConnector(context);
}

/// <summary>One Asana workspace.</summary>
public sealed class AsanaConnector : IConnector, IReads, IReceives, ISubscribes, IActs, IDisposable
{
    private readonly AsanaSettings settings;
    private readonly AsanaClient client;
    private readonly AsanaPeople people;
    private readonly AsanaReader reader;
    private readonly AsanaActions actions;
    private readonly AsanaWebhook webhook;

    public AsanaConnector(ToolContext context)
    {
        settings = (AsanaSettings)context.Settings;
        var wire = new WireClient(context.Http, context.Clock, context.Tool, AsanaVendor.Wire)
        {
            Authorize = WireClient.Bearer(settings.Token),
            Secrets = [settings.Token],
        };
        client = new AsanaClient(wire, settings);
        people = new AsanaPeople(client, context.Clock);
        reader = new AsanaReader(client, people, context);
        actions = new AsanaActions(client, people, reader, settings, new AsanaTemplates(client, people, reader, settings, context));
        webhook = new AsanaWebhook(client, settings, context);
    }

    /// <summary>The workspace, once it is sure that the token's user is in it.</summary>
    public async Task<Outcome<string>> WhoAmIAsync(CancellationToken cancellationToken)
    {
        if (!(await client.MeAsync(cancellationToken)).Succeeded(out var me, out var failure)) return failure;
        return me.Data?.Workspaces is { Count: > 0 } workspaces && !workspaces.Exists(one => one?.Gid == settings.Workspace)
            ? new Failure(FailureKind.Rejected, $"The token's user is not in the Asana workspace {settings.Workspace}. Check workspace and token in the tool's section.")
            : settings.Workspace;
    }

    public Task<Outcome<StreamPage>> PollAsync(string stream, Cursor cursor, CancellationToken cancellationToken) =>
        reader.PollAsync(stream, cursor, cancellationToken);

    public Task<Outcome<StreamPage>> ListAsync(string stream, Cursor? from, CancellationToken cancellationToken) =>
        reader.ListAsync(stream, from, cancellationToken);

    public Task<Outcome<StreamPage>> ReadAsync(RecordKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        reader.ReadAsync(kind, ids, cancellationToken);

    public SignatureVerdict Verify(Delivery delivery, DateTimeOffset now) => webhook.Verify(delivery);

    public string Identify(Delivery delivery) => AsanaWebhook.Identify(delivery);

    public DeliveryReading Read(Delivery delivery) => AsanaWebhook.Read(delivery);

    public Secret? Handshake(Delivery delivery) => webhook.Handshake(delivery);

    public Task<Outcome<string>> SubscribeAsync(Subscription wanted, CancellationToken cancellationToken) =>
        webhook.SubscribeAsync(wanted, cancellationToken);

    public Task<Outcome<Preparation>> PrepareAsync(ActionCall call, CancellationToken cancellationToken) =>
        actions.PrepareAsync(call, cancellationToken);

    public Task<Outcome<ActionResult>> SendAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) =>
        actions.SendAsync(call, frozen, cancellationToken);

    public Task<Outcome<ActionResult?>> LookUpAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) =>
        actions.LookUpAsync(call, frozen, cancellationToken);

    public void Dispose() => people.Dispose();
}
