using System.Text.Json;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.GoogleCalendar;

/// <summary>Sorts Google's refusals by their reason: a 403 may be a quota, a right, or a switch. And says what a person can do.</summary>
internal static class GoogleCalendarVendor
{
    /// <summary>A project's limit for each of its users; no header tells of it. https://developers.google.com/workspace/calendar/api/guides/quota (unconfirmed)</summary>
    public static IReadOnlyList<QuotaWindow> Windows { get; } = [new("minute", 600, TimeSpan.FromMinutes(1), "calls a minute")];

    // The project's day begins at midnight in California, and no answer tells how far that is.
    private static readonly TimeSpan AskAgain = TimeSpan.FromHours(1);

    public static WireVendor Vendor { get; } = new("Google Calendar")
    {
        Words = Words, Classify = Classify, Advice = Advice,
        Wait = static (refusal, _) => refusal.Words.Reason is "dailyLimitExceeded" ? AskAgain : null,

        // A person's own limit on new events or guests: for reads, and for other people's calendars, it holds nothing back.
        OneCall = static refusal => refusal.Words.Reason is "quotaExceeded",
    };

    private static VendorWords Words(ReadOnlyMemory<byte> body)
    {
        try
        {
            var error = JsonSerializer.Deserialize(body.Span, GoogleCalendarJson.Default.GoogleErrorBody)?.Error;
            return new VendorWords(error?.Errors is [{ Reason: { } reason }, ..] ? reason : error?.Status, error?.Message);
        }
        catch (JsonException)
        {
            return VendorWords.None;
        }
    }

    // https://developers.google.com/workspace/calendar/api/guides/errors (2026-11-23)
    private static FailureKind? Classify(WireRefusal refusal) => refusal switch
    {
        { Status: 403, Words.Reason: "rateLimitExceeded" or "userRateLimitExceeded" or "quotaExceeded" or "dailyLimitExceeded" or "RESOURCE_EXHAUSTED" } =>
            FailureKind.RateLimited,
        _ => null,
    };

    private static string? Advice(WireRefusal refusal) => refusal switch
    {
        { Status: 401 } => "Sign in to Google again, or make a new key for the service account, and replace the file that `credentials` names.",
        { Words.Reason: "quotaExceeded" } => "The person's calendar has reached Google's own limit on new events or guests, which passes within hours.",
        { Words.Reason: "dailyLimitExceeded" } => "The Google Cloud project's calls for the day are used up: its quota can be raised in the Google Cloud console.",
        { Status: 403, Words.Reason: "rateLimitExceeded" or "userRateLimitExceeded" } => null,
        { Status: 403, Words.Reason: "forbiddenForNonOrganizer" } => "Only the event's organiser may change this: do it from the organiser's calendar.",
        { Status: 403, Words.Reason: "accessNotConfigured" } => "Switch on the Google Calendar API in the credential's Google Cloud project.",
        { Status: 403, Words.Reason: "insufficientPermissions" or "ACCESS_TOKEN_SCOPE_INSUFFICIENT" } =>
            "Sign in again with the scope https://www.googleapis.com/auth/calendar.events.",
        { Status: 403 } => "Share the calendar with the account that `credentials` names, with the right to make changes to events.",
        { Status: 404, Write: true } => "Check that the calendar still exists and is shared with the account that `credentials` names.",
        _ => null,
    };
}
