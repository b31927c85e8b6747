using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.GoogleCalendar;

/// <summary>Events: reading and writing single ones, full and incremental lists.</summary>
public sealed partial class GoogleCalendarTool
{
    private static readonly string[] _forbiddenWithSyncToken =
        ["iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin"];

    private static readonly string[] _listParameters =
    [
        .. _common, .. _forbiddenWithSyncToken, "alwaysIncludeEmail", "maxAttendees", "maxResults", "pageToken", "showDeleted",
        "showHiddenInvitations", "singleEvents", "syncToken", "timeZone",
    ];

    private static readonly string[] _writeParameters =
        [.. _common, "alwaysIncludeEmail", "conferenceDataVersion", "maxAttendees", "sendNotifications", "sendUpdates", "supportsAttachments"];

    private readonly Dictionary<string, PagedListing> _listings = new(StringComparer.Ordinal);
    private long _syncTokenGeneration;

    /// <summary>The events of a calendar as the API would answer them, the deleted ones among them.</summary>
    public IReadOnlyList<JsonObject> EventsOf(string calendarId = "primary")
    {
        lock (Lock)
        {
            var calendar = FindCalendar(calendarId) ?? throw new ArgumentException($"no calendar '{calendarId}'", nameof(calendarId));
            return [.. calendar.Events.Select(known => known.ToJson(calendar, RootUrl))];
        }
    }

    /// <summary>What somebody enters by hand, or a seed; reader calendars included.</summary>
    public JsonObject AddEvent(string calendarId, JsonObject fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        lock (Lock)
        {
            var calendar = FindCalendar(calendarId) ?? throw new ArgumentException($"no calendar '{calendarId}'", nameof(calendarId));
            return Insert(calendar, (JsonObject)fields.DeepClone());
        }
    }

    /// <summary>From now on every sync token given before answers 410.</summary>
    public void ExpireSyncTokens()
    {
        lock (Lock)
        {
            _syncTokenGeneration++;
        }
    }

    private void MapEvents()
    {
        Route("GET", "/calendars/{calendar}/events", _listParameters, ListEvents);
        Route("GET", "/calendars/{calendar}/events/{event}", [.. _common, "alwaysIncludeEmail", "maxAttendees", "timeZone"], call =>
        {
            var calendar = FindCalendar(call);
            var known = FindEvent(calendar, call);
            return call.Headers.IfNoneMatch.ToString() == known.Etag ? new ApiAnswer(304).With("ETag", known.Etag) : Answer(calendar, known);
        });
        Route("POST", "/calendars/{calendar}/events", [.. _writeParameters.Except(["alwaysIncludeEmail"])], call =>
        {
            var calendar = Writable(call);
            CheckSending(call);
            var added = Insert(calendar, Body(call, GoogleShapes.Event, "event"));
            return ApiAnswer.Json(200, added).With("ETag", (string)added["etag"]!);
        });
        Route("PATCH", "/calendars/{calendar}/events/{event}", _writeParameters, call => Write(call, Patch));
        Route("PUT", "/calendars/{calendar}/events/{event}", _writeParameters, call => Write(call, Put));
        Route("DELETE", "/calendars/{calendar}/events/{event}", [.. _common, "sendNotifications", "sendUpdates"], call =>
        {
            var calendar = Writable(call);
            CheckSending(call);
            var known = FindEvent(calendar, call);
            CheckMatch(call, known);
            Cancel(calendar, known);
            return ApiAnswer.Empty();
        });
    }

    private static void CheckSending(ApiCall call)
    {
        OneOf(call, "sendUpdates", "all", "externalOnly", "none");
        Flag(call, "sendNotifications");
    }

    private static void CheckMatch(ApiCall call, GoogleEvent known)
    {
        if (call.Headers.IfMatch.ToString() is { Length: > 0 } wanted && wanted != "*" && wanted != known.Etag)
            throw GoogleError.Refuse(412, "conditionNotMet", "Precondition Failed", location: "If-Match", locationType: "header");
    }

    private GoogleEvent FindEvent(VisibleCalendar calendar, ApiCall call)
    {
        var known = calendar.Find(call.Part("event")) ?? throw GoogleError.NotFound();
        return Clock.GetUtcNow() >= known.Created + Behaviour.VisibleAfter ? known : throw GoogleError.NotFound();
    }

    private ApiAnswer Answer(VisibleCalendar calendar, GoogleEvent known) =>
        ApiAnswer.Json(200, known.ToJson(calendar, RootUrl)).With("ETag", known.Etag);

    private ApiAnswer Write(ApiCall call, Func<VisibleCalendar, GoogleEvent, JsonObject, JsonObject> write)
    {
        var calendar = Writable(call);
        CheckSending(call);
        var known = FindEvent(calendar, call);
        CheckMatch(call, known);
        write(calendar, known, Body(call, GoogleShapes.Event, "event"));
        return Answer(calendar, known);
    }

