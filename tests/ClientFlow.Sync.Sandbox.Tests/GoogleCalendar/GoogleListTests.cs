namespace ClientFlow.Sync.Sandbox.Tests.GoogleCalendar;

public sealed class GoogleListTests
{
    private const string Events = "/calendars/primary/events";

    [Fact]
    public async Task Only_the_last_page_has_the_sync_token_and_it_tells_what_changed()
    {
        await using var google = await GoogleBench.StartAsync();
        foreach (var id in (string[])["aaaaa", "bbbbb", "ccccc"])
            await google.ReminderAsync(id);

        var first = (await google.GetAsync($"{Events}?maxResults=2&showDeleted=true&singleEvents=false")).Ok();
        first["nextSyncToken"].ShouldBeNull();
        await google.ReminderAsync("ddddd"); // Between two pages: it must not fall through.
        var last = (await google.GetAsync($"{Events}?maxResults=2&showDeleted=true&singleEvents=false&pageToken={first["nextPageToken"]}")).Ok();
        (first.Ids.Count + last.Ids.Count).ShouldBe(3);
        last["nextPageToken"].ShouldBeNull();

        var changes = (await google.GetAsync($"{Events}?syncToken={Uri.EscapeDataString(last["nextSyncToken"]!)}")).Ok();
        changes.Ids.ShouldBe(["ddddd"]);
        await google.SendAsync(HttpMethod.Delete, $"{Events}/aaaaa", null);
        var gone = (await google.GetAsync($"{Events}?syncToken={Uri.EscapeDataString(changes["nextSyncToken"]!)}")).Ok().Items.ShouldHaveSingleItem();
        ((string?)gone["status"]).ShouldBe("cancelled");
        gone["summary"].ShouldBeNull();
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "Renewal")]
    public async Task How_much_a_list_tells_of_deleted_events_is_a_switch(bool bare, string? summary)
    {
        await using var google = await GoogleBench.StartAsync(behaviour => behaviour.CancelledAreBare = bare);
        await google.ReminderAsync("abcde");
        await google.SendAsync(HttpMethod.Delete, $"{Events}/abcde", null);

        (await google.GetAsync(Events)).Ok().Ids.ShouldBeEmpty();
        ((string?)(await google.GetAsync($"{Events}?showDeleted=true")).Ok().Items[0]["summary"]).ShouldBe(summary);
    }

    [Theory]
    [InlineData("iCalUID=x")]
    [InlineData("orderBy=updated")]
    [InlineData("privateExtendedProperty=a%3Db")]
    [InlineData("sharedExtendedProperty=a%3Db")]
    [InlineData("q=x")]
    [InlineData("timeMin=2027-01-01T00:00:00Z")]
    [InlineData("timeMax=2027-01-01T00:00:00Z")]
    [InlineData("updatedMin=2027-01-01T00:00:00Z")]
    [InlineData("showDeleted=false")]
    public async Task Some_parameters_are_forbidden_beside_a_sync_token(string parameter)
    {
        await using var google = await GoogleBench.StartAsync();
        var token = Uri.EscapeDataString((await google.GetAsync(Events)).Ok()["nextSyncToken"]!);

        (await google.GetAsync($"{Events}?syncToken={token}&{parameter}")).Refused(400, "invalidParameter");
    }

    [Fact]
    public async Task An_expired_sync_token_asks_for_a_full_sync()
    {
        await using var google = await GoogleBench.StartAsync(behaviour => behaviour.SyncTokensLive = TimeSpan.FromDays(7));
        google.Tool.Behaviour.AccessTokensLive = TimeSpan.FromDays(30);
        google.Token = google.Tool.IssueAccessToken();
        var token = Uri.EscapeDataString((await google.GetAsync(Events)).Ok()["nextSyncToken"]!);

        (await google.GetAsync($"{Events}?syncToken={token}")).Ok();
        google.Clock.Advance(TimeSpan.FromDays(7));
        (await google.GetAsync($"{Events}?syncToken={token}")).Refused(410, "fullSyncRequired");

        var fresh = Uri.EscapeDataString((await google.GetAsync(Events)).Ok()["nextSyncToken"]!);
        google.Tool.ExpireSyncTokens();
        (await google.GetAsync($"{Events}?syncToken={fresh}")).Refused(410, "fullSyncRequired");
        (await google.GetAsync(Events)).Ok()["nextSyncToken"].ShouldNotBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whether_a_list_bounded_in_time_gives_a_sync_token_is_a_switch(bool gives)
    {
        await using var google = await GoogleBench.StartAsync(behaviour => behaviour.SyncTokenWithTimeBounds = gives);

        ((await google.GetAsync($"{Events}?timeMin=2027-01-01T00:00:00Z")).Ok()["nextSyncToken"] is not null).ShouldBe(gives);
        (await google.GetAsync($"{Events}?q=x")).Ok()["nextSyncToken"].ShouldBeNull();
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task A_first_page_may_be_empty_and_go_on(bool empty, int count)
    {
        await using var google = await GoogleBench.StartAsync(behaviour => behaviour.FirstPageIsEmpty = empty);
        await google.ReminderAsync("abcde");

        var first = (await google.GetAsync(Events)).Ok();

        first.Ids.Count.ShouldBe(count);
        if (empty)
            (await google.GetAsync($"{Events}?pageToken={first["nextPageToken"]}")).Ok().Ids.ShouldBe(["abcde"]);
        else
            first["nextPageToken"].ShouldBeNull();
    }

    [Fact]
    public async Task A_list_is_narrowed_by_time_property_and_words()
    {
        await using var google = await GoogleBench.StartAsync();
        await google.ReminderAsync("first", "2027-04-01");
        await google.ReminderAsync("later", "2027-11-01", ""","description":"for Acme","extendedProperties":{"private":{"cfKey":"deal:42:renewal"},"shared":{"s":"1"}}""");

        (await google.GetAsync($"{Events}?timeMin=2027-05-01T00:00:00Z")).Ok().Ids.ShouldBe(["later"]);
        (await google.GetAsync($"{Events}?timeMax=2027-05-01T00:00:00%2B01:00")).Ok().Ids.ShouldBe(["first"]);
        (await google.GetAsync($"{Events}?privateExtendedProperty=cfKey%3Ddeal:42:renewal")).Ok().Ids.ShouldBe(["later"]);
        (await google.GetAsync($"{Events}?privateExtendedProperty=cfKey%3Ddeal:42:renewal&privateExtendedProperty=other%3D1")).Ok().Ids.ShouldBeEmpty();
        (await google.GetAsync($"{Events}?sharedExtendedProperty=s%3D1")).Ok().Ids.ShouldBe(["later"]);
        (await google.GetAsync($"{Events}?q=acme")).Ok().Ids.ShouldBe(["later"]);
        (await google.GetAsync($"{Events}?iCalUID=first@google.com")).Ok().Ids.ShouldBe(["first"]);
        (await google.GetAsync($"{Events}?orderBy=startTime&singleEvents=true")).Ok().Ids.ShouldBe(["first", "later"]);
    }

    [Fact]
    public async Task A_list_of_what_changed_since_a_moment_includes_the_deleted()
    {
        await using var google = await GoogleBench.StartAsync();
        await google.ReminderAsync("first");
        await google.ReminderAsync("later");
        google.Clock.Advance(TimeSpan.FromMinutes(5));
        await google.SendAsync(HttpMethod.Delete, $"{Events}/later", null);

        var since = Uri.EscapeDataString(google.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"));
        (await google.GetAsync($"{Events}?updatedMin={since}")).Ok().Ids.ShouldBe(["later"]);
    }
}
