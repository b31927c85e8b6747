using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ClientFlow.Sync.Sandbox.GoogleCalendar;

/// <summary>What Google checks about an event before it keeps it, and how it writes times back.</summary>
internal static partial class GoogleEventRules
{
    public static void CheckId(string id)
    {
        if (!Id().IsMatch(id))
            throw GoogleError.Invalid("Invalid resource id value.");
    }

    /// <summary>Checks the fields and brings the times into the form that Google answers with.</summary>
    public static void Settle(JsonObject fields, VisibleCalendar calendar)
    {
        Among(fields, "status", "confirmed", "tentative", "cancelled");
        Among(fields, "transparency", "opaque", "transparent");
        Among(fields, "visibility", "default", "public", "private", "confidential");
        SettleTimes(fields, calendar);
        CheckReminders(fields["reminders"]);
        CheckProperties(fields["extendedProperties"]);
        if ((string?)fields["source"]?["url"] is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            throw GoogleError.Invalid("Invalid source URL.");
        if (fields["attendees"] is JsonArray attendees && attendees.Any(attendee => (string?)attendee?["email"] is not { } email || !email.Contains('@', StringComparison.Ordinal)))
            throw GoogleError.Invalid("Invalid attendee email.");
    }

    /// <summary>PATCH: objects are merged, null takes a field away, lists are replaced.</summary>
    public static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
                target.Remove(name);
            else if (value is JsonObject inner && target[name] is JsonObject known)
                Merge(known, inner);
            else
                target[name] = value.DeepClone();
        }
    }

    /// <summary>An RFC 3339 time with its offset, as `timeMin` and the like need it.</summary>
    public static DateTimeOffset Instant(string text, string parameter) =>
        Offset().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var instant)
            ? instant
            : throw GoogleError.Invalid("Bad Request", "badRequest", parameter);

    private static void Among(JsonObject fields, string name, params string[] values)
    {
        if ((string?)fields[name] is { } given && !values.Contains(given))
            throw GoogleError.Invalid($"Invalid value for {name}: {given}");
    }

    private static void SettleTimes(JsonObject fields, VisibleCalendar calendar)
    {
        if (fields["start"] is not JsonObject start)
            throw GoogleError.Invalid("Missing start time.", "required");
        if (fields["end"] is not JsonObject end)
            throw GoogleError.Invalid("Missing end time.", "required");
        var (startDay, endDay) = (Day(start, "start"), Day(end, "end"));
        if (startDay is null != endDay is null || (start["date"] is not null && start["dateTime"] is not null) || (end["date"] is not null && end["dateTime"] is not null))
            throw GoogleError.Invalid("Start and end times must either both be date or both be dateTime.");
        if (startDay is { } first && endDay is { } behind)
        {
            if (behind <= first)
                throw GoogleError.Invalid("The specified time range is empty.", "timeRangeEmpty");
            return;
        }

        if (Time(end, "end", calendar) <= Time(start, "start", calendar))
            throw GoogleError.Invalid("The specified time range is empty.", "timeRangeEmpty");
    }

    private static DateOnly? Day(JsonObject edge, string name)
    {
        if ((string?)edge["date"] is not { } text)
            return null;
        return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day
            : throw GoogleError.Invalid($"Invalid value for: Invalid format: \"{text}\"", "invalid", name);
    }

    private static DateTimeOffset Time(JsonObject edge, string name, VisibleCalendar calendar)
    {
        if ((string?)edge["dateTime"] is not { } text)
            throw GoogleError.Invalid($"Missing {name} time.", "required");
        var zone = calendar.Zone;
        if ((string?)edge["timeZone"] is { } zoneId && !TimeZoneInfo.TryFindSystemTimeZoneById(zoneId, out zone))
            throw GoogleError.Invalid($"Invalid time zone definition for {name} time.");
        DateTimeOffset moment;
        if (Offset().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var instant))
            moment = TimeZoneInfo.ConvertTime(instant, zone!);
        else if (!Local().IsMatch(text) || !DateTime.TryParse(text, CultureInfo.InvariantCulture, out var local))
            throw GoogleError.Invalid($"Invalid value for: Invalid format: \"{text}\"", "invalid", name);
        else if (edge["timeZone"] is null)
            throw GoogleError.Invalid($"Missing time zone definition for {name} time.", "required");
        else
            moment = new DateTimeOffset(local, zone!.GetUtcOffset(local));

        edge["dateTime"] = moment.Offset == TimeSpan.Zero
            ? moment.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : moment.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
        edge["timeZone"] ??= calendar.TimeZone;
        return moment;
    }

    private static void CheckReminders(JsonNode? reminders)
    {
        if (reminders?["overrides"] is not JsonArray { Count: > 0 } overrides)
            return;
        if ((bool?)reminders["useDefault"] == true)
            throw GoogleError.Invalid("Cannot specify both default reminders and overrides at the same time.", "cannotUseDefaultRemindersAndSpecifyOverride");
        if (overrides.Count > 5)
            throw GoogleError.Invalid("Too many override reminders; at most 5 are allowed.");
        foreach (var reminder in overrides)
        {
            if ((string?)reminder?["method"] is not ("email" or "popup"))
                throw GoogleError.Invalid("Invalid reminder method.");
            if ((int?)reminder["minutes"] is not (>= 0 and <= 40320))
                throw GoogleError.Invalid("Invalid reminder minutes; they must be between 0 and 40320.");
        }
    }

    // developers.google.com/workspace/calendar/api/guides/extended-properties: 300 properties, names of 44, values of 1024 characters.
    private static void CheckProperties(JsonNode? properties)
    {
        var all = ((string[])["private", "shared"]).SelectMany(kind => properties?[kind]?.AsObject() ?? []).ToList();
        if (all.Count > 300 || all.Exists(pair => pair.Key.Length > 44 || pair.Value?.ToString().Length > 1024))
            throw GoogleError.Invalid("Extended properties are too large.");
    }

    // Base32hex in lower case: the letters a to v and the digits.
    [GeneratedRegex(@"^[a-v0-9]{5,1024}\z")]
    private static partial Regex Id();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\z")]
    private static partial Regex Offset();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?\z")]
    private static partial Regex Local();
}
