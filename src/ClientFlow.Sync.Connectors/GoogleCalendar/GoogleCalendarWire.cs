using System.Text.Json.Serialization;
using ClientFlow.Sync.Connectors.Http;

namespace ClientFlow.Sync.Connectors.GoogleCalendar;

// Only what is read or written is named. What is absent is not written, so that a PATCH touches nothing else.

internal sealed record GoogleEvents
{
    public IReadOnlyList<GoogleEvent>? Items { get; init; }

    public string? NextPageToken { get; init; }

    public string? NextSyncToken { get; init; }

    /// <summary>What we may do in the calendar: owner, writer, reader, freeBusyReader, none.</summary>
    public string? AccessRole { get; init; }

    /// <summary>The calendar's title; a user's own is called by the user's address until somebody renames it.</summary>
    public string? Summary { get; init; }
}

internal sealed record GoogleEvent
{
    public string? Id { get; init; }

    public string? Status { get; init; }

    public string? Summary { get; init; }

    public string? Description { get; init; }

    public string? HtmlLink { get; init; }

    public string? Etag { get; init; }

    public string? Updated { get; init; }

    public GoogleTime? Start { get; init; }

    public GoogleTime? End { get; init; }

    public string? Transparency { get; init; }

    public string? RecurringEventId { get; init; }

    public GoogleReminders? Reminders { get; init; }

    public GoogleProperties? ExtendedProperties { get; init; }

    /// <summary>The marker that our own write left on it.</summary>
    [JsonIgnore]
    public string? Key => ExtendedProperties?.Private?.GetValueOrDefault(GoogleCalendarMapper.KeyName) is { Length: > 0 } key ? key : null;

    [JsonIgnore]
    public bool Cancelled => Status == "cancelled";
}

/// <param name="Date">A day, for an entry that lasts all day.</param>
/// <param name="DateTime">RFC 3339.</param>
/// <param name="TimeZone">An IANA id.</param>
internal sealed record GoogleTime(string? Date, string? DateTime, string? TimeZone);

internal sealed record GoogleReminders(bool? UseDefault, IReadOnlyList<GoogleReminder>? Overrides);

internal sealed record GoogleReminder(string? Method, int? Minutes);

internal sealed record GoogleProperties(IReadOnlyDictionary<string, string?>? Private);

internal sealed record GoogleCalendarList(IReadOnlyList<GoogleCalendarListEntry>? Items);

internal sealed record GoogleCalendarListEntry(string? Id, bool? Primary);

/// <param name="Id">Ours, used once.</param>
/// <param name="Token">Ours: it comes back with each message.</param>
internal sealed record GoogleWatch(string Id, string Type, string Address, string Token, IReadOnlyDictionary<string, string> Params);

/// <param name="Expiration">Epoch milliseconds.</param>
internal sealed record GoogleWatched(string? ResourceId, string? Expiration);

internal sealed record GoogleStop(string Id, string ResourceId);

internal sealed record GoogleErrorBody(GoogleError? Error);

internal sealed record GoogleError(string? Message, string? Status, IReadOnlyList<GoogleErrorItem>? Errors);

internal sealed record GoogleErrorItem(string? Reason, string? Message);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(LooseText)])]
[JsonSerializable(typeof(GoogleEvents))]
[JsonSerializable(typeof(GoogleEvent))]
[JsonSerializable(typeof(GoogleCalendarList))]
[JsonSerializable(typeof(GoogleWatch))]
[JsonSerializable(typeof(GoogleWatched))]
[JsonSerializable(typeof(GoogleStop))]
[JsonSerializable(typeof(GoogleErrorBody))]
internal sealed partial class GoogleCalendarJson : JsonSerializerContext;
