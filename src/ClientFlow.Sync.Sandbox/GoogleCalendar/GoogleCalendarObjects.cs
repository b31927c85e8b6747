using System.Globalization;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.GoogleCalendar;

/// <summary>A calendar as the authenticated user sees it.</summary>
public sealed class VisibleCalendar
{
    private readonly Dictionary<string, GoogleEvent> _byId = new(StringComparer.Ordinal);
    private readonly List<GoogleEvent> _events = [];

    /// <summary>An address; the primary calendar's is its owner's.</summary>
    public required string Id { get; init; }

    public required string Summary { get; init; }

    public required string TimeZone { get; init; }

    /// <summary>`owner`, `writer` or `reader`.</summary>
    public required string AccessRole { get; init; }

    public bool Primary { get; init; }

    internal bool Writable => AccessRole is "owner" or "writer";

    /// <summary>Rises with each change of any event.</summary>
    internal long Version { get; set; }

    internal TimeZoneInfo Zone => TimeZoneInfo.FindSystemTimeZoneById(TimeZone);

    /// <summary>Oldest first, the deleted ones among them.</summary>
    internal IReadOnlyList<GoogleEvent> Events => _events;

    internal GoogleEvent? Find(string id) => _byId.GetValueOrDefault(id);

    internal void Add(GoogleEvent added)
    {
        _byId.Add(added.Id, added);
        _events.Add(added);
    }

    internal JsonObject ToJson() => new()
    {
        ["kind"] = "calendar#calendar",
        ["etag"] = "\"calendar\"",
        ["id"] = Id,
        ["summary"] = Summary,
        ["timeZone"] = TimeZone,
    };

    internal JsonObject ToEntryJson()
    {
        var json = new JsonObject
        {
            ["kind"] = "calendar#calendarListEntry",
            ["etag"] = "\"entry\"",
            ["id"] = Id,
            ["summary"] = Summary,
            ["timeZone"] = TimeZone,
            ["colorId"] = "14",
            ["backgroundColor"] = "#9fe1e7",
            ["foregroundColor"] = "#000000",
            ["selected"] = true,
            ["accessRole"] = AccessRole,
            ["defaultReminders"] = new JsonArray(),
        };
        if (Primary)
            json["primary"] = true;
        return json;
    }
}

/// <summary>An event with what the server keeps beside its fields.</summary>
internal sealed class GoogleEvent
{
    public required string Id { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>What callers may set; the rest is added by <see cref="ToJson"/>.</summary>
    public required JsonObject Fields { get; set; }

    public DateTimeOffset Updated { get; set; }

    /// <summary>The calendar's version at its last change.</summary>
    public long Version { get; set; }

    public int Sequence { get; set; }

    public bool Cancelled => (string?)Fields["status"] == "cancelled";

    /// <summary>A number in quotes, which are part of it.</summary>
    public string Etag => $"\"{Updated.ToUnixTimeMilliseconds() * 2}{Version:000}\"";

    public JsonObject ToJson(VisibleCalendar calendar, string root)
    {
        var json = new JsonObject
        {
            ["kind"] = "calendar#event",
            ["etag"] = Etag,
            ["id"] = Id,
            ["status"] = "confirmed",
            ["htmlLink"] = $"{root}/objects/events/{Id}",
            ["created"] = Moment(Created),
            ["updated"] = Moment(Updated),
        };
        foreach (var (name, value) in Fields)
            json[name] = value?.DeepClone();
        json["creator"] = new JsonObject { ["email"] = calendar.Id, ["self"] = true };
        json["organizer"] = new JsonObject { ["email"] = calendar.Id, ["self"] = true };
        json["iCalUID"] ??= $"{Id}@google.com";
        json["sequence"] = Sequence;
        json["reminders"] ??= new JsonObject { ["useDefault"] = true };
        json["eventType"] = "default";
        return json;
    }

    public JsonObject ToBareJson() => new() { ["kind"] = "calendar#event", ["etag"] = Etag, ["id"] = Id, ["status"] = "cancelled" };

    public DateTimeOffset Start(VisibleCalendar calendar) => Edge("start", calendar);

    public DateTimeOffset End(VisibleCalendar calendar) => Edge("end", calendar);

    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private DateTimeOffset Edge(string name, VisibleCalendar calendar)
    {
        if ((string?)Fields[name]?["dateTime"] is { } moment)
            return DateTimeOffset.Parse(moment, CultureInfo.InvariantCulture);
        var day = DateTime.ParseExact((string)Fields[name]!["date"]!, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new DateTimeOffset(day, calendar.Zone.GetUtcOffset(day));
    }
}
