using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>Invoices: drafts, their life, and their totals.</summary>
public sealed partial class StripeTool
{
    private const string ByMail = "send_invoice";
    private const string ByCard = "charge_automatically";

    private static readonly string[] DraftFields =
    [
        "auto_advance", "collection_method", "days_until_due", "description", "due_date", "effective_at", "expand", "footer", "metadata",
        "statement_descriptor",
    ];

    private static readonly string[] InvoiceFieldsAtStripe =
    [
        "account_tax_ids", "application_fee_amount", "automatic_tax", "custom_fields", "default_payment_method", "default_source",
        "default_tax_rates", "discounts", "on_behalf_of", "payment_settings", "rendering_options", "shipping_cost", "shipping_details",
        "transfer_data",
    ];

    private readonly List<StripeInvoice> _invoices = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<StripeInvoice> Invoices
    {
        get
        {
            lock (Lock)
                return [.. _invoices];
        }
    }

    /// <summary>A draft as the owner makes it by hand, or a seed; <paramref name="status"/> takes it on to open or paid.</summary>
    public StripeInvoice AddInvoice(
        StripeCustomer customer,
        string currency,
        IReadOnlyList<(string Text, long Amount)> lines,
        string status = "draft",
        int daysUntilDue = 14,
        IReadOnlyDictionary<string, string>? metadata = null,
        int taxPercent = 0)
    {
        lock (Lock)
        {
            var invoice = new StripeInvoice { Id = NewId("in_1", 23), Customer = customer, Currency = currency, Created = Now, TaxPercent = taxPercent };
            invoice.CollectionMethod = ByMail;
            invoice.DaysUntilDue = daysUntilDue;
            invoice.DueDate = Now + (daysUntilDue * 86_400L);
            invoice.Metadata = metadata ?? invoice.Metadata;
            Keep(invoice, StripeCause.Person);
            foreach (var (text, amount) in lines)
            {
                var item = NewItem(customer, currency, invoice);
                (item.Description, item.Amount, item.UnitAmount) = (text, amount, amount);
                Attach(item, StripeCause.Person);
            }

            if (status is "open" or "paid" or "void" or "uncollectible")
                Finalize(invoice, StripeCause.Person);
            if (status == "paid" && invoice.Status == "open")
                Pay(invoice, StripeCause.Person);
            if (status == "void")
                Void(invoice, StripeCause.Person);
            if (status == "uncollectible")
                MarkUncollectible(invoice, StripeCause.Person);
            return invoice;
        }
    }

    private void MapInvoices()
    {
        Get("/v1/invoices",
            ["collection_method", "created", "customer", "due_date", "ending_before", "limit", "starting_after", "status", "subscription"],
            ["data.customer"],
            ListInvoices);
        Get("/v1/invoices/search", ["limit", "page", "query"], ["data.customer"], call => Search(
            call.Parameters,
            "invoice",
            ["created", "currency", "customer", "metadata", "number", "receipt_number", "subscription", "total"],
            "/v1/invoices/search"));
        Get("/v1/invoices/{invoice}", [], ["customer"], call => Json(FindInvoice(call)));
        Get("/v1/invoices/{invoice}/lines", ["ending_before", "limit", "starting_after"], [], call =>
        {
            var invoice = FindInvoice(call);
            return Page(call.Parameters, invoice.Lines, line => line.LineId, line => line.ToLineJson(), "line item", $"/v1/invoices/{invoice.Id}/lines");
        });
        Post("/v1/invoices", CreateInvoice, "customer");
        Post("/v1/invoices/{invoice}", UpdateInvoice, "customer");
        Post("/v1/invoices/{invoice}/finalize", FinalizeInvoice, "customer");
        Post("/v1/invoices/{invoice}/pay", PayInvoice, "customer");
        Post("/v1/invoices/{invoice}/send", call => Act(call, Mail), "customer");
        Post("/v1/invoices/{invoice}/void", call => Act(call, Void), "customer");
        Post("/v1/invoices/{invoice}/mark_uncollectible", call => Act(call, MarkUncollectible), "customer");
        Remove("/v1/invoices/{invoice}", call => Delete(FindInvoice(call), call.Cause));
    }

    private JsonObject Json(StripeInvoice invoice) => invoice.ToJson(RootUrl);

    private StripeInvoice FindInvoice(StripeCall call) =>
        _invoices.Find(invoice => invoice.Id == call.Http.Part("invoice")) ?? throw StripeException.NotFound("invoice", call.Http.Part("invoice"), "invoice");

