using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Tests.GoogleCalendar;

/// <summary>
/// What Google's documentation says of its errors: https://developers.google.com/workspace/calendar/api/guides/errors. What it answers to an id that is
/// taken (409), a sync token that is too old (410) and an event that changed meanwhile (412) is settled by the connector itself.
/// </summary>
public sealed class GoogleCalendarRefusalTests : GoogleHarness
{
    private const string Limits = "usageLimits";
    private const string Any = "global";

    [Theory]
    [InlineData(400, "calendar", "timeRangeEmpty", "The specified time range is empty.", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "time range is empty")]
    [InlineData(403, Limits, "userRateLimitExceeded", "User Rate Limit Exceeded", FailureKind.RateLimited, FailureKind.RateLimited, "lane", -1, "slow down")]
    [InlineData(403, Limits, "rateLimitExceeded", "Rate Limit Exceeded", FailureKind.RateLimited, FailureKind.RateLimited, "lane", -1, "slow down")]
    [InlineData(403, Limits, "dailyLimitExceeded", "Daily Limit Exceeded", FailureKind.RateLimited, FailureKind.RateLimited, "lane", 3600, "Google Cloud console")]
    [InlineData(403, Limits, "quotaExceeded", "Calendar usage limits exceeded.", FailureKind.RateLimited, FailureKind.RateLimited, "call", -1, "This call alone")]
    [InlineData(403, "calendar", "forbiddenForNonOrganizer", "Shared properties can only be changed by the organizer of the event.",
        FailureKind.Rejected, FailureKind.Rejected, "-", -1, "the organiser's calendar")]
    [InlineData(403, Any, "forbidden", "Forbidden", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "Share the calendar")]
    [InlineData(403, "calendar", "requiredAccessLevel", "You need to have writer access to this calendar.", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "Share the calendar")]
    [InlineData(403, Any, "insufficientPermissions", "Insufficient Permission", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "calendar.events")]
    [InlineData(403, Limits, "accessNotConfigured", "Access Not Configured", FailureKind.Rejected, FailureKind.Rejected, "-", -1, "Switch on the Google Calendar API")]
    [InlineData(404, Any, "notFound", "Not Found", FailureKind.Missing, FailureKind.Missing, "-", -1, "Not Found")]
    [InlineData(429, Limits, "rateLimitExceeded", "Too many requests", FailureKind.RateLimited, FailureKind.RateLimited, "lane", -1, "slow down")]
    [InlineData(500, Any, "backendError", "Backend Error", FailureKind.Unavailable, FailureKind.Uncertain, "lane", -1, "HTTP 500")]
    [InlineData(503, Any, "backendError", "Backend Error", FailureKind.Unavailable, FailureKind.Uncertain, "lane", -1, "HTTP 503")]
    public async Task Each_refusal_has_its_next_move(
        int status, string domain, string reason, string words, FailureKind read, FailureKind write, string who, double wait, string says)
    {
        var body = $$$"""{"error":{"errors":[{"domain":"{{{domain}}}","reason":"{{{reason}}}","message":"{{{words}}}"}],"code":{{{status}}},"message":"{{{words}}}"}}""";
        SignIn().Refuses("GET", "/events", status, body, "").Refuses("POST", "/events", status, body, "");

        var list = (await Run(Reads.ListAsync("events", null, Stop))).Failure;
        list.ShouldBe(read, status, reason, who, wait, Clock);
        list!.Message.ShouldContain(says);

        var sent = (await Run(Acts.SendAsync(Reminder, Post, Stop))).Failure;
        sent.ShouldBe(write, status, reason, write is FailureKind.Uncertain ? "-" : who, wait, Clock);
        sent!.Message.ShouldContain(says);
    }

    [Fact]
    public async Task A_wait_that_Google_names_is_kept()
    {
        SignIn().Refuses("GET", "/events", 429, "{}", "Retry-After: 90");

        (await Run(Reads.ListAsync("events", null, Stop))).Failure.ShouldBe(FailureKind.RateLimited, 429, null, "lane", 90, Clock);
    }

    [Fact]
    public async Task A_token_that_is_refused_twice_is_the_credentials_fault()
    {
        const string Body = """{"error":{"errors":[{"domain":"global","reason":"authError","message":"Invalid Credentials"}],"code":401,"message":"Invalid Credentials"}}""";
        SignIn().Refuses("GET", "/events", 401, Body, "");
        SignIn("token-2");

        var failure = (await Run(Reads.ListAsync("events", null, Stop))).Failure;

        failure.ShouldBe(FailureKind.Unauthorized, 401, "authError", "-", -1, Clock);
        failure!.Message.ShouldContain("Sign in to Google again");
    }

    [Fact]
    public async Task One_reminder_that_is_not_shown_yet_holds_back_no_other()
    {
        SignIn();
        Refuses("POST", "/events", 409, "duplicate");
        Refuses("GET", $"/events/{Key}", 404, "notFound");

        (await Run(Acts.SendAsync(Reminder, Post, Stop))).Failure.ShouldBe(FailureKind.Unavailable, 409, null, "call", -1, Clock);
    }

    private static ActionCall Reminder { get; } = new(
        new ActionOrder(Key, "reminder", "calendar", new ReminderContent(
            "Renewal", "", DateTimeOffset.Parse("2026-12-01T09:00:00Z"), "Europe/London", TimeSpan.FromMinutes(30), "ana@x.example", "asana:1:project:7", 1)),
        1, new Dictionary<string, ActionResult>());

    private static FrozenCall Post { get; } =
        new("POST", "calendars/primary/events?sendUpdates=none", "application/json", $$"""{"id":"{{Key}}"}""", new Dictionary<string, string>());
}
