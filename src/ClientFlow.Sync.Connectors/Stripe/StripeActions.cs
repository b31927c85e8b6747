using System.Globalization;
using System.Text;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.Stripe;

/// <summary>
/// The writes: a customer, a draft of an invoice, its lines. Each carries its idempotency key, and the same key as metadata,
/// since Stripe forgets the former after a day.
/// </summary>
internal sealed class StripeActions(StripeClient client) : IActs
{
    // A call that we gave up on may still be carried out until Stripe gives up on it too; its lists show a write at once.
    private static readonly TimeSpan MaxCommit = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromHours(1);

    // "Keys are pruned after they're at least 24 hours old"; an hour is kept back for clocks that differ.
    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(24) - ClocksDiffer;

    // Of an invoice's `description` and a customer's `name` (API description, 2023-08-16).
    private const int LongestText = 1500;
    private const int LongestName = 256;

    public static IReadOnlyList<ActionTraits> Traits { get; } =
    [
        new("customer.create", KeyStrength.Native, "Idempotency-Key and metadata", MaxCommit, TimeSpan.Zero) { RepeatWithin = KeyLife },
        new("invoice.create", KeyStrength.Native, "Idempotency-Key and metadata", MaxCommit, TimeSpan.Zero) { RepeatWithin = KeyLife },
        new("invoice-line.create", KeyStrength.Native, "Idempotency-Key and metadata", MaxCommit, TimeSpan.Zero) { RepeatWithin = KeyLife },
    ];

    public async Task<Outcome<Preparation>> PrepareAsync(ActionCall call, CancellationToken cancellationToken) => call.Order.Content switch
    {
        CustomerContent content => await PrepareCustomerAsync(call, content, cancellationToken),
        InvoiceContent content => PrepareInvoice(call, content),
        InvoiceLineContent content => PrepareLine(call, content),
        _ => NotOurs(call),
    };

