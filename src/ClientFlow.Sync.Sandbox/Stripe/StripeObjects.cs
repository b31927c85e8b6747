using System.Globalization;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>A customer as Stripe keeps it.</summary>
public sealed class StripeCustomer
{
    public required string Id { get; init; }

    public required long Created { get; init; }

    public string? Email { get; internal set; }

    public string? Name { get; internal set; }

    public string? Phone { get; internal set; }

    public string? Description { get; internal set; }

    /// <summary>Set by the first invoice or invoice item.</summary>
    public string? Currency { get; internal set; }

    /// <summary>Negative: credit that the next invoices use up.</summary>
    public long Balance { get; internal set; }

    public IReadOnlyDictionary<string, string> Metadata { get; internal set; } = new Dictionary<string, string>();

    public bool Deleted { get; internal set; }

    internal JsonObject? Address { get; set; }

    internal string TaxExempt { get; set; } = "none";

    internal string InvoicePrefix { get; init; } = "";

    internal int NextInvoiceSequence { get; set; } = 1;

    internal JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["object"] = "customer",
        ["address"] = Address?.DeepClone(),
        ["balance"] = Balance,
        ["created"] = Created,
        ["currency"] = Currency,
        ["default_source"] = null,
        ["delinquent"] = false,
        ["description"] = Description,
        ["discount"] = null,
        ["email"] = Email,
        ["invoice_prefix"] = InvoicePrefix,
        ["invoice_settings"] = new JsonObject
        {
            ["custom_fields"] = null,
            ["default_payment_method"] = null,
            ["footer"] = null,
            ["rendering_options"] = null,
        },
        ["livemode"] = false,
        ["metadata"] = StripeJson.Metadata(Metadata),
        ["name"] = Name,
        ["next_invoice_sequence"] = NextInvoiceSequence,
        ["phone"] = Phone,
        ["preferred_locales"] = new JsonArray(),
        ["shipping"] = null,
        ["tax_exempt"] = TaxExempt,
        ["test_clock"] = null,
    };
}

/// <summary>One amount on an invoice, or waiting for the customer's next one.</summary>
public sealed class StripeInvoiceItem
{
    public required string Id { get; init; }

    public required StripeCustomer Customer { get; init; }

    public required string Currency { get; init; }

    public required long Created { get; init; }

    public long Amount { get; internal set; }

    public string? Description { get; internal set; }

    public StripeInvoice? Invoice { get; internal set; }

    public IReadOnlyDictionary<string, string> Metadata { get; internal set; } = new Dictionary<string, string>();

    internal string LineId { get; init; } = "";

    internal string PriceId { get; init; } = "";

    internal string ProductId { get; init; } = "";

    internal long Quantity { get; set; } = 1;

    internal decimal UnitAmount { get; set; }

    internal bool Discountable { get; set; } = true;

    internal long PeriodStart { get; set; }

    internal long PeriodEnd { get; set; }

