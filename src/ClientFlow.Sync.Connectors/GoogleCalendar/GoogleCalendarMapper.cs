using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.GoogleCalendar;

/// <summary>Calendar events as reminders. Only what we made ourselves becomes a record: other appointments are private.</summary>
internal static class GoogleCalendarMapper
{
    public const string KeyName = "cfKey";
    public const string SubjectName = "cfSubject";

    // `cf` and 24 characters of base32hex; see ActionKey.
    private const int KeyLength = 26;

    public static IReadOnlyList<FieldMapping> ReminderFields { get; } =
    [
        new("title", "summary"),
        new("at", "start"),
        new("status", "status"),
        new("calendar", "calendar"),
        new("key", KeyName),
        new("url", "htmlLink"),
    ];

    /// <summary>The record's id: an event's own id is unique in its calendar only.</summary>
    public static string IdOf(string calendar, string eventId) => $"{calendar}/{eventId}";

    /// <summary>Takes a record's id apart; null for what isn't one.</summary>
    public static (string Calendar, string Event)? Split(string id) =>
        id.LastIndexOf('/') is > 0 and var slash && slash < id.Length - 1 ? (id[..slash], id[(slash + 1)..]) : null;

    /// <summary>The id that we choose for an event, so that a second insert meets the first one.</summary>
    public static string EventId(string key, int generation) => generation > 1 ? $"{key}g{generation}" : key;

    /// <summary>An id as we choose them. One in a thousand of Google's own looks so too, which costs a read and no more.</summary>
    public static bool LooksOurs(string eventId) =>
        eventId.StartsWith("cf", StringComparison.Ordinal) && eventId.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'v'));

    /// <summary>One of our events as a record.</summary>
    public static SourceRecord Record(string calendar, GoogleEvent item, string key, TimeZoneInfo zone) => new()
    {
        Kind = RecordKind.Reminder,
        Id = IdOf(calendar, item.Id!),
        Order = Instant(item.Updated)?.ToUnixTimeMilliseconds(),
        Meaning = Meaning(item.Status),
        Fields = new Dictionary<string, string?>
        {
            ["summary"] = item.Summary,
            ["description"] = item.Description,
            ["start"] = Show(Start(item, zone)),
            ["end"] = Show(InstantOf(item.End, zone)),
            ["status"] = item.Status,
            ["calendar"] = calendar,
            [KeyName] = key,
            [SubjectName] = item.ExtendedProperties?.Private?.GetValueOrDefault(SubjectName),
            ["htmlLink"] = item.HtmlLink,
        },
    };

    /// <summary>What is left of our event when Google tells no more than that it was cancelled: the key stands in the id.</summary>
    public static SourceRecord Cancelled(string calendar, GoogleEvent item, TimeZoneInfo zone) =>
        Record(calendar, item, item.Id!.Length > KeyLength ? item.Id[..KeyLength] : item.Id, zone);

    public static SourceRecord Gone(string id) => new() { Kind = RecordKind.Reminder, Id = id, Gone = true };

    /// <summary>When an event begins; null where nothing is told. All day begins at midnight of the business's zone.</summary>
    public static DateTimeOffset? Start(GoogleEvent item, TimeZoneInfo zone) => InstantOf(item.Start, zone);

    /// <summary>An instant as Google wants it: on the wall of a zone, with the offset that holds there then.</summary>
    public static GoogleTime TimeIn(DateTimeOffset at, string zone) => new(
        null,
        TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(zone)).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture),
        zone);

    private static Dictionary<string, string> Meaning(string? status) => status switch
    {
        null or "confirmed" or "tentative" => new() { ["status"] = "set" },
        "cancelled" => new() { ["status"] = "cancelled" },
        _ => [],
    };

    private static DateTimeOffset? InstantOf(GoogleTime? time, TimeZoneInfo zone)
    {
        if (time?.Date is { } day)
            return DateOnly.TryParseExact(day, "yyyy-MM-dd", out var date) ? LocalTime.InstantOf(date, TimeOnly.MinValue, zone) : null;
        if (time?.DateTime is not { Length: >= 19 } text) return null;
        if (text.EndsWith('Z') || text.AsSpan(19).IndexOfAny('+', '-') >= 0) return Instant(text);
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, out var wall)) return null;
        var own = time.TimeZone is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found) ? found : zone;
        return LocalTime.InstantOf(DateOnly.FromDateTime(wall), TimeOnly.FromDateTime(wall), own);
    }

    private static DateTimeOffset? Instant(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? instant.ToUniversalTime() : null;

    private static string? Show(DateTimeOffset? instant) => instant?.ToString("yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture);
}