    private JsonObject ListInvoices(StripeCall call)
    {
        var parameters = call.Parameters;
        var (created, due) = (parameters.Range("created"), parameters.Range("due_date"));
        var customer = parameters.Text("customer");
        var status = parameters.OneOf("status", "draft", "open", "paid", "uncollectible", "void");
        var method = parameters.OneOf("collection_method", ByCard, ByMail);
        if (customer is not null && !_customers.Exists(known => known.Id == customer))
            throw StripeException.NoSuch("customer", customer, "customer");
        if (parameters.Text("subscription") is { } subscription)
            throw StripeException.NoSuch("subscription", subscription, "subscription");
        return Page(
            parameters,
            Newest(_invoices).Where(invoice => created(invoice.Created) && (!parameters.Has("due_date") || due(invoice.DueDate))
                && (customer is null || invoice.Customer.Id == customer)
                && (status is null || invoice.Status == status)
                && (method is null || invoice.CollectionMethod == method)),
            invoice => invoice.Id,
            Json,
            "invoice",
            "/v1/invoices");
    }

    private JsonObject CreateInvoice(StripeCall call)
    {
        var parameters = call.Parameters;
        parameters.Allow(
            [.. DraftFields, "currency", "customer", "pending_invoice_items_behavior"],
            [.. InvoiceFieldsAtStripe, "from_invoice", "subscription"]);
        var customerId = parameters.Required("customer");
        var pending = parameters.OneOf("pending_invoice_items_behavior", "exclude", "include", "include_and_require", "");
        var asked = parameters.Has("currency") ? Currency(parameters) : null;
        var customer = LiveCustomer(customerId);
        var currency = asked ?? customer.Currency ?? "gbp";
        var invoice = new StripeInvoice
        {
            Id = NewId("in_1", 23),
            Customer = customer,
            Currency = currency,
            Created = Now,
            AutoAdvance = Behaviour.AutoAdvanceByDefault,
        };
        ChangeDraft(invoice, parameters);
        CheckCurrency(customer, currency);
        StripeInvoiceItem[] waiting = pending is "include" or "include_and_require"
            ? [.. _items.Where(item => item.Customer == customer && item.Invoice is null && item.Currency == currency)]
            : [];
        if (pending == "include_and_require" && waiting.Length == 0)
            throw StripeException.Refused("Nothing to invoice for customer", "customer", "invoice_no_customer_line_items");

        // Pending items come newest first; items added later follow in the order of their arrival.
        foreach (var item in waiting.Reverse())
        {
            item.Invoice = invoice;
            invoice.Lines.Add(item);
        }

        Keep(invoice, call.Cause);
        return Json(invoice);
    }

    private void Keep(StripeInvoice invoice, StripeCause cause)
    {
        invoice.Customer.Currency ??= invoice.Currency;
        _invoices.Add(invoice);
        Indexed(invoice.Id, "invoice", Json(invoice));
        Raise("invoice.created", Json(invoice), cause);
    }

    private JsonObject UpdateInvoice(StripeCall call)
    {
        var invoice = FindInvoice(call);
        call.Parameters.Allow(DraftFields, InvoiceFieldsAtStripe);
        if (invoice.Status != "draft" && call.Parameters.Form.Names.FirstOrDefault(name => name is not ("metadata" or "auto_advance" or "expand")) is { } name)
            throw StripeException.Refused("Finalized invoices can't be updated in this way", name, "invoice_not_editable");
        return Change(invoice, call.Cause, () => ChangeDraft(invoice, call.Parameters));
    }

