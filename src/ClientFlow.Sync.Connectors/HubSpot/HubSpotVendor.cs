using System.Globalization;
using System.Text.Json;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>What is particular to HubSpot's refusals.</summary>
internal static class HubSpotVendor
{
    /// <summary>
    /// A private app's limits on Free and Starter; larger plans tell theirs in each answer's headers. Searches are counted for the
    /// account, and their answers carry no headers. https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details
    /// </summary>
    public static IReadOnlyList<QuotaWindow> Windows { get; } =
    [
        new(TenSeconds, 100, TimeSpan.FromSeconds(10), "calls in 10 seconds"),
        new(Day, 250_000, TimeSpan.FromDays(1), "calls a day") { FromMidnight = true },
        new(Search, 5, TimeSpan.FromSeconds(1), "searches a second") { Class = Search },
    ];

    /// <summary>The class of calls that search.</summary>
    public const string Search = "search";

    private const string TenSeconds = "ten-seconds";
    private const string Day = "day";
    private static readonly TimeSpan AskAgain = TimeSpan.FromHours(1);

    /// <summary>HubSpot, with the account's midnight in a zone.</summary>
    public static WireVendor In(TimeZoneInfo zone) => Wire with { Wait = (refusal, now) => refusal.Words.Reason is "DAILY" ? UntilMidnight(zone, now) : null };

    private static WireVendor Wire { get; } = new("HubSpot")
    {
        RetryAfter = RetryAfter.InSecondsOrMilliseconds,
        Quota = Quota,
        Words = Words,
        Classify = static refusal => refusal.Status switch
        {
            // 423: the account is being changed; 477: it moves between data centres. Both say when to come back, and did nothing.
            423 or 477 => FailureKind.RateLimited,
            _ => null,
        },
        Advice = static refusal => refusal switch
        {
            { Words.Reason: "MISSING_SCOPES" } or { Status: 403 } =>
                "Give the app the scope that is missing, in HubSpot under Settings, Integrations, then try again.",
            { Words.Reason: "DAILY" } => "The day's quota is spent; it begins anew at midnight of the HubSpot account.",
            _ => null,
        },
    };

    // The answer tells no time, and no call tells the account's zone: where it isn't the business's, asking once an hour finds its midnight.
    private static TimeSpan UntilMidnight(TimeZoneInfo zone, DateTimeOffset now)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone);
        var wait = local.Date.AddDays(1) - local.DateTime;
        return wait < AskAgain ? wait : AskAgain;
    }

    private static IEnumerable<QuotaWord> Quota(HttpResponseMessage response)
    {
        if (Number(response, "X-HubSpot-RateLimit-Remaining") is { } remaining &&
            Number(response, "X-HubSpot-RateLimit-Interval-Milliseconds") is null or 10_000)
            yield return new QuotaWord(TenSeconds, Number(response, "X-HubSpot-RateLimit-Max"), remaining);
        if (Number(response, "X-HubSpot-RateLimit-Daily-Remaining") is { } daily)
            yield return new QuotaWord(Day, Number(response, "X-HubSpot-RateLimit-Daily"), daily);
    }

    private static int? Number(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values) && int.TryParse(values.FirstOrDefault(), CultureInfo.InvariantCulture, out var number) && number >= 0
            ? number : null;

    private static VendorWords Words(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, HubSpotJson.Default.HubSpotError) is { } error
                ? new VendorWords(error.PolicyName ?? error.Category ?? error.ErrorType, error.Message)
                : VendorWords.None;
        }
        catch (JsonException)
        {
            return VendorWords.None;
        }
    }
}
