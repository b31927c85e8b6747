using System.Text.Json;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.GoogleCalendar;

/// <summary>
/// The writes: a reminder is made under an id of our choice, so that a second insert meets the first; moved and taken out after
/// it was read, so that what a person did to it stays.
/// </summary>
internal sealed class GoogleCalendarActions(GoogleCalendarClient client, GoogleCalendars calendars, TimeZoneInfo zone) : IActs
{
    private const string Json = "application/json";
    private const string DeletedByPerson = "The reminder was deleted in the calendar by a person, and was left so.";

    private static readonly TimeSpan MaxCommit = TimeSpan.FromMinutes(1);

    // "404 can be transient right after creation".
    private static readonly TimeSpan ReadLag = TimeSpan.FromSeconds(30);

    // No RepeatWithin: Google doesn't promise to notice that two inserts under one id meet, so doubt is waited out and looked up.
    public static IReadOnlyList<ActionTraits> Traits { get; } =
    [
        new("reminder.create", KeyStrength.Native, "an event id of our choice", MaxCommit, ReadLag),
        new("reminder.move", KeyStrength.Repeatable, "read first, and only if unchanged since (If-Match)", MaxCommit, ReadLag),
        new("reminder.cancel", KeyStrength.Repeatable, "read first; a second delete finds nothing", MaxCommit, ReadLag),
    ];

    public async Task<Outcome<Preparation>> PrepareAsync(ActionCall call, CancellationToken cancellationToken)
    {
        if (call.Order.Content is ReminderContent content)
        {
            return (await calendars.ForAsync(content.For, cancellationToken)).Succeeded(out var calendar, out var trouble)
                ? Create(call, content, calendar)
                : trouble;
        }

        if (Target(call) is not { } target) return NotOurs(call);
        calendars.Remember(target.Calendar);
        if (!(await FindAsync(target, cancellationToken)).Succeeded(out var found, out var failure)) return failure;
        if (call.Order.Content is ReminderMoveContent move) return Settled(move, target, found) is { } left ? new Preparation.Exists(left) : Move(move, target, found);
        return found is { Cancelled: false } ? Cancel(target) : new Preparation.Exists(target.Result(found));
    }

