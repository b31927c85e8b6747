using ClientFlow.Sync.Sandbox.GoogleCalendar;
using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Sandbox.Tests.GoogleCalendar;

public sealed class GoogleEventTests
{
    [Fact]
    public async Task A_renewal_reminder_is_kept_as_it_was_sent_and_follows_the_specification()
    {
        SpecFolder.RequireOrSkip();
        await using var google = await GoogleBench.StartAsync();

        var made = (await google.PostAsync("/calendars/primary/events?sendUpdates=none", """
            {"id":"cf3k9v2q0a7mtb4e1h","summary":"Renewal: Acme – Löwe","description":"ClientFlow","start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"},
             "transparency":"transparent",
             "reminders":{"useDefault":false,"overrides":[{"method":"popup","minutes":1440},{"method":"email","minutes":10080}]},
             "extendedProperties":{"private":{"cfKey":"deal:42:renewal"}},"source":{"title":"Deal 42","url":"https://crm.example/42"}}
            """)).Ok();

        made["status"].ShouldBe("confirmed");
        made["summary"].ShouldBe("Renewal: Acme – Löwe");
        made["iCalUID"].ShouldBe("cf3k9v2q0a7mtb4e1h@google.com");
        made.Etag.ShouldBe(made["etag"]);
        var read = (await google.GetAsync("/calendars/primary/events/cf3k9v2q0a7mtb4e1h")).Ok();
        read.Json.ToJsonString().ShouldBe(made.Json.ToJsonString());
    }

