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
    private const int MostScopes = 5;
    private static readonly TimeSpan AskAgain = TimeSpan.FromHours(1);
    private static readonly TimeSpan Lock = TimeSpan.FromSeconds(2);

    /// <summary>HubSpot, with the account's midnight in a zone.</summary>
    public static WireVendor In(TimeZoneInfo zone) => Wire with
    {
        Wait = (refusal, now) => refusal switch
        {
            { Words.Reason: "DAILY" } => UntilMidnight(zone, now),
            { Status: 423 } => Lock,
            _ => null,
        },
    };

    // https://developers.hubspot.com/docs/api-reference/error-handling (2026-11)
    private static WireVendor Wire { get; } = new("HubSpot")
    {
        // Of a move between data centres it tells seconds, and these may be a day's; of its quotas, milliseconds.
        RetryAfter = static (response, now) => (int)response.StatusCode is 477
            ? RetryAfter.InSeconds(response, now)
            : RetryAfter.InSecondsOrMilliseconds(response, now),
        Quota = Quota,
        Words = Words,
        Classify = static refusal => refusal.Status switch
        {
            // Records are locked for a moment; the account moves. Nothing was done.
            423 or 477 => FailureKind.Unavailable,
            _ => null,
        },
        OneCall = static refusal => refusal.Status is 423,
        Window = static refusal => refusal.Words.Reason switch
        {
            "TEN_SECONDLY_ROLLING" => TimeSpan.FromSeconds(10),
            "SECONDLY" => TimeSpan.FromSeconds(1),
            _ => null,
        },
        Advice = Advice,
    };

    private static string? Advice(WireRefusal refusal) => refusal switch
    {
        { Words.Reason: "DAILY" } => "The day's quota is spent; it begins anew at midnight of the HubSpot account.",
        { Status: 401 } => "Copy the app's token anew, in HubSpot under Settings, Integrations.",
        { Words.Reason: "MISSING_SCOPES" } when ScopesOf(refusal.Body) is { Count: > 0 } scopes =>
            $"Give the app the scope {string.Join(" or ", scopes)}, in HubSpot under Settings, Integrations, then try again.",
        { Words.Reason: "MISSING_SCOPES" } => "Give the app the scope that is missing, in HubSpot under Settings, Integrations, then try again.",
        { Status: 403 } =>
            "The app may not do this: look at its scopes, in HubSpot under Settings, Integrations, and whether the account's plan still has what is asked for.",
        { Status: 409 } => "It is there already: open it in HubSpot, and decide there which one stays.",
        { Status: 414 } => "The call's address was too long, which is a fault of this program: please report it.",
        { Status: 423 } => "HubSpot locks records for some seconds when many are written at once.",
        { Status: 477 } => "HubSpot is moving the account to another data centre, which may take a day. Nothing was written.",
        _ => null,
    };

    private static List<string> ScopesOf(ReadOnlyMemory<byte> body) => (Read(body)?.Errors ?? [])
        .SelectMany(error => error.Listed("requiredGranularScopes").Concat(error.Listed("requiredScopes")))
        .Distinct().Take(MostScopes).ToList();

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

    private static VendorWords Words(ReadOnlyMemory<byte> body) => Read(body) is { } error
        ? new VendorWords(error.PolicyName ?? error.Category ?? error.ErrorType, error.Message)
        : VendorWords.None;

    private static HubSpotError? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, HubSpotJson.Default.HubSpotError);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