    public async Task<Outcome<ActionResult>> SendAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken)
    {
        var sent = call.Order.Content switch
        {
            CustomerContent => (await client.SendAsync(frozen, StripeJson.Default.StripeCustomer, cancellationToken)).Then(Made),
            InvoiceContent => (await client.SendAsync(frozen, StripeJson.Default.StripeInvoice, cancellationToken)).Then(Made),
            InvoiceLineContent => (await client.SendAsync(frozen, StripeJson.Default.StripeInvoiceItem, cancellationToken)).Then(Made),
            _ => NotOurs(call),
        };
        if (!sent.Succeeded(out var result, out var failure)) return failure;
        return result ?? (Outcome<ActionResult>)client.Unreadable(frozen);
    }

    public async Task<Outcome<ActionResult?>> LookUpAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) =>
        call.Order.Content switch
        {
            CustomerContent content => await FindCustomerAsync(call, content, cancellationToken),
            InvoiceContent content when CustomerOf(call, content) is { } customer => await FindAsync(
                (after, cancel) => client.InvoicesAsync(customer, after, cancel), i => i.Id, i => i.Metadata, Made, call, cancellationToken),
            InvoiceLineContent when Earlier(call, "invoice") is { } invoice => await FindAsync(
                (after, cancel) => client.InvoiceItemsAsync(invoice.Id, after, cancel), i => i.Id, i => i.Metadata, Made, call, cancellationToken),
            _ => NotOurs(call),
        };

    // An e-mail may have been changed there since: by itself it proves no absence.
    private async Task<Outcome<ActionResult?>> FindCustomerAsync(ActionCall call, CustomerContent content, CancellationToken cancellationToken)
    {
        var byEmail = await FindAsync((after, cancel) => client.CustomersAsync(content.Email.Trim(), after, cancel), c => c.Id, c => c.Metadata, Made, call, cancellationToken);
        if (byEmail.Failure is not null || byEmail.Value is not null || call.SentAfter is not { } sent) return byEmail;
        return await FindAsync((after, cancel) => client.CustomersSinceAsync(sent - ClocksDiffer, after, cancel), c => c.Id, c => c.Metadata, Made, call, cancellationToken);
    }

    private async Task<Outcome<Preparation>> PrepareCustomerAsync(ActionCall call, CustomerContent content, CancellationToken cancellationToken)
    {
        var email = content.Email.Trim();
        if (email.Length == 0)
            return new Preparation.Ask($"{content.Name} has no e-mail, and without one no customer can be found or made in Stripe: add it in the CRM.");

        foreach (var spelling in new[] { email, email.ToLowerInvariant() }.Distinct(StringComparer.Ordinal))
        {
            var hits = new List<StripeCustomer>();
            string? after = null;
            do
            {
                if (!(await client.CustomersAsync(spelling, after, cancellationToken)).Succeeded(out var page, out var failure)) return failure;
                hits.AddRange(page.Items.Where(c => c is { Id: not null, Deleted: not true }));
                after = page.HasMore && page.Items is [.., { Id: { } last }] ? last : null;
            }
            while (after is not null);

            if (hits.Find(c => c.Metadata?.GetValueOrDefault(StripeMapper.ClientName) == content.ClientKey) is { } marked) return Adopt(marked);
            if (hits is [var only])
            {
                // A mark that names somebody else beats the address: agencies and accountants share one, and bills must not.
                if (only.Metadata?.GetValueOrDefault(StripeMapper.ClientName) is not { Length: > 0 } other) return Adopt(only);
                return new Preparation.Ask(
                    $"Stripe's customer {Named(only)} has the e-mail {spelling}, but belongs to {other} and not to {content.ClientKey}, which is {content.Name}: " +
                    $"its metadata {StripeMapper.ClientName} says so. Give one of the two another e-mail, or change that metadata to {content.ClientKey}; then go on.");
            }

            if (hits.Count > 1)
            {
                var names = string.Join(", ", hits.Take(5).Select(Named));
                return new Preparation.Ask(
                    $"Stripe has {hits.Count} customers with the e-mail {spelling}: {names}. Which one is {content.Name}? Merge them, change the others' " +
                    $"e-mail, or give the right one the metadata {StripeMapper.ClientName} = {content.ClientKey}; then go on.");
            }
        }

        if (content.Name.Length > LongestName)
        {
            return new Preparation.Ask(
                $"The client's name has {content.Name.Length} characters, and Stripe takes at most {LongestName}: \"{content.Name[..40]}…\". Shorten it in the CRM and go on.");
        }

        return Send(call, client.Path("customers"),
            ("email", email), ("name", content.Name), Metadata(StripeMapper.ClientName, content.ClientKey), Metadata(StripeMapper.KeyName, call.Order.Key));

        static string Named(StripeCustomer customer) => $"{customer.Name ?? "(no name)"} ({customer.Id})";

        static Preparation.Exists Adopt(StripeCustomer customer) => new(Made(customer)! with { Adopted = true });
    }

    private Outcome<Preparation> PrepareInvoice(ActionCall call, InvoiceContent content)
    {
        if (CustomerOf(call, content) is not { } customer)
            return new Failure(FailureKind.Rejected, "The invoice's customer is not known: the action that finds or makes it has no result.");

        // Before there is a draft: an empty one would stay behind while a person thinks about its line.
        if (content.Text.Length > LongestText)
        {
            return new Preparation.Ask(
                $"The text of the invoice has {content.Text.Length} characters, and Stripe takes at most {LongestText}: \"{content.Text[..40]}…\". Shorten what it is made of and go on.");
        }

        var amounts = (content.Amounts ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        for (var i = 0; i < amounts.Length; i++)
        {
            if (amounts[i].Split(' ') is not [var currency, var number] ||
                !decimal.TryParse(number, NumberStyles.Number, CultureInfo.InvariantCulture, out var amount))
            {
                continue; // The line itself says what is wrong with it.
            }

            // The invoice bears its first line's text.
            if (Uncarried(i == 0 ? content.Text : $"{i + 1}", new Money(amount, currency), out _) is { } question) return question;
        }

        // auto_advance=false keeps it a draft until a person sends it; left alone, Stripe would finalise it within the hour.
        return Send(call, client.Path("invoices"),
            ("customer", customer), ("collection_method", "send_invoice"), ("days_until_due", $"{content.DueInDays}"), ("auto_advance", "false"),
            ("pending_invoice_items_behavior", "exclude"), ("currency", content.Currency.ToLowerInvariant()), ("description", content.Text),
            Metadata(StripeMapper.KeyName, call.Order.Key), Metadata(StripeMapper.SubjectName, content.Subject));
    }

    private Outcome<Preparation> PrepareLine(ActionCall call, InvoiceLineContent content)
    {
        if (Earlier(call, "invoice") is not { } invoice || invoice.More.GetValueOrDefault("customer") is not { } customer)
            return new Failure(FailureKind.Rejected, "The line's invoice is not known: the action that makes it has no result.");
        if (Uncarried(content.Text, content.Amount, out var units) is { } question) return question;

        return Send(call, client.Path("invoiceitems"),
            ("customer", customer), ("invoice", invoice.Id), ("amount", $"{units}"), ("currency", content.Amount.Currency.ToLowerInvariant()),
            ("description", content.Text), Metadata(StripeMapper.KeyName, call.Order.Key));
    }

    private static Preparation.Ask? Uncarried(string line, Money amount, out long units) => StripeAmounts.TryUnits(amount, out units, out var why)
        ? null
        : new Preparation.Ask($"The line \"{line}\" asks for {amount}, but {why}. Nothing was rounded: change the amount and go on.");

    // Newest first, and all of them: how long ago the uncertain call was made is not known here, and missing it would bill twice.
    private static async Task<Outcome<ActionResult?>> FindAsync<T>(
        Func<string?, CancellationToken, Task<Outcome<StripeList<T>>>> page, Func<T, string?> id,
        Func<T, IReadOnlyDictionary<string, string?>?> metadata, Func<T, ActionResult?> made, ActionCall call, CancellationToken cancellationToken)
        where T : class
    {
        string? after = null;
        do
        {
            if (!(await page(after, cancellationToken)).Succeeded(out var items, out var failure)) return failure;
            if (items.Items.FirstOrDefault(i => metadata(i)?.GetValueOrDefault(StripeMapper.KeyName) == call.Order.Key) is { } found)
                return made(found);
            after = items.HasMore && items.Items is [.., var last] ? id(last) : null;
        }
        while (after is not null);

        return (ActionResult?)null;
    }

    private static ActionResult? Made(StripeCustomer customer) =>
        customer.Id is null ? null : new ActionResult(customer.Id, null) { State = StripeMapper.Client(customer) };

    private static ActionResult? Made(StripeInvoice invoice) => invoice.Id is null ? null : new ActionResult(invoice.Id, invoice.HostedInvoiceUrl)
    {
        State = StripeMapper.Invoice(invoice),
        More = invoice.Customer is { } customer ? new Dictionary<string, string> { ["customer"] = customer } : [],
    };

    private static ActionResult? Made(StripeInvoiceItem item) => item.Id is null ? null : new ActionResult(item.Id, null);

    private static string? CustomerOf(ActionCall call, InvoiceContent content) => content.CustomerId ?? Earlier(call, "customer")?.Id;

    // A handoff that is done anew names its actions anew, all with the same ending: customer@2, invoice@2, line-1@2.
    private static ActionResult? Earlier(ActionCall call, string name)
    {
        var ending = call.Order.Name.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at ? call.Order.Name[at..] : "";
        return call.Results.GetValueOrDefault(name + ending) ?? call.Results.GetValueOrDefault(name);
    }

    private static Preparation.Send Send(ActionCall call, string path, params ReadOnlySpan<(string Name, string Value)> form)
    {
        var body = new StringBuilder();
        foreach (var (name, value) in form)
        {
            if (value.Length == 0) continue;
            if (body.Length > 0) body.Append('&');
            body.Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        return new Preparation.Send(new FrozenCall("POST", path, "application/x-www-form-urlencoded", body.ToString(), new Dictionary<string, string>
        {
            ["Idempotency-Key"] = $"{call.Order.Key}-{call.Revision}",
            ["Stripe-Version"] = StripeClient.Version,
        }));
    }

    private static (string Name, string Value) Metadata(string name, string value) => ($"metadata[{name}]", value);

    private static Failure NotOurs(ActionCall call) =>
        new(FailureKind.Rejected, $"Stripe can't do `{call.Order.Content.Kind}`, or what it builds on has no result.");
}
