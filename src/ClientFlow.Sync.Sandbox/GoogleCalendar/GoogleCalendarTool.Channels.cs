using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.Webhooks;

namespace ClientFlow.Sync.Sandbox.GoogleCalendar;

/// <summary>Push channels: headers and nothing else, telling that something changed and not what.</summary>
public sealed partial class GoogleCalendarTool
{
    private readonly List<GoogleChannel> _channels = [];

    private void MapChannels()
    {
        Route("POST", "/calendars/{calendar}/events/watch", _listParameters, Watch);
        Route("POST", "/channels/stop", _common, call =>
        {
            var body = Body(call, GoogleShapes.Channel, "channel");
            var (id, resource) = ((string?)body["id"], (string?)body["resourceId"]);
            if (_channels.RemoveAll(channel => channel.Id == id && channel.ResourceId == resource) == 0)
                throw GoogleError.Refuse(404, "notFound", $"Channel '{id}' not found for project 'clientflow-sandbox'");
            return ApiAnswer.Empty();
        });
    }

    private ApiAnswer Watch(ApiCall call)
    {
        var calendar = FindCalendar(call);
        var body = Body(call, GoogleShapes.Channel, "channel");
        var id = (string?)body["id"];
        if (id is null || !ChannelId().IsMatch(id))
            throw GoogleError.Invalid("Missing or invalid required parameter: channel.id", "required");
        if ((string?)body["type"] is not ("web_hook" or "webhook"))
            throw GoogleError.Invalid($"Unknown channel type '{(string?)body["type"]}'.", "push.channelTypeUnknown");
        if (!Uri.TryCreate((string?)body["address"], UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw GoogleError.Invalid("Invalid or missing channel address.", "required");
        if (Behaviour.ChannelsNeedHttps && address.Scheme != "https")
            throw GoogleError.Invalid($"WebHook callback must be HTTPS: {address}", "push.webhookUrlNotHttps");
        if (_channels.Exists(channel => channel.Id == id && channel.Expires > Clock.GetUtcNow()))
            throw GoogleError.Invalid($"Channel id {id} not unique", "channelIdNotUnique");

        var channel = new GoogleChannel
        {
            Id = id,
            CalendarId = calendar.Id,
            Address = address,
            Token = (string?)body["token"],
            ResourceId = "res-" + Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(calendar.Id)),
            ResourceUri = $"{BaseUrl}/calendars/{Uri.EscapeDataString(calendar.Id)}/events?alt=json",
            Expires = Clock.GetUtcNow() + Life(body),
        };
        _channels.Add(channel);
        Send(channel, "sync");
        return ApiAnswer.Json(200, channel.ToJson());
    }

    private TimeSpan Life(JsonObject body)
    {
        var longest = Behaviour.ChannelsLive;
        if ((string?)body["params"]?["ttl"] is { } ttl)
        {
            return long.TryParse(ttl, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
                ? TimeSpan.FromSeconds(Math.Min(seconds, (long)longest.TotalSeconds))
                : throw GoogleError.Invalid($"Invalid ttl value: {ttl}");
        }

        if ((string?)body["expiration"] is not { } until)
            return longest;
        var asked = long.TryParse(until, CultureInfo.InvariantCulture, out var moment)
            ? DateTimeOffset.FromUnixTimeMilliseconds(moment) - Clock.GetUtcNow()
            : TimeSpan.Zero;
        return asked <= TimeSpan.Zero ? throw GoogleError.Invalid("Invalid expiration value.") : asked < longest ? asked : longest;
    }

    private void Notify(VisibleCalendar calendar)
    {
        _channels.RemoveAll(channel => channel.Expires <= Clock.GetUtcNow());
        foreach (var channel in _channels.Where(channel => channel.CalendarId == calendar.Id))
            Send(channel, "exists");
    }

    private void Send(GoogleChannel channel, string state)
    {
        // The numbers rise and leave gaps: the vendor promises an order, not a count.
        channel.Messages = channel.Messages == 0 ? 1 : channel.Messages + 2 + (channel.Messages % 3);
        var headers = new Dictionary<string, string>
        {
            ["X-Goog-Channel-ID"] = channel.Id,
            ["X-Goog-Channel-Expiration"] = channel.Expires.ToString("r", CultureInfo.InvariantCulture),
            ["X-Goog-Resource-ID"] = channel.ResourceId,
            ["X-Goog-Resource-URI"] = channel.ResourceUri,
            ["X-Goog-Resource-State"] = state,
            ["X-Goog-Message-Number"] = channel.Messages.ToString(CultureInfo.InvariantCulture),
            ["User-Agent"] = "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
        };
        if (channel.Token is not null)
            headers["X-Goog-Channel-Token"] = channel.Token;
        Webhooks.Enqueue(channel.Id, channel.Address, (_, _) => new OutgoingWebhook("", headers));
    }

    [GeneratedRegex(@"^[A-Za-z0-9\-_+/=]{1,64}\z")]
    private static partial Regex ChannelId();
}

internal sealed class GoogleChannel
{
    public required string Id { get; init; }

    public required string CalendarId { get; init; }

    public required Uri Address { get; init; }

    public string? Token { get; init; }

    public required string ResourceId { get; init; }

    public required string ResourceUri { get; init; }

    public required DateTimeOffset Expires { get; init; }

    public long Messages { get; set; }

    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["kind"] = "api#channel",
            ["id"] = Id,
            ["resourceId"] = ResourceId,
            ["resourceUri"] = ResourceUri,
            ["expiration"] = Expires.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        };
        if (Token is not null)
            json["token"] = Token;
        return json;
    }
}
