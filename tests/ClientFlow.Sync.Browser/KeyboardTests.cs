using System.Text.RegularExpressions;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Scenarios.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ClientFlow.Sync.Browser;

/// <summary>What a signed-in person does with the keyboard alone: no test here touches a mouse.</summary>
[Trait("Takes", "long")]
public sealed class KeyboardTests(Elsewhere house) : IClassFixture<Elsewhere>
{
    private Flow Flow => house.Flow;

    private Office Office => Flow.Office;

    [Theory]
    [InlineData(390)]
    [InlineData(1440)]
    public async Task Several_things_are_ticked_and_decided_at_once_and_the_journal_says_by_whom(int width)
    {
        await using var at = new Closing(await house.OpenAsAnnaAsync("/needs-you", width));
        await WaitingInvoiceAsync(at.Page, $"Nettle Teas {width}", $"Tins {width}");
        await WaitingInvoiceAsync(at.Page, $"Maple Music {width}", $"Posters {width}");
        await WaitingInvoiceAsync(at.Page, $"Larch Timber {width}", $"Brochure {width}");
        await DeadAsync(at.Page, $"Oak & Iron {width}", $"Gates {width}");

        // One is left out, and one can't be approved: it is told apart, and the others are done.
        foreach (var name in (string[])[$"Tins {width}", $"Posters {width}", $"Oak & Iron {width} – Gates {width}"])
        {
            await TabToAsync(at.Page, at.Page.GetByRole(AriaRole.Checkbox, new() { Name = $"Select {name}" }));
            await at.Page.Keyboard.PressAsync("Space");
        }

        await Expect(at.Page.Locator("[data-selected]")).ToHaveTextAsync("3 selected");

        // What comes in meanwhile takes nothing away from what is ticked.
        var late = Office.NewDeal($"Quince & Co {width}", $"Packaging {width}", scope: null);
        Office.Win(late);
        await Expect(at.Page.Locator("#waiting ~ .lines", new() { HasText = late.Project })).ToBeVisibleAsync();
        await Expect(at.Page.Locator("[data-selected]")).ToHaveTextAsync("3 selected");
        await TabToAsync(at.Page, at.Page.GetByRole(AriaRole.Button, new() { Name = "Approve the selected" }));
        await at.Page.Keyboard.PressAsync("Enter");

        await Expect(at.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("2 of 3 done. There is nothing to approve");
        await Expect(at.Page.GetByRole(AriaRole.Button, new() { Name = $"Approve Brochure {width}" })).ToBeVisibleAsync();
        await Expect(at.Page.GetByRole(AriaRole.Button, new() { Name = $"Approve Tins {width}" })).ToHaveCountAsync(0);

        // The rest at once, by the box that ticks all.
        await TabToAsync(at.Page, at.Page.GetByRole(AriaRole.Checkbox, new() { Name = "All" }));
        await at.Page.Keyboard.PressAsync("Space");
        await Expect(at.Page.Locator("[data-selected]")).ToHaveTextAsync("2 selected");
        await TabToAsync(at.Page, at.Page.GetByRole(AriaRole.Button, new() { Name = "Skip the selected" }));
        await at.Page.Keyboard.PressAsync("Enter");
        await Expect(at.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("2 of 2 done");

        await at.Page.GotoAsync("/log?q=anna");
        foreach (var said in (string[])
                 [
                     $"Anna approved Tins {width} over GBP 4,800.00", $"Anna approved Posters {width} over GBP 4,800.00",
                     $"Anna skipped Brochure {width}", $"Anna skipped Oak & Iron {width} – Gates {width}",
                 ])
            await Expect(at.Page.Locator(".row", new() { HasText = said })).ToBeVisibleAsync();
        house.ShouldHaveBeenQuiet();
    }

    [Theory]
    [InlineData(390, false)]
    [InlineData(1440, true)]
    public async Task Every_page_is_reached_and_the_log_is_read(int width, bool dark)
    {
        await using var at = new Closing(await house.OpenAsAnnaAsync("/", width, dark));
        foreach (var (name, path) in ((string, string)[])[("Needs you", "/needs-you"), ("Clients", "/clients"), ("Rules", "/rules"), ("Tools", "/tools"), ("Home", "/"), ("Log", "/log")])
        {
            await TabToAsync(at.Page, at.Page.Locator("nav").GetByRole(AriaRole.Link, new() { NameRegex = new Regex($"^{name}") }));
            await at.Page.Keyboard.PressAsync("Enter");
            await Expect(at.Page.Locator("main")).ToHaveAttributeAsync("data-page", path);
        }

        var deal = Office.NewDeal($"Ivy Interiors {width}", $"Showroom {width}");
        Office.Win(deal);
        await Expect(at.Page.Locator(".row", new() { HasText = $"{deal.Project} was made" })).ToBeVisibleAsync();

        // Pausing keeps what is new behind a button; following shows it.
        await at.Page.Keyboard.PressAsync("p");
        var next = Office.NewDeal($"Ivy Interiors {width}", $"Window {width}");
        Office.Win(next);
        await Expect(at.Page.Locator("#fresh")).ToBeVisibleAsync();
        await Expect(at.Page.Locator("#log .row", new() { HasText = $"{next.Project} was made" })).ToHaveCountAsync(0);
        await at.Page.Keyboard.PressAsync("p");
        await Expect(at.Page.Locator(".row", new() { HasText = $"{next.Project} was made" })).ToBeVisibleAsync();

        await at.Page.Keyboard.PressAsync("/");
        await at.Page.Keyboard.TypeAsync($"showroom {width} was made");
        await at.Page.Keyboard.PressAsync("Enter");
        await Expect(at.Page).ToHaveURLAsync(new Regex("q=showroom"));
        await Expect(at.Page.Locator("#live")).ToHaveTextAsync("live");
        await at.Page.Keyboard.PressAsync("j");
        await at.Page.Keyboard.PressAsync("Enter");
        await Expect(at.Page.Locator(".row .story")).ToContainTextAsync("deal.stage is won");
        await at.Page.Keyboard.PressAsync("Escape");
        await Expect(at.Page.Locator(".row .story")).ToHaveCountAsync(0);
        house.ShouldHaveBeenQuiet();
    }

    [Fact]
    public async Task A_client_is_found_a_dead_letter_mended_and_a_question_answered()
    {
        await using var at = new Closing(await house.OpenAsAnnaAsync("/clients", 390));
        var tarn = Office.NewDeal("Tarn Outdoor", "Catalogue");
        await Office.MakeProjectByHandAsync(tarn.Project);
        await Office.MakeProjectByHandAsync(tarn.Project);
        Office.Win(tarn);
        await at.Page.GotoAsync("/needs-you");
        await Expect(at.Page.GetByText("Which one is it?")).ToBeVisibleAsync();

        // Of radio buttons the first is reached by Tab, and the others by arrows.
        await TabToAsync(at.Page, at.Page.Locator(".choices input[type=radio]").First);
        await at.Page.Keyboard.PressAsync("ArrowDown");
        var picked = (await at.Page.Locator(".choices input:checked").GetAttributeAsync("value"))!.Split(':')[^1];
        await TabToAsync(at.Page, at.Page.GetByRole(AriaRole.Button, new() { Name = "Use this one" }));
        await at.Page.Keyboard.PressAsync("Enter");
        await Expect(at.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("goes on with");
        (await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(tarn))).Gid.ShouldBe(picked);

        var oak = await DeadAsync(at.Page, "Yew & Iron", "Railings");
        await TabToAsync(at.Page, at.Page.Locator(".card", new() { HasText = oak.Project }).Locator("summary"));
        await at.Page.Keyboard.PressAsync("Enter");
        await TabToAsync(at.Page, at.Page.Locator(".card", new() { HasText = oak.Project }).GetByLabel("Project name"));
        await at.Page.Keyboard.PressAsync("Control+A");
        await at.Page.Keyboard.TypeAsync("Yew railings, second try");
        await at.Page.Keyboard.PressAsync("Enter");
        await Expect(at.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("goes on as edited");
        await Flow.UntilAsync("linked project", () => Office.Read(oak, Office.ProjectProperty) is { Length: > 0 } link ? link : null);

        await at.Page.GotoAsync("/clients");
        await Expect(at.Page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
        await at.Page.Keyboard.TypeAsync("yew &");
        var found = at.Page.Locator("#found a").First;
        await Expect(found).ToHaveTextAsync("Yew & Iron");
        await TabToAsync(at.Page, found);
        await at.Page.Keyboard.PressAsync("Enter");
        await Expect(at.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Yew & Iron");
        await TabToAsync(at.Page, at.Page.GetByText("Why a rule has fired, or not"));
        await at.Page.Keyboard.PressAsync("Enter");
        await Expect(at.Page.Locator(".checks .yes", new() { HasText = "deal.stage is won" })).ToBeVisibleAsync();
        house.ShouldHaveBeenQuiet();
    }

    // Tab by Tab, as a person would, until it has the focus, which has to be seen.
    private static async Task TabToAsync(IPage page, ILocator target)
    {
        await Expect(target).ToHaveCountAsync(1);
        for (var i = 0; i < 250 && !await target.EvaluateAsync<bool>("e => e === document.activeElement"); i++) await page.Keyboard.PressAsync("Tab");
        await Expect(target).ToBeFocusedAsync();
        (await target.EvaluateAsync<string>("e => getComputedStyle(e).outlineStyle")).ShouldNotBe("none");
    }

    private async Task WaitingInvoiceAsync(IPage page, string client, string name)
    {
        var deal = Office.NewDeal(client, name);
        Office.Win(deal);
        var project = await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));
        Flow.Sandbox.Asana.World.CompleteProject(project.Gid);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = $"Approve {name}" })).ToBeVisibleAsync();
    }

    private async Task<Deal> DeadAsync(IPage page, string client, string name)
    {
        var deal = Office.NewDeal(client, name);
        Flow.Sandbox.Asana.Faults.Add(new Fault.Answer(400, """{"errors":[{"message":"name: Not a valid name"}]}"""),
            call => call.Method == "POST" && call.Path.EndsWith("/projects", StringComparison.Ordinal));
        Office.Win(deal);
        await Expect(page.Locator(".card", new() { HasText = deal.Project })).ToContainTextAsync("Dead letter");
        return deal;
    }
}
