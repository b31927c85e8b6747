using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.Pages;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>The simulated Stripe: customers, invoices, events and signed webhooks in the shape of version 2023-08-16.</summary>
public sealed partial class StripeTool(SandboxOptions options) : SimulatedTool("stripe", options)
{
    public const string ApiVersion = "2023-08-16";

    public const string AccountId = "acct_1SandboxNorthwind";

    public const string AccountName = "Northwind Consulting";

    /// <summary>A restricted key that may read and never write.</summary>
    public const string ReadOnlyKey = "rk_test_sandbox_reads";

    /// <summary>A key whose time is over.</summary>
    public const string ExpiredKey = "sk_test_sandbox_expired";

    private readonly ConditionalWeakTable<ApiCall, string> _requestIds = [];
    private readonly RateWindow _calls = new(options.Clock, TimeSpan.FromSeconds(1));
    private readonly RateWindow _searches = new(options.Clock, TimeSpan.FromSeconds(1));
    private long _made;

    public StripeBehaviour Behaviour => Options.Stripe;

    public override object Switches => Behaviour;

    /// <summary>How long ago whatever happens now happened; for planting a past.</summary>
    internal TimeSpan Ago { get; set; }

    public override IReadOnlyList<WorldAction> Actions =>
    [
        new("client-pays", "The client pays an open invoice by card: { invoice }", arguments => Act(arguments, Pay)),
        new("client-pays-by-bank", "The owner records a payment outside Stripe: { invoice }", arguments => Act(arguments, PayOutOfBand)),
        new("finalize-invoice", "The owner finalises a draft: { invoice }", arguments => Act(arguments, Finalize)),
        new("void-invoice", "The owner voids an open invoice: { invoice }", arguments => Act(arguments, Void)),
        new("delete-invoice", "The owner deletes a draft: { invoice }", arguments => Act(arguments, Delete)),
        new("write-off-invoice", "The owner marks an open invoice as uncollectible: { invoice }", arguments => Act(arguments, MarkUncollectible)),
        new("tax-invoice", "The owner puts tax on a draft: { invoice, percent }", TaxDraft),
        new("roll-webhook-secret", "Gives every webhook endpoint a second secret; both sign from now on", _ => RollSecrets()),
        new("resend-event", "Sends an event to its endpoints once more: { event }", ResendEvent),
    ];

    /// <summary>A scripted 429 with its reason: `global-rate`, `endpoint-rate`, `global-concurrency`, `endpoint-concurrency`, `resource-specific`.</summary>
    public static Fault.Answer TooManyRequests(string reason = "global-rate") => new(
        429,
        ApiAnswer.Text(RateLimit(reason).ToJson("req_scripted")),
        new Dictionary<string, string> { ["Stripe-Rate-Limited-Reason"] = reason, ["Request-Id"] = "req_scripted" });

    /// <summary>A scripted 429 because the object is locked by another call; a retry is right.</summary>
    public static Fault.Answer LockTimeout() => new(
        429,
        ApiAnswer.Text(new StripeException(
            429,
            "invalid_request_error",
            "lock_timeout",
            "This object cannot be accessed right now because another API request or Stripe process is currently accessing it.").ToJson("req_scripted")),
        new Dictionary<string, string> { ["Stripe-Should-Retry"] = "true", ["Request-Id"] = "req_scripted" });

    public override JsonNode State()
    {
        lock (Lock)
        {
            return new JsonObject
            {
                ["customers"] = new JsonArray([.. _customers.Select(customer => customer.ToJson())]),
                ["invoices"] = new JsonArray([.. _invoices.Select(Json)]),
                ["invoiceitems"] = new JsonArray([.. _items.Select(item => item.ToJson())]),
                ["events"] = new JsonArray([.. _events.Select(happened => happened.ToJson())]),
                ["webhook_endpoints"] = new JsonArray([.. _endpoints.Select(endpoint => endpoint.ToJson())]),
            };
        }
    }

