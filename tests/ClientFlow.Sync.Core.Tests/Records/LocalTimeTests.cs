using System.Globalization;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Tests.Records;

public sealed class LocalTimeTests
{
    [Theory]
    [InlineData("Europe/London", "2026-03-29", "01:30", "2026-03-29T01:30Z")] // shown as 02:30
    [InlineData("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:30Z")] // shown as 03:30
    [InlineData("Pacific/Auckland", "2026-09-27", "02:30", "2026-09-26T14:30Z")] // shown as 03:30
    [InlineData("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45Z")] // shown as 02:45: the gap is half an hour
    public void A_time_that_is_skipped_moves_forward_by_the_gap(string zone, string day, string time, string instant) =>
        InstantOf(day, time, zone).ShouldBe(A.Instant(instant));

    [Theory]
    [InlineData("Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30Z")]
    [InlineData("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30Z")]
    [InlineData("Pacific/Auckland", "2026-04-05", "02:30", "2026-04-04T13:30Z")]
    [InlineData("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45Z")]
    public void A_time_that_occurs_twice_is_its_first_occurrence(string zone, string day, string time, string instant) =>
        InstantOf(day, time, zone).ShouldBe(A.Instant(instant));

    [Theory]
    [InlineData("Europe/London", "2026-03-28", "2026-03-28T09:00Z")]
    [InlineData("Europe/London", "2026-03-29", "2026-03-29T08:00Z")]
    [InlineData("Europe/London", "2026-10-24", "2026-10-24T08:00Z")]
    [InlineData("Europe/London", "2026-10-25", "2026-10-25T09:00Z")]
    [InlineData("America/New_York", "2026-03-07", "2026-03-07T14:00Z")]
    [InlineData("America/New_York", "2026-03-08", "2026-03-08T13:00Z")]
    [InlineData("America/New_York", "2026-11-01", "2026-11-01T14:00Z")]
    [InlineData("Pacific/Auckland", "2026-04-05", "2026-04-04T21:00Z")]
    [InlineData("Pacific/Auckland", "2026-09-27", "2026-09-26T20:00Z")]
    public void Nine_o_clock_stays_nine_o_clock_across_both_changes(string zone, string day, string instant) =>
        InstantOf(day, "09:00", zone).ShouldBe(A.Instant(instant));

    [Theory]
    [InlineData("Pacific/Auckland", "2026-11-01T10:59Z", "2026-11-01")]
    [InlineData("Pacific/Auckland", "2026-11-01T11:00Z", "2026-11-02")]
    [InlineData("America/New_York", "2026-11-02T04:59Z", "2026-11-01")]
    public void The_date_on_the_wall_is_the_zones_own(string zone, string instant, string day) =>
        LocalTime.DayAt(A.Instant(instant), A.Zone(zone)).ShouldBe(A.Day(day));

    [Fact]
    public void Every_time_of_two_years_is_shown_as_it_was_asked_for_unless_it_is_skipped()
    {
        foreach (var zone in new[] { "Europe/London", "America/New_York", "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Kolkata" }.Select(A.Zone))
        {
            for (var local = new DateTime(2026, 1, 1); local.Year < 2028; local = local.AddMinutes(15))
            {
                var instant = LocalTime.InstantOf(DateOnly.FromDateTime(local), TimeOnly.FromDateTime(local), zone);
                var shown = TimeZoneInfo.ConvertTime(instant, zone).DateTime;
                var right = instant.Offset == TimeSpan.Zero && (zone.IsInvalidTime(local) ? shown > local : shown == local);
                if (!right) right.ShouldBeTrue($"{local:s} in {zone.Id} became {shown:s}");
            }
        }
    }

    [Theory]
    [InlineData("2026-11-05", "2026-11-06")]
    [InlineData("2026-11-06", "2026-11-09")] // Friday
    [InlineData("2026-11-07", "2026-11-09")]
    [InlineData("2026-11-08", "2026-11-09")]
    public void The_next_business_day_is_never_a_weekend_nor_the_day_itself(string day, string next) =>
        LocalTime.NextBusinessDay(A.Day(day)).ShouldBe(A.Day(next));

    private static DateTimeOffset InstantOf(string day, string time, string zone) =>
        LocalTime.InstantOf(A.Day(day), TimeOnly.ParseExact(time, "HH:mm", CultureInfo.InvariantCulture), A.Zone(zone));
}
