using System.Net;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Core.Stores;
using Microsoft.AspNetCore.WebUtilities;

namespace ClientFlow.Sync.Worker.Tests.Access;

/// <summary>Signing in with an OpenID Connect provider, honest and otherwise.</summary>
[Trait("Takes", "long")]
public sealed class ProviderTests : IAsyncLifetime
{
    private readonly House house = new();
    private StubProvider provider = null!;

    public async ValueTask InitializeAsync()
    {
        provider = await StubProvider.StartAsync();
        await house.StartAsync(File(provider.Url));
    }

    public async ValueTask DisposeAsync()
    {
        await house.DisposeAsync();
        await provider.DisposeAsync();
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task An_owner_signs_in_and_decides_under_the_address_that_was_vouched_for(string signing)
    {
        provider.Signing = signing;
        var anna = house.Stranger();
        (await anna.GetAsync("/sign-in")).Html.ShouldContain("href=\"/sign-in/provider?returnUrl=%2F\">Sign in with 127.0.0.1</a>");

        var asked = await anna.GetAsync("/sign-in/provider?returnUrl=/rules");
        var query = QueryHelpers.ParseQuery(new Uri(asked.Location!).Query);
        var back = await anna.GetAsync(provider.Authorize(asked.Location!));

        (back.Status, back.Location).ShouldBe((HttpStatusCode.Redirect, "/rules"));
        asked.Location!.ShouldStartWith(provider.Url + "/authorize?");
        new[] { "response_type", "scope", "code_challenge_method", "redirect_uri" }.Select(name => query[name].ToString()).ShouldBe(["code", "openid email", "S256", "https://flow.northwind.example/sign-in/back"]);
        provider.LastExchange["code_verifier"].Length.ShouldBeGreaterThanOrEqualTo(43);
        await anna.SubmitAsync("/rules", "/rules/won/pause", ("back", "/rules"));
        (await ReadAsync(static view => view.Pauses())).ShouldHaveSingleItem().Who.ShouldBe("anna@northwind.example");
        (await anna.GetAsync("/")).Html.ShouldNotContain("Somebody Else");
    }

    [Fact]
    public async Task An_assistants_address_makes_an_assistant()
    {
        provider.Token = static claims => claims["email"] = "Ben@Northwind.example";
        var ben = house.Stranger();
        (await SignInAsync(ben)).Location.ShouldBe("/");

        await ben.SubmitAsync("/", "/rules/won/pause");

        (await ReadAsync(static view => view.Pauses())).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("wrong nonce", "its token answers another sign-in")]
    [InlineData("no nonce", "its token answers another sign-in")]
    [InlineData("expired", "its token is not valid now")]
    [InlineData("not valid yet", "its token is not valid now")]
    [InlineData("wrong audience", "its token is meant for another program")]
    [InlineData("another issuer", "its token names another issuer")]
    [InlineData("unsigned", "its token isn't signed as it should be")]
    [InlineData("with its signature cut off", "its token isn't signed as it should be")]
    [InlineData("signed by a stranger", "its token isn't signed as it should be")]
    [InlineData("signed by the client's secret", "its token isn't signed as it should be")]
    public async Task A_token_that_can_not_be_trusted_signs_nobody_in(string what, string told)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        provider.Signing = what switch { "unsigned" => "none", "with its signature cut off" => "cut off", "signed by a stranger" => "stranger", "signed by the client's secret" => "HS256", _ => "RS256" };
        provider.Token = what switch
        {
            "wrong nonce" => static claims => claims["nonce"] = "638000000000000000.another",
            "no nonce" => static claims => claims.Remove("nonce"),
            "expired" => claims => claims.With("nbf", now - 7_200).With("iat", now - 7_200)["exp"] = now - 3_600,
            "not valid yet" => claims => claims.With("exp", now + 7_200)["nbf"] = now + 3_600,
            "wrong audience" => static claims => claims["aud"] = "another-client",
            "another issuer" => static claims => claims["iss"] = "https://accounts.evil.example",
            _ => static _ => { },
        };
        var stranger = house.Stranger();

        var back = await SignInAsync(stranger);

        back.Location.ShouldBe("/sign-in?note=provider", what);
        await ShouldBeOutsideAsync(stranger);
        (await stranger.GetAsync(back.Location!)).Html.ShouldContain("role=\"alert\">Signing in there did not work.");
        (await RefusalsAsync()).ShouldHaveSingleItem().ShouldContain(told, customMessage: what);
    }

