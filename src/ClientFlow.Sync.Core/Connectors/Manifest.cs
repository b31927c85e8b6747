using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Connectors;

/// <summary>What a connector has been proven to do, by the contract suite. Each rung includes those below.</summary>
public enum Rung
{
    /// <summary>Settings check, poll, cursor, full list, mapper.</summary>
    Reads,

    /// <summary>And signed webhooks, redelivery, disorder.</summary>
    Live,

    /// <summary>And writes that can be repeated safely, every kind of failure, and a twin in the sandbox.</summary>
    Acts,
}

/// <summary>How a write is kept from happening twice, strongest first.</summary>
public enum KeyStrength
{
    /// <summary>The vendor itself refuses or replays a second call with our key.</summary>
    Native,

    /// <summary>What is made carries our marker in the same call, and can be looked up by it.</summary>
    Marker,

    /// <summary>Doing it again changes nothing; it is read first and skipped when it is so already.</summary>
    Repeatable,

    /// <summary>Nothing protects it: after doubt a person is asked.</summary>
    None,
}

/// <summary>What a connector promises about one kind of write; printed by <c>check</c>.</summary>
/// <param name="Action">The kind of write, the <see cref="ActionContent.Kind"/> of its content.</param>
/// <param name="Strength">How it is kept from happening twice.</param>
/// <param name="How">The means in words: "Idempotency-Key and metadata".</param>
/// <param name="MaxCommit">How long after the call was cut the vendor may still carry it out.</param>
/// <param name="ReadLag">How long a look-up may miss what exists.</param>
public sealed record ActionTraits(string Action, KeyStrength Strength, string How, TimeSpan MaxCommit, TimeSpan ReadLag)
{
    /// <summary>
    /// For a native key: how long the vendor surely remembers it. Within that time the very same call, sent once more, is its own
    /// look-up, and nothing needs to be waited out; that is done soon or not at all, since it may be the first to arrive. Null: after doubt it is looked up.
    /// </summary>
    public TimeSpan? RepeatWithin { get; init; }
}

/// <summary>One kind of record that a connector offers.</summary>
/// <param name="Name">The vendor's word, plural: <c>deals</c>.</param>
/// <param name="Kind">What its records are.</param>
/// <param name="Poll">How often it is polled where the file says nothing.</param>
/// <param name="Mapping">Canonical field from vendor field, before the file's own mapping.</param>
public sealed record StreamManifest(string Name, RecordKind Kind, TimeSpan Poll, IReadOnlyList<FieldMapping> Mapping);

/// <summary>Where a canonical field comes from.</summary>
/// <param name="Field">The canonical name: <c>endsOn</c>.</param>
/// <param name="From">The vendor's name: <c>contract_end_date</c>.</param>
/// <param name="Values">The vendor's values and the canonical word for each; null where the value is taken as it is.</param>
public sealed record FieldMapping(string Field, string From, IReadOnlyDictionary<string, string>? Values = null);

/// <summary>What a product is and what its connector can do; data, without any account.</summary>
public sealed record ConnectorManifest
{
    /// <summary>The word in the YAML file: <c>hubspot</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The name for people: HubSpot.</summary>
    public required string Name { get; init; }

    public required Rung Rung { get; init; }

    /// <summary>Where the vendor's API is when the file gives no <c>baseUrl</c>.</summary>
    public required Uri BaseUrl { get; init; }

    public required IReadOnlyList<StreamManifest> Streams { get; init; }

    /// <summary>The writes it offers and how each is kept from happening twice.</summary>
    public required IReadOnlyList<ActionTraits> Actions { get; init; }

    /// <summary>The vendor's limits on calls, as its smallest plan has them; the file's <c>quota</c> says otherwise.</summary>
    public IReadOnlyList<QuotaWindow> Quota { get; init; } = [];

    /// <summary>How many calls to one account may be under way at once.</summary>
    public required int Concurrency { get; init; }
}