    [Fact]
    public async Task A_compressed_body_is_read()
    {
        await using var google = await GoogleBench.StartAsync();

        (await google.SendAsync(HttpMethod.Post, "/calendars/primary/events", """{"start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"}}""", zipped: true)).Ok();

        (await google.SendAsync(HttpMethod.Post, "/calendars/primary/events", "not gzip", [("Content-Encoding", "gzip")])).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_time_is_written_back_in_its_zone()
    {
        await using var google = await GoogleBench.StartAsync();

        var utc = (await google.InsertAsync("""{"start":{"dateTime":"2027-07-01T08:00:00Z"},"end":{"dateTime":"2027-07-01T09:00:00Z"}}""")).Ok();
        var local = (await google.InsertAsync(
            """{"start":{"dateTime":"2027-01-05T09:00:00","timeZone":"Pacific/Auckland"},"end":{"dateTime":"2027-01-05T10:00:00","timeZone":"Pacific/Auckland"}}""")).Ok();

        utc.Json["start"]!.ToJsonString().ShouldBe("""{"dateTime":"2027-07-01T09:00:00\u002B01:00","timeZone":"Europe/London"}""");
        ((string?)local.Json["start"]!["dateTime"]).ShouldBe("2027-01-05T09:00:00+13:00");
    }

    [Theory]
    [InlineData("short", "abcd")]
    [InlineData("with a dash", "abcde-f")]
    [InlineData("upper case", "ABCDE")]
    [InlineData("beyond v", "wxyz0")]
    public async Task An_id_outside_base32hex_is_refused(string why, string id)
    {
        await using var google = await GoogleBench.StartAsync();

        (await google.InsertAsync($$$"""{"id":"{{{id}}}","start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"}}""")).Refused(400, "invalid");
        google.Tool.EventsOf().ShouldBeEmpty(why);
    }

    [Theory]
    [InlineData("""{"start":{"date":"2027-11-01"}}""", "required")]
    [InlineData("""{"start":{"date":"2027-11-01"},"end":{"date":"2027-11-01"}}""", "timeRangeEmpty")]
    [InlineData("""{"start":{"date":"2027-11-01"},"end":{"dateTime":"2027-11-02T09:00:00Z"}}""", "invalid")]
    [InlineData("""{"start":{"dateTime":"2027-11-01T09:00:00"},"end":{"dateTime":"2027-11-01T10:00:00"}}""", "required")]
    [InlineData("""{"start":{"date":"1.11.2027"},"end":{"date":"2027-11-02"}}""", "invalid")]
    [InlineData("""{"start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"},"status":"maybe"}""", "invalid")]
    [InlineData("""{"start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"},"reminders":{"useDefault":true,"overrides":[{"method":"popup","minutes":5}]}}""", "cannotUseDefaultRemindersAndSpecifyOverride")]
    [InlineData("""{"start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"},"reminders":{"useDefault":false,"overrides":[{"method":"popup","minutes":40321}]}}""", "invalid")]
    [InlineData("""{"start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"},"reminders":{"useDefault":false,"overrides":[{"method":"sms","minutes":5}]}}""", "invalid")]
    [InlineData("""{"start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"},"source":{"url":"ftp://x.example"}}""", "invalid")]
    [InlineData("""{"id":"abcde","iCalUID":"x@y","start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"}}""", "invalid")]
    [InlineData("""{"start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"},"summary":5}""", "badRequest")]
    [InlineData("""{"start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"},"conferenceData":{}}""", "sandboxNotSimulated")]
    [InlineData("not json", "parseError")]
    public async Task An_event_that_Google_would_not_keep_is_refused(string body, string reason)
    {
        await using var google = await GoogleBench.StartAsync();

        (await google.InsertAsync(body)).Refused(400, reason);
        google.Tool.EventsOf().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unknown_field_is_refused_or_dropped_as_the_switch_says()
    {
        await using var google = await GoogleBench.StartAsync();
        const string Body = """{"colour":"red","start":{"date":"2027-11-01","era":"AD"},"end":{"date":"2027-11-02"}}""";

        (await google.InsertAsync(Body)).Refused(400, "badRequest");
        google.Tool.Behaviour.RefusesUnknownFields = false;
        (await google.InsertAsync(Body)).Ok().Json.ShouldSatisfyAllConditions(json => json["colour"].ShouldBeNull(), json => json["start"]!["era"].ShouldBeNull());
    }

    [Theory]
    [InlineData("?colour=red", "badRequest")]
    [InlineData("?fields=items", "sandboxNotSimulated")]
    [InlineData("?maxResults=0", "invalidParameter")]
    [InlineData("?orderBy=size", "invalidParameter")]
    [InlineData("?orderBy=startTime", "badRequest")]
    [InlineData("?timeMin=2027-01-01", "badRequest")]
    [InlineData("?privateExtendedProperty=cfKey", "invalidParameter")]
    [InlineData("?pageToken=nonsense", "invalid")]
    [InlineData("?syncToken=nonsense", "invalid")]
    public async Task A_query_that_Google_would_not_take_is_refused(string query, string reason)
    {
        await using var google = await GoogleBench.StartAsync();

        (await google.GetAsync("/calendars/primary/events" + query)).Refused(400, reason);
    }

    [Fact]
    public async Task A_second_event_with_the_same_id_is_a_duplicate_even_when_the_first_was_deleted()
    {
        await using var google = await GoogleBench.StartAsync();
        await google.ReminderAsync("abcde");
        const string Again = """{"id":"abcde","start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"}}""";

        (await google.InsertAsync(Again)).Refused(409, "duplicate");
        (await google.SendAsync(HttpMethod.Delete, "/calendars/primary/events/abcde?sendUpdates=none", null)).Status.ShouldBe(204);
        (await google.InsertAsync(Again)).Refused(409, "duplicate");
        (await google.GetAsync("/calendars/primary/events/abcde")).Ok()["status"].ShouldBe("cancelled");
        (await google.SendAsync(HttpMethod.Delete, "/calendars/primary/events/abcde", null)).Refused(410, "deleted");
    }

    [Fact]
    public async Task A_deleted_event_is_revived_with_put_or_patch()
    {
        await using var google = await GoogleBench.StartAsync();
        await google.ReminderAsync("abcde");

        foreach (var method in (HttpMethod[])[HttpMethod.Put, HttpMethod.Patch])
        {
            (await google.SendAsync(HttpMethod.Delete, "/calendars/primary/events/abcde", null)).Status.ShouldBe(204);
            (await google.SendAsync(method, "/calendars/primary/events/abcde", """{"status":"confirmed","start":{"date":"2027-12-01"},"end":{"date":"2027-12-02"}}""")).Ok();
            (await google.GetAsync("/calendars/primary/events")).Ok().Ids.ShouldBe(["abcde"]);
        }
    }

    [Fact]
    public async Task With_the_switch_a_deleted_event_stays_deleted()
    {
        await using var google = await GoogleBench.StartAsync(behaviour => behaviour.CancelledCanBeRevived = false);
        await google.ReminderAsync("abcde");
        await google.SendAsync(HttpMethod.Delete, "/calendars/primary/events/abcde", null);

        (await google.SendAsync(HttpMethod.Patch, "/calendars/primary/events/abcde", """{"status":"confirmed"}""")).Refused(410, "deleted");
    }

    [Fact]
    public async Task Patch_merges_and_put_replaces()
    {
        await using var google = await GoogleBench.StartAsync();
        await google.ReminderAsync("abcde", more: ""","description":"old","extendedProperties":{"private":{"a":"1"}}""");

        var patched = (await google.SendAsync(HttpMethod.Patch, "/calendars/primary/events/abcde",
            """{"description":null,"extendedProperties":{"private":{"b":"2"}},"start":{"date":"2027-12-01"},"end":{"date":"2027-12-02"}}""")).Ok();
        patched["description"].ShouldBeNull();
        patched.Json["extendedProperties"]!["private"]!.ToJsonString().ShouldBe("""{"a":"1","b":"2"}""");
        patched["summary"].ShouldBe("Renewal");
        ((int)patched.Json["sequence"]!).ShouldBe(1);

        var put = (await google.SendAsync(HttpMethod.Put, "/calendars/primary/events/abcde", """{"summary":"New","start":{"date":"2027-12-01"},"end":{"date":"2027-12-02"}}""")).Ok();
        put.Json["extendedProperties"].ShouldBeNull();
        (await google.SendAsync(HttpMethod.Put, "/calendars/primary/events/abcde", """{"summary":"No times"}""")).Refused(400, "required");
        (await google.SendAsync(HttpMethod.Patch, "/calendars/primary/events/nobody", "{}")).Refused(404, "notFound");
    }

    [Fact]
    public async Task What_was_read_can_be_put_back_whole()
    {
        await using var google = await GoogleBench.StartAsync();
        var made = await google.ReminderAsync("abcde");

        (await google.SendAsync(HttpMethod.Put, "/calendars/primary/events/abcde", made.Json.ToJsonString())).Ok()["summary"].ShouldBe("Renewal");
    }

    [Fact]
    public async Task An_etag_guards_against_lost_updates()
    {
        await using var google = await GoogleBench.StartAsync();
        var made = await google.ReminderAsync("abcde");
        const string Path = "/calendars/primary/events/abcde";

        (await google.SendAsync(HttpMethod.Patch, Path, """{"summary":"A"}""", [("If-Match", made.Etag!)])).Ok().Etag.ShouldNotBe(made.Etag);
        (await google.SendAsync(HttpMethod.Patch, Path, """{"summary":"B"}""", [("If-Match", made.Etag!)])).Refused(412, "conditionNotMet");
        (await google.SendAsync(HttpMethod.Delete, Path, null, [("If-Match", made.Etag!)])).Refused(412, "conditionNotMet");
        var now = (await google.GetAsync(Path)).Ok().Etag!;
        (await google.GetAsync(Path, ("If-None-Match", now))).Status.ShouldBe(304);
    }

    [Theory]
    [InlineData("requiredAccessLevel")]
    [InlineData("forbidden")]
    public async Task A_calendar_that_may_only_be_read_refuses_writes(string reason)
    {
        await using var google = await GoogleBench.StartAsync(behaviour => behaviour.ReadOnlyReason = reason);
        var holidays = Uri.EscapeDataString(GoogleCalendarTool.Holidays);

        (await google.GetAsync($"/calendars/{holidays}/events")).Ok()["accessRole"].ShouldBe("reader");
        (await google.InsertAsync("""{"start":{"date":"2027-11-01"},"end":{"date":"2027-11-02"}}""", holidays)).Refused(403, reason);
    }

    [Theory]
    [InlineData(false, 403)]
    [InlineData(true, 429)]
    public async Task Too_many_calls_are_a_403_or_a_429(bool is429, int status)
    {
        await using var google = await GoogleBench.StartAsync(behaviour => behaviour.RateLimitIs429 = is429);

        for (var call = 0; call < 600; call++)
            (await google.GetAsync("/calendars/primary")).Ok();
        (await google.GetAsync("/calendars/primary")).Refused(status, "rateLimitExceeded");
        google.Clock.Advance(TimeSpan.FromMinutes(1));
        (await google.GetAsync("/calendars/primary")).Ok();
    }

    [Fact]
    public async Task Other_quotas_can_be_scripted()
    {
        await using var google = await GoogleBench.StartAsync();
        google.Tool.Faults.Add(GoogleCalendarTool.TooManyRequests("userRateLimitExceeded"), "GET", "/calendars");

        (await google.GetAsync("/calendars/primary")).Refused(403, "userRateLimitExceeded");
        (await google.GetAsync("/calendars/primary")).Ok();
    }

    [Fact]
    public async Task A_new_event_may_be_missing_for_a_moment()
    {
        await using var google = await GoogleBench.StartAsync(behaviour => behaviour.VisibleAfter = TimeSpan.FromSeconds(2));
        await google.ReminderAsync("abcde");

        (await google.GetAsync("/calendars/primary/events/abcde")).Refused(404, "notFound");
        google.Clock.Advance(TimeSpan.FromSeconds(2));
        (await google.GetAsync("/calendars/primary/events/abcde")).Ok();
        google.Tool.Behaviour.VisibleAfter = TimeSpan.Zero;
        await google.ReminderAsync("fghij");
        (await google.GetAsync("/calendars/primary/events/fghij")).Ok();
    }

    [Fact]
    public async Task Calendars_are_found_by_address_and_listed_by_access()
    {
        await using var google = await GoogleBench.StartAsync();
        google.Tool.AddCalendar("mia@northwind.example", "Mia", "writer");

        (await google.GetAsync("/calendars/mia@northwind.example")).Ok()["summary"].ShouldBe("Mia");
        (await google.GetAsync("/users/me/calendarList/primary")).Ok()["id"].ShouldBe(GoogleCalendarTool.Owner);
        (await google.GetAsync("/users/me/calendarList?minAccessRole=writer")).Ok().Ids.ShouldBe([GoogleCalendarTool.Owner, "mia@northwind.example"]);
        (await google.GetAsync("/calendars/stranger@example.com")).Refused(404, "notFound");
        var first = (await google.GetAsync("/users/me/calendarList?maxResults=2")).Ok();
        (await google.GetAsync($"/users/me/calendarList?maxResults=2&pageToken={first["nextPageToken"]}")).Ok().Ids.ShouldBe(["mia@northwind.example"]);
        (await google.GetAsync("/calendarz")).Refused(404, "notFound");
    }

    [Fact]
    public async Task A_calendar_has_a_page_for_people()
    {
        await using var google = await GoogleBench.StartAsync();
        await google.ReminderAsync("abcde");
        using var http = new HttpClient();

        var page = await http.GetStringAsync(new Uri($"{google.Tool.RootUrl}/objects/calendars/{GoogleCalendarTool.Owner}"), TestContext.Current.CancellationToken);

        page.ShouldContain("Renewal");
        page.ShouldContain("/objects/events/abcde");
    }
}
