using ClientFlow.Sync.Engine.Health;

namespace ClientFlow.Sync.Engine.Tests;

public sealed class SilenceTests
{
    // A Wednesday.
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.Utc;

    [Fact]
    public void A_day_without_news_where_there_usually_are_some_every_hour_is_silence()
    {
        var last = Now.AddHours(-26);

        var silence = Silence.Judge(Every(TimeSpan.FromMinutes(40), last), last, Now, Zone).ShouldNotBeNull();

        silence.Say("crm").ShouldBe("no change in crm for 26 h, usually one every 40 min");
    }

    [Theory]
    [InlineData(23, 40)]
    [InlineData(70, 600)]
    public void A_night_and_a_tool_that_changes_seldom_are_none(int idleHours, int usualMinutes)
    {
        var last = Now.AddHours(-idleHours);
        Silence.Judge(Every(TimeSpan.FromMinutes(usualMinutes), last), last, Now, Zone).ShouldBeNull();
    }

    [Fact]
    public void A_weekend_is_none()
    {
        var friday = new DateTimeOffset(2026, 11, 20, 17, 0, 0, TimeSpan.Zero);
        var changes = Every(TimeSpan.FromMinutes(40), friday);

        Silence.Judge(changes, friday, friday.AddHours(64), Zone).ShouldBeNull("it is Monday, 9:00");
        Silence.Judge(changes, friday, friday.AddHours(64 + 9), Zone).ShouldNotBeNull();
    }

    [Fact]
    public void Where_little_is_known_nothing_is_said()
    {
        var last = Now.AddDays(-5);
        Silence.Judge([.. Every(TimeSpan.FromMinutes(40), last).Take(10)], last, Now, Zone).ShouldBeNull();
    }

    private static List<DateTimeOffset> Every(TimeSpan gap, DateTimeOffset last) => [.. Enumerable.Range(0, 60).Select(n => last - (gap * n))];
}
