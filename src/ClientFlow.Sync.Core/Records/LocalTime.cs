namespace ClientFlow.Sync.Core.Records;

/// <summary>The one place where a local date and time becomes an instant, and back.</summary>
public static class LocalTime
{
    /// <summary>
    /// The instant of a wall-clock time in a zone. A time that a clock change skips moves forward by the length of the gap
    /// (02:30 becomes 03:30); a time that occurs twice is its first occurrence.
    /// </summary>
    public static DateTimeOffset InstantOf(DateOnly day, TimeOnly time, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(time, DateTimeKind.Unspecified);
        if (zone.IsInvalidTime(local))
        {
            // The offset that held before the gap carries the time across it.
            var before = zone.GetUtcOffset(local.AddHours(-3));
            return new DateTimeOffset(local, before).ToUniversalTime();
        }

        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    /// <summary>The date on the wall in a zone at an instant.</summary>
    public static DateOnly DayAt(DateTimeOffset instant, TimeZoneInfo zone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, zone).DateTime);

    /// <summary>The first day from Monday to Friday that comes after a day. Public holidays are not known here.</summary>
    public static DateOnly NextBusinessDay(DateOnly day)
    {
        do day = day.AddDays(1);
        while (day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday);
        return day;
    }
}
