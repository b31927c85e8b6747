using System.Globalization;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>Invoice items: the lines of drafts, or amounts waiting for a customer's next invoice.</summary>
public sealed partial class StripeTool
{
    private const int LinesPerInvoice = 250;

    /// <summary>Amounts have up to eight digits (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).</summary>
    private const long LargestAmount = 99_999_999;

    private static readonly string[] ItemFields =
        ["amount", "description", "discountable", "expand", "metadata", "period", "quantity", "unit_amount", "unit_amount_decimal"];

    private static readonly string[] ItemFieldsAtStripe = ["discounts", "price", "price_data", "subscription", "tax_behavior", "tax_code", "tax_rates"];

    private readonly List<StripeInvoiceItem> _items = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<StripeInvoiceItem> InvoiceItems
    {
        get
        {
            lock (Lock)
                return [.. _items];
        }
    }

    private void MapInvoiceItems()
    {
        Get("/v1/invoiceitems", ["created", "customer", "ending_before", "invoice", "limit", "pending", "starting_after"], ["data.customer"], ListItems);
        Get("/v1/invoiceitems/{item}", [], ["customer"], call => FindItem(call).ToJson());
        Post("/v1/invoiceitems", CreateItem, "customer");
        Post("/v1/invoiceitems/{item}", UpdateItem, "customer");
        Remove("/v1/invoiceitems/{item}", DeleteItem);
    }

    private StripeInvoiceItem FindItem(StripeCall call) =>
        _items.Find(item => item.Id == call.Http.Part("item")) ?? throw StripeException.NotFound("invoiceitem", call.Http.Part("item"), "invoiceitem");

    private JsonObject ListItems(StripeCall call)
    {
        var parameters = call.Parameters;
        var created = parameters.Range("created");
        var (customer, invoice, pending) = (parameters.Text("customer"), parameters.Text("invoice"), parameters.Flag("pending"));
        return Page(
            parameters,
            Newest(_items).Where(item => created(item.Created)
                && (customer is null || item.Customer.Id == customer)
                && (invoice is null || item.Invoice?.Id == invoice)
                && (pending is null || pending == item.Invoice is null)),
            item => item.Id,
            item => item.ToJson(),
            "invoiceitem",
            "/v1/invoiceitems");
    }

    private StripeInvoiceItem NewItem(StripeCustomer customer, string currency, StripeInvoice? invoice) => new()
    {
        Id = NewId("ii_1", 23),
        LineId = NewId("il_1", 23),
        PriceId = NewId("price_1", 23),
        ProductId = NewId("prod_", 14),
        Customer = customer,
        Currency = currency,
        Created = Now,
        Invoice = invoice,
        PeriodStart = Now,
        PeriodEnd = Now,
    };

    private JsonObject CreateItem(StripeCall call)
    {
        var parameters = call.Parameters;
        parameters.Allow([.. ItemFields, "currency", "customer", "invoice"], ItemFieldsAtStripe);
        var customerId = parameters.Required("customer");
        if (!parameters.Has("amount") && !parameters.Has("unit_amount") && !parameters.Has("unit_amount_decimal"))
            throw StripeException.Missing("amount");
        var currency = Currency(parameters) ?? throw StripeException.Missing("currency");
        var customer = LiveCustomer(customerId);
        var invoice = parameters.Text("invoice") is { } invoiceId
            ? _invoices.Find(known => known.Id == invoiceId) ?? throw StripeException.NoSuch("invoice", invoiceId, "invoice")
            : null;
        var item = NewItem(customer, currency, invoice);
        ChangeItem(item, parameters);
        if (invoice is not null)
            CheckFits(item, invoice);
        else
            CheckCurrency(customer, currency);
        Attach(item, call.Cause);
        return item.ToJson();
    }

    private void Attach(StripeInvoiceItem item, StripeCause cause)
    {
        item.Customer.Currency ??= item.Currency;
        _items.Add(item);
        Raise("invoiceitem.created", item.ToJson(), cause);
        if (item.Invoice is { } invoice)
            Change(invoice, cause, () => invoice.Lines.Add(item));
    }

    private static void CheckFits(StripeInvoiceItem item, StripeInvoice invoice)
    {
        if (invoice.Customer != item.Customer)
            throw StripeException.Refused($"The invoice {invoice.Id} does not belong to the customer {item.Customer.Id}.", "invoice");
        if (invoice.Status != "draft")
            throw StripeException.Refused("This invoice is no longer editable", "invoice", "invoice_not_editable");
        if (invoice.Currency != item.Currency)
            throw StripeException.Refused($"The invoice item's currency ({item.Currency}) must match the invoice's currency ({invoice.Currency}).", "currency");
        if (invoice.Lines.Count >= LinesPerInvoice)
            throw StripeException.Refused($"An invoice can have at most {LinesPerInvoice} invoice items.", "invoice");
    }

