using ClientFlow.Sync.Connectors.Stripe;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Testing;

namespace ClientFlow.Sync.Connectors.Tests.Stripe;

/// <summary>What Stripe's documentation says of its errors: https://docs.stripe.com/api/errors and https://docs.stripe.com/error-low-level</summary>
public sealed class StripeRefusalTests
{
    private const string Invalid = """{"error":{"code":"parameter_invalid_integer","message":"Invalid integer: abc","param":"amount","type":"invalid_request_error"}}""";
    private const string OtherMode =
        """{"error":{"code":"resource_missing","message":"No such customer: 'cus_1'; a similar object exists in live mode.","param":"customer","type":"invalid_request_error"}}""";

    private const string BadKey = """{"error":{"message":"Invalid API Key provided: sk_test_*********1234","type":"invalid_request_error"}}""";
    private const string Declined = """{"error":{"code":"card_declined","decline_code":"generic_decline","message":"Your card was declined.","type":"card_error"}}""";
    private const string NoRight =
        """{"error":{"code":"more_permissions_required","message":"The provided key does not have the required permissions. Having the 'rak_invoice_write' permission would allow this request to continue.","type":"invalid_request_error"}}""";

    private const string KeyInUse =
        """{"error":{"code":"idempotency_key_in_use","message":"There is currently another in-progress request using this Stripe-Idempotency-Key.","type":"idempotency_error"}}""";

    private const string KeyDiffers =
        """{"error":{"message":"Keys for idempotent requests can only be used with the same parameters they were first used with.","type":"idempotency_error"}}""";

    private const string Lock =
        """{"error":{"code":"lock_timeout","message":"This object cannot be accessed right now because another API request or Stripe process is currently accessing it.","type":"invalid_request_error"}}""";

    private const string Dependency = """{"error":{"message":"An external dependency failed.","type":"api_error"}}""";
    private const string TimedOut = """{"error":{"message":"The request timed out.","type":"api_error"}}""";
    private const string Limit = """{"error":{"code":"rate_limit","message":"Request rate limit exceeded.","type":"invalid_request_error"}}""";
    private const string Server = """{"error":{"message":"An unknown error occurred","type":"api_error"}}""";
    private const string Yes = "Stripe-Should-Retry: true";
    private const string No = "Stripe-Should-Retry: false";

