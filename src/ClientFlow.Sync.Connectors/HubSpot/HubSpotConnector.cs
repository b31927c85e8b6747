using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>HubSpot CRM: deals, companies and contacts; the project's address written back onto the deal.</summary>
public sealed class HubSpotConnectorType : IConnectorType
{
    public ConnectorManifest Manifest { get; } = new()
    {
        Id = "hubspot",
        Name = "HubSpot",
        Rung = Rung.Acts,
        BaseUrl = new Uri("https://api.hubapi.com/"),
        Streams = HubSpotType.Streams,
        Actions = HubSpotActions.Traits,
        Quota = HubSpotVendor.Windows,
        Concurrency = 4,
    };

    public object? BindSettings(SectionReader section) => HubSpotSettings.Bind(section);

    public IConnector Open(ToolContext context) => new HubSpotConnector(context);
}

/// <summary>One HubSpot account.</summary>
public sealed class HubSpotConnector : IConnector, IReads, IReceives, IActs, IDisposable
{
    private readonly HubSpotAccount account;
    private readonly HubSpotReader reader;
    private readonly HubSpotActions actions;
    private readonly HubSpotWebhook webhook;

    public HubSpotConnector(ToolContext context)
    {
        var settings = (HubSpotSettings)context.Settings;
        var wire = new WireClient(context.Http, context.Clock, context.Tool, HubSpotVendor.In(context.Business.Zone))
        {
            Authorize = WireClient.Bearer(settings.Token),
            Secrets = settings.WebhookSecret is { } secret ? [settings.Token, secret] : [settings.Token],
        };
        var client = new HubSpotClient(wire);
        account = new HubSpotAccount(client, settings, context.Clock);
        reader = new HubSpotReader(client, account, context);
        actions = new HubSpotActions(client, account, context);
        webhook = new HubSpotWebhook(settings.WebhookSecret, context.WebhookUrl, context.Tool, () => account.Portal);
    }

    public Task<Outcome<string>> WhoAmIAsync(CancellationToken cancellationToken) => account.WhoAmIAsync(cancellationToken);

    public Task<Outcome<StreamPage>> PollAsync(string stream, Cursor cursor, CancellationToken cancellationToken) =>
        reader.PollAsync(stream, cursor, cancellationToken);

    public Task<Outcome<StreamPage>> ListAsync(string stream, Cursor? from, CancellationToken cancellationToken) =>
        reader.ListAsync(stream, from, cancellationToken);

    public Task<Outcome<StreamPage>> ReadAsync(RecordKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        reader.ReadAsync(kind, ids, cancellationToken);

    public SignatureVerdict Verify(Delivery delivery, DateTimeOffset now) => webhook.Verify(delivery, now);

    public string Identify(Delivery delivery) => HubSpotWebhook.Identify(delivery);

    public DeliveryReading Read(Delivery delivery) => webhook.Read(delivery);

    public Task<Outcome<Preparation>> PrepareAsync(ActionCall call, CancellationToken cancellationToken) =>
        actions.PrepareAsync(call, cancellationToken);

    public Task<Outcome<ActionResult>> SendAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) =>
        actions.SendAsync(call, frozen, cancellationToken);

    public Task<Outcome<ActionResult?>> LookUpAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) =>
        actions.LookUpAsync(call, frozen, cancellationToken);

    public void Dispose() => account.Dispose();
}