    private JsonObject Insert(VisibleCalendar calendar, JsonObject body)
    {
        var id = (string?)body["id"];
        if (id is not null && body["iCalUID"] is not null)
            throw GoogleError.Invalid("Cannot specify both event id and iCalUID.");
        if (id is not null)
            GoogleEventRules.CheckId(id);
        if ((string?)body["status"] == "cancelled")
            throw GoogleError.Invalid("Invalid value for status: an event cannot be inserted as cancelled.");
        var fields = Writable(body);
        GoogleEventRules.Settle(fields, calendar);
        if (id is not null && calendar.Find(id) is not null)
            throw GoogleError.Refuse(409, "duplicate", "The requested identifier already exists.");

        var added = new GoogleEvent { Id = id ?? NewEventId(), Created = Clock.GetUtcNow(), Fields = fields };
        calendar.Add(added);
        Changed(calendar, added);
        return added.ToJson(calendar, RootUrl);
    }

    private JsonObject Patch(VisibleCalendar calendar, GoogleEvent known, JsonObject body)
    {
        var fields = (JsonObject)known.Fields.DeepClone();
        GoogleEventRules.Merge(fields, Writable(body));
        return Replace(calendar, known, body, fields);
    }

    private JsonObject Put(VisibleCalendar calendar, GoogleEvent known, JsonObject body) => Replace(calendar, known, body, Writable(body));

    private JsonObject Replace(VisibleCalendar calendar, GoogleEvent known, JsonObject body, JsonObject fields)
    {
        if ((string?)body["id"] is { } id && id != known.Id)
            throw GoogleError.Invalid("Invalid resource id value.");
        fields["status"] ??= "confirmed";
        if (known.Cancelled && ((string?)fields["status"] == "cancelled" || !Behaviour.CancelledCanBeRevived))
            throw GoogleError.Gone();
        GoogleEventRules.Settle(fields, calendar);
        if (!JsonNode.DeepEquals(fields["start"], known.Fields["start"]) || !JsonNode.DeepEquals(fields["end"], known.Fields["end"]))
            known.Sequence++;
        known.Fields = fields;
        Changed(calendar, known);
        return known.ToJson(calendar, RootUrl);
    }

    private void Cancel(VisibleCalendar calendar, GoogleEvent known)
    {
        if (known.Cancelled)
            throw GoogleError.Gone();
        known.Fields["status"] = "cancelled";
        Changed(calendar, known);
    }

    private void Changed(VisibleCalendar calendar, GoogleEvent changed)
    {
        changed.Version = ++calendar.Version;
        changed.Updated = Clock.GetUtcNow();
        Notify(calendar);
    }