    public override ToolPage Overview() => new("Stripe",
    [
        new PageTable("invoices", ["number", "customer", "status", "total", "due"],
            [.. Newest(_invoices).Select(invoice => (IReadOnlyList<PageCell>)
            [
                new PageCell(invoice.Number ?? invoice.Id, $"/objects/invoices/{invoice.Id}"),
                new PageCell(invoice.Customer.Name ?? invoice.Customer.Id, $"/objects/customers/{invoice.Customer.Id}"),
                invoice.Status,
                StripeCurrencies.Display(invoice.Total, invoice.Currency),
                Day(invoice.DueDate),
            ])]),
        new PageTable("customers", ["name", "email", "currency"],
            [.. Newest(_customers).Where(customer => !customer.Deleted).Select(customer => (IReadOnlyList<PageCell>)
            [
                new PageCell(customer.Name ?? customer.Id, $"/objects/customers/{customer.Id}"),
                customer.Email,
                customer.Currency,
            ])]),
        new PageTable("events", ["when", "type", "undelivered"],
            [.. Newest(_events).Take(50).Select(happened => (IReadOnlyList<PageCell>)
            [
                DateTimeOffset.FromUnixTimeSeconds(happened.Created).ToString("u"),
                happened.Type,
                happened.Undelivered.Count.ToString(),
            ])]),
    ]);

    public override ToolPage? Detail(string kind, string id) => kind switch
    {
        "invoices" when _invoices.Find(invoice => invoice.Id == id) is { } invoice => new ToolPage(invoice.Number ?? invoice.Id,
        [
            new PageTable("lines", ["text", "amount"],
                [.. invoice.Lines.Select(line => (IReadOnlyList<PageCell>)[line.Description, StripeCurrencies.Display(line.Amount, line.Currency)])]),
            Fields(Json(invoice)),
        ]) { Note = $"{invoice.Status}, {StripeCurrencies.Display(invoice.Total, invoice.Currency)} for {invoice.Customer.Name ?? invoice.Customer.Id}" },
        "customers" when _customers.Find(customer => customer.Id == id && !customer.Deleted) is { } customer =>
            new ToolPage(customer.Name ?? customer.Id, [Fields(customer.ToJson())]),
        _ => null,
    };

    /// <summary>The webhook endpoint that a person enters in the dashboard: all events, signed with the sandbox's fixed secret.</summary>
    public override void SetWebhookTarget(Uri target)
    {
        lock (Lock)
        {
            _endpoints.RemoveAll(endpoint => endpoint.Id == "we_sandbox");
            _endpoints.Add(new StripeEndpoint { Id = "we_sandbox", Created = Now, Secret = SandboxOptions.StripeWebhookSecret, Url = target });
        }
    }

    protected override void Map()
    {
        Get("/v1/account", [], [], _ => Account());
        MapCustomers();
        MapInvoices();
        MapInvoiceItems();
        MapEvents();
    }

    protected override string KeyOf(string queryKey) =>
        queryKey.IndexOf('[', StringComparison.Ordinal) is > 0 and var open ? queryKey[..open] : queryKey;

    protected override ApiAnswer? Admit(ApiCall call)
    {
        _requestIds.Add(call, NewId("req_", 14));
        FinalizeWhatIsDue();
        return RefusalOf(call) is { } refusal ? Answer(call, refusal) : null;
    }

    protected override ApiAnswer UnknownPath(ApiCall call) => Answer(call, new StripeException(
        404,
        "invalid_request_error",
        null,
        $"Unrecognized request URL ({call.Method}: {call.Path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/."));

    protected override ApiAnswer WrongMethod(ApiCall call) => UnknownPath(call);

    protected override ApiAnswer UnknownParameter(ApiCall call, string parameter) => Answer(call, StripeException.Unknown([parameter]));

    protected override void Finish(ApiCall call, ApiAnswer answer)
    {
        answer.With("Request-Id", RequestId(call)).With("Stripe-Version", ApiVersion);
        if (call.Headers.TryGetValue("Idempotency-Key", out var key))
            answer.With("Idempotency-Key", key.ToString());
        if (answer.Status >= 400 && Behaviour.SendsShouldRetry)
            answer.With("Stripe-Should-Retry", answer.Status is 409 or 429 or >= 500 ? "true" : "false");
    }

    private long Now => (Clock.GetUtcNow() - Ago).ToUnixTimeSeconds();

