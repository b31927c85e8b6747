using System.Text.Json.Serialization;
using ClientFlow.Sync.Connectors.Http;

namespace ClientFlow.Sync.Connectors.Stripe;

// Only what is read is named. Everything may be absent: versions differ, and a deleted object has little but its id.

internal sealed record StripeList<T>(IReadOnlyList<T>? Data, bool HasMore)
{
    public IReadOnlyList<T> Items => Data ?? [];
}

internal sealed record StripeAccount(string? Id);

internal sealed record StripeCustomer(string? Id)
{
    public bool? Deleted { get; init; }

    public string? Name { get; init; }

    public string? Email { get; init; }

    public string? Phone { get; init; }

    public string? Description { get; init; }

    public long? Created { get; init; }

    public IReadOnlyDictionary<string, string?>? Metadata { get; init; }
}

internal sealed record StripeInvoice(string? Id)
{
    public bool? Deleted { get; init; }

    /// <summary>The customer's id; never expanded by our calls.</summary>
    public string? Customer { get; init; }

    public string? CustomerName { get; init; }

    public string? CustomerEmail { get; init; }

    public string? Number { get; init; }

    public string? Status { get; init; }

    public string? Currency { get; init; }

    public long? Total { get; init; }

    /// <summary>The total without tax; null where Stripe doesn't tell it.</summary>
    public long? TotalExcludingTax { get; init; }

    public long? AmountDue { get; init; }

    public long? AmountPaid { get; init; }

    public long? AmountRemaining { get; init; }

    public string? Description { get; init; }

    public long? DueDate { get; init; }

    public long? Created { get; init; }

    public string? HostedInvoiceUrl { get; init; }

    public StripeStatusTransitions? StatusTransitions { get; init; }

    public IReadOnlyDictionary<string, string?>? Metadata { get; init; }
}

internal sealed record StripeStatusTransitions(long? FinalizedAt, long? PaidAt, long? VoidedAt, long? MarkedUncollectibleAt);

internal sealed record StripeInvoiceItem(string? Id, IReadOnlyDictionary<string, string?>? Metadata);

internal sealed record StripeEvent(string? Id, string? Type, long? Created, StripeEventData? Data);

internal sealed record StripeEventData(StripeEventObject? Object);

internal sealed record StripeEventObject(string? Id, string? Object);

internal sealed record StripeErrorBody(StripeError? Error);

internal sealed record StripeError(string? Type, string? Code, string? Message, string? Param);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    Converters = [typeof(LooseText)])]
[JsonSerializable(typeof(StripeAccount))]
[JsonSerializable(typeof(StripeCustomer))]
[JsonSerializable(typeof(StripeInvoice))]
[JsonSerializable(typeof(StripeInvoiceItem))]
[JsonSerializable(typeof(StripeEvent))]
[JsonSerializable(typeof(StripeErrorBody))]
[JsonSerializable(typeof(StripeList<StripeCustomer>))]
[JsonSerializable(typeof(StripeList<StripeInvoice>))]
[JsonSerializable(typeof(StripeList<StripeInvoiceItem>))]
[JsonSerializable(typeof(StripeList<StripeEvent>))]
internal sealed partial class StripeJson : JsonSerializerContext;