    /// <summary>What of a body the caller may decide.</summary>
    private static JsonObject Writable(JsonObject body) => new(
        [.. body.Where(pair => pair.Key is not ("id" or "sequence") && !GoogleShapes.ReadOnly.Contains(pair.Key))
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))]);

    private string NewEventId() => $"sandbox{++_made:00000}{Options.Seed % 100:00}";

    private ApiAnswer ListEvents(ApiCall call)
    {
        var calendar = FindCalendar(call);
        var syncToken = call.Parameter("syncToken");
        if (syncToken is not null && _forbiddenWithSyncToken.FirstOrDefault(name => call.Parameter(name) is not null) is { } forbidden)
            throw GoogleError.Invalid($"The sync token cannot be used together with the parameter {forbidden}.", "invalidParameter", "syncToken");
        var pageSize = MaxResults(call, 250, 2500);
        var listing = call.Parameter("pageToken") is { } page ? Listing(page) : syncToken is null ? Everything(calendar, call) : Since(calendar, call, syncToken);

        var json = new JsonObject
        {
            ["kind"] = "calendar#events",
            ["etag"] = $"\"p{calendar.Version}\"",
            ["summary"] = calendar.Summary,
            ["updated"] = GoogleEvent.Moment(Clock.GetUtcNow()),
            ["timeZone"] = calendar.TimeZone,
            ["accessRole"] = calendar.AccessRole,
            ["defaultReminders"] = new JsonArray(),
        };
        Turn(json, listing, pageSize, id => calendar.Find(id)! is { Cancelled: true } gone && Behaviour.CancelledAreBare
            ? gone.ToBareJson()
            : calendar.Find(id)!.ToJson(calendar, RootUrl));
        return ApiAnswer.Json(200, json);
    }

    private PagedListing Everything(VisibleCalendar calendar, ApiCall call)
    {
        var from = call.Parameter("timeMin") is { } least ? GoogleEventRules.Instant(least, "timeMin") : DateTimeOffset.MinValue;
        var until = call.Parameter("timeMax") is { } most ? GoogleEventRules.Instant(most, "timeMax") : DateTimeOffset.MaxValue;
        var changedFrom = call.Parameter("updatedMin") is { } updated ? GoogleEventRules.Instant(updated, "updatedMin") : (DateTimeOffset?)null;
        if (from >= until)
            throw GoogleError.Invalid("The specified time range is empty.", "timeRangeEmpty", "timeMax");
        var order = OneOf(call, "orderBy", "startTime", "updated");
        if (order == "startTime" && !Flag(call, "singleEvents"))
            throw GoogleError.Invalid("The requested ordering is not available for the particular query.", "badRequest", "orderBy");
        var showDeleted = Flag(call, "showDeleted");
        var mine = Properties(call, "privateExtendedProperty");
        var shared = Properties(call, "sharedExtendedProperty");
        var (uid, words) = (call.Parameter("iCalUID"), call.Parameter("q"));

        var found = calendar.Events.Where(known => (!known.Cancelled || showDeleted || changedFrom is not null)
            && (changedFrom is null || known.Updated >= changedFrom)
            && known.End(calendar) > from && known.Start(calendar) < until
            && (uid is null || ((string?)known.Fields["iCalUID"] ?? $"{known.Id}@google.com") == uid)
            && Has(known, "private", mine) && Has(known, "shared", shared)
            && (words is null || Mentions(known, words)));
        found = order switch
        {
            "startTime" => found.OrderBy(known => known.Start(calendar)),
            "updated" => found.OrderBy(known => known.Updated).ThenBy(known => known.Version),
            _ => found,
        };
        var bounded = call.Parameter("timeMin") is not null || call.Parameter("timeMax") is not null;
        var narrowed = _forbiddenWithSyncToken.Except(["timeMin", "timeMax"]).Any(name => call.Parameter(name) is not null);
        var withToken = !narrowed && (!bounded || Behaviour.SyncTokenWithTimeBounds);
        return new PagedListing([.. found.Select(known => known.Id)], withToken ? SyncToken(calendar) : null);
    }

    private PagedListing Since(VisibleCalendar calendar, ApiCall call, string syncToken)
    {
        if (call.Parameter("showDeleted") == "false")
            throw GoogleError.Invalid("It is not allowed to set showDeleted to false together with a sync token.", "invalidParameter", "showDeleted");
        var version = VersionOf(syncToken, calendar);
        return new PagedListing(
            [.. calendar.Events.Where(known => known.Version > version).OrderBy(known => known.Version).Select(known => known.Id)],
            SyncToken(calendar));
    }

    private static List<(string Name, string Value)> Properties(ApiCall call, string parameter) =>
    [
        .. Repeated(call, parameter).Select(text => text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? (text[..at], text[(at + 1)..])
            : throw GoogleError.Invalid($"Invalid value for {parameter}: '{text}'; expected name=value", "invalidParameter", parameter)),
    ];

    private static bool Has(GoogleEvent known, string kind, List<(string Name, string Value)> wanted) =>
        wanted.TrueForAll(pair => (string?)known.Fields["extendedProperties"]?[kind]?[pair.Name] == pair.Value);

    private static bool Mentions(GoogleEvent known, string words) =>
        ((string[])["summary", "description", "location"]).Any(name =>
            (known.Fields[name]?.ToString() ?? "").Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>Opaque to callers: the calendar, how far they have seen it, and when they were told.</summary>
    private string SyncToken(VisibleCalendar calendar) => Convert.ToBase64String(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{calendar.Id}|{calendar.Version}|{_syncTokenGeneration}|{Clock.GetUtcNow().ToUnixTimeMilliseconds()}")));

    private long VersionOf(string syncToken, VisibleCalendar calendar)
    {
        var bytes = new byte[syncToken.Length];
        if (!Convert.TryFromBase64String(syncToken, bytes, out var length)
            || Encoding.UTF8.GetString(bytes, 0, length).Split('|') is not [var id, var version, var generation, var given] || id != calendar.Id)
            throw GoogleError.Invalid("Invalid sync token value.", "invalid", "syncToken");
        var at = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(given, CultureInfo.InvariantCulture));
        var expired = long.Parse(generation, CultureInfo.InvariantCulture) != _syncTokenGeneration || Clock.GetUtcNow() - at >= Behaviour.SyncTokensLive;
        return !expired
            ? long.Parse(version, CultureInfo.InvariantCulture)
            : throw GoogleError.Refuse(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.", "calendar", "syncToken", "parameter");
    }

    private PagedListing Listing(string pageToken) =>
        _listings.TryGetValue(pageToken, out var listing) ? listing : throw GoogleError.Invalid("Invalid page token value.", "invalid", "pageToken");

    /// <summary>Puts one page into the answer, and the token of the next one or, on the last page alone, the sync token.</summary>
    private void Turn(JsonObject json, PagedListing listing, int pageSize, Func<string, JsonObject> item)
    {
        var size = listing.First && Behaviour.FirstPageIsEmpty ? 0 : pageSize;
        json["items"] = new JsonArray([.. listing.Ids.Take(size).Select(item)]);
        if (listing.Ids.Count > size || (size == 0 && listing.First))
        {
            var token = $"page{++_made}";
            _listings[token] = listing with { Ids = [.. listing.Ids.Skip(size)], First = false };
            json["nextPageToken"] = token;
        }
        else if (listing.SyncToken is not null)
        {
            json["nextSyncToken"] = listing.SyncToken;
        }
    }

    /// <summary>What is left of a list, fixed when its first page was asked for; so is the sync token, or changes in between would be missed.</summary>
    private sealed record PagedListing(IReadOnlyList<string> Ids, string? SyncToken, bool First = true);
}
