namespace ClientFlow.Sync.Engine.Health;

/// <summary>Tells when a tool has said nothing for longer than is likely: webhooks that went astray and a token that sees less than it did look like peace.</summary>
/// <param name="Idle">How long nothing changed, weekends left out.</param>
/// <param name="Usual">The time that usually lies between two changes.</param>
public sealed record Silence(TimeSpan Idle, TimeSpan Usual)
{
    // Nights and days off are no silence.
    private static readonly TimeSpan Shortest = TimeSpan.FromHours(24);
    private const int TimesUsual = 10;

    // What is changed in one go is one change.
    private static readonly TimeSpan OneGo = TimeSpan.FromMinutes(1);
    private const int FewestGaps = 20;

    /// <summary>Judges the silence since the last change.</summary>
    /// <param name="changes">The moments of changes that the tool told of, newest first, UTC.</param>
    /// <param name="last">The last news of any kind, UTC.</param>
    /// <returns>Null while it is not longer than is likely, or too little is known to say.</returns>
    public static Silence? Judge(IReadOnlyList<DateTimeOffset> changes, DateTimeOffset last, DateTimeOffset now, TimeZoneInfo zone)
    {
        var gaps = changes.Zip(changes.Skip(1), (later, earlier) => later - earlier).Where(gap => gap > OneGo).Order().ToList();
        if (gaps.Count < FewestGaps) return null;
        var usual = gaps[gaps.Count / 2];
        var idle = now - last - Weekends(last, now, zone);
        return idle > Shortest && idle > usual * TimesUsual ? new Silence(idle, usual) : null;
    }

    /// <summary>One sentence: <c>no change in crm for 26 h, usually one every 40 min</c>.</summary>
    public string Say(string tool) => $"no change in {tool} for {Show(Idle)}, usually one every {Show(Usual)}";

    private static TimeSpan Weekends(DateTimeOffset from, DateTimeOffset to, TimeZoneInfo zone)
    {
        var off = TimeSpan.Zero;
        for (var at = TimeZoneInfo.ConvertTime(from, zone).DateTime; ;)
        {
            var end = TimeZoneInfo.ConvertTime(to, zone).DateTime;
            if (at >= end) return off;
            var next = at.Date.AddDays(1) < end ? at.Date.AddDays(1) : end;
            if (at.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday) off += next - at;
            at = next;
        }
    }

    private static string Show(TimeSpan time) => time.TotalHours >= 2 ? $"{time.TotalHours:0} h" : $"{Math.Max(1, time.TotalMinutes):0} min";
}