    internal JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["object"] = "invoiceitem",
        ["amount"] = Amount,
        ["currency"] = Currency,
        ["customer"] = Customer.Id,
        ["date"] = Created,
        ["description"] = Description,
        ["discountable"] = Discountable,
        ["discounts"] = new JsonArray(),
        ["invoice"] = Invoice?.Id,
        ["livemode"] = false,
        ["metadata"] = StripeJson.Metadata(Metadata),
        ["period"] = Period(),
        ["price"] = Price(),
        ["proration"] = false,
        ["quantity"] = Quantity,
        ["subscription"] = null,
        ["tax_rates"] = new JsonArray(),
        ["test_clock"] = null,
        ["unit_amount"] = WholeUnitAmount(),
        ["unit_amount_decimal"] = UnitAmount.ToString(CultureInfo.InvariantCulture),
    };

    internal JsonObject ToLineJson() => new()
    {
        ["id"] = LineId,
        ["object"] = "line_item",
        ["amount"] = Amount,
        ["amount_excluding_tax"] = Amount,
        ["currency"] = Currency,
        ["description"] = Description,
        ["discount_amounts"] = new JsonArray(),
        ["discountable"] = Discountable,
        ["discounts"] = new JsonArray(),
        ["invoice_item"] = Id,
        ["livemode"] = false,
        ["metadata"] = StripeJson.Metadata(Metadata),
        ["period"] = Period(),
        ["price"] = Price(),
        ["proration"] = false,
        ["proration_details"] = new JsonObject { ["credited_items"] = null },
        ["quantity"] = Quantity,
        ["subscription"] = null,
        ["tax_amounts"] = new JsonArray(),
        ["tax_rates"] = new JsonArray(),
        ["type"] = "invoiceitem",
        ["unit_amount_excluding_tax"] = UnitAmount.ToString(CultureInfo.InvariantCulture),
    };

    private JsonObject Period() => new() { ["end"] = PeriodEnd, ["start"] = PeriodStart };

    private long? WholeUnitAmount() => UnitAmount == decimal.Truncate(UnitAmount) ? (long)UnitAmount : null;

    // Stripe makes an inactive price behind every amount that was given directly.
    private JsonObject Price() => new()
    {
        ["id"] = PriceId,
        ["object"] = "price",
        ["active"] = false,
        ["billing_scheme"] = "per_unit",
        ["created"] = Created,
        ["currency"] = Currency,
        ["custom_unit_amount"] = null,
        ["livemode"] = false,
        ["lookup_key"] = null,
        ["metadata"] = new JsonObject(),
        ["nickname"] = null,
        ["product"] = ProductId,
        ["recurring"] = null,
        ["tax_behavior"] = "unspecified",
        ["tiers_mode"] = null,
        ["transform_quantity"] = null,
        ["type"] = "one_time",
        ["unit_amount"] = WholeUnitAmount(),
        ["unit_amount_decimal"] = UnitAmount.ToString(CultureInfo.InvariantCulture),
    };
}

/// <summary>An invoice as Stripe keeps it. Amounts are integers in the smallest unit of <see cref="Currency"/>.</summary>
public sealed class StripeInvoice
{
    /// <summary>An invoice embeds this many lines; the rest is behind `/lines`.</summary>
    private const int EmbeddedLines = 10;

    public required string Id { get; init; }

    public required StripeCustomer Customer { get; init; }

    public required string Currency { get; init; }

    public required long Created { get; init; }

    public string Status { get; internal set; } = "draft";

    public string CollectionMethod { get; internal set; } = "charge_automatically";

    public long? DaysUntilDue { get; internal set; }

    public long? DueDate { get; internal set; }

    public bool AutoAdvance { get; internal set; }

    public string? Number { get; internal set; }

    public string? Description { get; internal set; }

    public IReadOnlyDictionary<string, string> Metadata { get; internal set; } = new Dictionary<string, string>();

    /// <summary>In the order in which Stripe lists the lines.</summary>
    public IReadOnlyList<StripeInvoiceItem> Items => Lines;

    public long Subtotal => Lines.Sum(line => line.Amount);

    /// <summary>On top of the lines, as a VAT of 20 is; zero where none is asked.</summary>
    public int TaxPercent { get; internal set; }

    public long Tax => (long)Math.Round(Subtotal * TaxPercent / 100m, MidpointRounding.AwayFromZero);

    public long Total => Subtotal + Tax;

    public long AmountDue => Math.Max(0, Total + StartingBalance);

    public long AmountPaid { get; internal set; }

    public long AmountRemaining => Status == "paid" ? 0 : AmountDue - AmountPaid;

    public bool PaidOutOfBand { get; internal set; }

    internal List<StripeInvoiceItem> Lines { get; } = [];

    internal string? Footer { get; set; }

    internal string? StatementDescriptor { get; set; }

    internal long? EffectiveAt { get; set; }

    internal long? FinalizedAt { get; set; }

    internal long? MarkedUncollectibleAt { get; set; }

    internal long? PaidAt { get; set; }

    internal long? VoidedAt { get; set; }

    internal string? PaymentIntent { get; set; }

    internal bool Attempted { get; set; }

    /// <summary>The customer as it was when the invoice was finalised; null while it is a draft.</summary>
    internal (string? Name, string? Email, string? Phone, JsonObject? Address)? Frozen { get; set; }

    internal long StartingBalance => FinalizedAt is null ? Customer.Balance : BalanceBefore;

    internal long BalanceBefore { get; set; }

    internal long? EndingBalance { get; set; }

