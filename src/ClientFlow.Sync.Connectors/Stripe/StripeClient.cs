using System.Text.Json.Serialization.Metadata;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Stripe;

/// <summary>The endpoints that we call, one method each.</summary>
internal sealed class StripeClient
{
    /// <summary>The API version that every call names: what an account's owner sets in the dashboard changes nothing for us.</summary>
    public const string Version = "2023-08-16";

    public const int PageSize = 100;

    private static readonly Dictionary<string, string> Pinned = new() { ["Stripe-Version"] = Version };

    private const string Api = "v1/";

    private readonly WireClient wire;
    private readonly string root;

    public StripeClient(ToolContext context, StripeSettings settings)
    {
        // A `baseUrl` may be written with the API's part or without it.
        root = context.Http.BaseAddress?.AbsolutePath.EndsWith("/" + Api, StringComparison.Ordinal) is true ? "" : Api;
        wire = new WireClient(context.Http, context.Clock, context.Tool, StripeVendor.Vendor)
        {
            Authorize = WireClient.Bearer(settings.Key),
            Secrets = settings.WebhookSecret is { } secret ? [settings.Key, secret] : [settings.Key],
        };
    }

    /// <summary>An endpoint's path.</summary>
    public string Path(string endpoint) => root + endpoint;

    public Task<Outcome<StripeAccount>> AccountAsync(CancellationToken cancellationToken) =>
        GetAsync(Path("account"), StripeJson.Default.StripeAccount, cancellationToken);

    public Task<Outcome<StripeInvoice>> InvoiceAsync(string id, CancellationToken cancellationToken) =>
        GetAsync(Path($"invoices/{WirePath.Part(id)}"), StripeJson.Default.StripeInvoice, cancellationToken);

    public Task<Outcome<StripeCustomer>> CustomerAsync(string id, CancellationToken cancellationToken) =>
        GetAsync(Path($"customers/{WirePath.Part(id)}"), StripeJson.Default.StripeCustomer, cancellationToken);

    public Task<Outcome<StripeList<StripeInvoice>>> InvoicesAsync(string? customer, string? after, CancellationToken cancellationToken) =>
        GetAsync(
            WirePath.With(Path("invoices"), ("limit", $"{PageSize}"), ("customer", customer), ("starting_after", after)),
            StripeJson.Default.StripeListStripeInvoice, cancellationToken);

    /// <param name="email">Exactly as Stripe has it: the filter minds upper and lower case.</param>
    public Task<Outcome<StripeList<StripeCustomer>>> CustomersAsync(string? email, string? after, CancellationToken cancellationToken) =>
        GetAsync(
            WirePath.With(Path("customers"), ("limit", $"{PageSize}"), ("email", email), ("starting_after", after)),
            StripeJson.Default.StripeListStripeCustomer, cancellationToken);

    /// <summary>All customers that were made since then, whatever their e-mail is by now.</summary>
    public Task<Outcome<StripeList<StripeCustomer>>> CustomersSinceAsync(DateTimeOffset since, string? after, CancellationToken cancellationToken) =>
        GetAsync(
            WirePath.With(Path("customers"), ("limit", $"{PageSize}"), ("created[gte]", $"{since.ToUnixTimeSeconds()}"), ("starting_after", after)),
            StripeJson.Default.StripeListStripeCustomer, cancellationToken);

    /// <summary>The cheapest read that shows that a key is good.</summary>
    public Task<Outcome<StripeList<StripeCustomer>>> AnyCustomerAsync(CancellationToken cancellationToken) =>
        GetAsync(WirePath.With(Path("customers"), ("limit", "1")), StripeJson.Default.StripeListStripeCustomer, cancellationToken);

    public Task<Outcome<StripeList<StripeInvoiceItem>>> InvoiceItemsAsync(string invoice, string? after, CancellationToken cancellationToken) =>
        GetAsync(
            WirePath.With(Path("invoiceitems"), ("limit", $"{PageSize}"), ("invoice", invoice), ("starting_after", after)),
            StripeJson.Default.StripeListStripeInvoiceItem, cancellationToken);

    /// <summary>Events newest first, of the given types.</summary>
    /// <param name="since">Unix seconds, inclusive.</param>
    public Task<Outcome<StripeList<StripeEvent>>> EventsAsync(
        IEnumerable<string> types, long? since, string? after, CancellationToken cancellationToken) =>
        GetAsync(
            WirePath.With(Path("events"),
            [
                ("limit", $"{PageSize}"), .. types.Select(type => ("types[]", (string?)type)), ("created[gte]", since?.ToString()),
                ("starting_after", after),
            ]),
            StripeJson.Default.StripeListStripeEvent, cancellationToken);

    public Task<Outcome<T>> SendAsync<T>(FrozenCall frozen, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class => wire.SendAsync(WireCall.Of(frozen), type, cancellationToken);

    /// <summary>The failure of a write whose answer names no object.</summary>
    public Failure Unreadable(FrozenCall frozen) => wire.Unreadable(WireCall.Of(frozen), 200);

    /// <summary>The failure of a read whose answer names no object.</summary>
    public Failure Unreadable(string path) => wire.Unreadable(WireCall.Get(path), 200);

    private Task<Outcome<T>> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class => wire.SendAsync(WireCall.Get(path) with { Headers = Pinned }, type, cancellationToken);
}
