using System.Text.Json;
using System.Text.Json.Serialization;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Stripe;

/// <summary>How far the events of a stream are read, and how far a full list of it.</summary>
internal sealed record StripeCursor
{
    /// <summary>Events of this second and later are still to be read, in Stripe's own time: nothing here depends on our clock being right.</summary>
    public long Since { get; init; }

    /// <summary>Events around <see cref="Since"/> that are read already: a second holds more than one, and some appear late.</summary>
    public IReadOnlyList<string> Seen { get => field ?? []; init; }

    /// <summary>When the last complete poll began, by our clock.</summary>
    public long AskedAt { get; init; }

    /// <summary>A poll under way, newest first: <see cref="Since"/> moves only once its last page is read.</summary>
    public StripeWalk? Walk { get; init; }

    /// <summary>The last id of the page before, in a full list.</summary>
    public string? ListAfter { get; init; }

    public Cursor ToCursor() => new(JsonSerializer.Serialize(this, StripeCursorJson.Default.StripeCursor));

    /// <summary>Reads a cursor; null for one that isn't ours.</summary>
    public static StripeCursor? Of(Cursor? cursor)
    {
        try
        {
            return cursor?.Text is { Length: > 0 } text ? JsonSerializer.Deserialize(text, StripeCursorJson.Default.StripeCursor) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A poll of more than one page.</summary>
/// <param name="After">The last event of the page before.</param>
/// <param name="Newest">The newest event's second.</param>
/// <param name="Seen">The events around it.</param>
/// <param name="BeganAt">When its first page was asked for, by our clock.</param>
internal sealed record StripeWalk(string After, long Newest, IReadOnlyList<string> Seen, long BeganAt);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StripeCursor))]
internal sealed partial class StripeCursorJson : JsonSerializerContext;
