using System.Text.Json;
using System.Text.Json.Serialization;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.GoogleCalendar;

/// <summary>How far each calendar is read, and where in a round over all of them we are.</summary>
internal sealed record GoogleCalendarCursor
{
    /// <summary>Calendar to sync token; null for one that is still to be read in full.</summary>
    public IReadOnlyDictionary<string, string?> Tokens { get => field ?? new Dictionary<string, string?>(); init; }

    /// <summary>The calendars left in this round, the one under way first.</summary>
    public IReadOnlyList<string> Round { get => field ?? []; init; }

    /// <summary>The next page of the calendar under way.</summary>
    public string? Page { get; init; }

    /// <summary>The round is a full list.</summary>
    public bool Listing { get; init; }

    public Cursor ToCursor() => new(JsonSerializer.Serialize(this, GoogleCalendarCursorJson.Default.GoogleCalendarCursor));

    /// <summary>Reads a cursor; null for one that isn't ours.</summary>
    public static GoogleCalendarCursor? Of(Cursor? cursor)
    {
        try
        {
            return cursor?.Text is { Length: > 0 } text ? JsonSerializer.Deserialize(text, GoogleCalendarCursorJson.Default.GoogleCalendarCursor) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(GoogleCalendarCursor))]
internal sealed partial class GoogleCalendarCursorJson : JsonSerializerContext;
