using ClientFlow.Sync.Connectors.GoogleCalendar;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.Tests.GoogleCalendar;

public sealed class GoogleCalendarReaderTests : GoogleHarness
{
    private const string Ours = $$$"""
        {"id":"{{{Key}}}","status":"confirmed","summary":"Renewal: Acme","htmlLink":"https://calendar.example/e","updated":"2026-11-01T10:00:00.123Z",
         "start":{"dateTime":"2026-12-01T09:00:00+01:00","timeZone":"Europe/Berlin"},"end":{"dateTime":"2026-12-01T09:30:00+01:00"},"somethingNew":[1],
         "extendedProperties":{"private":{"cfKey":"{{{Key}}}","cfSubject":"asana:1:project:7"} } }
        """;

    private const string Theirs = """{"id":"dentist1","status":"confirmed","summary":"Dentist","start":{"date":"2026-12-01"}}""";

    [Fact]
    public async Task Only_our_own_events_become_records()
    {
        SignIn().On("GET", "/events", $$"""{"items":[{{Ours}},{{Theirs}}],"nextSyncToken":"s1"}""");

        var page = (await Reads.ListAsync("events", null, Stop)).Value;

        page.Hints.ShouldBeEmpty();
        var record = page.Records.Single();
        record.ShouldSatisfyAllConditions(
            r => r.Kind.ShouldBe(RecordKind.Reminder),
            r => r.Id.ShouldBe($"primary/{Key}"),
            r => r.Order.ShouldBe(DateTimeOffset.Parse("2026-11-01T10:00:00.123Z").ToUnixTimeMilliseconds()),
            r => r.Meaning["status"].ShouldBe("set"),
            r => r.Fields["start"].ShouldBe("2026-12-01T08:00:00+00:00"),
            r => r.Fields["cfKey"].ShouldBe(Key),
            r => r.Fields["calendar"].ShouldBe("primary"),
            r => r.Fields["summary"].ShouldBe("Renewal: Acme"));
        foreach (var mapped in new GoogleCalendarConnectorType().Manifest.Streams.Single().Mapping)
        {
            RecordSchema.Find(RecordKind.Reminder, mapped.Field).ShouldNotBeNull();
            record.Fields.Keys.ShouldContain(mapped.From);
        }

        page.Next.Text.ShouldNotContain("dentist");
        Google.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task A_poll_goes_on_from_the_sync_token_page_by_page()
    {
        var cursor = await ListedAsync();
        Google.On("GET", "syncToken=s1", """{"items":[],"nextPageToken":"p2"}""")
            .On("GET", "syncToken=s1&pageToken=p2", $$"""{"items":[{{Ours}}],"nextSyncToken":"s2"}""")
            .On("GET", "syncToken=s2", """{"items":[],"nextSyncToken":"s3"}""");

        var first = (await Reads.PollAsync("events", cursor, Stop)).Value;
        var second = (await Reads.PollAsync("events", first.Next, Stop)).Value;
        var third = (await Reads.PollAsync("events", second.Next, Stop)).Value;

        (first.More, second.More, third.More).ShouldBe((true, false, false));
        second.Records.Single().Id.ShouldBe($"primary/{Key}");
        Google.ShouldBeDone();
        Google.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task A_bare_cancelled_event_of_ours_is_read_and_anybody_elses_is_not()
    {
        var cursor = await ListedAsync();
        Google.On("GET", "syncToken", $$"""{"items":[{"id":"{{Key}}","status":"cancelled"},{"id":"7cbh8rpc10lrc0ckih9tafss99","status":"cancelled"},{"id":"cf_x","status":"cancelled"}],"nextSyncToken":"s2"}""")
            .On("GET", $"/events/{Key}", $$"""{"id":"{{Key}}","status":"cancelled","updated":"2026-11-02T10:00:00Z"}""");

        var hints = (await Reads.PollAsync("events", cursor, Stop)).Value.Hints;
        hints.ShouldBe([new RecordHint(RecordKind.Reminder, $"primary/{Key}")]);

        var record = (await Reads.ReadAsync(RecordKind.Reminder, [hints[0].Id], Stop)).Value.Records.Single();
        record.ShouldSatisfyAllConditions(r => r.Gone.ShouldBeFalse(), r => r.Meaning["status"].ShouldBe("cancelled"), r => r.Fields["cfKey"].ShouldBe(Key));
        Google.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task A_sync_token_that_Google_dropped_asks_for_a_full_list()
    {
        var cursor = await ListedAsync();
        Refuses("GET", "syncToken=s1", 410, "fullSyncRequired");

        var page = (await Reads.PollAsync("events", cursor, Stop)).Value;
        page.Expired.ShouldBeTrue();

        Google.On("GET", "/events", $$"""{"items":[{{Ours}}],"nextSyncToken":"s9"}""");
        (await Reads.ListAsync("events", page.Next, Stop)).Value.Records.ShouldHaveSingleItem();
        Google.Calls[^1].PathAndQuery.ShouldNotContain("syncToken");
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("{}")]
    public async Task A_cursor_that_says_nothing_asks_for_a_full_list(string text) =>
        (await Reads.PollAsync("events", new Cursor(text), Stop)).Value.Expired.ShouldBeTrue();

    [Fact]
    public async Task The_calendars_that_we_wrote_to_are_polled_too_and_one_that_is_closed_again_is_dropped()
    {
        var cursor = await ListedAsync();
        Google.On("GET", "ana%40northwind.example/events?maxResults=1", """{"accessRole":"writer","items":[]}""");
        await Acts.PrepareAsync(Call(Reminder("ana@northwind.example")), Stop);

        Google.On("GET", "primary/events", """{"items":[],"nextSyncToken":"s2"}""")
            .On("GET", "ana%40northwind.example/events?maxResults=2500", $$"""{"items":[{{Ours}},{{Theirs}}],"nextSyncToken":"a1"}""");
        var first = (await Reads.PollAsync("events", cursor, Stop)).Value;
        var second = (await Reads.PollAsync("events", first.Next, Stop)).Value;
        (first.More, second.More).ShouldBe((true, false));
        second.Records.Single().Id.ShouldBe($"ana@northwind.example/{Key}");

        Google.On("GET", "primary/events", """{"items":[],"nextSyncToken":"s3"}""");
        Refuses("GET", "syncToken=a1", 403, "forbidden");
        var third = (await Reads.PollAsync("events", second.Next, Stop)).Value;
        var fourth = (await Reads.PollAsync("events", third.Next, Stop)).Value;
        fourth.More.ShouldBeFalse();
        fourth.Next.Text.ShouldNotContain("ana@");
        Google.ShouldBeDone();
    }

    [Fact]
    public async Task The_configured_calendar_being_closed_is_a_failure()
    {
        SignIn();
        Refuses("GET", "/events", 404, "notFound");

        (await Reads.ListAsync("events", null, Stop)).Failure!.Kind.ShouldBe(FailureKind.Missing);
    }

    [Fact]
    public async Task An_event_that_is_not_there_is_gone_and_a_strangers_is_passed_over()
    {
        SignIn().On("GET", "/events/dentist1", Theirs);
        Refuses("GET", $"/events/{Key}", 404, "notFound");

        var records = (await Reads.ReadAsync(RecordKind.Reminder, ["primary/dentist1", $"primary/{Key}"], Stop)).Value.Records;

        records.Single().ShouldSatisfyAllConditions(r => r.Id.ShouldBe($"primary/{Key}"), r => r.Gone.ShouldBeTrue());
    }

    [Theory]
    [InlineData("rateLimitExceeded", FailureKind.RateLimited)]
    [InlineData("userRateLimitExceeded", FailureKind.RateLimited)]
    [InlineData("quotaExceeded", FailureKind.RateLimited)]
    [InlineData("forbidden", FailureKind.Rejected)]
    [InlineData("insufficientPermissions", FailureKind.Rejected)]
    public async Task A_403_is_sorted_by_its_reason(string reason, FailureKind expected)
    {
        SignIn();
        Refuses("GET", "/events", 403, reason);

        (await Reads.ListAsync("events", null, Stop)).Failure!.ShouldSatisfyAllConditions(
            f => f.Kind.ShouldBe(expected), f => f.Reason.ShouldBe(reason), f => f.Message.ShouldContain("The vendor's words"));
    }

    private async Task<Cursor> ListedAsync()
    {
        SignIn().On("GET", "/events", """{"items":[],"nextSyncToken":"s1"}""");
        return (await Reads.ListAsync("events", null, Stop)).Value.Next;
    }

    private static ReminderContent Reminder(string person) => new(
        "Renewal", "", DateTimeOffset.Parse("2026-12-01T09:00:00Z"), "Europe/London", TimeSpan.FromMinutes(30), person, "asana:1:project:7", 1);

    private static ActionCall Call(ActionContent content) =>
        new(new ActionOrder(Key, "reminder", "calendar", content), 1, new Dictionary<string, ActionResult>());
}