    private IEnumerable<JsonObject> TaxRates => TaxPercent == 0 ? [] :
    [
        new JsonObject
        {
            ["id"] = $"txr_{TaxPercent}",
            ["object"] = "tax_rate",
            ["active"] = true,
            ["country"] = "GB",
            ["created"] = Created,
            ["description"] = null,
            ["display_name"] = "VAT",
            ["effective_percentage"] = null,
            ["inclusive"] = false,
            ["jurisdiction"] = null,
            ["livemode"] = false,
            ["metadata"] = new JsonObject(),
            ["percentage"] = TaxPercent,
            ["state"] = null,
            ["tax_type"] = "vat",
        },
    ];

    internal JsonObject ToJson(string pages)
    {
        var customer = Frozen ?? (Customer.Name, Customer.Email, Customer.Phone, Customer.Address);
        return new JsonObject
        {
            ["id"] = Id,
            ["object"] = "invoice",
            ["account_country"] = "GB",
            ["account_name"] = StripeTool.AccountName,
            ["account_tax_ids"] = null,
            ["amount_due"] = AmountDue,
            ["amount_paid"] = AmountPaid,
            ["amount_remaining"] = AmountRemaining,
            ["amount_shipping"] = 0,
            ["application"] = null,
            ["application_fee_amount"] = null,
            ["attempt_count"] = Attempted ? 1 : 0,
            ["attempted"] = Attempted,
            ["auto_advance"] = AutoAdvance,
            ["automatic_tax"] = new JsonObject { ["enabled"] = false, ["status"] = null },
            ["billing_reason"] = "manual",
            ["charge"] = null,
            ["collection_method"] = CollectionMethod,
            ["created"] = Created,
            ["currency"] = Currency,
            ["custom_fields"] = null,
            ["customer"] = Customer.Id,
            ["customer_address"] = customer.Address?.DeepClone(),
            ["customer_email"] = customer.Email,
            ["customer_name"] = customer.Name,
            ["customer_phone"] = customer.Phone,
            ["customer_shipping"] = null,
            ["customer_tax_exempt"] = Customer.TaxExempt,
            ["customer_tax_ids"] = new JsonArray(),
            ["default_payment_method"] = null,
            ["default_source"] = null,
            ["default_tax_rates"] = new JsonArray([.. TaxRates]),
            ["description"] = Description,
            ["discount"] = null,
            ["discounts"] = new JsonArray(),
            ["due_date"] = DueDate,
            ["effective_at"] = EffectiveAt ?? FinalizedAt,
            ["ending_balance"] = EndingBalance,
            ["footer"] = Footer,
            ["from_invoice"] = null,
            ["hosted_invoice_url"] = FinalizedAt is null ? null : $"{pages}/objects/invoices/{Id}",
            ["invoice_pdf"] = FinalizedAt is null ? null : $"{pages}/objects/invoices/{Id}?pdf",
            ["last_finalization_error"] = null,
            ["latest_revision"] = null,
            ["lines"] = StripeJson.List(
                Lines.Take(EmbeddedLines).Select(line => line.ToLineJson()), Lines.Count > EmbeddedLines, $"/v1/invoices/{Id}/lines"),
            ["livemode"] = false,
            ["metadata"] = StripeJson.Metadata(Metadata),
            ["next_payment_attempt"] = null,
            ["number"] = Number,
            ["on_behalf_of"] = null,
            ["paid"] = Status == "paid",
            ["paid_out_of_band"] = PaidOutOfBand,
            ["payment_intent"] = PaymentIntent,
            ["payment_settings"] = new JsonObject
            {
                ["default_mandate"] = null,
                ["payment_method_options"] = null,
                ["payment_method_types"] = null,
            },
            ["period_end"] = Created,
            ["period_start"] = Created,
            ["post_payment_credit_notes_amount"] = 0,
            ["pre_payment_credit_notes_amount"] = 0,
            ["quote"] = null,
            ["receipt_number"] = null,
            ["rendering_options"] = null,
            ["shipping_cost"] = null,
            ["shipping_details"] = null,
            ["starting_balance"] = StartingBalance,
            ["statement_descriptor"] = StatementDescriptor,
            ["status"] = Status,
            ["status_transitions"] = new JsonObject
            {
                ["finalized_at"] = FinalizedAt,
                ["marked_uncollectible_at"] = MarkedUncollectibleAt,
                ["paid_at"] = PaidAt,
                ["voided_at"] = VoidedAt,
            },
            ["subscription"] = null,
            ["subtotal"] = Subtotal,
            ["subtotal_excluding_tax"] = Subtotal,
            ["tax"] = TaxPercent == 0 ? null : Tax,
            ["test_clock"] = null,
            ["total"] = Total,
            ["total_discount_amounts"] = new JsonArray(),
            ["total_excluding_tax"] = Subtotal,
            ["total_tax_amounts"] = new JsonArray([.. TaxRates.Select(rate => new JsonObject
            {
                ["amount"] = Tax,
                ["inclusive"] = false,
                ["tax_rate"] = (string)rate["id"]!,
                ["taxability_reason"] = null,
                ["taxable_amount"] = Subtotal,
            })]),
            ["transfer_data"] = null,
            ["webhooks_delivered_at"] = Created,
        };
    }
}