    [Theory]
    [InlineData("mallory@evil.example", true, "unknown")]
    [InlineData("anna@northwind.example.evil.example", true, "unknown")]
    [InlineData("anna@northwind.e\u212Aample", true, "unknown")]
    [InlineData("\u0131anna@northwind.example", true, "unknown")]
    [InlineData("", true, "unknown")]
    [InlineData("anna@northwind.example", false, "unverified")]
    [InlineData("anna@northwind.example", null, "unverified")]
    public async Task Only_a_verified_address_that_the_file_names_is_let_in(string email, bool? verified, string note)
    {
        provider.Token = claims => claims.With("email", email).With("email_verified", verified);
        var stranger = house.Stranger();

        (await SignInAsync(stranger)).Location.ShouldBe($"/sign-in?note={note}");

        await ShouldBeOutsideAsync(stranger);
        (await RefusalsAsync()).ShouldHaveSingleItem().ShouldNotContain("evil.example");
    }

    [Fact]
    public async Task A_provider_that_tells_the_address_at_its_user_info_only_is_understood()
    {
        provider.Token = static claims => claims.Remove("email");
        provider.UserInfo = new JsonObject { ["email"] = "anna@northwind.example", ["email_verified"] = "true" };

        (await SignInAsync(house.Stranger())).Location.ShouldBe("/");
    }

    [Fact]
    public async Task Entras_word_for_verified_is_understood()
    {
        provider.Token = static claims => claims.With("email_verified", null)["xms_edov"] = "1";

        (await SignInAsync(house.Stranger())).Location.ShouldBe("/");
    }

    [Fact]
    public async Task One_answers_verification_does_not_vouch_for_anothers_address()
    {
        provider.Token = static claims => claims["email"] = "mallory@evil.example";
        provider.UserInfo = new JsonObject { ["email"] = "anna@northwind.example" };
        var stranger = house.Stranger();

        (await SignInAsync(stranger)).Location.ShouldBe("/sign-in?note=unverified");

        await ShouldBeOutsideAsync(stranger);
    }

    [Fact]
    public async Task An_answer_for_another_browser_signs_nobody_in()
    {
        var (mallory, anna) = (house.Stranger(), house.Stranger());
        var back = provider.Authorize((await mallory.GetAsync("/sign-in/provider")).Location!);

        (await anna.GetAsync(back)).Location.ShouldBe("/sign-in?note=provider");
        await ShouldBeOutsideAsync(anna);

        // Nor does an answer that was taken already.
        (await mallory.GetAsync(back)).Location.ShouldBe("/");
        mallory.Cookies.Remove("__Host-clientflow-session");
        (await mallory.GetAsync(back)).Location.ShouldBe("/sign-in?note=provider");
        await ShouldBeOutsideAsync(mallory);
    }

    [Theory]
    [InlineData("/sign-in/back")]
    [InlineData("/sign-in/back?code=x")]
    [InlineData("/sign-in/back?code=x&state=CfDJ8forged")]
    [InlineData("/sign-in/back?error=access_denied&error_description=%3Cscript%3E&state=x")]
    [InlineData("/sign-in/back?error=%0Aanna+approved+everything")]
    public async Task A_made_up_answer_signs_nobody_in_and_is_shown_nowhere(string path)
    {
        var stranger = house.Stranger();

        (await stranger.GetAsync(path)).Location.ShouldBe("/sign-in?note=provider");

        await ShouldBeOutsideAsync(stranger);
        var told = (await RefusalsAsync()).ShouldHaveSingleItem();
        told.ShouldNotContain("script");
        told.ShouldNotContain("approved");
    }

