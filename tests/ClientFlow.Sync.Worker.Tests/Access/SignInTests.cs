using System.Net;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Worker.Tests.Access;

/// <summary>Signing in with a password, and what keeps everybody else out.</summary>
[Trait("Takes", "long")]
public sealed class SignInTests : IAsyncLifetime
{
    private readonly Leap clock = new();
    private readonly House house;

    public SignInTests() => house = new House { Clock = clock };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => house.DisposeAsync();

    [Fact]
    public async Task Without_access_in_the_file_nobody_from_elsewhere_is_served_and_is_told_what_to_do()
    {
        await house.StartAsync();

        var page = await house.Stranger().GetAsync("/");

        page.Status.ShouldBe(HttpStatusCode.Forbidden);
        page.Html.ShouldContain("SSH tunnel");
        page.Html.ShouldContain("`access` in the mapping file");
        (await house.Stranger().GetAsync("/sign-in")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await house.Here().GetAsync("/")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_signs_in_comes_to_the_page_that_was_asked_for_and_stays_in()
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();

        (await anna.GetAsync("/log?q=tin&level=error")).Location.ShouldBe("/sign-in?returnUrl=%2Flog%3Fq%3Dtin%26level%3Derror");
        var back = await anna.SignInAsync("anna", House.AnnasPassword, "/log?q=tin&level=error");

        (back.Status, back.Location).ShouldBe((HttpStatusCode.Redirect, "/log?q=tin&level=error"));
        var page = await anna.GetAsync("/");
        page.Status.ShouldBe(HttpStatusCode.OK);
        page.Html.ShouldContain("<span>Anna</span><button>Sign out");
        (await anna.GetAsync("/sign-in?returnUrl=/rules")).Location.ShouldBe("/rules");
    }

    [Theory]
    [InlineData("Anna", "correct horse batter")]
    [InlineData("Anna", "purple elephant lamp")]
    [InlineData("Anna", "")]
    [InlineData("Anna ' OR 1=1 --", "correct horse battery")]
    [InlineData("nobody", "correct horse battery")]
    [InlineData("", "")]
    public async Task A_wrong_name_or_password_is_refused_in_the_same_words(string name, string password)
    {
        await house.StartAsync(House.People);
        var stranger = house.Stranger();

        var page = await stranger.SignInAsync(name, password);

        page.Status.ShouldBe(HttpStatusCode.Unauthorized);
        page.Html.ShouldContain("role=\"alert\">This name and this password don&#x27;t belong together.");
        stranger.Cookies.Keys.ShouldBe(["clientflow-form"]);
        (await stranger.GetAsync("/")).Location!.ShouldStartWith("/sign-in");
    }

    [Fact]
    public async Task The_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites()
    {
        await house.StartAsync(House.People);

        var cookies = (await house.Stranger().SignInAsync("Anna", House.AnnasPassword)).Headers["Set-Cookie"].Split('\n');

        var session = cookies.Single(c => c.StartsWith("clientflow-session=", StringComparison.Ordinal));
        session.ShouldContain("; httponly", Case.Insensitive);
        session.ShouldContain("; samesite=lax", Case.Insensitive);
        session.ShouldNotContain("; secure", Case.Insensitive);
        cookies.ShouldAllBe(c => c.Contains("; httponly", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Where_people_come_by_https_every_cookie_is_for_https_and_for_that_host_alone()
    {
        await house.StartAsync(House.People + "\n  url: https://flow.northwind.example");
        var anna = house.Stranger();

        var cookies = (await anna.GetAsync("/sign-in")).Headers["Set-Cookie"].Split('\n').Concat((await anna.SignInAsync("Anna", House.AnnasPassword)).Headers["Set-Cookie"].Split('\n')).ToList();

        cookies.ShouldAllBe(c => c.Contains("; secure", StringComparison.OrdinalIgnoreCase));
        cookies.ShouldContain(c => c.StartsWith("__Host-clientflow-session=", StringComparison.Ordinal) && c.Contains("; path=/;", StringComparison.Ordinal));
        (await anna.GetAsync("/")).Headers["Strict-Transport-Security"].ShouldStartWith("max-age=");
    }

    [Fact]
    public async Task After_some_wrong_passwords_even_the_right_one_has_to_wait_but_not_for_good()
    {
        await house.StartAsync(House.People);
        var stranger = house.Stranger();
        for (var i = 0; i < 6; i++) (await stranger.SignInAsync("Anna", $"wrong {i}")).Status.ShouldBe(HttpStatusCode.Unauthorized);

        var page = await stranger.SignInAsync("Anna", House.AnnasPassword);

        (page.Status, page.Headers["Retry-After"]).ShouldBe((HttpStatusCode.TooManyRequests, "1"));
        page.Html.ShouldContain("Too many attempts. Try again in a second.");
        clock.Advance(TimeSpan.FromSeconds(1));
        (await stranger.SignInAsync("Anna", House.AnnasPassword)).Status.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task An_unknown_name_is_slowed_down_as_a_known_one()
    {
        await house.StartAsync(House.People);
        var stranger = house.Stranger();
        for (var i = 0; i < 6; i++) await stranger.SignInAsync("Zed", $"wrong {i}");

        (await stranger.SignInAsync("Zed", "wrong")).Status.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Strangers_who_guess_at_a_name_do_not_keep_out_who_signed_in_there_before()
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();
        await anna.SignInAsync("Anna", House.AnnasPassword);
        await anna.SubmitAsync("/", "/sign-out");
        var stranger = house.Stranger();
        for (var i = 0; i < 7; i++) await stranger.SignInAsync("Anna", $"wrong {i}");
        (await house.Stranger().SignInAsync("Anna", House.AnnasPassword)).Status.ShouldBe(HttpStatusCode.TooManyRequests);

        (await anna.SignInAsync("Anna", House.AnnasPassword)).Status.ShouldBe(HttpStatusCode.Redirect);

        // It opens nothing by itself, and is no help with another's name.
        stranger.Cookies["clientflow-known"] = anna.Cookies["clientflow-known"];
        (await stranger.GetAsync("/")).Location!.ShouldStartWith("/sign-in");
        for (var i = 0; i < 6; i++) await stranger.SignInAsync("Ben", $"wrong {i}");
        (await stranger.SignInAsync("Ben", House.BensPassword)).Status.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Through_a_proxy_on_this_machine_each_client_is_counted_by_its_own_address()
    {
        await house.StartAsync(House.People);
        var stranger = house.Stranger();
        stranger.Headers["X-Forwarded-For"] = "198.51.100.66, 203.0.113.7";
        for (var i = 0; i < 21; i++) await stranger.SignInAsync($"name {i}", "wrong");
        (await stranger.SignInAsync("Anna", House.AnnasPassword)).Status.ShouldBe(HttpStatusCode.TooManyRequests);

        // What the client itself claims stands further to the left, and counts for nothing.
        stranger.Headers["X-Forwarded-For"] = "192.0.2.99, 203.0.113.7";
        (await stranger.SignInAsync("Anna", House.AnnasPassword)).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        var anna = house.Stranger();
        anna.Headers["X-Forwarded-For"] = "192.0.2.4";
        (await anna.SignInAsync("Anna", House.AnnasPassword)).Status.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task A_session_ends_after_half_a_day_without_use_whatever_the_open_page_asks_for_by_itself()
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();
        await anna.SignInAsync("Anna", House.AnnasPassword);

        for (var hour = 0; hour < 11; hour++)
        {
            clock.Advance(TimeSpan.FromHours(1));
            (await anna.GetAsync("/?fragment=true")).Status.ShouldBe(HttpStatusCode.OK);
        }

        clock.Advance(TimeSpan.FromHours(1));
        (await anna.GetAsync("/?fragment=true")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await anna.GetAsync("/")).Location.ShouldBe("/sign-in?returnUrl=%2F");
    }

    [Fact]
    public async Task Each_use_moves_the_end_of_a_session()
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();
        await anna.SignInAsync("Anna", House.AnnasPassword);

        clock.Advance(TimeSpan.FromHours(1));
        await anna.GetAsync("/");
        clock.Advance(TimeSpan.FromHours(11.5));

        (await anna.GetAsync("/")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_session_that_is_used_lasts_a_week_and_no_longer()
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();
        await anna.SignInAsync("Anna", House.AnnasPassword);

        for (var hours = 0; hours < 7 * 24 - 8; hours += 8)
        {
            clock.Advance(TimeSpan.FromHours(8));
            (await anna.GetAsync("/")).Status.ShouldBe(HttpStatusCode.OK, $"after {hours + 8} hours");
        }

        clock.Advance(TimeSpan.FromHours(8));
        (await anna.GetAsync("/")).Status.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_also_for_whoever_copied_its_cookie_and_after_a_new_start()
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();
        await anna.SignInAsync("Anna", House.AnnasPassword);
        var copy = anna.Cookies["clientflow-session"];
        (await With(copy).GetAsync("/")).Status.ShouldBe(HttpStatusCode.OK);

        (await anna.SubmitAsync("/", "/sign-out")).Location.ShouldBe("/sign-in?note=out");

        anna.Cookies.ShouldNotContainKey("clientflow-session");
        (await anna.GetAsync("/sign-in?note=out")).Html.ShouldContain("You are signed out.");
        (await With(copy).GetAsync("/")).Status.ShouldBe(HttpStatusCode.Redirect);
        await house.StartAsync(House.People);
        (await With(copy).GetAsync("/")).Status.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task A_new_start_of_the_worker_keeps_people_signed_in()
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();
        await anna.SignInAsync("Anna", House.AnnasPassword);

        await house.StartAsync(House.People);

        (await With(anna.Cookies["clientflow-session"]).GetAsync("/")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("another password")]
    [InlineData("another role")]
    [InlineData("gone from the file")]
    public async Task A_changed_or_removed_person_is_signed_out(string what)
    {
        await house.StartAsync(House.People);
        var (anna, ben) = (house.Stranger(), house.Stranger());
        await anna.SignInAsync("Anna", House.AnnasPassword);
        await ben.SignInAsync("Ben", House.BensPassword);

        if (what == "another password") house.Secrets["BEN"] = House.Hash("a new one for Ben");
        await house.StartAsync(what switch
        {
            "another role" => House.People.Replace("role: assistant", "role: owner", StringComparison.Ordinal),
            "gone from the file" => House.People[..House.People.LastIndexOf("    - ", StringComparison.Ordinal)],
            _ => House.People,
        });

        (await With(ben.Cookies["clientflow-session"]).GetAsync("/")).Status.ShouldBe(HttpStatusCode.Redirect);
        (await With(anna.Cookies["clientflow-session"]).GetAsync("/")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_cookie_of_another_installation_opens_nothing()
    {
        await using var other = new House { Clock = clock };
        await other.StartAsync(House.People);
        var anna = other.Stranger();
        await anna.SignInAsync("Anna", House.AnnasPassword);
        await house.StartAsync(House.People);
        var stranger = house.Stranger();
        foreach (var (name, value) in anna.Cookies) stranger.Cookies[name] = value;

        (await stranger.GetAsync("/")).Location!.ShouldStartWith("/sign-in");
        (await anna.GetAsync("/")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("/\t/evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("~/x")]
    [InlineData("/ü")]
    [InlineData("/log?q=\u2028")]
    [InlineData("/sign-out")]
    [InlineData("")]
    public async Task Nobody_is_sent_elsewhere_after_signing_in(string returnUrl)
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();

        (await anna.GetAsync("/sign-in?returnUrl=" + Uri.EscapeDataString(returnUrl))).Html.ShouldContain("name=\"returnUrl\" value=\"/\"");
        (await anna.SignInAsync("Anna", House.AnnasPassword, returnUrl)).Location.ShouldBe("/");
        (await anna.GetAsync("/sign-in?returnUrl=" + Uri.EscapeDataString(returnUrl))).Location.ShouldBe("/");
        (await anna.SubmitAsync("/rules", "/rules/won/pause", ("back", returnUrl))).Location!.ShouldStartWith("/?told=");
    }

    [Fact]
    public async Task Script_in_a_name_or_an_address_is_text()
    {
        await house.StartAsync(House.People);

        var failed = await house.Stranger().SignInAsync("\"><script>alert(1)</script>", "x", "/log?q=\"><script>alert(2)</script>");
        var asked = await house.Stranger().GetAsync("/sign-in?note=<script>&returnUrl=/log%3Fq=\"><script>alert(3)</script>");

        failed.Html.ShouldNotContain("<script>");
        asked.Html.ShouldNotContain("<script>");
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    public async Task A_form_from_another_site_signs_nobody_in_or_out_and_decides_nothing(string? header, string? value)
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();
        await anna.SignInAsync("Anna", House.AnnasPassword);
        var token = header is null ? "forged" : (await anna.GetAsync("/")).Token;
        if (header is not null) anna.Headers[header] = value!;

        foreach (var action in (string[])["/rules/won/pause", "/tools/crm/pause", "/handoffs/x/approve", "/handoffs/bulk/approve", "/values/forget", "/deliveries/1/replay", "/sign-out"])
            (await anna.PostAsync(action, ("__RequestVerificationToken", token), ("item", "x"))).Status.ShouldBe(HttpStatusCode.BadRequest, action);
        (await anna.PostAsync("/sign-in", ("__RequestVerificationToken", token), ("name", "Ben"), ("password", House.BensPassword))).Status.ShouldBe(HttpStatusCode.BadRequest);

        anna.Headers.Clear();
        (await anna.GetAsync("/")).Html.ShouldContain("<span>Anna</span>");
        (await ReadAsync(static view => view.Pauses())).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("Origin", "http://flow.northwind.example")]
    [InlineData("Origin", "https://flow.northwind.example")]
    public async Task A_form_from_our_own_page_is_taken(string header, string value)
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();
        anna.Headers[header] = value;

        (await anna.SignInAsync("Anna", House.AnnasPassword)).Status.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task The_token_of_ones_own_session_is_none_of_anothers()
    {
        await house.StartAsync(House.People);
        var (anna, ben) = (house.Stranger(), house.Stranger());
        await anna.SignInAsync("Anna", House.AnnasPassword);
        await ben.SignInAsync("Ben", House.BensPassword);
        var bens = (await ben.GetAsync("/")).Token;
        anna.Cookies["clientflow-form"] = ben.Cookies["clientflow-form"];

        (await anna.PostAsync("/rules/won/pause", ("__RequestVerificationToken", bens))).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task What_is_no_form_at_all_is_refused_without_a_crash()
    {
        await house.StartAsync(House.People);
        var stranger = house.Stranger();
        foreach (var (type, body) in ((string, string)[])[("multipart/form-data; boundary=x", "--x\r\nnonsense"), ("application/json", "{}"),
            ("application/x-www-form-urlencoded", new string('a', 200_000)), ("application/x-www-form-urlencoded", string.Concat(Enumerable.Range(0, 3_000).Select(i => $"k{i}=1&")))])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/sign-in", UriKind.Relative)) { Content = new StringContent(body) };
            request.Content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type);

            (await stranger.SendAsync(request)).Status.ShouldBe(HttpStatusCode.BadRequest, type);
        }
    }

    [Fact]
    public async Task A_token_in_a_header_makes_no_form_of_what_is_none()
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();
        await anna.SignInAsync("Anna", House.AnnasPassword);
        anna.Headers["RequestVerificationToken"] = (await anna.GetAsync("/")).Token;

        foreach (var path in (string[])["/sign-in", "/sign-out", "/handoffs/x/approve", "/handoffs/bulk/approve", "/deliveries/1/replay", "/values/forget", "/rules/won/pause", "/tools/crm/pause"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
            (await anna.SendAsync(request)).Status.ShouldBe(HttpStatusCode.BadRequest, path);
        }

        (await ReadAsync(static view => view.Pauses())).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_attempt_that_was_turned_away_unchecked_counts_for_nothing()
    {
        await house.StartAsync(House.People);
        var strangers = Enumerable.Range(0, 40).Select(n => (Name: $"name {n}", Browser: house.Stranger())).ToList();
        foreach (var (name, browser) in strangers)
        {
            browser.Headers["X-Forwarded-For"] = $"203.0.113.{strangers.FindIndex(s => s.Name == name)}";
            await browser.GetAsync("/sign-in");
        }

        var tokens = await Task.WhenAll(strangers.Select(s => s.Browser.GetAsync("/sign-in")));
        var pages = await Task.WhenAll(strangers.Select((s, n) => s.Browser.PostAsync("/sign-in", ("__RequestVerificationToken", tokens[n].Token), ("name", s.Name), ("password", "wrong"))));

        // The queue holds eleven; each check is slow.
        var turnedAway = strangers[Array.FindIndex(pages, p => p.Status == HttpStatusCode.ServiceUnavailable)];
        for (var i = 0; i < 6; i++) (await turnedAway.Browser.SignInAsync(turnedAway.Name, $"wrong {i}")).Status.ShouldBe(HttpStatusCode.Unauthorized, $"attempt {i}");
        (await turnedAway.Browser.SignInAsync(turnedAway.Name, "wrong")).Status.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task The_journal_tells_who_came_and_that_somebody_guesses_but_never_what_was_typed()
    {
        await house.StartAsync(House.People);
        await house.Stranger().SignInAsync("Anna", House.AnnasPassword);
        await house.Stranger().SignInAsync("my secret password by mistake", "x");
        for (var i = 0; i < 3; i++) await house.Stranger().SignInAsync("Ben", "wrong");
        clock.Advance(TimeSpan.FromMinutes(2));
        await house.Stranger().SignInAsync("Ben", "wrong");

        var journal = await ReadAsync(static view => view.Journal(new JournalQuery()));

        journal.ShouldContain(e => e.Event == "access.session.began" && e.Message == "Anna signed in with a password");
        journal.Where(e => e.Event == "access.session.refused").Select(e => e.Message).ShouldBe(
        [
            "4 sign-ins were refused, the last because the password was not Ben's, from 127.0.0.1", "a sign-in was refused: nobody has that name, from 127.0.0.1",
        ]);
        journal.ShouldAllBe(e => !e.Message.Contains("by mistake", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_decision_stands_in_the_journal_under_the_name_of_who_signed_in()
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();
        await anna.SignInAsync("ANNA", House.AnnasPassword);

        await anna.SubmitAsync("/rules", "/rules/won/pause", ("back", "/rules"));

        (await ReadAsync(static view => view.Pauses())).ShouldHaveSingleItem().Who.ShouldBe("Anna");
        (await ReadAsync(static view => view.Journal(new JournalQuery()))).ShouldContain(e => e.Message == "Anna paused won: what it calls for waits");
    }

    [Fact]
    public async Task On_the_workers_machine_the_link_with_the_key_opens_the_pages_and_without_it_one_signs_in()
    {
        await house.StartAsync(House.People);
        var here = house.Here();

        (await here.GetAsync("/")).Location!.ShouldStartWith("/sign-in");
        var link = System.Text.Json.JsonDocument.Parse(await File.ReadAllTextAsync(house.Worker.PageLinkFile!, TestContext.Current.CancellationToken)).RootElement.GetProperty("Page").GetString()!;
        (await here.GetAsync(link)).Location.ShouldBe("/");

        var page = await here.GetAsync("/");
        page.Status.ShouldBe(HttpStatusCode.OK);
        page.Html.ShouldNotContain("Sign out");
        var stranger = house.Stranger();
        (await stranger.GetAsync("/" + new Uri(link).Query)).Location!.ShouldStartWith("/sign-in");
        stranger.Cookies["clientflow-page"] = here.Cookies["clientflow-page"];
        (await stranger.GetAsync("/")).Location!.ShouldStartWith("/sign-in");
    }

    [Fact]
    public async Task The_sign_in_page_tells_strangers_nothing_of_the_business()
    {
        await house.StartAsync(House.People);

        var page = await house.Stranger().GetAsync("/sign-in");

        page.Html.ShouldNotContain("Northwind");
        page.Html.ShouldNotContain("Anna");
        page.Headers["Content-Security-Policy"].ShouldContain("default-src 'none'");
        page.Headers["X-Frame-Options"].ShouldBe("DENY");
        page.Headers["Cache-Control"].ShouldContain("no-store");
        System.Text.RegularExpressions.Regex.Matches(page.Html, "<script|<style|\\son[a-z]+=|\\sstyle=").ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_who_types_across_a_network_in_the_clear_is_warned_of_it()
    {
        const string Warning = "This connection is not encrypted";
        await house.StartAsync(House.People);

        (await From("192.168.1.20", "192.168.1.5:8787").GetAsync("/sign-in")).Html.ShouldContain(Warning);
        (await house.Here().GetAsync("/sign-in")).Html.ShouldNotContain(Warning);

        await house.StartAsync(House.People + "\n  url: https://flow.northwind.example");
        (await From("203.0.113.7", "flow.northwind.example").GetAsync("/sign-in")).Html.ShouldNotContain(Warning);
    }

    [Fact]
    public async Task Who_comes_by_an_address_that_keeps_no_session_is_led_to_the_one_that_does()
    {
        await house.StartAsync(House.People + "\n  url: https://flow.northwind.example");

        // What the file says is shown, never what the request says.
        var page = await From("192.168.1.20", "evil.example:8787").GetAsync("/sign-in");
        page.Html.ShouldContain("open <a href=\"https://flow.northwind.example/\">https://flow.northwind.example/</a> instead");
        page.Html.ShouldNotContain("evil.example");
        (await From("203.0.113.7", "flow.northwind.example").GetAsync("/sign-in")).Html.ShouldNotContain("instead");
        (await house.Here().GetAsync("/sign-in")).Html.ShouldNotContain("instead");

        await house.StartAsync(House.People);
        (await From("192.168.1.20", "192.168.1.5:8787").GetAsync("/sign-in")).Html.ShouldNotContain("instead");
    }

    private Browser From(string address, string host)
    {
        var browser = house.Stranger(host);
        browser.Headers["X-Forwarded-For"] = address;
        return browser;
    }

    private Browser With(string session)
    {
        var browser = house.Stranger();
        browser.Cookies["clientflow-session"] = session;
        return browser;
    }

    private Task<T> ReadAsync<T>(Func<IReadView, T> look) => house.Worker.Engine.Workspace.Store.ReadAsync(look, TestContext.Current.CancellationToken);
}
