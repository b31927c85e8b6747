using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Connectors;

/// <summary>What we know about one product, before any account: how its settings are read and how a connector is opened.</summary>
public interface IConnectorType
{
    ConnectorManifest Manifest { get; }

    /// <summary>Reads the product's own keys of a tool's section; mistakes go to the reader's diagnostics. Null when unusable.</summary>
    object? BindSettings(SectionReader section);

    /// <summary>Opens a connector to one account.</summary>
    IConnector Open(ToolContext context);
}

/// <summary>What a connector needs of the world.</summary>
public sealed record ToolContext
{
    /// <summary>The tool's name in the YAML file.</summary>
    public required string Tool { get; init; }

    /// <summary>What <see cref="IConnectorType.BindSettings"/> made.</summary>
    public required object Settings { get; init; }

    /// <summary>A client with the shared resilience floor. Its base address ends with a slash: paths are relative, without a leading one.</summary>
    public required HttpClient Http { get; init; }

    public required TimeProvider Clock { get; init; }

    public required Business Business { get; init; }

    /// <summary>The tool's mapping for each kind: defaults with the file's own entries laid over them.</summary>
    public required IReadOnlyDictionary<RecordKind, RecordMapping> Mappings { get; init; }

    /// <summary>The public address of this tool's webhook route, without a subscription; null when there is none.</summary>
    public Uri? WebhookUrl { get; init; }

    /// <summary>Finds a webhook subscription of this tool by our id, to check a signature. Answers from memory.</summary>
    public Func<string, Subscription?> FindSubscription { get; init; } = static _ => null;
}

/// <summary>The code that speaks to one account in one product. What else it can do shows in the interfaces below.</summary>
public interface IConnector
{
    /// <summary>
    /// Asks the tool who we are. The vendor's id of the account, never a secret; <see cref="FailureKind.Unauthorized"/> when
    /// the credential is refused.
    /// </summary>
    Task<Outcome<string>> WhoAmIAsync(CancellationToken cancellationToken);
}

/// <summary>Reads records: by polling, in full, and one by one. Every failure is a value.</summary>
public interface IReads
{
    /// <summary>One page of what changed since a cursor, oldest first where the vendor can.</summary>
    Task<Outcome<StreamPage>> PollAsync(string stream, Cursor cursor, CancellationToken cancellationToken);

    /// <summary>One page of everything. Starts with no cursor; goes on with <see cref="StreamPage.Next"/> while there is more.</summary>
    Task<Outcome<StreamPage>> ListAsync(string stream, Cursor? from, CancellationToken cancellationToken);

    /// <summary>
    /// Reads records directly, by id; those that don't exist come back as <see cref="SourceRecord.Gone"/>. Records of other
    /// kinds may come along.
    /// </summary>
    Task<Outcome<StreamPage>> ReadAsync(RecordKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken);
}

/// <summary>Receives webhooks. All of it is pure: no call goes out.</summary>
public interface IReceives
{
    /// <summary>Checks that a delivery is the vendor's, on raw bytes, in constant time, within its time window.</summary>
    SignatureVerdict Verify(Delivery delivery, DateTimeOffset now);

    /// <summary>The vendor's own identity of a delivery, the same at each redelivery.</summary>
    string Identify(Delivery delivery);

    /// <summary>What a delivery says. Never throws: what can't be read says so.</summary>
    DeliveryReading Read(Delivery delivery);

    /// <summary>The secret that a handshake brings; null when the delivery is none.</summary>
    Secret? Handshake(Delivery delivery) => null;
}

/// <summary>Keeps webhook subscriptions at the vendor, where they are made by call.</summary>
public interface ISubscribes
{
    /// <summary>The secret of a new subscription, where it is ours to choose; null where the vendor hands one over.</summary>
    Secret? NewSecret() => null;

    /// <summary>
    /// Makes sure that the vendor calls <paramref name="wanted"/>: finds it, or makes it and removes stale ones of ours. The
    /// handshake may arrive while this call is under way.
    /// </summary>
    /// <returns>The vendor's id of the subscription.</returns>
    Task<Outcome<string>> SubscribeAsync(Subscription wanted, CancellationToken cancellationToken);
}

/// <summary>Writes. The engine decides when; a connector knows how.</summary>
public interface IActs
{
    /// <summary>Readies a write: resolves people and names, reads first where the write is repeatable. Sends no write.</summary>
    Task<Outcome<Preparation>> PrepareAsync(ActionCall call, CancellationToken cancellationToken);

    /// <summary>Sends a prepared call, once: no retry in here.</summary>
    Task<Outcome<ActionResult>> SendAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken);

    /// <summary>Looks for what an uncertain call may have made; null when it is proven absent.</summary>
    Task<Outcome<ActionResult?>> LookUpAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken);
}