    private static StripeException RateLimit(string reason) => new(
        429,
        "invalid_request_error",
        "rate_limit",
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.")
    {
        RateLimitedReason = reason,
    };

    private static JsonObject Account() => new()
    {
        ["id"] = AccountId,
        ["object"] = "account",
        ["business_profile"] = null,
        ["business_type"] = "company",
        ["capabilities"] = new JsonObject { ["card_payments"] = "active", ["transfers"] = "active" },
        ["charges_enabled"] = true,
        ["controller"] = new JsonObject { ["type"] = "account" },
        ["country"] = "GB",
        ["created"] = 1735689600,
        ["default_currency"] = "gbp",
        ["details_submitted"] = true,
        ["email"] = "owner@northwind.example",
        ["metadata"] = new JsonObject(),
        ["payouts_enabled"] = true,
        ["settings"] = null,
        ["type"] = "standard",
    };

    private static IEnumerable<T> Newest<T>(IReadOnlyList<T> oldestFirst) => oldestFirst.Reverse();

    private static string? Day(long? moment) =>
        moment is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd") : null;

    private static PageTable Fields(JsonObject json) => new("fields", ["field", "value"],
        [.. json.Where(pair => pair.Value is not null).Select(pair => (IReadOnlyList<PageCell>)[pair.Key, pair.Value!.ToString()])]);

    private StripeException? RefusalOf(ApiCall call)
    {
        var key = call.BearerToken ?? BasicUser(call.Headers.Authorization.ToString());
        if (string.IsNullOrEmpty(key))
            return Unauthorized(null, "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').");
        if (key == ExpiredKey)
            return Unauthorized("api_key_expired", $"Expired API Key provided: {Masked(key)}");
        if (Behaviour.KeyRevoked || key is not (SandboxOptions.StripeKey or ReadOnlyKey))
            return Unauthorized(null, $"Invalid API Key provided: {Masked(key)}");
        if (key == ReadOnlyKey && call.Method != "GET")
            return new StripeException(403, "invalid_request_error", "more_permissions_required", $"The provided key '{Masked(key)}' does not have the required permissions for this endpoint on account '{AccountId}'.");
        if (call.Headers.TryGetValue("Stripe-Account", out var account) && account.ToString() != AccountId)
            return new StripeException(403, "invalid_request_error", "account_invalid", $"The provided key '{Masked(key)}' does not have access to account '{account}' (or that account does not exist). Application access may have been revoked.");
        if (call.Headers.TryGetValue("Stripe-Version", out var version) && version.ToString() != ApiVersion)
            return StripeException.Invalid($"Invalid Stripe API version: {version}. The sandbox speaks {ApiVersion}.");
        if (!Behaviour.RateLimits)
            return null;
        if (!_calls.TryTake(25, out _, out _))
            return RateLimit("global-rate");
        return call.Path.EndsWith("/search", StringComparison.Ordinal) && !_searches.TryTake(20, out _, out _) ? RateLimit("endpoint-rate") : null;
    }

    private static StripeException Unauthorized(string? code, string message) => new(401, "invalid_request_error", code, message);

    private static string Masked(string key) =>
        key.Length < 12 ? new string('*', key.Length) : $"{key[..8]}{new string('*', key.Length - 12)}{key[^4..]}";

    private static string? BasicUser(string header)
    {
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            return null;
        var decoded = new byte[header.Length];
        return Convert.TryFromBase64String(header["Basic ".Length..].Trim(), decoded, out var length)
            ? Encoding.UTF8.GetString(decoded, 0, length).Split(':')[0]
            : null;
    }

    private string RequestId(ApiCall call) => _requestIds.TryGetValue(call, out var id) ? id : "req_unknown";

    /// <summary>Ids look random, are the same in each run, and do not sort by age: as with Stripe, only `created` tells.</summary>
    private string NewId(string prefix, int length)
    {
        const string Letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Options.Seed}/{prefix}/{++_made}"));
        return prefix + string.Concat(hash.Take(length).Select(value => Letters[value % Letters.Length]));
    }

    private ApiAnswer Answer(ApiCall call, StripeException refusal)
    {
        var answer = ApiAnswer.Json(refusal.Status, refusal.ToJson(RequestId(call)));
        if (refusal.Status == 401)
            answer.With("WWW-Authenticate", "Basic realm=\"Stripe\"");
        if (refusal.RateLimitedReason is { } reason)
            answer.With("Stripe-Rate-Limited-Reason", reason);
        return answer;
    }

    private void Get(string pattern, string[] parameters, string[] expandable, Func<StripeCall, JsonObject> handle) =>
        Route("GET", pattern, [.. parameters, "expand"], call =>
        {
            try
            {
                var given = new StripeCall(call, new StripeParameters(StripeForm.Parse(call.QueryString)), RequestId(call), null);
                var result = handle(given);
                return ApiAnswer.Json(200, Expanded(result, given.Parameters, expandable));
            }
            catch (StripeException refusal)
            {
                return Answer(call, refusal);
            }
        });