    [Fact]
    public async Task Who_says_no_at_the_provider_is_told_so_and_may_try_again()
    {
        var anna = house.Stranger();
        var asked = QueryHelpers.ParseQuery(new Uri((await anna.GetAsync("/sign-in/provider")).Location!).Query);

        (await anna.GetAsync($"/sign-in/back?error=access_denied&state={Uri.EscapeDataString(asked["state"].ToString())}")).Location.ShouldBe("/sign-in?note=provider");

        (await SignInAsync(anna)).Location.ShouldBe("/");
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    public async Task The_way_through_the_provider_leads_to_no_other_site(string returnUrl)
    {
        var anna = house.Stranger();
        var asked = await anna.GetAsync("/sign-in/provider?returnUrl=" + Uri.EscapeDataString(returnUrl));

        (await anna.GetAsync(provider.Authorize(asked.Location!))).Location.ShouldBe("/");
    }

    [Fact]
    public async Task A_forged_host_changes_no_address_to_come_back_to()
    {
        var asked = await house.Stranger("evil.example").GetAsync("/sign-in/provider");

        QueryHelpers.ParseQuery(new Uri(asked.Location!).Query)["redirect_uri"].ToString().ShouldBe("https://flow.northwind.example/sign-in/back");
    }

    [Fact]
    public async Task Who_is_taken_out_of_the_file_is_signed_out()
    {
        var anna = house.Stranger();
        await SignInAsync(anna);
        var session = anna.Cookies["__Host-clientflow-session"];

        await house.StartAsync(File(provider.Url).Replace("owners: [ anna@", "owners: [ carla@", StringComparison.Ordinal));

        var again = house.Stranger();
        again.Cookies["__Host-clientflow-session"] = session;
        (await again.GetAsync("/")).Location!.ShouldStartWith("/sign-in");
    }

    [Theory]
    [InlineData("/signout-oidc")]
    [InlineData("/signout-callback-oidc")]
    public async Task No_link_and_no_form_of_a_strangers_signs_anybody_out(string path)
    {
        var anna = house.Stranger();
        await SignInAsync(anna);
        await anna.GetAsync("/");

        var (link, form) = (await anna.GetAsync(path), await anna.PostAsync(path, ("iss", provider.Url)));
        using var nonsense = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = new StringContent("--x\r\nnonsense") };
        nonsense.Content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        var broken = await anna.SendAsync(nonsense);

        (link.Status, form.Status, broken.Status).ShouldBe((HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed, HttpStatusCode.MethodNotAllowed));
        foreach (var page in (Browser.Page[])[link, form, broken]) page.Headers.Keys.ShouldNotContain("Set-Cookie");
        (await anna.GetAsync("/")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_provider_that_can_not_be_reached_is_said_to_be_so()
    {
        await house.StartAsync(File("http://127.0.0.1:9"));

        (await house.Stranger().GetAsync("/sign-in/provider")).Location.ShouldBe("/sign-in?note=provider");

        (await RefusalsAsync()).ShouldHaveSingleItem().ShouldContain("can't be reached");
    }

    private async Task<Browser.Page> SignInAsync(Browser browser)
    {
        var asked = await browser.GetAsync("/sign-in/provider");
        return await browser.GetAsync(provider.Authorize(asked.Location!));
    }

    private static async Task ShouldBeOutsideAsync(Browser browser)
    {
        browser.Cookies.ShouldNotContainKey("__Host-clientflow-session");
        (await browser.GetAsync("/")).Location!.ShouldStartWith("/sign-in");
    }

    private async Task<List<string>> RefusalsAsync() =>
        [.. (await ReadAsync(static view => view.Journal(new JournalQuery()))).Where(e => e.Event == "access.session.refused").Select(e => e.Message)];

    private Task<T> ReadAsync<T>(Func<IReadView, T> look) => house.Worker.Engine.Workspace.Store.ReadAsync(look, TestContext.Current.CancellationToken);

    private static string File(string authority) => $$"""
        access:
          url: https://flow.northwind.example
          oidc: { authority: "{{authority}}", clientId: {{StubProvider.ClientId}}, clientSecret: "${OIDC_SECRET}", owners: [ anna@northwind.example ], assistants: [ ben@northwind.example ] }
        """;
}