    private void CheckCurrency(StripeCustomer customer, string currency)
    {
        if (Behaviour.OneCurrencyPerCustomer && customer.Currency is { } first && first != currency)
            throw StripeException.Refused($"You cannot combine currencies on a single customer. This customer has had a subscription, coupon, or invoice item with currency {first}", "currency");
    }

    private static string? Currency(StripeParameters parameters)
    {
        if (!parameters.Has("currency"))
            return null;
        var currency = parameters.Required("currency").ToLowerInvariant();
        return StripeCurrencies.Knows(currency)
            ? currency
            : throw StripeException.Invalid($"Invalid currency: {currency}. Stripe currently supports these currencies: https://stripe.com/docs/currencies", "currency");
    }

    private void ChangeItem(StripeInvoiceItem item, StripeParameters parameters)
    {
        var (amount, unit, quantity) = (parameters.Integer("amount"), parameters.Integer("unit_amount"), parameters.Integer("quantity"));
        var exact = parameters.Text("unit_amount_decimal") is { } text
            ? decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var parsed) ? parsed : throw StripeException.Invalid($"Invalid decimal: {text}", "unit_amount_decimal")
            : (decimal?)null;
        if (new[] { amount is not null, unit is not null, exact is not null }.Count(given => given) > 1)
            throw StripeException.Invalid("You may only specify one of these parameters: amount, unit_amount, unit_amount_decimal.", "amount");
        if (amount is not null && quantity is not null)
            throw StripeException.Invalid("`quantity` goes with `unit_amount`, not with `amount`.", "quantity");
        if (quantity < 0)
            throw StripeException.Invalid("Invalid quantity: must be greater than or equal to 0", "quantity", "parameter_invalid_integer");
        var period = parameters.Hash("period", "end", "start");
        var (start, end) = (Moment(period, "start"), Moment(period, "end"));
        if (end < start)
            throw StripeException.Invalid("The period's end must not be before its start.", "period[end]");
        var metadata = parameters.Metadata(item.Metadata);
        var description = parameters.Text("description");
        var discountable = parameters.Flag("discountable");

        var count = amount is not null ? 1 : quantity ?? item.Quantity;
        var each = amount ?? unit ?? exact ?? item.UnitAmount;
        var total = (long)Math.Round(each * count, MidpointRounding.AwayFromZero);
        CheckAmount(total, item.Currency, amount is not null ? "amount" : unit is not null ? "unit_amount" : "unit_amount_decimal");

        (item.Quantity, item.UnitAmount, item.Amount) = (count, each, total);
        (item.PeriodStart, item.PeriodEnd) = (start ?? item.PeriodStart, end ?? item.PeriodEnd);
        item.Metadata = metadata;
        item.Description = Changed(description, item.Description);
        item.Discountable = discountable ?? item.Discountable;
    }

    private static long? Moment(JsonObject? period, string name) => (string?)period?[name] is not { } text
        ? null
        : long.TryParse(text, CultureInfo.InvariantCulture, out var moment)
            ? moment
            : throw StripeException.Invalid($"Invalid integer: {text}", $"period[{name}]", "parameter_invalid_integer");

    private void CheckAmount(long amount, string currency, string param)
    {
        if (Math.Abs(amount) > LargestAmount)
            throw StripeException.Invalid($"Amount must be no more than {StripeCurrencies.Display(LargestAmount, currency)}", param, "amount_too_large");
        if (Behaviour.ThreeDecimalAmountsEndInZero && StripeCurrencies.Decimals(currency) == 3 && amount % 10 != 0)
            throw StripeException.Invalid($"Invalid amount: {amount}. Amounts in {currency.ToUpperInvariant()} must be rounded to the nearest ten.", param, "parameter_invalid_integer");
    }

    private JsonObject UpdateItem(StripeCall call)
    {
        var item = FindItem(call);
        call.Parameters.Allow(ItemFields, ItemFieldsAtStripe);
        if (item.Invoice is not { } invoice)
        {
            ChangeItem(item, call.Parameters);
            return item.ToJson();
        }

        if (invoice.Status != "draft")
            throw StripeException.Refused("This invoice is no longer editable", "invoice", "invoice_not_editable");
        Change(invoice, call.Cause, () => ChangeItem(item, call.Parameters));
        return item.ToJson();
    }

    private JsonObject DeleteItem(StripeCall call)
    {
        var item = FindItem(call);
        if (item.Invoice is { Status: not "draft" })
            throw StripeException.Refused("This invoice is no longer editable", "invoice", "invoice_not_editable");
        _items.Remove(item);
        if (item.Invoice is { } invoice)
            Change(invoice, call.Cause, () => invoice.Lines.Remove(item));
        Raise("invoiceitem.deleted", item.ToJson(), call.Cause);
        return StripeJson.Deleted("invoiceitem", item.Id);
    }
}
