using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Scenarios.Harness;
using ClientFlow.Sync.Worker.Composition;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ClientFlow.Sync.Browser;

/// <summary>
/// Every page as it is looked at: in an empty installation, in a quiet week and on a bad day, by somebody who is signed in, on a phone
/// and at a desk, light and dark. The pictures in docs/images come from here. A class for each, so that they walk side by side.
/// </summary>
public abstract class StateTests
{
    protected static readonly IReadOnlyList<string> Pages = ["/", "/needs-you", "/log", "/clients", "/rules", "/tools"];

    private static readonly string[] Crossed = ["/", "/needs-you"];

    protected static async Task<string> ClientOfAsync(Elsewhere house, string name)
    {
        await using var at = new Closing(await house.OpenAsAnnaAsync($"/clients?q={name}"));
        return (await at.Page.Locator("#found a").First.GetAttributeAsync("href"))!;
    }

    protected static async Task WalkAsync(Elsewhere house, string state, IReadOnlyList<string> pages)
    {
        // Every page on a phone at night, and on a bad day at a desk by day, too; crossed where the most stands on one page.
        foreach (var (width, dark) in ((int, bool)[])[(390, true), (1440, false), .. state == "bad" ? ((int, bool)[])[(390, false), (1440, true)] : []])
        {
            await using var at = new Closing(await house.OpenAsync("/", width, dark));
            if (state == "bad" && width < 600 == dark) await Browsing.ShootAsync(at.Page, "sign-in", width, dark);
            await Elsewhere.SignInAsync(at.Page, "Anna");
            await Expect(at.Page.Locator("#live")).ToHaveTextAsync("live");
            foreach (var path in width < 600 && dark || (state == "bad" && !dark && width > 600) ? pages : Crossed)
            {
                var answer = await at.Page.GotoAsync(path);
                await Expect(at.Page.Locator("#live")).ToHaveTextAsync("live");
                if (Picture(state, path) is { } name && width < 600 == dark) await Browsing.ShootAsync(at.Page, name, width, dark);
                await Browsing.ShouldBeAccessibleAsync(at.Page, $"{path} of the {state} business at {width}{(dark ? " dark" : "")}");
                if (path == "/nowhere") house.Forget();
                else answer!.Status.ShouldBe(200, path);
            }

            house.ShouldHaveBeenQuiet();
        }
    }

    // Each page is pictured on a bad day; of the other states Home tells enough.
    private static string? Picture(string state, string path) => (state, path) switch
    {
        ("bad", "/") => "home",
        (_, "/") => $"home-{state}",
        ("bad", "/needs-you" or "/log" or "/clients" or "/rules" or "/tools") => path[1..],
        ("bad", _) when path.StartsWith("/handoffs/", StringComparison.Ordinal) => "story",
        ("bad", _) when path.StartsWith("/clients/", StringComparison.Ordinal) => "client",
        _ => null,
    };
}

