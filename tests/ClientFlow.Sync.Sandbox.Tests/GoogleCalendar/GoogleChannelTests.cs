using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Tests.Bench;

namespace ClientFlow.Sync.Sandbox.Tests.GoogleCalendar;

public sealed class GoogleChannelTests
{
    private const string Watch = "/calendars/primary/events/watch";

    [Fact]
    public async Task A_channel_first_says_sync_and_then_that_something_changed()
    {
        await using var google = await GoogleBench.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();

        var channel = (await google.PostAsync(Watch, Channel("channel-1", receiver.Url, ""","token":"secret","params":{"ttl":"3600"}"""))).Ok();
        var sync = await receiver.NextAsync();
        await google.ReminderAsync("abcde");
        var changed = await receiver.NextAsync();

        sync.Body.ShouldBeEmpty();
        sync.Headers["X-Goog-Resource-State"].ShouldBe("sync");
        sync.Headers["X-Goog-Message-Number"].ShouldBe("1");
        sync.Headers["X-Goog-Channel-ID"].ShouldBe("channel-1");
        sync.Headers["X-Goog-Channel-Token"].ShouldBe("secret");
        sync.Headers["X-Goog-Resource-ID"].ShouldBe(channel["resourceId"]);
        sync.Headers["X-Goog-Channel-Expiration"].ShouldBe("Mon, 01 Mar 2027 10:00:00 GMT");
        changed.Headers["X-Goog-Resource-State"].ShouldBe("exists");
        long.Parse(changed.Headers["X-Goog-Message-Number"]).ShouldBeGreaterThan(2);
        channel["expiration"].ShouldBe(google.Clock.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds().ToString());
    }

    [Fact]
    public async Task A_stopped_channel_is_silent()
    {
        await using var google = await GoogleBench.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        var channel = (await google.PostAsync(Watch, Channel("channel-1", receiver.Url))).Ok();
        await receiver.NextAsync();
        var stop = new JsonObject { ["id"] = channel["id"], ["resourceId"] = channel["resourceId"] }.ToJsonString();

        (await google.PostAsync("/channels/stop", stop)).Status.ShouldBe(204);
        await google.ReminderAsync("abcde");
        await google.Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);

        receiver.IsEmpty.ShouldBeTrue();
        (await google.PostAsync("/channels/stop", stop)).Refused(404, "notFound");
    }

    [Fact]
    public async Task A_channel_that_was_not_renewed_goes_silent_after_a_week()
    {
        await using var google = await GoogleBench.StartAsync();
        google.Tool.Behaviour.AccessTokensLive = TimeSpan.FromDays(30);
        google.Token = google.Tool.IssueAccessToken();
        await using var receiver = await WebhookReceiver.StartAsync();
        await google.PostAsync(Watch, Channel("channel-1", receiver.Url, ""","params":{"ttl":"99999999"}"""));
        await receiver.NextAsync();

        google.Clock.Advance(TimeSpan.FromDays(7));
        await google.ReminderAsync("abcde");
        await google.Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);

        receiver.IsEmpty.ShouldBeTrue();
        (await google.PostAsync(Watch, Channel("channel-1", receiver.Url))).Ok();
    }

    [Fact]
    public async Task A_channel_that_Google_would_not_open_is_refused()
    {
        await using var google = await GoogleBench.StartAsync();
        var address = new Uri("http://127.0.0.1:9/hook");

        (await google.PostAsync(Watch, """{"type":"web_hook","address":"http://127.0.0.1:9"}""")).Refused(400, "required");
        (await google.PostAsync(Watch, """{"id":"a","type":"pigeon","address":"http://127.0.0.1:9"}""")).Refused(400, "push.channelTypeUnknown");
        (await google.PostAsync(Watch, """{"id":"a","type":"web_hook","address":"http://127.0.0.1:9","colour":"red"}""")).Refused(400, "badRequest");
        (await google.PostAsync(Watch, Channel("a", address))).Ok();
        (await google.PostAsync(Watch, Channel("a", address))).Refused(400, "channelIdNotUnique");
        google.Tool.Behaviour.ChannelsNeedHttps = true;
        (await google.PostAsync(Watch, Channel("b", address))).Refused(400, "push.webhookUrlNotHttps");
    }

    private static string Channel(string id, Uri address, string more = "") =>
        $$"""{"id":"{{id}}","type":"web_hook","address":"{{address}}"{{more}}}""";
}
