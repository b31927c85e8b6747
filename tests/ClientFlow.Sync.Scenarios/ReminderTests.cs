using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.GoogleCalendar;
using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

public sealed class LondonBusiness() : SharedBusiness(new FlowOptions());

/// <summary>Work has an end date: what the account manager finds in the calendar.</summary>
[Trait("Takes", "long")]
public sealed class ReminderTests(LondonBusiness business) : Scenario(business), IClassFixture<LondonBusiness>
{
    [Fact]
    public async Task The_account_manager_is_reminded_thirty_days_before_the_end()
    {
        var (deal, _) = await WonAsync("Aconite Care", 120);

        var reminder = await ReminderAsync(deal);

        reminder.Calendar.ShouldBe(Office.Amelia.Email);
        reminder.Id.ShouldStartWith("cf");
        reminder.At.ShouldBe(InLondon(Office.Today.AddDays(90), 9));
        await Flow.SettleAsync();
        Office.RemindersOf(deal).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Whoever_shares_no_calendar_is_reminded_in_the_tools_own()
    {
        var deal = Office.NewDeal("Bracken Tools", "Care plan", endsOn: Office.Today.AddDays(100), owner: Office.Tomas);
        Office.Win(deal);

        (await ReminderAsync(deal)).Calendar.ShouldBe(GoogleCalendarTool.Owner);
    }

    [Fact]
    public async Task The_reminder_follows_its_date_goes_with_it_and_comes_back()
    {
        var (deal, project) = await WonAsync("Clover Vets", 130);
        var reminder = await ReminderAsync(deal);

        Flow.Sandbox.Asana.World.SetDueDate(project.Gid, Office.Day(Office.Today.AddDays(190)));
        await Flow.UntilAsync("moved reminder", () => Office.RemindersOf(deal) is [var one] && one.At == InLondon(Office.Today.AddDays(160), 9));
        Office.RemindersOf(deal).ShouldHaveSingleItem().Id.ShouldBe(reminder.Id);

        Flow.Sandbox.Asana.World.SetDueDate(project.Gid, null);
        await Flow.UntilAsync("empty calendar", () => Office.RemindersOf(deal).Count == 0);

        Flow.Sandbox.Asana.World.SetDueDate(project.Gid, Office.Day(Office.Today.AddDays(210)));
        (await ReminderAsync(deal)).At.ShouldBe(InLondon(Office.Today.AddDays(180), 9));
        await Flow.SettleAsync();
        Office.RemindersOf(deal).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_dropped_project_takes_its_reminder_along()
    {
        var (deal, project) = await WonAsync("Dogwood Films", 140);
        await ReminderAsync(deal);

        await Office.DropAsync(project);

        await Flow.UntilAsync("empty calendar", () => Office.RemindersOf(deal).Count == 0);
    }

    [Fact]
    public async Task A_deleted_project_takes_its_reminder_along()
    {
        var (deal, project) = await WonAsync("Elder Law", 150);
        await ReminderAsync(deal);

        Flow.Sandbox.Asana.World.DeleteProject(project.Gid);

        await Flow.UntilAsync("empty calendar", () => Office.RemindersOf(deal).Count == 0);
        await Flow.SettleAsync();
        Office.ProjectsOf(deal).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_person_deleted_is_not_brought_back()
    {
        var (deal, project) = await WonAsync("Foxglove Gin", 160);
        var reminder = await ReminderAsync(deal);

        Office.InCalendar("delete-event", reminder);
        await Flow.SettleAsync();
        Flow.Sandbox.Asana.World.SetDueDate(project.Gid, Office.Day(Office.Today.AddDays(220)));
        await Flow.SettleAsync();

        Office.RemindersOf(deal).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_person_deleted_is_not_brought_back_for_a_new_owner()
    {
        var (deal, _) = await WonAsync("Iris Optics", 165);
        var reminder = await ReminderAsync(deal);

        Office.InCalendar("delete-event", reminder);
        await Flow.SettleAsync();
        Office.Change(deal, ("hubspot_owner_id", Office.OwnerId(Office.Tomas)));
        await Flow.SettleAsync();

        Office.RemindersOf(deal).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_person_moved_goes_to_a_new_owner_at_the_same_moment()
    {
        var (deal, _) = await WonAsync("Juniper Jams", 175);
        var reminder = await ReminderAsync(deal);
        var chosen = InLondon(Office.Today.AddDays(78), 15);

        MoveByHand(reminder, chosen);
        await Flow.SettleAsync();
        Office.Change(deal, ("hubspot_owner_id", Office.OwnerId(Office.Tomas)));

        await Flow.UntilAsync("reminder of the new owner", () => Office.RemindersOf(deal) is [{ Calendar: GoogleCalendarTool.Owner } one] && one.At == chosen);
        await Flow.SettleAsync();
        Office.RemindersOf(deal).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_a_person_moved_stays_where_it_is()
    {
        var (deal, project) = await WonAsync("Gorse Golf", 170);
        var reminder = await ReminderAsync(deal);
        var chosen = InLondon(Office.Today.AddDays(77), 15);

        MoveByHand(reminder, chosen);
        await Flow.SettleAsync();
        Flow.Sandbox.Asana.World.SetDueDate(project.Gid, Office.Day(Office.Today.AddDays(230)));
        await Flow.SettleAsync();

        Office.RemindersOf(deal).ShouldHaveSingleItem().At.ShouldBe(chosen);
    }

    [Fact]
    public async Task A_reminder_whose_day_has_passed_comes_on_the_next_business_day()
    {
        var (deal, _) = await WonAsync("Hazel Homes", 10);

        var at = TimeZoneInfo.ConvertTime((await ReminderAsync(deal)).At, TimeZoneInfo.FindSystemTimeZoneById("Europe/London"));

        at.TimeOfDay.ShouldBe(TimeSpan.FromHours(9));
        at.DayOfWeek.ShouldNotBeOneOf(DayOfWeek.Saturday, DayOfWeek.Sunday);
        at.Date.ShouldBeInRange(DateTime.UtcNow.Date, DateTime.UtcNow.Date.AddDays(4));
    }

    private void MoveByHand(Reminder reminder, DateTimeOffset chosen) => Office.InCalendar("change-event", reminder, new JsonObject
    {
        ["start"] = new JsonObject { ["dateTime"] = chosen.ToString("yyyy-MM-dd'T'HH:mm:sszzz"), ["timeZone"] = "Europe/London" },
        ["end"] = new JsonObject { ["dateTime"] = chosen.AddMinutes(30).ToString("yyyy-MM-dd'T'HH:mm:sszzz"), ["timeZone"] = "Europe/London" },
    });

    private static DateTimeOffset InLondon(DateOnly day, int hour) => ZoneTests.At(day, hour, "Europe/London");

    private async Task<(Deal Deal, Project Project)> WonAsync(string client, int endsInDays)
    {
        var deal = Office.NewDeal(client, "Retainer", endsOn: Office.Today.AddDays(endsInDays));
        Office.Win(deal);
        return (deal, await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal)));
    }

    private Task<Reminder> ReminderAsync(Deal deal) => Flow.UntilAsync("reminder", () => Office.RemindersOf(deal) is [var one] ? one : null);
}

/// <summary>Nine in the morning is nine in the morning, on the business's wall, before and after both changes of the clock.</summary>
[Trait("Takes", "long")]
public sealed class ZoneTests
{
    [Theory]
    [InlineData("Europe/London")]
    [InlineData("America/New_York")]
    [InlineData("Pacific/Auckland")]
    public async Task Nine_stays_nine_across_both_changes_of_the_clock(string zone)
    {
        await using var flow = await Flow.StartAsync(new FlowOptions { Zone = zone });
        var changes = ClockChanges(zone).ToList();
        changes.Count.ShouldBe(2);
        var days = changes.SelectMany(change => new[] { change.AddDays(-1), change, change.AddDays(1) }).ToList();
        var deals = days.Select(day => (Day: day, Deal: flow.Office.NewDeal($"Client of {Office.Day(day)}", "Retainer", endsOn: day.AddDays(30)))).ToList();

        foreach (var (_, deal) in deals) flow.Office.Win(deal);

        foreach (var (day, deal) in deals)
        {
            var reminder = await flow.UntilAsync($"reminder on {day}", () => flow.Office.RemindersOf(deal) is [var one] ? one : null);
            reminder.At.ShouldBe(At(day, 9, zone));
            reminder.Zone.ShouldBe(zone);
        }

        deals.Select(one => At(one.Day, 9, zone).Offset).Distinct().Count().ShouldBe(2);
        flow.ShouldHaveFollowedTheSpecs();
    }

    /// <summary>An hour on a zone's wall.</summary>
    public static DateTimeOffset At(DateOnly day, int hour, string zone)
    {
        var wall = day.ToDateTime(new TimeOnly(hour, 0));
        return new DateTimeOffset(wall, TimeZoneInfo.FindSystemTimeZoneById(zone).GetUtcOffset(wall));
    }

    // Days of the coming year on which the offset at nine is another than the day before.
    private static IEnumerable<DateOnly> ClockChanges(string zone) =>
        Enumerable.Range(3, 365).Select(Office.Today.AddDays).Where(day => At(day, 9, zone).Offset != At(day.AddDays(-1), 9, zone).Offset).Take(2);
}
