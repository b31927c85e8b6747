using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>Webhooks: the signature (v3 only, see NOTES.md), and hints out of the events.</summary>
/// <param name="secret">The app's client secret.</param>
/// <param name="route">The tool's public webhook address, <c>…/webhooks/{tool}</c>; null when there is none.</param>
/// <param name="tool">The tool's name in the YAML file.</param>
/// <param name="portal">The account's id, where it is known.</param>
internal sealed class HubSpotWebhook(Secret? secret, Uri? route, string tool, Func<string?> portal)
{
    // What stands before the path as it arrives here: host, and where a proxy takes one off, the first parts of the path.
    private readonly string? prefix = PrefixOf(route, tool);

    private const long Window = 300_000;

    // HubSpot signs the address with these escapes decoded and all others kept.
    // https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation, read 2026-11.
    private static readonly (string Escape, string Plain)[] Decoded =
    [
        ("%3A", ":"), ("%2F", "/"), ("%3F", "?"), ("%40", "@"), ("%21", "!"), ("%24", "$"),
        ("%27", "'"), ("%28", "("), ("%29", ")"), ("%2A", "*"), ("%2C", ","), ("%3B", ";"),
    ];

    public SignatureVerdict Verify(Delivery delivery, DateTimeOffset now)
    {
        if (secret is null) return SignatureVerdict.Closed;
        if (delivery.Header("X-HubSpot-Signature-v3") is not { Length: > 0 } signature ||
            delivery.Header("X-HubSpot-Request-Timestamp") is not { Length: > 0 } timestamp)
        {
            return SignatureVerdict.Missing;
        }

        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var sent)) return SignatureVerdict.Mismatch;
        var given = Encoding.UTF8.GetBytes(signature);
        var proven = false;
        foreach (var address in AddressesOf(delivery))
            proven |= CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(Sign(delivery, address, timestamp)));
        if (!proven) return SignatureVerdict.Mismatch;
        var age = (decimal)now.ToUnixTimeMilliseconds() - sent;
        return age is > Window or < -Window ? SignatureVerdict.Stale : SignatureVerdict.Valid;
    }

    /// <summary>The same at each redelivery: HubSpot counts attempts in the body and says that eventId need not be unique.</summary>
    public static string Identify(Delivery delivery)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (Parse(delivery.Body.Span) is { } events)
        {
            foreach (var line in events.Select(Line).Order(StringComparer.Ordinal)) hash.AppendData(Encoding.UTF8.GetBytes(line));
        }
        else
        {
            hash.AppendData(delivery.Body.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public DeliveryReading Read(Delivery delivery)
    {
        if (Parse(delivery.Body.Span) is not { } events)
            return new DeliveryReading { Unreadable = "HubSpot sent something that is not a list of events. Check that the webhook's address is used by HubSpot only." };

        // An app can be installed in several accounts, and signs for all of them: ids of another account's objects are not ours.
        if (portal() is { } ours && events.FirstOrDefault(one => one.PortalId is { Length: > 0 } theirs && theirs != ours) is { } strange)
        {
            return new DeliveryReading
            {
                Unreadable = $"it speaks of HubSpot account {strange.PortalId}, and {tool} is account {ours}: have each account's app call a tool of its own, or mend `account` in the mapping file",
            };
        }

        return new DeliveryReading { Hints = [.. events.SelectMany(HintsOf).Distinct()] };
    }

    private string Sign(Delivery delivery, string address, string timestamp)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret!.Reveal()));
        hmac.AppendData(Encoding.UTF8.GetBytes(delivery.Method.ToUpperInvariant() + address));
        hmac.AppendData(delivery.Body.Span);
        hmac.AppendData(Encoding.UTF8.GetBytes(timestamp));
        return Convert.ToBase64String(hmac.GetHashAndReset());
    }

    // The address as HubSpot called it: the configured host and prefix, since a proxy may change both, and the path and query as
    // they arrived, since an app may call a longer route than ours. Without a configured address the request's own host counts,
    // and since nothing tells whether a proxy took TLS off, either scheme.
    private IEnumerable<string> AddressesOf(Delivery delivery)
    {
        var arrived = delivery.PathAndQuery.Split('#')[0];
        if (prefix is not null)
        {
            yield return Decode(prefix + arrived);
            yield break;
        }

        var host = delivery.Header("Host") ?? "";
        yield return Decode($"http://{host}{arrived}");
        yield return Decode($"https://{host}{arrived}");
    }

    private static string? PrefixOf(Uri? route, string tool)
    {
        if (route is null) return null;
        var (address, ending) = (route.GetLeftPart(UriPartial.Path), $"/webhooks/{Uri.EscapeDataString(tool)}");
        return address.EndsWith(ending, StringComparison.Ordinal) ? address[..^ending.Length] : route.GetLeftPart(UriPartial.Authority);
    }

    private static string Decode(string address) => !address.Contains('%')
        ? address
        : Decoded.Aggregate(address, (text, pair) => text.Replace(pair.Escape, pair.Plain, StringComparison.OrdinalIgnoreCase));

    private static List<HubSpotEvent>? Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            var events = JsonSerializer.Deserialize(body, HubSpotJson.Default.ListHubSpotEvent);
            return events is null || events.Contains(null!) ? null : events;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Line(HubSpotEvent one) => string.Join('\u001f',
        one.PortalId, one.SubscriptionId, one.ObjectId, one.OccurredAt, one.PropertyName, one.SubscriptionType,
        one.FromObjectId, one.ToObjectId) + "\n";

    private static IEnumerable<RecordHint> HintsOf(HubSpotEvent one)
    {
        var parts = (one.SubscriptionType ?? "").Split('.');
        if (parts.Length != 2) yield break;
        var type = parts[0] == "object"
            ? HubSpotType.All.FirstOrDefault(known => known.TypeId == one.ObjectTypeId)
            : HubSpotType.All.FirstOrDefault(known => known.Singular == parts[0]);

        if (parts[1] == "associationChange")
        {
            // Only deals name their associates, whichever side they are on.
            var sides = (one.AssociationType ?? "").Split("_TO_", 2);
            var fromDeal = sides.Length == 2 ? sides[0] == "DEAL" : type == HubSpotType.Deal;
            var toDeal = sides.Length == 2 && sides[1].StartsWith("DEAL", StringComparison.Ordinal);
            if (fromDeal && (one.FromObjectId ?? one.ObjectId) is { Length: > 0 } from) yield return new RecordHint(RecordKind.Deal, from);
            if (toDeal && one.ToObjectId is { Length: > 0 } to) yield return new RecordHint(RecordKind.Deal, to);
            yield break;
        }

        if (type is null) yield break;
        foreach (var id in (string?[])[one.ObjectId, one.PrimaryObjectId, .. one.MergedObjectIds ?? []])
        {
            if (!string.IsNullOrEmpty(id)) yield return new RecordHint(type.Kind, id);
        }
    }
}