    private void ChangeDraft(StripeInvoice invoice, StripeParameters parameters)
    {
        var method = parameters.OneOf("collection_method", ByCard, ByMail) ?? invoice.CollectionMethod;
        var days = parameters.Integer("days_until_due");
        var due = parameters.Integer("due_date");
        var advance = parameters.Flag("auto_advance");
        var effective = parameters.Integer("effective_at");
        var metadata = parameters.Metadata(invoice.Metadata);
        var description = parameters.Text("description", 1500);
        var footer = parameters.Text("footer");
        var statement = parameters.Text("statement_descriptor", 22);
        if (days is not null && due is not null)
            throw StripeException.Invalid("You may only specify one of these parameters: days_until_due, due_date.", "due_date");
        if (method != ByMail && (days is not null || due is not null))
            throw StripeException.Invalid("You can only specify `due_date` or `days_until_due` when `collection_method` is `send_invoice`.", days is null ? "due_date" : "days_until_due");
        if (method == ByMail && days is null && due is null && invoice.DueDate is null)
            throw StripeException.Invalid("If invoice collection_method is 'send_invoice', either 'due_date' or 'days_until_due' must be specified.", "days_until_due", "parameter_missing");
        if (days < 0)
            throw StripeException.Invalid("Invalid days_until_due: must be greater than or equal to 0", "days_until_due", "parameter_invalid_integer");
        if (due <= Now)
            throw StripeException.Invalid("Invalid due_date: must be in the future", "due_date");

        invoice.CollectionMethod = method;
        (invoice.DaysUntilDue, invoice.DueDate) = (method, days, due) switch
        {
            (ByCard, _, _) => (null, null),
            (_, { } count, _) => (count, invoice.Created + (count * 86_400)),
            (_, _, { } moment) => (null, moment),
            _ => (invoice.DaysUntilDue, invoice.DueDate),
        };
        invoice.AutoAdvance = advance ?? invoice.AutoAdvance;
        invoice.EffectiveAt = effective ?? invoice.EffectiveAt;
        invoice.Metadata = metadata;
        invoice.Description = Changed(description, invoice.Description);
        invoice.Footer = Changed(footer, invoice.Footer);
        invoice.StatementDescriptor = Changed(statement, invoice.StatementDescriptor);
    }

    private JsonObject Change(StripeInvoice invoice, StripeCause cause, Action change)
    {
        var before = Json(invoice);
        change();
        Updated("invoice", invoice.Id, before, Json(invoice), cause);
        return Json(invoice);
    }

    /// <summary>A step in an invoice's life: the general event and the one with its own name.</summary>
    private JsonObject Step(StripeInvoice invoice, StripeCause cause, Action step, params string[] events)
    {
        Change(invoice, cause, step);
        foreach (var type in events)
            Raise(type, Json(invoice), cause);
        return Json(invoice);
    }

    private JsonObject Act(StripeCall call, Func<StripeInvoice, StripeCause, JsonObject> act)
    {
        var invoice = FindInvoice(call);
        call.Parameters.Allow(["expand"]);
        return act(invoice, call.Cause);
    }

    private JsonObject FinalizeInvoice(StripeCall call)
    {
        var invoice = FindInvoice(call);
        call.Parameters.Allow(["auto_advance", "expand"]);
        var advance = call.Parameters.Flag("auto_advance");
        var result = Finalize(invoice, call.Cause);
        invoice.AutoAdvance = advance ?? invoice.AutoAdvance;
        return invoice.AutoAdvance == (bool)result["auto_advance"]! ? result : Json(invoice);
    }

    private JsonObject Finalize(StripeInvoice invoice, StripeCause cause)
    {
        if (invoice.Status != "draft")
            throw StripeException.Refused("This invoice is already finalized, you can't re-finalize a non-draft invoice.", code: "invoice_not_editable");
        if (invoice.Customer.Deleted)
            throw StripeException.NoSuch("customer", invoice.Customer.Id, "customer");
        Step(invoice, cause, () =>
        {
            var customer = invoice.Customer;
            invoice.BalanceBefore = customer.Balance;
            invoice.FinalizedAt = Now;
            invoice.Status = "open";
            invoice.Number = $"{customer.InvoicePrefix}-{customer.NextInvoiceSequence++:0000}";
            invoice.Frozen = (customer.Name, customer.Email, customer.Phone, (JsonObject?)customer.Address?.DeepClone());
            invoice.EndingBalance = Math.Min(0, invoice.Total + invoice.BalanceBefore);
            customer.Balance = invoice.EndingBalance.Value;
            if (Behaviour.DueDateMovesAtFinalization && invoice.DaysUntilDue is { } days)
                invoice.DueDate = Now + (days * 86_400);
            if (invoice.AmountDue > 0)
                invoice.PaymentIntent = NewId("pi_", 24);
        }, "invoice.finalized");

        // Nothing to pay: Stripe closes it at once.
        return invoice.AmountDue == 0 ? Settle(invoice, cause, outOfBand: false) : Json(invoice);
    }

