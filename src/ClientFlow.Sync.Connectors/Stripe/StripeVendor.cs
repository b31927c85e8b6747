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

    public static WireVendor Vendor { get; } = new("Stripe")
    {
        Words = Words, Classify = Classify, Advice = Advice,

        // A lock on one object, or one kind of object that is asked for too often.
        OneCall = static refusal => refusal.Status is 409 || refusal.Words.Reason is "lock_timeout" ||
            refusal.Headers.GetValueOrDefault("Stripe-Rate-Limited-Reason") is "resource-specific",
    };

    private static VendorWords Words(ReadOnlyMemory<byte> body) => Read(body) is { } error
        ? new VendorWords(error.Code ?? error.Type, error.Message)
        : VendorWords.None;

    // Stripe's own word on whether to try again beats ours; a write that failed with a 5xx stays in doubt whatever it says,
    // since a stored 500 is replayed under its key for ever. https://docs.stripe.com/api/idempotent_requests (2026-11-23)
    private static FailureKind? Classify(WireRefusal refusal)
    {
        var error = Read(refusal.Body);
        var retry = refusal.Headers.GetValueOrDefault("Stripe-Should-Retry");
        return refusal.Status switch
        {
            >= 500 => null,
            400 when error?.Type is "idempotency_error" => FailureKind.Rejected,
            409 or 429 => retry is "false" ? FailureKind.Rejected : FailureKind.RateLimited,
            401 => FailureKind.Unauthorized,
            404 => FailureKind.Missing,
            _ when retry is "true" => FailureKind.RateLimited,
            400 when error?.Code is "resource_missing" => FailureKind.Missing,
            _ => FailureKind.Rejected,
        };
    }

    private static string? Advice(WireRefusal refusal)
    {
        var error = Read(refusal.Body);
        return (refusal.Status, error) switch
        {
            (401, _) => "Make a new key in Stripe's dashboard (Developers, API keys) and put it where `key` points.",
            (402, _) => "The request is right, but Stripe could not carry it out: look at it in Stripe's dashboard.",
            (403, _) => "Give the restricted key the permission that is named, in Stripe's dashboard (Developers, API keys).",
            (_, { Type: "idempotency_error" }) =>
                "The same idempotency key was sent before with other content: edit the action, which gives it a new key, and go on.",
            (409, _) or (429, { Code: "lock_timeout" }) => "Another call to the same object is still under way there.",
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
