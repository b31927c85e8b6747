using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ClientFlow.Sync.Browser;

/// <summary>Coming to the pages from elsewhere, in a browser: over plain http, as within a network of one's own.</summary>
[Trait("Takes", "long")]
public sealed class SignInTests(Elsewhere browsing) : IClassFixture<Elsewhere>
{
    [Fact]
    public async Task One_signs_in_and_out_by_keyboard_alone()
    {
        await using var at = new Closing(await browsing.OpenAsync("/log?level=error", 390));
        await Expect(at.Page).ToHaveTitleAsync("Sign in – ClientFlow.Sync");
        await Expect(at.Page.GetByLabel("Name")).ToBeFocusedAsync();
        browsing.ShouldHaveBeenQuiet();

        // A slip is said aloud, and only the password has to be typed again.
        await at.Page.Keyboard.TypeAsync("anna");
        await at.Page.Keyboard.PressAsync("Tab");
        await at.Page.Keyboard.TypeAsync("wrong");
        await at.Page.Keyboard.PressAsync("Enter");
        await Expect(at.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This name and this password don't belong together.");
        await Expect(at.Page.GetByLabel("Password")).ToBeFocusedAsync();
        await Expect(at.Page.GetByLabel("Password")).ToHaveAccessibleDescriptionAsync("This name and this password don't belong together.");
        browsing.Forget();

        await at.Page.Keyboard.TypeAsync(Elsewhere.Password);
        await at.Page.Keyboard.PressAsync("Tab");
        await Expect(at.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeFocusedAsync();
        await at.Page.Keyboard.PressAsync("Enter");
        await Expect(at.Page).ToHaveURLAsync(new Regex("/log.level=error$"));
        await Expect(at.Page.Locator("#live")).ToHaveTextAsync("live");

        var leave = at.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" });
        for (var i = 0; i < 20 && !await leave.EvaluateAsync<bool>("b => b === document.activeElement"); i++) await at.Page.Keyboard.PressAsync("Tab");
        await Expect(leave).ToBeFocusedAsync();
        await at.Page.Keyboard.PressAsync("Enter");
        await Expect(at.Page.GetByText("You are signed out.")).ToBeVisibleAsync();
        await at.Page.GotoAsync("/");
        await Expect(at.Page).ToHaveURLAsync(new Regex("/sign-in"));
        browsing.ShouldHaveBeenQuiet();
    }

    [Fact]
    public async Task The_sign_in_page_and_the_pages_behind_it_are_accessible_on_a_phone_at_night_and_at_a_desk_by_day()
    {
        foreach (var (width, dark) in ((int, bool)[])[(390, true), (1440, false)])
        {
            var where = $"at {width}{(dark ? " dark" : "")}";
            await using var at = new Closing(await browsing.OpenAsync("/sign-in", width, dark));
            await Browsing.ShouldBeAccessibleAsync(at.Page, $"the sign-in page {where}");

            await Elsewhere.SignInAsync(at.Page, "anna", "wrong");
            await Expect(at.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
            await Browsing.ShouldBeAccessibleAsync(at.Page, $"a refused sign-in {where}");
            browsing.Forget();

            await Elsewhere.SignInAsync(at.Page, "Ben");
            foreach (var path in (string[])["/", "/needs-you", "/log", "/rules", "/tools"])
            {
                await at.Page.GotoAsync(path);
                await Browsing.ShouldBeAccessibleAsync(at.Page, $"{path} for an assistant {where}");
            }

            await Expect(at.Page.GetByText("Only an owner pauses and resumes rules and tools.")).ToBeVisibleAsync();
            browsing.ShouldHaveBeenQuiet();
        }
    }

    [Fact]
    public async Task Who_comes_over_a_network_in_the_clear_is_told_so_before_typing()
    {
        await using var at = new Closing(await browsing.OpenAsync("/sign-in", 390));
        await Expect(at.Page.GetByText("This connection is not encrypted")).ToHaveCountAsync(0);

        await at.Page.SetExtraHTTPHeadersAsync(new Dictionary<string, string> { ["X-Forwarded-For"] = "192.168.1.20" });
        await at.Page.ReloadAsync();

        await Expect(at.Page.GetByText("This connection is not encrypted")).ToBeVisibleAsync();
        await Browsing.ShouldBeAccessibleAsync(at.Page, "the sign-in page with its hint");
        browsing.ShouldHaveBeenQuiet();
    }

    [Fact]
    public async Task An_open_page_says_that_one_was_signed_out_elsewhere()
    {
        await using var at = new Closing(await browsing.OpenAsync("/", 390));
        await Elsewhere.SignInAsync(at.Page, "Anna");
        await Expect(at.Page.Locator("#live")).ToHaveTextAsync("live");

        var other = await at.Page.Context.NewPageAsync();
        await other.GotoAsync("/rules");
        await other.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await Expect(at.Page.Locator("#live")).ToHaveTextAsync("signed out");
        var over = await at.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        over.ShouldBeLessThanOrEqualTo(0);
        browsing.Forget();
    }
}
