using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.GoogleCalendar;

/// <summary>Reads calendars by sync token, in full and one event at a time.</summary>
internal sealed class GoogleCalendarReader(GoogleCalendarClient client, GoogleCalendars calendars, TimeProvider clock, TimeZoneInfo zone) : IReads
{
    public const string Events = "events";

    public async Task<Outcome<StreamPage>> PollAsync(string stream, Cursor cursor, CancellationToken cancellationToken)
    {
        var at = GoogleCalendarCursor.Of(cursor);

        // People's calendars are known from what was read before, also in an earlier life of the worker: the daily full list has no cursor.
        foreach (var calendar in at?.Tokens.Keys ?? []) calendars.Remember(calendar);
        return at is null or { Listing: true } or { Tokens.Count: 0 }
            ? Restart(at, clock.GetUtcNow())
            : await NextPageAsync(at, cancellationToken);
    }

    public Task<Outcome<StreamPage>> ListAsync(string stream, Cursor? from, CancellationToken cancellationToken)
    {
        var at = GoogleCalendarCursor.Of(from);
        return NextPageAsync(at is { Listing: true } ? at : new GoogleCalendarCursor { Listing = true, Round = RoundOf(at) }, cancellationToken);
    }

    public async Task<Outcome<StreamPage>> ReadAsync(RecordKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        if (kind is not RecordKind.Reminder) throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind that Google Calendar has");
        var began = clock.GetUtcNow();
        var records = new List<SourceRecord>();
        foreach (var id in ids.Distinct(StringComparer.Ordinal))
        {
            if (GoogleCalendarMapper.Split(id) is not { } parts)
            {
                records.Add(GoogleCalendarMapper.Gone(id));
                continue;
            }

            if ((await client.EventAsync(parts.Calendar, parts.Event, cancellationToken)).Succeeded(out var item, out var failure))
            {
                if (Ours(parts.Calendar, item with { Id = parts.Event }, direct: true) is { } record) records.Add(record);
            }
            else if (failure.Kind is FailureKind.Missing)
            {
                records.Add(GoogleCalendarMapper.Gone(id));
            }
            else
            {
                return failure;
            }
        }

        return new StreamPage { ReadBegan = began, Records = records, Next = new Cursor(""), More = false };
    }

    private async Task<Outcome<StreamPage>> NextPageAsync(GoogleCalendarCursor at, CancellationToken cancellationToken)
    {
        var began = clock.GetUtcNow();
        var round = at.Round.Count > 0 ? at.Round : RoundOf(at);
        var calendar = round[0];
        var token = at.Listing ? null : at.Tokens.GetValueOrDefault(calendar);
        var asked = await client.EventsAsync(calendar, token, at.Page, cancellationToken);
        if (asked.Succeeded(out var page, out var failure))
        {
            var ours = (page.Items ?? []).Where(e => e is { Id.Length: > 0, RecurringEventId: null }).ToList();
            var next = page.NextPageToken is { Length: > 0 } more
                ? at with { Round = round, Page = more }
                : After(at, round, new Dictionary<string, string?>(at.Tokens) { [calendar] = page.NextSyncToken });
            return new StreamPage
            {
                ReadBegan = began,
                Records = [.. ours.Select(e => Ours(calendar, e, direct: false)).OfType<SourceRecord>()],
                Hints =
                [
                    .. ours.Where(e => e is { Key: null, Cancelled: true } && GoogleCalendarMapper.LooksOurs(e.Id!))
                        .Select(e => new RecordHint(RecordKind.Reminder, GoogleCalendarMapper.IdOf(calendar, e.Id!))),
                ],
                Next = next.ToCursor(),
                More = next.Round.Count > 0,
            };
        }

        if ((token is not null || at.Page is not null) && IsStale(failure)) return Restart(at, began);

        // A person who no longer shares a calendar with us must not stop the others from being read.
        if (calendar == calendars.Configured || failure is not { Status: 403 or 404, Kind: FailureKind.Rejected or FailureKind.Missing }) return failure;
        calendars.Forget(calendar);
        var rest = After(at, round, at.Tokens.Where(t => t.Key != calendar).ToDictionary());
        return new StreamPage { ReadBegan = began, Next = rest.ToCursor(), More = rest.Round.Count > 0 };
    }

    private SourceRecord? Ours(string calendar, GoogleEvent item, bool direct) => item switch
    {
        { Key: { } key } => GoogleCalendarMapper.Record(calendar, item, key, zone),
        { Cancelled: true } when direct && GoogleCalendarMapper.LooksOurs(item.Id!) => GoogleCalendarMapper.Cancelled(calendar, item, zone),
        _ => null,
    };

    // One calendar is done: on to the next, or the round is over and the tokens are where polling goes on.
    private static GoogleCalendarCursor After(GoogleCalendarCursor at, IReadOnlyList<string> round, Dictionary<string, string?> tokens) => new()
    {
        Tokens = tokens,
        Round = [.. round.Skip(1)],
        Listing = at.Listing && round.Count > 1,
    };

    private List<string> RoundOf(GoogleCalendarCursor? at) =>
        [.. new[] { calendars.Configured }.Union(at?.Tokens.Keys ?? []).Union(at?.Round ?? []).Union(calendars.Others)];

    // A sync token may be dropped by Google at any time, a page token ages fast: both mean a full list of all calendars.
    private static bool IsStale(Failure failure) => failure.Status is 410 ||
        (failure is { Status: 400 } && failure.Message.Contains("token", StringComparison.OrdinalIgnoreCase));

    private StreamPage Restart(GoogleCalendarCursor? at, DateTimeOffset began) => new()
    {
        ReadBegan = began,
        Next = new GoogleCalendarCursor { Tokens = RoundOf(at).ToDictionary(c => c, _ => (string?)null) }.ToCursor(),
        More = false,
        Expired = true,
    };
}
