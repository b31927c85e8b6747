using System.Net;
using System.Text.Json;
using ClientFlow.Sync.Connectors.GoogleCalendar;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Tests.GoogleCalendar;

public sealed class GoogleCalendarActionsTests : GoogleHarness
{
    private static readonly DateTimeOffset At = DateTimeOffset.Parse("2027-03-01T09:00:00Z");
    private static readonly DateTimeOffset Was = DateTimeOffset.Parse("2027-02-01T09:00:00Z");

    private static readonly ReminderContent Content = new(
        "Renewal: Acme", "Ends on 31 March", At, "Europe/London", TimeSpan.FromMinutes(30), null, "asana:1:project:7", 1);

    private static readonly ReminderMoveContent Moving = new("reminder", "Renewal: Acme", At, Was, "Europe/London", TimeSpan.FromMinutes(30));

    [Theory]
    [InlineData("2027-03-01T09:00:00Z", "2027-03-01T09:00:00+00:00", "2027-03-01T09:30:00+00:00")]
    [InlineData("2027-07-01T08:00:00Z", "2027-07-01T09:00:00+01:00", "2027-07-01T09:30:00+01:00")]
    public async Task A_reminder_stands_at_nine_on_the_wall_summer_and_winter(string at, string start, string end)
    {
        var call = (await Acts.PrepareAsync(Call(Content with { At = DateTimeOffset.Parse(at) }), Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;

        (call.Method, call.Path, call.ContentType).ShouldBe(("POST", "calendars/primary/events?sendUpdates=none", "application/json"));
        var body = JsonDocument.Parse(call.Body!).RootElement;
        body.GetProperty("id").GetString().ShouldBe(Key);
        body.GetProperty("start").GetProperty("dateTime").GetString().ShouldBe(start);
        body.GetProperty("start").GetProperty("timeZone").GetString().ShouldBe("Europe/London");
        body.GetProperty("end").GetProperty("dateTime").GetString().ShouldBe(end);
        body.GetProperty("transparency").GetString().ShouldBe("transparent");
        body.GetProperty("extendedProperties").GetProperty("private").GetProperty("cfKey").GetString().ShouldBe(Key);
    }

    [Fact]
    public void A_reminder_in_doubt_is_looked_up_and_not_inserted_a_second_time_beside_the_first() =>
        new GoogleCalendarConnectorType().Manifest.Actions.ShouldAllBe(action => action.RepeatWithin == null);

    [Fact]
    public async Task A_reminder_made_again_after_we_deleted_it_gets_an_id_of_its_own() =>
        (await Acts.PrepareAsync(Call(Content with { Generation = 2 }), Stop)).Value.ShouldBeOfType<Preparation.Send>().Call.Body!.ShouldContain($"\"{Key}g2\"");

    [Theory]
    [InlineData("""{"accessRole":"owner"}""", "ana%40northwind.example")]
    [InlineData("""{"accessRole":"writer"}""", "ana%40northwind.example")]
    [InlineData("""{"items":[]}""", "ana%40northwind.example")]
    [InlineData("""{"accessRole":"reader"}""", "primary")]
    [InlineData("""{"accessRole":"freeBusyReader"}""", "primary")]
    public async Task It_goes_to_the_persons_own_calendar_where_we_may_write_to_it(string probe, string calendar)
    {
        SignIn().On("GET", "ana%40northwind.example/events?maxResults=1", probe);

        (await PrepareForAsync("Ana@Northwind.example")).Path.ShouldStartWith($"calendars/{calendar}/events");
        (await PrepareForAsync("ana@northwind.example")).Path.ShouldStartWith($"calendars/{calendar}/events");
        Google.ShouldBeDone();
        Google.Recorder!.ShouldHaveNoViolations();
    }

    [Theory]
    [InlineData(404, "notFound")]
    [InlineData(403, "forbidden")]
    public async Task It_goes_to_the_configured_calendar_where_the_persons_is_closed_and_is_asked_again_after_an_hour(int status, string reason)
    {
        SignIn();
        Refuses("GET", "ana%40", status, reason);
        (await PrepareForAsync("ana@northwind.example")).Path.ShouldStartWith("calendars/primary/");

        Clock.Advance(TimeSpan.FromMinutes(59));
        (await PrepareForAsync("ana@northwind.example")).Path.ShouldStartWith("calendars/primary/");

        Clock.Advance(TimeSpan.FromMinutes(2));
        SignIn().On("GET", "ana%40", """{"accessRole":"writer"}""");
        (await PrepareForAsync("ana@northwind.example")).Path.ShouldStartWith("calendars/ana%40");
    }

    [Fact]
    public async Task A_quota_is_no_closed_calendar()
    {
        SignIn();
        Refuses("GET", "ana%40", 403, "rateLimitExceeded");

        (await Acts.PrepareAsync(Call(Content with { For = "ana@northwind.example" }), Stop)).Failure!.Kind.ShouldBe(FailureKind.RateLimited);
    }

    [Fact]
    public async Task The_signed_in_accounts_own_calendar_has_one_name_only() =>
        (await PrepareForAsync("flow@northwind.iam.gserviceaccount.com")).Path.ShouldStartWith("calendars/primary/");

    [Fact]
    public async Task What_was_made_tells_where_it_is()
    {
        SignIn().On("POST", "/calendars/primary/events", Event(At));

        var made = (await SendAsync(Content)).Value;

        made.ShouldSatisfyAllConditions(
            r => r.Id.ShouldBe($"primary/{Key}"), r => r.Url.ShouldBe("https://calendar.example/e"), r => r.More["calendar"].ShouldBe("primary"),
            r => r.More["event"].ShouldBe(Key), r => r.State!.Id.ShouldBe($"primary/{Key}"));
        Google.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task A_second_insert_meets_the_first_one()
    {
        SignIn();
        Refuses("POST", "/events", 409, "duplicate").On("GET", $"/events/{Key}", Event(At));

        (await SendAsync(Content)).Value.ShouldSatisfyAllConditions(r => r.Id.ShouldBe($"primary/{Key}"), r => r.Note.ShouldBeNull());
    }

    [Fact]
    public async Task What_a_person_deleted_is_not_brought_back_to_life()
    {
        SignIn();
        Refuses("POST", "/events", 409, "duplicate").On("GET", $"/events/{Key}", $$"""{"id":"{{Key}}","status":"cancelled"}""");

        (await SendAsync(Content)).Value.Note!.ShouldContain("deleted");
        Google.ShouldBeDone();
    }

    [Fact]
    public async Task A_strangers_event_under_our_id_is_not_taken_for_ours()
    {
        SignIn();
        Refuses("POST", "/events", 409, "duplicate").On("GET", $"/events/{Key}", $$"""{"id":"{{Key}}","status":"confirmed","summary":"Dentist"}""");

        (await SendAsync(Content)).Failure!.Kind.ShouldBe(FailureKind.Rejected);
    }

    [Fact]
    public async Task An_event_that_exists_and_does_not_show_yet_is_looked_at_later()
    {
        SignIn();
        Refuses("POST", "/events", 409, "duplicate");
        Refuses("GET", $"/events/{Key}", 404, "notFound");

        (await SendAsync(Content)).Failure!.NextMove.ShouldBe(NextMove.Retry);
    }

    [Theory]
    [InlineData(403, "rateLimitExceeded", FailureKind.RateLimited)]
    [InlineData(429, "rateLimitExceeded", FailureKind.RateLimited)]
    [InlineData(403, "forbidden", FailureKind.Rejected)]
    [InlineData(404, "notFound", FailureKind.Missing)]
    [InlineData(400, "invalid", FailureKind.Rejected)]
    [InlineData(500, "backendError", FailureKind.Uncertain)]
    [InlineData(503, "backendError", FailureKind.Uncertain)]
    public async Task Each_refusal_of_an_insert_has_its_next_move(int status, string reason, FailureKind expected)
    {
        SignIn();
        Refuses("POST", "/events", status, reason);

        (await SendAsync(Content)).Failure!.Kind.ShouldBe(expected);
    }

    [Fact]
    public async Task A_lookup_finds_what_was_made_or_proves_it_absent()
    {
        SignIn().On("GET", $"ana%40x.example/events/{Key}", Event(At));
        Refuses("GET", $"ana%40x.example/events/{Key}", 404, "notFound");
        var frozen = new FrozenCall("POST", "calendars/ana%40x.example/events?sendUpdates=none", null, null, new Dictionary<string, string>());

        (await Acts.LookUpAsync(Call(Content), frozen, Stop)).Value!.Id.ShouldBe($"ana@x.example/{Key}");
        (await Acts.LookUpAsync(Call(Content), frozen, Stop)).Value.ShouldBeNull();
    }

    [Fact]
    public async Task A_move_writes_only_what_nobody_touched_since()
    {
        SignIn().On("GET", $"/events/{Key}", Event(Was));

        var call = (await Acts.PrepareAsync(Call(Moving), Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;

        (call.Method, call.Path).ShouldBe(("PATCH", $"calendars/primary/events/{Key}?sendUpdates=none"));
        call.Headers["If-Match"].ShouldBe("\"etag-1\"");
        JsonDocument.Parse(call.Body!).RootElement.EnumerateObject().Select(p => p.Name).ShouldBe(["summary", "start", "end"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("2027-03-01T09:00:00Z", null)]
    [InlineData("2027-02-14T12:00:00Z", "A person moved")]
    public async Task A_reminder_that_is_there_already_or_that_a_person_moved_is_left(string start, string? note)
    {
        SignIn().On("GET", $"/events/{Key}", Event(DateTimeOffset.Parse(start)));

        var left = (await Acts.PrepareAsync(Call(Moving), Stop)).Value.ShouldBeOfType<Preparation.Exists>().Result;

        (left.Note ?? "").ShouldStartWith(note ?? "");
        (left.Note is null).ShouldBe(note is null);
    }

    [Fact]
    public async Task A_reminder_that_a_person_made_last_all_day_is_left()
    {
        SignIn().On("GET", $"/events/{Key}", $$"""{"id":"{{Key}}","status":"confirmed","start":{"date":"2027-03-01"},"end":{"date":"2027-03-02"} }""");

        (await Acts.PrepareAsync(Call(Moving with { At = DateTimeOffset.Parse("2027-03-01T00:00:00Z") }), Stop)).Value
            .ShouldBeOfType<Preparation.Exists>().Result.Note!.ShouldContain("A person moved");
    }

    [Fact]
    public async Task A_new_title_alone_is_written_too()
    {
        SignIn().On("GET", $"/events/{Key}", Event(At));

        (await Acts.PrepareAsync(Call(Moving with { Was = At, Title = "Renewal: Acme Ltd" }), Stop)).Value.ShouldBeOfType<Preparation.Send>();
    }

    [Fact]
    public async Task A_reminder_that_a_person_deleted_is_left_so()
    {
        SignIn().On("GET", $"/events/{Key}", $$"""{"id":"{{Key}}","status":"cancelled"}""");
        Refuses("GET", $"/events/{Key}", 404, "notFound");
        Refuses("GET", $"/events/{Key}", 410, "deleted");

        for (var i = 0; i < 3; i++)
            (await Acts.PrepareAsync(Call(Moving), Stop)).Value.ShouldBeOfType<Preparation.Exists>().Result.Note!.ShouldContain("deleted");
    }

    [Fact]
    public async Task A_change_in_between_is_read_before_the_move_goes_on()
    {
        SignIn().On("GET", $"/events/{Key}", Event(Was));
        var call = Call(Moving);
        var frozen = (await Acts.PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;

        Refuses("PATCH", $"/events/{Key}", 412, "conditionNotMet").On("GET", $"/events/{Key}", Event(Was)).On("PATCH", $"/events/{Key}", Event(At));
        (await Acts.SendAsync(call, frozen, Stop)).Value.Note.ShouldBeNull();

        Refuses("PATCH", $"/events/{Key}", 412, "conditionNotMet").On("GET", $"/events/{Key}", Event(DateTimeOffset.Parse("2027-02-14T12:00:00Z")));
        (await Acts.SendAsync(call, frozen, Stop)).Value.Note!.ShouldContain("A person moved");

        Refuses("PATCH", $"/events/{Key}", 412, "conditionNotMet").On("GET", $"/events/{Key}", Event(Was));
        Refuses("PATCH", $"/events/{Key}", 412, "conditionNotMet");
        (await Acts.SendAsync(call, frozen, Stop)).Failure.ShouldBe(FailureKind.RateLimited, 412, "conditionNotMet", "call", -1, Clock);
        Google.ShouldBeDone();
        Google.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task A_move_in_doubt_is_looked_up()
    {
        var frozen = new FrozenCall("PATCH", "x", null, null, new Dictionary<string, string>());
        SignIn().On("GET", $"/events/{Key}", Event(Was)).On("GET", $"/events/{Key}", Event(At));

        (await Acts.LookUpAsync(Call(Moving), frozen, Stop)).Value.ShouldBeNull();
        (await Acts.LookUpAsync(Call(Moving), frozen, Stop)).Value.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_cancel_deletes_once()
    {
        var call = Call(new ReminderCancelContent("reminder"));
        SignIn().On("GET", $"/events/{Key}", Event(At));
        var frozen = (await Acts.PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;
        (frozen.Method, frozen.Path, frozen.Body).ShouldBe(("DELETE", $"calendars/primary/events/{Key}?sendUpdates=none", null));

        Google.On("DELETE", $"/events/{Key}", HttpStatusCode.NoContent, "");
        (await Acts.SendAsync(call, frozen, Stop)).Value.Id.ShouldBe($"primary/{Key}");
        Refuses("DELETE", $"/events/{Key}", 410, "deleted");
        (await Acts.SendAsync(call, frozen, Stop)).Value.Id.ShouldBe($"primary/{Key}");

        Google.On("GET", $"/events/{Key}", $$"""{"id":"{{Key}}","status":"cancelled"}""").On("GET", $"/events/{Key}", Event(At));
        (await Acts.PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Exists>();
        (await Acts.LookUpAsync(call, frozen, Stop)).Value.ShouldBeNull();
        Google.ShouldBeDone();
        Google.Recorder!.ShouldHaveNoViolations();
    }

    [Fact]
    public async Task Without_a_result_to_build_on_a_move_says_so() =>
        (await Acts.PrepareAsync(new ActionCall(new ActionOrder(Key, "move-1", "calendar", Moving), 1, new Dictionary<string, ActionResult>()), Stop))
            .Failure!.Kind.ShouldBe(FailureKind.Rejected);

    private async Task<FrozenCall> PrepareForAsync(string person) =>
        (await Acts.PrepareAsync(Call(Content with { For = person }), Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;

    private async Task<Outcome<ActionResult>> SendAsync(ActionContent content)
    {
        var call = Call(content);
        return await Acts.SendAsync(call, (await Acts.PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call, Stop);
    }

    private static ActionCall Call(ActionContent content) => new(
        new ActionOrder(Key, content is ReminderContent ? "reminder" : "later-1", "calendar", content), 1,
        new Dictionary<string, ActionResult>
        {
            ["reminder"] = new($"primary/{Key}", null) { More = new Dictionary<string, string> { ["calendar"] = "primary", ["event"] = Key } },
        });

    private static string Event(DateTimeOffset start) =>
        $$$"""
        {"id":"{{{Key}}}","status":"confirmed","etag":"\"etag-1\"","summary":"Renewal: Acme","updated":"2026-11-01T10:00:00.000Z","htmlLink":"https://calendar.example/e",
         "start":{"dateTime":"{{{start:yyyy-MM-dd'T'HH:mm:sszzz}}}"},"end":{"dateTime":"{{{start.AddMinutes(30):yyyy-MM-dd'T'HH:mm:sszzz}}}"},
         "extendedProperties":{"private":{"cfKey":"{{{Key}}}"} } }
        """;
}
