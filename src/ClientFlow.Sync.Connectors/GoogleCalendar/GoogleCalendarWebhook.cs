using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.GoogleCalendar;

/// <summary>
/// Push channels: one for each calendar, made anew before it expires, since none can be renewed. A message is headers alone: the token
/// that we gave, and that something changed, not what. https://developers.google.com/workspace/calendar/api/guides/push (lifetimes unconfirmed)
/// </summary>
internal sealed class GoogleCalendarWebhook(GoogleCalendarClient client, GoogleCalendars calendars, ToolContext context)
{
    // About a week is the longest that Google gives.
    private static readonly TimeSpan Life = TimeSpan.FromDays(7);

    // Channels are looked at once an hour: one that has less than this left may be gone at the next look but one.
    private static readonly TimeSpan RenewBefore = TimeSpan.FromHours(2);

    /// <summary>A token of our choice: it comes back with each message.</summary>
    public static Secret NewSecret() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)));

    /// <summary>Makes sure that each calendar has a channel that lives, and stops those that are no longer wanted.</summary>
    /// <returns>The channels, to be remembered as the subscription's id at the vendor.</returns>
    public async Task<Outcome<string>> SubscribeAsync(Subscription wanted, CancellationToken cancellationToken)
    {
        if (wanted.Secret is not { } token) return new Failure(FailureKind.Rejected, "A push channel of Google Calendar needs a token of ours.");
        var now = context.Clock.GetUtcNow();
        var (before, kept) = (ChannelsOf(wanted.VendorId), new List<GoogleChannel>());
        foreach (var calendar in new[] { calendars.Configured }.Concat(calendars.Others).Distinct())
        {
            if (before.FirstOrDefault(c => c.Calendar == calendar && c.Expires - now > RenewBefore) is { } alive)
            {
                kept.Add(alive);
                continue;
            }

            // An id is used once: a name of its own for each.
            var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            var asked = new GoogleWatch(id, "web_hook", wanted.Target.AbsoluteUri, token.Reveal(),
                new Dictionary<string, string> { ["ttl"] = ((long)Life.TotalSeconds).ToString(CultureInfo.InvariantCulture) });
            if ((await client.WatchAsync(calendar, asked, cancellationToken)).Succeeded(out var made, out var failure))
            {
                var expires = long.TryParse(made.Expiration, NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? DateTimeOffset.FromUnixTimeMilliseconds(at) : now + RenewBefore;
                kept.Add(new GoogleChannel(calendar, id, made.ResourceId ?? "", expires));
            }
            else if (calendar == calendars.Configured)
            {
                return failure;
            }
        }

        // Only now, so that there is no moment without one. One that is not known any more has expired.
        foreach (var old in before.Except(kept).Where(c => c.Expires > now))
        {
            if ((await client.StopAsync(new GoogleStop(old.Id, old.Resource), cancellationToken)).Failure is { NextMove: NextMove.Retry } trouble && kept.Count == 0) return trouble;
        }

        return JsonSerializer.Serialize(kept, GoogleChannelJson.Default.ListGoogleChannel);
    }

    public SignatureVerdict Verify(Delivery delivery)
    {
        if (delivery.Subscription is not { } id || context.FindSubscription(id)?.Secret is not { } token) return SignatureVerdict.Closed;
        if (delivery.Header("X-Goog-Channel-Token") is not { Length: > 0 } given) return SignatureVerdict.Missing;
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(token.Reveal()))
            ? SignatureVerdict.Valid
            : SignatureVerdict.Mismatch;
    }

    /// <summary>A channel numbers its messages.</summary>
    public static string Identify(Delivery delivery) => $"{delivery.Header("X-Goog-Channel-ID")}:{delivery.Header("X-Goog-Message-Number")}";

    public static DeliveryReading Read(Delivery delivery) => delivery.Header("X-Goog-Resource-State") switch
    {
        // The first message of a channel only says that it stands.
        "sync" => new DeliveryReading(),
        { Length: > 0 } => new DeliveryReading { Streams = [GoogleCalendarReader.Events] },
        _ => new DeliveryReading { Unreadable = "Google sent a message that doesn't say what it is about. Check that the webhook's address is used by Google only." },
    };

    private static List<GoogleChannel> ChannelsOf(string? text)
    {
        try
        {
            return text is null ? [] : JsonSerializer.Deserialize(text, GoogleChannelJson.Default.ListGoogleChannel) ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}

/// <summary>A channel that Google keeps for us.</summary>
/// <param name="Resource">Google's id of what it watches: needed to stop it.</param>
/// <param name="Expires">When Google drops it, UTC.</param>
internal sealed record GoogleChannel(string Calendar, string Id, string Resource, DateTimeOffset Expires);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(List<GoogleChannel>))]
internal sealed partial class GoogleChannelJson : JsonSerializerContext;
