using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.Stripe;

/// <summary>Stripe: customers and invoices, drafts made for a person to send.</summary>
public sealed class StripeConnectorType : IConnectorType
{
    // Stripe gives an account 10,000 reads a month, and a poll is a read: the budget stretches these paces where nothing else does.
    private static readonly TimeSpan InvoicePoll = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan CustomerPoll = TimeSpan.FromHours(1);

    public ConnectorManifest Manifest { get; } = new()
    {
        Id = "stripe",
        Name = "Stripe",
        Rung = Rung.Acts,
        BaseUrl = new Uri("https://api.stripe.com/"),
        Streams =
        [
            new StreamManifest(StripeReader.Customers, RecordKind.Client, CustomerPoll, StripeMapper.ClientFields),
            new StreamManifest(StripeReader.Invoices, RecordKind.Invoice, InvoicePoll, StripeMapper.InvoiceFields),
        ],
        Actions = StripeActions.Traits,
        Quota = StripeVendor.Windows,
        Concurrency = 8,
    };

    public object? BindSettings(SectionReader section) => StripeSettings.Bind(section);

    public IConnector Open(ToolContext context) => new StripeConnector(context, (StripeSettings)context.Settings);
}

/// <summary>One Stripe account.</summary>
public sealed class StripeConnector : IConnector, IReads, IReceives, IActs
{
    private readonly StripeClient client;
    private readonly StripeReader reader;
    private readonly StripeWebhook webhook;
    private readonly StripeActions actions;

    public StripeConnector(ToolContext context, StripeSettings settings)
    {
        client = new StripeClient(context, settings);
        reader = new StripeReader(client, context.Clock);
        webhook = new StripeWebhook(settings.WebhookSecret);
        actions = new StripeActions(client);
    }

    /// <summary>The account's id; <c>default</c> where the key is good and only may not see the account.</summary>
    public async Task<Outcome<string>> WhoAmIAsync(CancellationToken cancellationToken)
    {
        if ((await client.AccountAsync(cancellationToken)).Succeeded(out var account, out var failure))
            return account.Id is { } id ? id : client.Unreadable("v1/account");

        // A restricted key need not have the right to see the account, and nothing else that we do needs it.
        return failure is { Status: 403 or 404, Kind: FailureKind.Rejected or FailureKind.Missing }
            ? (await client.AnyCustomerAsync(cancellationToken)).Then(_ => "default")
            : failure;
    }

    public Task<Outcome<StreamPage>> PollAsync(string stream, Cursor cursor, CancellationToken cancellationToken) =>
        reader.PollAsync(stream, cursor, cancellationToken);

    public Task<Outcome<StreamPage>> ListAsync(string stream, Cursor? from, CancellationToken cancellationToken) =>
        reader.ListAsync(stream, from, cancellationToken);

    public Task<Outcome<StreamPage>> ReadAsync(RecordKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        reader.ReadAsync(kind, ids, cancellationToken);

    public SignatureVerdict Verify(Delivery delivery, DateTimeOffset now) => webhook.Verify(delivery, now);

    public string Identify(Delivery delivery) => webhook.Identify(delivery);

    public DeliveryReading Read(Delivery delivery) => webhook.Read(delivery);

    public Task<Outcome<Preparation>> PrepareAsync(ActionCall call, CancellationToken cancellationToken) =>
        actions.PrepareAsync(call, cancellationToken);

    public Task<Outcome<ActionResult>> SendAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) =>
        actions.SendAsync(call, frozen, cancellationToken);

    public Task<Outcome<ActionResult?>> LookUpAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) =>
        actions.LookUpAsync(call, frozen, cancellationToken);
}