    /// <summary>`expand[]=customer`: the id is replaced by the object.</summary>
    private JsonObject Expanded(JsonObject result, StripeParameters parameters, string[] expandable)
    {
        foreach (var path in parameters.Texts("expand"))
        {
            if (!expandable.Contains(path))
                throw StripeException.Invalid($"This property cannot be expanded ({path}).", "expand");
            var holders = path.StartsWith("data.", StringComparison.Ordinal) ? result["data"]!.AsArray().Select(item => item!.AsObject()) : [result];
            foreach (var holder in holders)
            {
                if ((string?)holder["customer"] is { } id && _customers.Find(customer => customer.Id == id) is { } customer)
                    holder["customer"] = customer.Deleted ? StripeJson.Deleted("customer", id) : customer.ToJson();
            }
        }

        return result;
    }

    /// <summary>The owner finalises a draft in the dashboard.</summary>
    public void FinalizeDraft(StripeInvoice invoice)
    {
        lock (Lock)
            Finalize(invoice, StripeCause.Person);
    }

    /// <summary>The client pays an invoice by card.</summary>
    public void PayByCard(StripeInvoice invoice)
    {
        lock (Lock)
            Pay(invoice, StripeCause.Person);
    }

    private JsonObject TaxDraft(JsonObject arguments) => Act(arguments, (invoice, cause) => invoice.Status == "draft"
        ? Change(invoice, cause, () => invoice.TaxPercent = (int)(arguments["percent"] ?? throw new WorldActionException("percent is missing")))
        : throw new WorldActionException("only a draft can be taxed"));

    private JsonObject Act(JsonObject arguments, Func<StripeInvoice, StripeCause, JsonObject> act)
    {
        lock (Lock)
        {
            var id = (string?)arguments["invoice"];
            var invoice = _invoices.Find(known => known.Id == id || (id is not null && known.Number == id))
                ?? throw new WorldActionException($"no invoice '{id}'");
            try
            {
                return act(invoice, StripeCause.Person);
            }
            catch (StripeException refusal)
            {
                throw new WorldActionException(refusal.Message);
            }
        }
    }

    private static JsonObject Page<T>(StripeParameters parameters, IEnumerable<T> newestFirst, Func<T, string> id, Func<T, JsonObject> json, string kind, string url)
    {
        var limit = Limit(parameters);
        T[] all = [.. newestFirst];
        var (after, before) = (parameters.Text("starting_after"), parameters.Text("ending_before"));
        if (after is not null && before is not null)
            throw StripeException.Invalid("You cannot parameterize both starting_after and ending_before.", "starting_after");
        if (before is not null)
        {
            var end = Position(before, "ending_before");
            var start = Math.Max(0, end - limit);
            return StripeJson.List(all[start..end].Select(json), start > 0, url);
        }

        var first = after is null ? 0 : Position(after, "starting_after") + 1;
        return StripeJson.List(all.Skip(first).Take(limit).Select(json), all.Length > first + limit, url);

        int Position(string cursor, string name) =>
            Array.FindIndex(all, item => id(item) == cursor) is >= 0 and var at ? at : throw StripeException.NoSuch(kind, cursor, name);
    }

    private static int Limit(StripeParameters parameters) => parameters.Integer("limit") switch
    {
        null => 10,
        < 1 and var given => throw StripeException.Invalid($"This value must be greater than or equal to 1 (it currently is '{given}').", "limit", "parameter_invalid_integer"),
        > 100 and var given => throw StripeException.Invalid($"This value must be less than or equal to 100 (it currently is '{given}').", "limit", "parameter_invalid_integer"),
        var given => (int)given,
    };
}

/// <summary>One admitted call with its parameters.</summary>
internal sealed record StripeCall(ApiCall Http, StripeParameters Parameters, string RequestId, string? IdempotencyKey)
{
    public StripeCause Cause => new(RequestId, IdempotencyKey);
}

/// <summary>What an event's `request` says: the call behind it, or nothing when a person clicked.</summary>
internal sealed record StripeCause(string? RequestId, string? IdempotencyKey)
{
    public static StripeCause Person { get; } = new(null, null);
}