/// <summary>Something that happened, as `GET /v1/events` lists it and webhooks carry it.</summary>
public sealed class StripeEvent
{
    private readonly JsonObject _json;

    internal StripeEvent(JsonObject json, IEnumerable<string> endpoints)
    {
        _json = json;
        Undelivered = [.. endpoints];
    }

    public string Id => (string)_json["id"]!;

    public string Type => (string)_json["type"]!;

    public long Created => (long)_json["created"]!;

    /// <summary>The endpoints that have not answered 2xx yet.</summary>
    internal HashSet<string> Undelivered { get; }

    public JsonObject ToJson()
    {
        var json = (JsonObject)_json.DeepClone();
        json["pending_webhooks"] = Undelivered.Count;
        return json;
    }
}

internal sealed class StripeEndpoint
{
    public required string Id { get; init; }

    public required long Created { get; init; }

    public required string Secret { get; set; }

    /// <summary>During a roll of the secret both sign.</summary>
    public string? OldSecret { get; set; }

    public required Uri Url { get; set; }

    public IReadOnlyList<string> EnabledEvents { get; set; } = ["*"];

    public string? ApiVersion { get; init; }

    public string? Description { get; set; }

    public bool Disabled { get; set; }

    public IReadOnlyDictionary<string, string> Metadata { get; set; } = new Dictionary<string, string>();

    public bool Wants(string type) => !Disabled && (EnabledEvents.Contains("*") || EnabledEvents.Contains(type));

    public JsonObject ToJson(bool withSecret = false)
    {
        var json = new JsonObject
        {
            ["id"] = Id,
            ["object"] = "webhook_endpoint",
            ["api_version"] = ApiVersion,
            ["application"] = null,
            ["created"] = Created,
            ["description"] = Description,
            ["enabled_events"] = new JsonArray([.. EnabledEvents.Select(type => (JsonNode)type)]),
            ["livemode"] = false,
            ["metadata"] = StripeJson.Metadata(Metadata),
            ["status"] = Disabled ? "disabled" : "enabled",
            ["url"] = Url.OriginalString,
        };
        if (withSecret)
            json["secret"] = Secret;
        return json;
    }
}

internal static class StripeJson
{
    public static JsonObject Metadata(IReadOnlyDictionary<string, string> metadata) =>
        new([.. metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))]);

    public static JsonObject List(IEnumerable<JsonObject> data, bool hasMore, string url) => new()
    {
        ["object"] = "list",
        ["data"] = new JsonArray([.. data]),
        ["has_more"] = hasMore,
        ["url"] = url,
    };

    public static JsonObject Deleted(string kind, string id) => new() { ["id"] = id, ["object"] = kind, ["deleted"] = true };

    /// <summary>What `previous_attributes` says: the former value of whatever differs; hashes in part, lists whole.</summary>
    public static JsonObject Previous(JsonObject before, JsonObject after)
    {
        var previous = new JsonObject();
        foreach (var name in before.Select(pair => pair.Key).Union(after.Select(pair => pair.Key)))
        {
            JsonNode? old = before[name];
            JsonNode? now = after[name];
            if (JsonNode.DeepEquals(old, now))
                continue;
            previous[name] = old is JsonObject oldHash && now is JsonObject newHash ? Previous(oldHash, newHash) : old?.DeepClone();
        }

        return previous;
    }
}
