using System.Text.Json;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Stripe;

/// <summary>Sorts Stripe's refusals and says what a person can do about them.</summary>
internal static class StripeVendor
{
    /// <summary>
    /// An account's limits, as test mode has them (live: 100 a second). The month's reads grow with an account's transactions, and
    /// nothing is refused for them. https://docs.stripe.com/rate-limits
    /// </summary>
    public static IReadOnlyList<QuotaWindow> Windows { get; } =
    [
        new("second", 25, TimeSpan.FromSeconds(1), "calls a second"),
        new("endpoint", 25, TimeSpan.FromSeconds(1), "calls a second to one endpoint") { EachEndpoint = true },
        new("month", 10_000, TimeSpan.FromDays(30), "reads in 30 days") { Writes = false, Soft = true },
    ];

    // https://docs.stripe.com/error-low-level (2026-11)
    private const string Retry = "Stripe-Should-Retry";

    public static WireVendor Vendor { get; } = new("Stripe")
    {
        Words = Words, Classify = Classify, Advice = Advice,
        ShouldRetry = static response => response.Headers.TryGetValues(Retry, out var said) ? Said(said.FirstOrDefault()) : null,

        // A lock on one object, one kind of object that is asked for too often, another party that failed: the account is well.
        OneCall = static refusal => refusal.Status is >= 400 and < 500 and not 429 || refusal.Words.Reason is "lock_timeout" ||
            refusal.Headers.GetValueOrDefault("Stripe-Rate-Limited-Reason") is "resource-specific",
    };

    private static VendorWords Words(ReadOnlyMemory<byte> body) => Read(body) is { } error
        ? new VendorWords(error.Code ?? error.Type, error.Message)
        : VendorWords.None;

    // Stripe's own word on whether to try again beats ours, with two exceptions. A write that failed on their side, or on another party's, or took too long,
    // stays in doubt: what is stored under its key is replayed for ever. https://docs.stripe.com/api/idempotent_requests (2026-11-23)
    // And a full quota passes by itself: that the call should not be sent again at once is no reason to ask a person.
    private static FailureKind? Classify(WireRefusal refusal)
    {
        var error = Read(refusal.Body);
        return (refusal.Status, Said(refusal.Headers.GetValueOrDefault(Retry))) switch
        {
            (408 or 424 or >= 500, _) => null,
            (429, _) => FailureKind.RateLimited,
            (401, _) => FailureKind.Unauthorized,
            (404, _) => FailureKind.Missing,
            (400, _) when error?.Type is "idempotency_error" => FailureKind.Rejected,
            (409, not false) or (_, true) => FailureKind.RateLimited,
            (400, _) when error?.Code is "resource_missing" => FailureKind.Missing,
            _ => FailureKind.Rejected,
        };
    }

    private static bool? Said(string? retry) => retry switch
    {
        "true" => true,
        "false" => false,
        _ => null,
    };

    private static string? Advice(WireRefusal refusal)
    {
        var error = Read(refusal.Body);
        return (refusal.Status, error) switch
        {
            (401, _) => "Make a new key in Stripe's dashboard (Developers, API keys) and put it where `key` points.",
            (402, _) => "The request is right, but Stripe could not carry it out: look at it in Stripe's dashboard.",
            (403, _) => "Give the restricted key the permission that is named, in Stripe's dashboard (Developers, API keys).",
            (409, _) or (429, { Code: "lock_timeout" }) => "Another call to the same object is still under way there.",
            (_, { Type: "idempotency_error" }) =>
                "The same idempotency key was sent before with other content: edit the action, which gives it a new key, and go on.",
            (424, _) => "Somebody whom Stripe depends on for it, such as a bank, failed.",
            (_, { Code: "resource_missing" }) =>
                $"`{error.Param ?? "the object"}` was deleted there, or the key belongs to another account, or to test mode instead of live mode.",
            _ => null,
        };
    }

    private static StripeError? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, StripeJson.Default.StripeErrorBody)?.Error;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