    public Task<Outcome<ActionResult>> SendAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken) => call.Order.Content switch
    {
        ReminderContent content => SendCreateAsync(call, content, frozen, cancellationToken),
        ReminderMoveContent move when Target(call) is { } target => SendMoveAsync(move, target, frozen, cancellationToken),
        ReminderCancelContent when Target(call) is { } target => SendCancelAsync(target, frozen, cancellationToken),
        _ => Task.FromResult<Outcome<ActionResult>>(NotOurs(call)),
    };

    public async Task<Outcome<ActionResult?>> LookUpAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken)
    {
        var created = call.Order.Content as ReminderContent;
        var where = created is not null ? new Place(GoogleCalendarClient.CalendarIn(frozen), IdOf(call, created)) : Target(call);
        if (where is not { } place) return NotOurs(call);
        if (!(await FindAsync(place, cancellationToken)).Succeeded(out var found, out var failure)) return failure;
        return call.Order.Content switch
        {
            ReminderContent when found is null => (ActionResult?)null,
            ReminderContent => Standing(call, place, found).Then<ActionResult?>(r => r),
            ReminderMoveContent move => Settled(move, place, found),
            _ => found is { Cancelled: false } ? (ActionResult?)null : place.Result(found),
        };
    }

    private Preparation.Send Create(ActionCall call, ReminderContent content, string calendar)
    {
        var body = new GoogleEvent
        {
            Id = IdOf(call, content),
            Summary = content.Title,
            Description = content.Notes.Length == 0 ? null : content.Notes,
            Start = GoogleCalendarMapper.TimeIn(content.At, content.Zone),
            End = GoogleCalendarMapper.TimeIn(content.At + content.Duration, content.Zone),
            Transparency = "transparent",
            Reminders = new GoogleReminders(false, [new GoogleReminder("popup", 0)]),
            ExtendedProperties = new GoogleProperties(new Dictionary<string, string?>
            {
                [GoogleCalendarMapper.KeyName] = call.Order.Key,
                [GoogleCalendarMapper.SubjectName] = content.Subject,
            }),
        };
        return Write("POST", client.EventsPath(calendar), body, []);
    }

    private Preparation.Send Move(ReminderMoveContent move, Place place, GoogleEvent? found) => Write(
        "PATCH", client.EventPath(place.Calendar, place.Event),
        new GoogleEvent
        {
            Summary = move.Title,
            Start = GoogleCalendarMapper.TimeIn(move.At, move.Zone),
            End = GoogleCalendarMapper.TimeIn(move.At + move.Duration, move.Zone),
        },
        found?.Etag is { Length: > 0 } etag ? new Dictionary<string, string> { ["If-Match"] = etag } : []);

    private Preparation.Send Cancel(Place place) => Write("DELETE", client.EventPath(place.Calendar, place.Event), null, []);

    private static Preparation.Send Write(string method, string path, GoogleEvent? body, Dictionary<string, string> headers) => new(new FrozenCall(
        method, path + "?sendUpdates=none", body is null ? null : Json,
        body is null ? null : JsonSerializer.Serialize(body, GoogleCalendarJson.Default.GoogleEvent), headers));

    private async Task<Outcome<ActionResult>> SendCreateAsync(
        ActionCall call, ReminderContent content, FrozenCall frozen, CancellationToken cancellationToken)
    {
        var place = new Place(GoogleCalendarClient.CalendarIn(frozen), IdOf(call, content));
        if ((await client.WriteAsync(frozen, cancellationToken)).Succeeded(out var made, out var failure))
            return place.Result(made) with { State = GoogleCalendarMapper.Record(place.Calendar, made with { Id = place.Event }, call.Order.Key, zone) };
        if (failure is { Status: 403 or 404, Kind: FailureKind.Rejected or FailureKind.Missing }) calendars.Forget(place.Calendar);
        if (failure.Status is not 409) return failure;

        // An earlier try was carried out after all: the id is taken, most likely by ourselves.
        if (!(await FindAsync(place, cancellationToken)).Succeeded(out var found, out var unread)) return unread;
        return found is null
            ? new Failure(FailureKind.Unavailable, "Google Calendar says that the reminder exists, and does not show it yet. It is looked at again later.") { Status = 409, OneCall = true }
            : Standing(call, place, found);
    }

    private async Task<Outcome<ActionResult>> SendMoveAsync(
        ReminderMoveContent move, Place place, FrozenCall frozen, CancellationToken cancellationToken)
    {
        var sent = await client.WriteAsync(frozen, cancellationToken);
        if (sent.Failure is { Status: 412 })
        {
            // It was changed since it was read, and nothing was written. What it is now decides; the frozen call can't.
            if (!(await FindAsync(place, cancellationToken)).Succeeded(out var now, out var unread)) return unread;
            if (Settled(move, place, now) is { } settled) return settled;
            sent = await client.WriteAsync(Move(move, place, now).Call, cancellationToken);
        }

        if (sent.Succeeded(out var moved, out var failure))
        {
            var result = place.Result(moved);
            return moved.Key is { } key ? result with { State = GoogleCalendarMapper.Record(place.Calendar, moved with { Id = place.Event }, key, zone) } : result;
        }

        return failure switch
        {
            { Status: 404 or 410 } => place.Result(null) with { Note = DeletedByPerson },
            { Status: 412 } => new Failure(FailureKind.RateLimited, "The reminder is being changed in the calendar just now. It is looked at again later.")
            {
                Status = 412, Reason = failure.Reason, OneCall = true,
            },
            _ => failure,
        };
    }

    private async Task<Outcome<ActionResult>> SendCancelAsync(Place place, FrozenCall frozen, CancellationToken cancellationToken) =>
        (await client.DeleteAsync(frozen, cancellationToken)).Failure is { } failure && failure.Status is not (404 or 410)
            ? failure
            : place.Result(null);

    /// <summary>The event, or null where there is none.</summary>
    private async Task<Outcome<GoogleEvent?>> FindAsync(Place place, CancellationToken cancellationToken)
    {
        if ((await client.EventAsync(place.Calendar, place.Event, cancellationToken)).Succeeded(out var found, out var failure)) return found;
        return failure.Kind is FailureKind.Missing ? (GoogleEvent?)null : failure;
    }

    // What stands under the id that we chose for a new reminder. Deleted means deleted: it is not brought back to life.
    private Outcome<ActionResult> Standing(ActionCall call, Place place, GoogleEvent found) => found switch
    {
        { Cancelled: true } => place.Result(found) with { Note = DeletedByPerson },
        { Key: { } key } when key == call.Order.Key =>
            place.Result(found) with { State = GoogleCalendarMapper.Record(place.Calendar, found with { Id = place.Event }, key, zone) },
        _ => new Failure(FailureKind.Rejected, $"Another entry in the calendar {place.Calendar} has the id {place.Event}, which we wanted to give to a reminder."),
    };

    // The result where nothing is to be moved: it is gone, it is there already, or a person put it elsewhere. Null: it is as we left it.
    private ActionResult? Settled(ReminderMoveContent move, Place place, GoogleEvent? found)
    {
        if (found is null or { Cancelled: true }) return place.Result(found) with { Note = DeletedByPerson };
        var start = found.Start?.Date is null ? GoogleCalendarMapper.Start(found, zone) : null;
        if (start is { } at && Same(at, move.At) && (found.Summary == move.Title || !Same(move.At, move.Was))) return place.Result(found);
        return start is { } was && Same(was, move.Was)
            ? null
            : place.Result(found) with { Note = "A person moved the reminder in the calendar, and it was left there." };
    }

    // Google keeps whole seconds.
    private static bool Same(DateTimeOffset one, DateTimeOffset other) => one.ToUnixTimeSeconds() == other.ToUnixTimeSeconds();

    private static string IdOf(ActionCall call, ReminderContent content) => GoogleCalendarMapper.EventId(call.Order.Key, content.Generation);

    // Where the reminder is that a later write is about.
    private static Place? Target(ActionCall call)
    {
        var name = call.Order.Content switch
        {
            ReminderMoveContent move => move.Of,
            ReminderCancelContent cancel => cancel.Of,
            _ => null,
        };
        if (name is null || call.Results.GetValueOrDefault(name) is not { } made) return null;
        if (made.More.GetValueOrDefault("calendar") is { } calendar && made.More.GetValueOrDefault("event") is { } id) return new Place(calendar, id);
        return GoogleCalendarMapper.Split(made.Id) is { } parts ? new Place(parts.Calendar, parts.Event) : null;
    }

    private static Failure NotOurs(ActionCall call) =>
        new(FailureKind.Rejected, $"Google Calendar can't do `{call.Order.Content.Kind}`, or what it builds on has no result.");

    private readonly record struct Place(string Calendar, string Event)
    {
        public ActionResult Result(GoogleEvent? found) => new(GoogleCalendarMapper.IdOf(Calendar, Event), found?.HtmlLink)
        {
            More = new Dictionary<string, string> { ["calendar"] = Calendar, ["event"] = Event },
        };
    }
}