    private JsonObject Mail(StripeInvoice invoice, StripeCause cause)
    {
        if (invoice.CollectionMethod != ByMail)
            throw StripeException.Refused("You can only manually send an invoice if its collection method is 'send_invoice'.");
        if (string.IsNullOrEmpty(invoice.Customer.Email))
            throw StripeException.Refused("Missing email. In order to send an invoice to a customer, the customer must have a valid email.", code: "missing_email");
        if (invoice.Status is not ("draft" or "open" or "paid"))
            throw StripeException.Refused($"You cannot send an invoice whose status is {invoice.Status}.");
        if (invoice.Status == "draft")
            Finalize(invoice, cause);
        Raise("invoice.sent", Json(invoice), cause);
        return Json(invoice);
    }

    private JsonObject PayInvoice(StripeCall call)
    {
        var invoice = FindInvoice(call);
        call.Parameters.Allow(["expand", "paid_out_of_band", "payment_method"], ["forgive", "mandate", "off_session", "source"]);
        if (call.Parameters.Flag("paid_out_of_band") == true)
            return PayOutOfBand(invoice, call.Cause);
        if (call.Parameters.Text("payment_method") is { } method)
            return method.StartsWith("pm_card_", StringComparison.Ordinal) ? Pay(invoice, call.Cause) : throw StripeException.NoSuch("PaymentMethod", method, "payment_method");
        throw StripeException.Refused(
            "This customer has no attached payment source or default payment method. Please consider adding a default payment method.", code: "resource_missing");
    }

    private JsonObject Pay(StripeInvoice invoice, StripeCause cause) => PayPayable(invoice, cause, outOfBand: false);

    private JsonObject PayOutOfBand(StripeInvoice invoice, StripeCause cause) => PayPayable(invoice, cause, outOfBand: true);

    private JsonObject PayPayable(StripeInvoice invoice, StripeCause cause, bool outOfBand)
    {
        if (invoice.Status is "paid" or "void")
            throw StripeException.Refused(invoice.Status == "paid" ? "Invoice is already paid" : "This invoice is void and can no longer be paid.");
        if (invoice.Status == "draft")
            Finalize(invoice, cause);
        return invoice.Status == "paid" ? Json(invoice) : Settle(invoice, cause, outOfBand);
    }

    private JsonObject Settle(StripeInvoice invoice, StripeCause cause, bool outOfBand)
    {
        string[] events = outOfBand && !Behaviour.PaymentSucceededWhenOutOfBand ? ["invoice.paid"] : ["invoice.paid", "invoice.payment_succeeded"];
        return Step(invoice, cause, () =>
        {
            invoice.Status = "paid";
            invoice.PaidAt = Now;
            invoice.PaidOutOfBand = outOfBand;
            invoice.Attempted = true;
            invoice.AmountPaid = outOfBand && !Behaviour.OutOfBandCountsAsAmountPaid ? 0 : invoice.AmountDue;
        }, events);
    }

    private JsonObject Void(StripeInvoice invoice, StripeCause cause)
    {
        if (invoice.Status is not ("open" or "uncollectible"))
            throw StripeException.Refused("You can only pass in open or uncollectible invoices. This invoice is " + invoice.Status + ".");
        return Step(invoice, cause, () =>
        {
            invoice.Status = "void";
            invoice.VoidedAt = Now;
        }, "invoice.voided");
    }

    private JsonObject MarkUncollectible(StripeInvoice invoice, StripeCause cause)
    {
        if (invoice.Status != "open")
            throw StripeException.Refused($"You can only pass in open invoices. This invoice is {invoice.Status}.");
        return Step(invoice, cause, () =>
        {
            invoice.Status = "uncollectible";
            invoice.MarkedUncollectibleAt = Now;
        }, "invoice.marked_uncollectible");
    }

    private JsonObject Delete(StripeInvoice invoice, StripeCause cause)
    {
        if (invoice.Status != "draft")
            throw StripeException.Refused("You can only delete draft invoices. Finalized invoices can be voided instead.", code: "invoice_not_editable");
        _invoices.Remove(invoice);
        foreach (var item in invoice.Lines)
            _items.Remove(item);
        Forgotten(invoice.Id);
        Raise("invoice.deleted", Json(invoice), cause);
        return StripeJson.Deleted("invoice", invoice.Id);
    }

    private void FinalizeWhatIsDue()
    {
        var latest = Now - (long)Behaviour.AutoFinalizeAfter.TotalSeconds;
        foreach (var invoice in _invoices.Where(invoice => invoice is { Status: "draft", AutoAdvance: true } && invoice.Created <= latest).ToList())
            Finalize(invoice, StripeCause.Person);
    }
}
