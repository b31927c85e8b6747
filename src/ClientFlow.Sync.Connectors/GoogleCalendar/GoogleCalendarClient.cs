using System.Net.Http.Headers;
using System.Text.Json.Serialization.Metadata;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.GoogleCalendar;

/// <summary>The endpoints that we call, one method each.</summary>
internal sealed class GoogleCalendarClient
{
    private const string Api = "calendar/v3/";

    private readonly WireClient wire;
    private readonly GoogleSignIn signIn;
    private readonly string root;

    public GoogleCalendarClient(ToolContext context, GoogleCalendarSettings settings)
    {
        // A `baseUrl` may be written with the API's part, as Google's own is, or without it.
        root = context.Http.BaseAddress?.AbsolutePath.EndsWith("/" + Api, StringComparison.Ordinal) is true ? "" : Api;
        signIn = new GoogleSignIn(context, settings);
        var file = settings.Credentials;
        wire = new WireClient(context.Http, context.Clock, context.Tool, GoogleCalendarVendor.Vendor)
        {
            Authorize = async cancel => (await signIn.TokenAsync(cancel)).Then<AuthenticationHeaderValue?>(t => new AuthenticationHeaderValue("Bearer", t)),
            Secrets = [.. new[] { file.PrivateKey, file.ClientSecret, file.RefreshToken }.OfType<Secret>()],
        };
    }

    /// <summary>One page of a calendar's events: all of them, or what changed since a sync token.</summary>
    public Task<Outcome<GoogleEvents>> EventsAsync(string calendar, string? syncToken, string? page, CancellationToken cancellationToken) =>
        SendAsync(
            WireCall.Get(WirePath.With(
                EventsPath(calendar), ("maxResults", "2500"), ("showDeleted", "true"), ("singleEvents", "false"), ("syncToken", syncToken), ("pageToken", page))),
            GoogleCalendarJson.Default.GoogleEvents, cancellationToken);

    /// <summary>The cheapest call that tells whether we may see a calendar and write to it.</summary>
    public Task<Outcome<GoogleEvents>> ProbeAsync(string calendar, CancellationToken cancellationToken) =>
        SendAsync(WireCall.Get(WirePath.With(EventsPath(calendar), ("maxResults", "1"))), GoogleCalendarJson.Default.GoogleEvents, cancellationToken);

    public Task<Outcome<GoogleEvent>> EventAsync(string calendar, string id, CancellationToken cancellationToken) =>
        SendAsync(WireCall.Get(EventPath(calendar, id)), GoogleCalendarJson.Default.GoogleEvent, cancellationToken);

    /// <summary>The calendars that the signed-in user owns; needs a wider scope than events do.</summary>
    public Task<Outcome<GoogleCalendarList>> OwnCalendarsAsync(CancellationToken cancellationToken) => SendAsync(
        WireCall.Get($"{root}users/me/calendarList?minAccessRole=owner&maxResults=250"), GoogleCalendarJson.Default.GoogleCalendarList, cancellationToken);

    public Task<Outcome<GoogleEvent>> WriteAsync(FrozenCall frozen, CancellationToken cancellationToken) =>
        SendAsync(WireCall.Of(frozen), GoogleCalendarJson.Default.GoogleEvent, cancellationToken);

    /// <summary>A write whose answer has no body.</summary>
    public Task<Outcome<WireReply>> DeleteAsync(FrozenCall frozen, CancellationToken cancellationToken) =>
        RenewingAsync(WireCall.Of(frozen), wire.SendAsync, cancellationToken);

    /// <summary>Opens a push channel on a calendar.</summary>
    public Task<Outcome<GoogleWatched>> WatchAsync(string calendar, GoogleWatch watch, CancellationToken cancellationToken) => SendAsync(
        WireCall.Send(HttpMethod.Post, $"{EventsPath(calendar)}/watch", watch, GoogleCalendarJson.Default.GoogleWatch), GoogleCalendarJson.Default.GoogleWatched, cancellationToken);

    /// <summary>Closes a push channel; the answer has no body.</summary>
    public Task<Outcome<WireReply>> StopAsync(GoogleStop stop, CancellationToken cancellationToken) => RenewingAsync(
        WireCall.Send(HttpMethod.Post, $"{root}channels/stop", stop, GoogleCalendarJson.Default.GoogleStop), wire.SendAsync, cancellationToken);

    public string EventsPath(string calendar) => $"{root}calendars/{WirePath.Part(calendar)}/events";

    public string EventPath(string calendar, string id) => $"{EventsPath(calendar)}/{WirePath.Part(id)}";

    /// <summary>The calendar that a call goes to.</summary>
    public static string CalendarIn(FrozenCall frozen)
    {
        var parts = frozen.Path.Split('/');
        return Uri.UnescapeDataString(parts[Array.IndexOf(parts, "calendars") + 1]);
    }

    private Task<Outcome<T>> SendAsync<T>(WireCall call, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class => RenewingAsync(call, (c, cancel) => wire.SendAsync(c, type, cancel), cancellationToken);

    // An access token can be withdrawn before its hour is over. A 401 did nothing, so that even a write may be sent again.
    private async Task<Outcome<T>> RenewingAsync<T>(
        WireCall call, Func<WireCall, CancellationToken, Task<Outcome<T>>> send, CancellationToken cancellationToken)
    {
        if (!(await signIn.TokenAsync(cancellationToken)).Succeeded(out var token, out var failure)) return failure;
        var outcome = await send(call, cancellationToken);
        if (outcome.Failure is not { Status: 401 }) return outcome;
        return (await signIn.RenewAsync(token, cancellationToken)).Failure is { } refused ? refused : await send(call, cancellationToken);
    }
}
