using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.Stripe;

/// <summary>Stripe's objects as records.</summary>
internal static class StripeMapper
{
    public const string KeyName = "cf_key";
    public const string ClientName = "cf_client";
    public const string SubjectName = "cf_subject";

    public static IReadOnlyList<FieldMapping> ClientFields { get; } =
    [
        new("name", "name"),
        new("email", "email"),
        new("phone", "phone"),
        new("createdAt", "created"),
        new("key", $"metadata.{KeyName}"),
    ];

    public static IReadOnlyList<FieldMapping> InvoiceFields { get; } =
    [
        new("number", "number"),
        new("status", "status", new Dictionary<string, string>
        {
            ["draft"] = "draft", ["open"] = "open", ["paid"] = "paid", ["void"] = "void", ["uncollectible"] = "uncollectible",
        }),
        new("total", "total"),
        new("net", "total_excluding_tax"),
        new("remaining", "amount_remaining"),
        new("dueOn", "due_date"),
        new("client", "customer"),
        new("text", "description"),
        new("createdAt", "created"),
        new("paidAt", "paid_at"),
        new("key", $"metadata.{KeyName}"),
        new("url", "hosted_invoice_url"),
    ];

    public static SourceRecord Client(StripeCustomer customer) => customer.Deleted is true
        ? Gone(RecordKind.Client, customer.Id!)
        : new SourceRecord
        {
            Kind = RecordKind.Client,
            Id = customer.Id!,
            Fields = With(customer.Metadata, new Dictionary<string, string?>
            {
                ["name"] = customer.Name,
                ["email"] = customer.Email,
                ["phone"] = customer.Phone,
                ["description"] = customer.Description,
                ["created"] = Instant(customer.Created),
            }),
        };

    public static SourceRecord Invoice(StripeInvoice invoice)
    {
        if (invoice.Deleted is true) return Gone(RecordKind.Invoice, invoice.Id!);
        var currency = invoice.Currency?.ToUpperInvariant();
        return new SourceRecord
        {
            Kind = RecordKind.Invoice,
            Id = invoice.Id!,
            Currency = currency,
            Fields = With(invoice.Metadata, new Dictionary<string, string?>
            {
                ["number"] = invoice.Number,
                ["status"] = invoice.Status,
                ["total"] = Amount(invoice.Total, currency),
                ["total_excluding_tax"] = Amount(invoice.TotalExcludingTax, currency),
                ["amount_due"] = Amount(invoice.AmountDue, currency),
                ["amount_paid"] = Amount(invoice.AmountPaid, currency),
                ["amount_remaining"] = Amount(invoice.AmountRemaining, currency),
                ["due_date"] = Instant(invoice.DueDate),
                ["description"] = invoice.Description,
                ["customer"] = invoice.Customer,
                ["customer_name"] = invoice.CustomerName,
                ["customer_email"] = invoice.CustomerEmail,
                ["hosted_invoice_url"] = invoice.HostedInvoiceUrl,
                ["created"] = Instant(invoice.Created),
                ["finalized_at"] = Instant(invoice.StatusTransitions?.FinalizedAt),
                ["paid_at"] = Instant(invoice.StatusTransitions?.PaidAt),
                ["voided_at"] = Instant(invoice.StatusTransitions?.VoidedAt),
            }),
            References = invoice.Customer is { } customer ? [new SourceReference("client", RecordKind.Client, [customer])] : [],
        };
    }

    public static SourceRecord Gone(RecordKind kind, string id) => new() { Kind = kind, Id = id, Gone = true };

    /// <summary>The record that an event is about; null for one that concerns us not.</summary>
    public static RecordHint? Hint(StripeEvent notice) => notice switch
    {
        { Type: "customer.created" or "customer.updated" or "customer.deleted", Data.Object.Id: { Length: > 0 } id } =>
            new RecordHint(RecordKind.Client, id),
        { Type: { } type, Data.Object: { Id: { Length: > 0 } id, Object: null or "invoice" } }
            when type.StartsWith("invoice.", StringComparison.Ordinal) => new RecordHint(RecordKind.Invoice, id),
        _ => null,
    };

    private static Dictionary<string, string?> With(IReadOnlyDictionary<string, string?>? metadata, Dictionary<string, string?> fields)
    {
        foreach (var (name, value) in metadata ?? new Dictionary<string, string?>()) fields[$"metadata.{name}"] = value;
        return fields;
    }

    private static string? Amount(long? units, string? currency) =>
        units is { } known && currency is not null ? StripeAmounts.Major(known, currency).ToString(CultureInfo.InvariantCulture) : null;

    private static string? Instant(long? seconds) => seconds is { } known and >= -62135596800 and <= 253402300799
        ? DateTimeOffset.FromUnixTimeSeconds(known).ToString("yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture)
        : null;
}
