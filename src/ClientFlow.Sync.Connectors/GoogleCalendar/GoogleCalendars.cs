using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.GoogleCalendar;

/// <summary>Which calendars we write to: the configured one, and those of people who shared theirs with us.</summary>
internal sealed class GoogleCalendars(GoogleCalendarClient client, GoogleCalendarSettings settings, TimeProvider clock)
{
    // Sharing a calendar, or no longer sharing it, is noticed after at most this long.
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Known> known = new(StringComparer.OrdinalIgnoreCase);
    private volatile string? own = settings.Credentials.IsServiceAccount ? settings.Subject ?? settings.Credentials.ClientEmail : null;

    public string Configured => settings.Calendar;

    /// <summary>The people's calendars that were found writable since we started.</summary>
    public IEnumerable<string> Others => known.Where(k => k.Value.Writable).Select(k => k.Key).Where(c => c != Configured);

    /// <summary>The calendar for a person's reminder: the person's own where we may write to it, else the configured one.</summary>
    public async Task<Outcome<string>> ForAsync(string? email, CancellationToken cancellationToken)
    {
        if (email?.Trim().ToLowerInvariant() is not { Length: > 0 } person || person.Equals(Configured, StringComparison.OrdinalIgnoreCase))
            return Configured;

        // `primary` is the signed-in user's own calendar: by its other name, each entry would be there twice.
        if (Configured == "primary")
        {
            if (!(await OwnAsync(cancellationToken)).Succeeded(out var name, out var trouble)) return trouble;
            if (person.Equals(name, StringComparison.OrdinalIgnoreCase)) return Configured;
        }

        var now = clock.GetUtcNow();
        if (known.TryGetValue(person, out var remembered) && now < remembered.Until) return remembered.Writable ? person : Configured;

        var probe = await client.ProbeAsync(person, cancellationToken);
        if (probe.Failure is { } failure && failure is not { Status: 403 or 404, Kind: FailureKind.Rejected or FailureKind.Missing }) return failure;
        var writable = probe.Failure is null && probe.Value.AccessRole is null or "owner" or "writer";
        known[person] = new Known(writable, now + Remembered);
        return writable ? person : Configured;
    }

    /// <summary>Who the signed-in account is.</summary>
    public async Task<Outcome<string>> WhoAsync(CancellationToken cancellationToken)
    {
        if (!(await client.ProbeAsync(Configured, cancellationToken)).Succeeded(out var probe, out var failure)) return failure;
        if (!(await OwnAsync(cancellationToken)).Succeeded(out var name, out var trouble)) return trouble;
        if (name.Length > 0) return name;

        // The title of a user's own calendar is the user's address until somebody renames it. One that was renamed tells nothing, and
        // must not look like another account.
        return Configured == "primary" && probe.Summary is { } title && title.Contains('@') ? title : "default";
    }

    /// <summary>A calendar that we wrote to earlier: it is polled from now on.</summary>
    public void Remember(string calendar)
    {
        if (calendar != Configured) known.TryAdd(calendar, new Known(true, clock.GetUtcNow() + Remembered));
    }

    /// <summary>A calendar that is closed to us now.</summary>
    public void Forget(string calendar) => known[calendar] = new Known(false, clock.GetUtcNow() + Remembered);

    // With the events' scope alone a user's own address can't be asked for; it is empty then. Trouble on the way is no answer:
    // an account that is called now this, now that, would look like two.
    private async Task<Outcome<string>> OwnAsync(CancellationToken cancellationToken)
    {
        if (own is { } asked) return asked;
        if ((await client.OwnCalendarsAsync(cancellationToken)).Succeeded(out var list, out var failure))
            return own = list.Items?.FirstOrDefault(c => c.Primary is true)?.Id ?? "";
        return failure is { Status: 400 or 403 or 404, Kind: FailureKind.Rejected or FailureKind.Missing } ? own = "" : failure;
    }

    private sealed record Known(bool Writable, DateTimeOffset Until);
}