/// <summary>Nothing is there yet.</summary>
[Trait("Takes", "long")]
public sealed class EmptyStateTests : StateTests
{
    [Fact]
    public async Task An_empty_installation_says_what_it_waits_for_and_then_that_all_is_quiet()
    {
        await using var house = new Elsewhere(new FlowOptions())
        {
            Begins = static async flow =>
            {
                flow.Sandbox.Asana.Faults.Add(new Fault.Hang(), "GET", "/projects", times: 1_000);
                flow.Launch();
                await flow.UntilAsync("read of the CRM", () => flow.Sandbox.HubSpot.Requests.Count("POST", "/search") > 3);
            },
        };
        await house.InitializeAsync();
        await using (var at = new Closing(await house.OpenAsAnnaAsync("/")))
            await Expect(at.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Starting");
        await WalkAsync(house, "starting", ["/", "/rules", "/tools"]);

        await house.Flow.KillWorkerAsync();
        house.Flow.Sandbox.Asana.Faults.Clear();
        await house.Flow.StartWorkerAsync();

        await using (var at = new Closing(await house.OpenAsAnnaAsync("/")))
            await Expect(at.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("All quiet");
        await WalkAsync(house, "empty", Pages);
    }
}

/// <summary>All that was to be done is done.</summary>
[Trait("Takes", "long")]
public sealed class QuietStateTests : StateTests
{
    [Fact]
    public async Task A_quiet_week_says_that_all_is_well()
    {
        await using var house = new Elsewhere(new FlowOptions
        {
            // The one deal that stands in a stage of its own, which nobody has mapped, is moved.
            SmallBusiness = true, Before = static sandbox => sandbox.HubSpot.World.Change("deals", sandbox.HubSpot.World.DealNamed("Website care plan")!, ("dealstage", "contractsent"), ("pipeline", "default")),
        }) { Begins = QuietWeekAsync };
        await house.InitializeAsync();

        await using (var at = new Closing(await house.OpenAsAnnaAsync("/")))
        {
            await Expect(at.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("All quiet");
            await Expect(at.Page.Locator("nav .badge")).ToHaveCountAsync(0);
        }

        await WalkAsync(house, "quiet", [.. Pages, await ClientOfAsync(house, "brightwater")]);
    }

    // Two days ago two deals were won and handed over; since then the worker has had nothing to do.
    private static async Task QuietWeekAsync(Flow flow)
    {
        await flow.StartWorkerAsync();
        var (crm, calendar) = (flow.Sandbox.HubSpot.World, flow.Sandbox.GoogleCalendar);
        var won = ((string[])["Online shop", "Spring catalogue"]).Select(name => crm.DealNamed(name)!).ToList();
        won.ForEach(crm.WinDeal);
        await flow.UntilAsync("project and reminder of both", () =>
            won.All(id => crm.Read("deals", id, Office.ProjectProperty) is { Length: > 0 }) &&
            calendar.Calendars.Sum(c => calendar.EventsOf(c.Id).Count(e => ((string?)e["summary"])?.StartsWith("Renewal: ", StringComparison.Ordinal) == true)) >= 2);
        await flow.SettleAsync();
        await flow.KillWorkerAsync();
        flow.Environment[DebugSwitches.ClockVariable] = "172800";
        await flow.StartWorkerAsync();
    }
}

/// <summary>Everything that can be asked of a person is asked.</summary>
[Trait("Takes", "long")]
public sealed class BadDayStateTests : StateTests
{
    [Fact]
    public async Task A_bad_day_says_what_needs_one_and_what_is_at_stake()
    {
        await using var house = new Elsewhere(new FlowOptions
        {
            SmallBusiness = true, Approve = true,
            MoreHandoffs = """
                  care-plan-reminder:
                    when: { deal.pipeline: 88120045 }
                    limit: 1
                    create:
                      reminder: { in: calendar, for: "{{deal.owner}}", on: "{{deal.endsOn}} - 7d", at: "09:00", title: "Care plan: {{deal.name}}" }
                """.Trim('\n'),
        });
        await house.InitializeAsync();
        house.SkipWithoutBrowser();
        await BadDayAsync(house);
        string handoff;
        await using (var at = new Closing(await house.OpenAsAnnaAsync("/needs-you")))
        {
            await Expect(at.Page.Locator(".card", new() { HasText = "Question" }).First).ToBeVisibleAsync();
            await Expect(at.Page.Locator(".card", new() { HasText = "Unmapped value" }).First).ToBeVisibleAsync();
            await Expect(at.Page.Locator(".card", new() { HasText = "Many at once" }).First).ToBeVisibleAsync();
            await Expect(at.Page.Locator("#waiting")).ToBeVisibleAsync();
            handoff = (await at.Page.Locator(".card h3 a", new() { HasText = "Season campaign" }).GetAttributeAsync("href"))!;
        }

        await WalkAsync(house, "bad", [.. Pages, handoff, await ClientOfAsync(house, "kauri"), "/log?q=no+such+word", "/clients?q=l", "/nowhere"]);
    }

    private static async Task BadDayAsync(Elsewhere house)
    {
        var (flow, office) = (house.Flow, house.Flow.Office);
        var (crm, asana) = (flow.Sandbox.HubSpot.World, flow.Sandbox.Asana);

        // A closed project waits for its yes; one whose invoice is approved waits for the tool that refuses us by then.
        foreach (var (client, name, amount) in ((string, string, string)[])[("Maple Music", "Tour posters", "4800.00"), ("Nettle Teas", "Gift tins", "2350.00")])
        {
            var deal = office.NewDeal(client, name, amount, endsOn: Office.Today.AddDays(200));
            office.Win(deal);
            var project = await flow.UntilAsync("linked project", () => office.LinkedProjectOf(deal));
            asana.World.CompleteProject(project.Gid);
        }

        // Two projects were made by hand; one is refused for its name; one has no scope yet.
        var tarn = office.NewDeal("Tarn Outdoor", "Winter catalogue", "7400.00");
        await office.MakeProjectByHandAsync(tarn.Project);
        await office.MakeProjectByHandAsync(tarn.Project);
        office.Win(tarn);
        asana.Faults.Add(new Fault.Answer(400, """{"errors":[{"message":"name: Not a valid name"}]}"""),
            call => call.Method == "POST" && call.Path.EndsWith("/projects", StringComparison.Ordinal));
        crm.WinDeal(crm.DealNamed("Season campaign")!);
        await flow.UntilAsync("refusal", () => asana.Faults.Waiting == 0);
        office.Win(office.NewDeal("Quince & Co", "Packaging", "3100.00", scope: null));

        // A stage that nobody has mapped, more reminders at once than the rule may make, and a key that was revoked.
        crm.Change("deals", crm.DealNamed("Patient leaflet")!, ("dealstage", "166220503"), ("pipeline", "88120045"));
        foreach (var name in (string[])["Lookbook", "Podcast series"])
            crm.Change("deals", crm.DealNamed(name)!, ("dealstage", "166220501"), ("pipeline", "88120045"), ("contract_end_date", Office.Day(Office.Today.AddDays(90))));
        flow.Sandbox.Stripe.Behaviour.KeyRevoked = true;
        await using var at = new Closing(await house.OpenAsAnnaAsync("/needs-you"));
        await Expect(at.Page.Locator(".card", new() { HasText = "Reconnect" })).ToBeVisibleAsync();
        await at.Page.GetByRole(AriaRole.Button, new() { Name = "Approve Gift tins" }).ClickAsync();
        await Expect(at.Page.Locator(".card", new() { HasText = "Reconnect" })).ToContainTextAsync("1 handoff worth GBP 2,350.00 waits for it.");
    }
}
