using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Scenarios.Harness;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ClientFlow.Sync.Browser;

/// <summary>What a person does on the pages, in a browser, against a real worker and simulated tools.</summary>
[Trait("Takes", "long")]
public sealed class PageTests(Browsing browsing) : IClassFixture<Browsing>
{
    private Flow Flow => browsing.Flow;

    private Office Office => Flow.Office;

    [Fact]
    public async Task A_client_is_found_as_one_types_and_the_page_says_why_a_rule_has_not_fired()
    {
        await using var at = new Closing(await browsing.OpenAsync("/clients", 390));
        var deal = Office.NewDeal("Søren Strand <b>Design</b>", "Identity", scope: null);
        Office.Win(deal);
        await Flow.UntilPageSaysAsync("waiting: deal.scope");
        await Flow.SettleAsync();

        await at.Page.GetByRole(AriaRole.Searchbox).PressSequentiallyAsync("søren str");
        await at.Page.Locator(".people").GetByRole(AriaRole.Link, new() { Name = "Søren Strand <b>Design</b>" }).First.ClickAsync();

        await Expect(at.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Søren Strand <b>Design</b>");
        await at.Page.GetByText("Why a rule has fired, or not").ClickAsync();
        await Expect(at.Page.Locator(".checks .yes", new() { HasText = "deal.stage is won" })).ToBeVisibleAsync();
        await Expect(at.Page.Locator(".checks .no", new() { HasText = "deal.scope has no value" })).ToBeVisibleAsync();
        await Expect(at.Page.Locator(".next")).ToContainTextAsync("deal.scope");
        browsing.ShouldHaveBeenQuiet();
    }

    [Fact]
    public async Task The_log_is_followed_live_searched_and_its_story_told()
    {
        await using var at = new Closing(await browsing.OpenAsync("/log"));
        var deal = Office.NewDeal("Ivy Interiors", "Showroom");
        Office.Win(deal);

        // By itself, without loading the page again.
        await Expect(at.Page.Locator(".row", new() { HasText = $"{deal.Project} was made" })).ToBeVisibleAsync();

        await at.Page.GetByRole(AriaRole.Searchbox).FillAsync("ivy made");
        await at.Page.Keyboard.PressAsync("Enter");
        await Expect(at.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/log.q=ivy"));
        await Expect(at.Page.Locator(".row", new() { HasText = $"{deal.Project} was made" })).ToBeVisibleAsync();
        (await at.Page.Locator(".row").AllInnerTextsAsync()).ShouldAllBe(row => row.Contains("Ivy", StringComparison.Ordinal));

        // A row opens in its place, and tells all of it.
        await at.Page.Locator(".row", new() { HasText = $"{deal.Project} was made" }).First.ClickAsync();
        var story = at.Page.Locator(".row .story");
        await Expect(story).ToContainTextAsync("deal.stage is won");
        await Expect(story).ToContainTextAsync("project.create in projects");
        await Expect(story).ToContainTextAsync("1 attempt");
        (await story.Locator("pre").AllTextContentsAsync()).ShouldAllBe(raw => !raw.Contains(deal.Email));
        (await story.Locator("a", new() { HasText = "open it there" }).First.GetAttributeAsync("href")).ShouldNotBeNull();

        using var csv = await Flow.Worker.Http.GetAsync(new Uri("/log/export?as=csv&q=ivy", UriKind.Relative), TestContext.Current.CancellationToken);
        (await csv.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain($"{deal.Project} was made");
        browsing.ShouldHaveBeenQuiet();
    }

    [Fact]
    public async Task An_invoice_is_approved_by_keyboard_alone()
    {
        var deal = await WaitingInvoiceAsync("Nettle Teas", "Tins");
        await using var at = new Closing(await browsing.OpenAsync("/needs-you", 390));
        var button = at.Page.GetByRole(AriaRole.Button, new() { Name = $"Approve {deal.Name}" });
        await Expect(button).ToBeVisibleAsync();

        await at.Page.Keyboard.PressAsync("Tab");
        await Expect(at.Page.GetByText("Skip to the page")).ToBeFocusedAsync();
        for (var i = 0; i < 120 && !await button.EvaluateAsync<bool>("b => b === document.activeElement"); i++) await at.Page.Keyboard.PressAsync("Tab");
        await Expect(button).ToBeFocusedAsync();
        (await button.EvaluateAsync<string>("b => getComputedStyle(b).outlineStyle")).ShouldBe("solid");
        await at.Page.Keyboard.PressAsync("Enter");

        await Expect(at.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("is approved");
        await Flow.UntilAsync("draft", () => Office.FinishedInvoiceOf(deal));
        await Expect(at.Page.GetByRole(AriaRole.Button, new() { Name = $"Approve {deal.Name}" })).ToHaveCountAsync(0);
        await Expect(at.Page.Locator("main")).Not.ToContainTextAsync("invalid");
        await at.Page.GotoAsync("/log?q=approved+tins");
        await Expect(at.Page.Locator(".row", new() { HasText = "The page approved Tins over GBP 4,800.00" })).ToBeVisibleAsync();
        browsing.ShouldHaveBeenQuiet();
    }

    [Fact]
    public async Task A_dead_letter_is_edited_and_seen_to_finish()
    {
        await using var at = new Closing(await browsing.OpenAsync("/needs-you"));
        var deal = await DeadAsync("Oak & Iron", "Gates");
        var card = at.Page.Locator(".card", new() { HasText = deal.Project });
        await Expect(card).ToContainTextAsync("Dead letter");

        await card.GetByText("Edit and retry").ClickAsync();
        await card.GetByLabel("Project name").FillAsync("Oak gates, second try");
        await card.GetByRole(AriaRole.Button, new() { Name = "Save and retry" }).ClickAsync();

        await Expect(at.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("goes on as edited");
        await Flow.UntilAsync("linked project", () => Office.Read(deal, Office.ProjectProperty) is { Length: > 0 } link ? link : null);
        Flow.Sandbox.Asana.State()["projects"]!.AsArray().Count(p => (string)p!["name"]! == "Oak gates, second try").ShouldBe(1);
        await Expect(at.Page.Locator(".card", new() { HasText = "Gates" })).ToHaveCountAsync(0);
        await at.Page.GotoAsync("/log?q=oak");
        await Expect(at.Page.Locator(".row", new() { HasText = "Oak gates, second try was made" })).ToBeVisibleAsync();
        browsing.ShouldHaveBeenQuiet();
    }

    [Fact]
    public async Task Of_two_projects_made_by_hand_one_is_picked()
    {
        await using var at = new Closing(await browsing.OpenAsync("/needs-you"));
        var deal = Office.NewDeal("Tarn Outdoor", "Catalogue");
        await Office.MakeProjectByHandAsync(deal.Project);
        var second = await Office.MakeProjectByHandAsync(deal.Project);
        Office.Win(deal);
        var card = at.Page.Locator(".card", new() { HasText = deal.Project });
        await Expect(card.GetByText("Which one is it?")).ToBeVisibleAsync();

        await card.Locator($"input[value$=':{second}']").CheckAsync();
        await card.GetByRole(AriaRole.Button, new() { Name = "Use this one" }).ClickAsync();

        await Expect(at.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("goes on with");
        var linked = await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));
        linked.Gid.ShouldBe(second);
        linked.Tasks.ShouldBeEmpty();
        Office.ProjectsOf(deal).Count.ShouldBe(2);
        browsing.ShouldHaveBeenQuiet();
    }

    [Fact]
    public async Task A_paused_rule_waits_and_goes_on_when_it_is_resumed()
    {
        await using var at = new Closing(await browsing.OpenAsync("/rules"));
        await at.Page.GetByRole(AriaRole.Button, new() { Name = "Pause renewal-reminder" }).ClickAsync();
        await Expect(at.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("is paused");
        await Expect(at.Page.Locator("#rule-renewal-reminder")).ToContainTextAsync("paused by the page");
        await at.Page.GetByRole(AriaRole.Button, new() { Name = "Resume renewal-reminder" }).ClickAsync();
        await Expect(at.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("goes on");
        await Expect(at.Page.Locator("pre.file")).ToContainTextAsync("won-deal-to-project:");
        (await at.Page.Locator("pre.file").InnerTextAsync()).ShouldNotContain(Flow.Secrets["HUBSPOT_TOKEN"]);
        browsing.ShouldHaveBeenQuiet();
    }

    [Fact]
    public async Task What_comes_in_while_a_page_is_loading_is_shown_on_it()
    {
        await using var at = new Closing(await browsing.OpenAsync("/rules"));
        var (asked, goesOn) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await at.Page.RouteAsync("**/live", async route =>
        {
            asked.TrySetResult();
            await goesOn.Task;
            await route.ContinueAsync();
        });
        await at.Page.GotoAsync("/needs-you");
        await asked.Task.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);

        // The page stands, and doesn't listen yet.
        var deal = await DeadAsync("Rowan Rugs", "Loom");
        await Flow.SettleAsync();
        await Expect(at.Page.Locator(".card", new() { HasText = deal.Project })).ToHaveCountAsync(0);
        goesOn.SetResult();

        await Expect(at.Page.Locator(".card", new() { HasText = deal.Project })).ToBeVisibleAsync();
        browsing.ShouldHaveBeenQuiet();
    }

    [Fact]
    public async Task A_page_that_is_open_survives_the_worker_being_started_again()
    {
        await using var at = new Closing(await browsing.OpenAsync("/log"));
        await Expect(at.Page.Locator("#live")).ToHaveTextAsync("live");

        await Flow.KillWorkerAsync();
        await Expect(at.Page.Locator("#live")).ToHaveTextAsync("reconnecting");
        await Flow.StartWorkerAsync();
        await Expect(at.Page.Locator("#live")).ToHaveTextAsync("live");

        var deal = Office.NewDeal("Heather Hall", "Festival");
        Office.Win(deal);
        await Expect(at.Page.Locator(".row", new() { HasText = $"{deal.Project} was made" })).ToBeVisibleAsync();
        browsing.Forget();
    }

    [Fact]
    public async Task Script_in_a_clients_name_is_text()
    {
        await using var at = new Closing(await browsing.OpenAsync("/log"));
        var deal = Office.NewDeal("<script>alert(1)</script><img src=x onerror=alert(2)>", "\"><svg onload=alert(3)>");
        Office.Win(deal);
        await Expect(at.Page.Locator(".row", new() { HasText = "<script>alert(1)</script>" }).First).ToBeVisibleAsync();

        foreach (var path in (string[])["/", "/log?q=script", "/needs-you", "/clients?q=script", "/log?q=%3Cscript%3Ealert(1)%3C/script%3E"])
        {
            await at.Page.GotoAsync(path);
            await ShouldBeTextAsync(path);
        }

        // The client's own page, with its reasons and timeline, and the whole story of an entry.
        await at.Page.GotoAsync("/clients?q=script");
        await at.Page.Locator("#found a", new() { HasText = "<script>alert(1)</script>" }).First.ClickAsync();
        await Expect(at.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("<script>alert(1)</script>");
        await ShouldBeTextAsync("the client's page");
        await at.Page.GotoAsync((await FirstLinkAsync("/log?q=script", ".row:has-text('was made') > a"))!);
        await Expect(at.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("<script>");
        await ShouldBeTextAsync("the story");

        browsing.ShouldHaveBeenQuiet();

        async Task ShouldBeTextAsync(string where) => (await at.Page.Locator("main script, main img, main [onload]").CountAsync()).ShouldBe(0, where);

        async Task<string?> FirstLinkAsync(string path, string selector)
        {
            await at.Page.GotoAsync(path);
            return await at.Page.Locator(selector).First.GetAttributeAsync("href");
        }
    }

    // Its tool refuses it for good.
    private async Task<Deal> DeadAsync(string client, string name)
    {
        var deal = Office.NewDeal(client, name);
        Flow.Sandbox.Asana.Faults.Add(new Fault.Answer(400, """{"errors":[{"message":"name: Not a valid name"}]}"""),
            call => call.Method == "POST" && call.Path.EndsWith("/projects", StringComparison.Ordinal));
        Office.Win(deal);
        await Flow.UntilPageSaysAsync(deal.Project, "Dead letter");
        return deal;
    }

    private async Task<Deal> WaitingInvoiceAsync(string client, string name)
    {
        var deal = Office.NewDeal(client, name);
        Office.Win(deal);
        var project = await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));
        Flow.Sandbox.Asana.World.CompleteProject(project.Gid);
        await Flow.WaitingHandoffAsync(name);
        return deal;
    }
}