    private readonly ManualClock clock = new();
    private readonly ScriptedTransport transport = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(400, Invalid, No, "parameter_invalid_integer", FailureKind.Rejected, FailureKind.Rejected, "-", 1, "Invalid integer")]
    [InlineData(400, Invalid, Yes, "parameter_invalid_integer", FailureKind.RateLimited, FailureKind.RateLimited, "call", 4, "This call alone")]
    [InlineData(400, OtherMode, "", "resource_missing", FailureKind.Missing, FailureKind.Missing, "-", 1, "test mode instead of live mode")]
    [InlineData(400, KeyDiffers, "", "idempotency_error", FailureKind.Rejected, FailureKind.Rejected, "-", 1, "gives it a new key")]
    [InlineData(401, BadKey, No, "invalid_request_error", FailureKind.Unauthorized, FailureKind.Unauthorized, "-", 1, "Make a new key")]
    [InlineData(402, Declined, "", "card_declined", FailureKind.Rejected, FailureKind.Rejected, "-", 1, "look at it in Stripe's dashboard")]
    [InlineData(403, NoRight, "", "more_permissions_required", FailureKind.Rejected, FailureKind.Rejected, "-", 1, "'rak_invoice_write'")]
    [InlineData(404, OtherMode, No, "resource_missing", FailureKind.Missing, FailureKind.Missing, "-", 1, "`customer` was deleted there")]
    [InlineData(409, Lock, Yes, "lock_timeout", FailureKind.RateLimited, FailureKind.RateLimited, "call", 4, "still under way there")]
    [InlineData(409, KeyInUse, Yes, "idempotency_key_in_use", FailureKind.RateLimited, FailureKind.RateLimited, "call", 4, "still under way there")]
    [InlineData(409, KeyInUse, "", "idempotency_key_in_use", FailureKind.RateLimited, FailureKind.RateLimited, "call", 1, "still under way there")]
    [InlineData(409, Lock, No, "lock_timeout", FailureKind.Rejected, FailureKind.Rejected, "-", 1, "cannot be accessed right now")]
    [InlineData(408, TimedOut, "", "api_error", FailureKind.Unavailable, FailureKind.Uncertain, "call", 1, "HTTP 408")]
    [InlineData(408, TimedOut, Yes, "api_error", FailureKind.Unavailable, FailureKind.Uncertain, "call", 4, "HTTP 408")]
    [InlineData(424, Dependency, "", "api_error", FailureKind.Unavailable, FailureKind.Uncertain, "call", 1, "such as a bank")]
    [InlineData(424, Dependency, Yes, "api_error", FailureKind.Unavailable, FailureKind.Uncertain, "call", 4, "such as a bank")]
    [InlineData(429, Limit, "Stripe-Rate-Limited-Reason: global-rate", "rate_limit", FailureKind.RateLimited, FailureKind.RateLimited, "lane", 4, "slow down")]
    [InlineData(429, Limit, No, "rate_limit", FailureKind.RateLimited, FailureKind.RateLimited, "lane", 1, "slow down")]
    [InlineData(429, Limit, "Stripe-Rate-Limited-Reason: resource-specific", "rate_limit", FailureKind.RateLimited, FailureKind.RateLimited, "call", 4, "This call alone")]
    [InlineData(429, Lock, Yes, "lock_timeout", FailureKind.RateLimited, FailureKind.RateLimited, "call", 4, "still under way there")]
    [InlineData(500, Server, Yes, "api_error", FailureKind.Unavailable, FailureKind.Uncertain, "lane", 4, "HTTP 500")]
    [InlineData(500, Server, No, "api_error", FailureKind.Unavailable, FailureKind.Uncertain, "lane", 1, "HTTP 500")]
    [InlineData(503, Server, "", "api_error", FailureKind.Unavailable, FailureKind.Uncertain, "lane", 4, "HTTP 503")]
    public async Task Each_refusal_has_its_next_move(
        int status, string body, string headers, string reason, FailureKind read, FailureKind write, string who, int reads, string says)
    {
        transport.Refuses("GET", "/v1/", status, body, headers).Refuses("POST", "/v1/invoices", status, body, headers);
        var type = new StripeConnectorType();
        var connector = type.Open(Tool.Context(type, new StripeSettings(new Secret("sk_test_1"), null), transport, clock));

        var list = (await clock.RunAsync(((IReads)connector).ListAsync("invoices", null, Stop))).Failure;
        list.ShouldBe(read, status, reason, who, -1, clock);
        list!.Message.ShouldContain(says);
        transport.Calls.Count.ShouldBe(reads, "a read is repeated where that may help, and never against Stripe's word");

        var sent = (await clock.RunAsync(((IActs)connector).SendAsync(Invoice, Post, Stop))).Failure;
        sent.ShouldBe(write, status, reason, write is FailureKind.Uncertain ? "-" : who, -1, clock);
        sent!.Message.ShouldContain(says);
        transport.Calls.Count(call => call.Method == "POST").ShouldBe(1, "a write is sent once, whatever comes of it");
    }

    private static ActionCall Invoice { get; } = new(
        new ActionOrder("cf1", "invoice", "billing", new InvoiceContent("cus_1", "GBP", 14, "", "s")), 1, new Dictionary<string, ActionResult>());

    private static FrozenCall Post { get; } = new(
        "POST", "v1/invoices", "application/x-www-form-urlencoded", "customer=cus_1", new Dictionary<string, string> { ["Idempotency-Key"] = "cf1-1" });
}
