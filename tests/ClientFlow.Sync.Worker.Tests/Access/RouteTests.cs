using System.Net;
using System.Text.RegularExpressions;

namespace ClientFlow.Sync.Worker.Tests.Access;

/// <summary>Every route there is, asked for by somebody who may not.</summary>
public sealed partial class RouteTests : IAsyncLifetime
{
    // What strangers may see: nothing of the business stands in any of these.
    private static readonly string[] Open = ["GET /health/live", "GET /health/ready", "GET /page.css", "GET /sign-in"];

    private readonly House house = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => house.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData(House.People)]
    [InlineData(House.Provided)]
    public async Task A_signed_out_stranger_is_refused_everywhere(string access)
    {
        await house.StartAsync(access);
        var stranger = house.Stranger();

        var seen = 0;
        foreach (var (method, path) in Routes().Where(r => !Open.Contains($"{r.Method} {r.Path}")))
        {
            var page = method == "GET" ? await stranger.GetAsync(path) : await stranger.PostAsync(path, ("__RequestVerificationToken", "forged"), ("item", "x"));

            HttpStatusCode[] refusals = path.StartsWith("/webhooks/", StringComparison.Ordinal) ? [HttpStatusCode.NotFound]
                : path is "/sign-in" or "/sign-out" ? [HttpStatusCode.BadRequest]
                : path == "/metrics" && access != "" ? [HttpStatusCode.Unauthorized]
                : path.StartsWith("/local/", StringComparison.Ordinal) || access == "" ? [HttpStatusCode.Forbidden]
                : method == "GET" && path is not ("/live" or "/log/rows") ? [HttpStatusCode.Redirect]
                : [HttpStatusCode.Unauthorized];
            refusals.ShouldContain(page.Status, $"{method} {path}");
            if (path == "/sign-in/provider") page.Location.ShouldBe("/sign-in?note=provider");
            else if (page.Status == HttpStatusCode.Redirect) page.Location!.ShouldStartWith("/sign-in?returnUrl=", Case.Sensitive, path);
            page.Html.ShouldNotContain("Northwind");
            seen++;
        }

        seen.ShouldBeGreaterThan(15);
    }

    [Fact]
    public async Task What_strangers_may_see_says_nothing_of_the_business()
    {
        await house.StartAsync(House.People);

        var stranger = house.Stranger();
        stranger.Headers["X-Forwarded-For"] = "203.0.113.7";
        foreach (var route in Open)
        {
            var page = await stranger.GetAsync(route.Split(' ')[1]);
            page.Html.ShouldNotContain("Northwind");
            page.Html.ShouldNotContain("Anna");
            page.Html.ShouldNotContain("hubspot", Case.Insensitive);
        }

        var ready = await stranger.GetAsync("/health/ready");
        (ready.Status, ready.Html).ShouldBe((HttpStatusCode.ServiceUnavailable, "not ready\n"));

        // Nor does it to a stranger who names this machine, through a proxy that says nothing of him.
        (await house.Here().GetAsync("/health/ready")).Html.ShouldBe("not ready\n");
    }

    [Fact]
    public async Task Every_decision_of_somebody_signed_in_still_asks_for_a_form_of_ours()
    {
        await house.StartAsync(House.People);
        var anna = house.Stranger();
        await anna.SignInAsync("Anna", House.AnnasPassword);

        foreach (var (_, path) in Routes().Where(r => r.Method == "POST" && !r.Path.StartsWith("/webhooks/", StringComparison.Ordinal) && !r.Path.StartsWith("/local/", StringComparison.Ordinal)))
            (await anna.PostAsync(path, ("item", "x"))).Status.ShouldBe(HttpStatusCode.BadRequest, path);
    }

    [Fact]
    public async Task Each_page_tells_the_browser_to_load_nothing_from_elsewhere_and_to_show_it_in_no_frame()
    {
        await house.StartAsync(House.People);
        var (stranger, anna) = (house.Stranger(), house.Stranger());
        await anna.SignInAsync("Anna", House.AnnasPassword);

        foreach (var page in (Browser.Page[])[await stranger.GetAsync("/"), await stranger.GetAsync("/live"), await stranger.GetAsync("/health/live"), await stranger.GetAsync("/webhooks/crm"), await anna.GetAsync("/"), await anna.GetAsync("/nowhere")])
        {
            page.Headers["Content-Security-Policy"].ShouldContain("default-src 'none'");
            page.Headers["Content-Security-Policy"].ShouldContain("frame-ancestors 'none'");
            page.Headers["X-Content-Type-Options"].ShouldBe("nosniff");
            page.Headers["X-Frame-Options"].ShouldBe("DENY");
            page.Headers["Referrer-Policy"].ShouldBe("same-origin");
        }
    }

    private IEnumerable<(string Method, string Path)> Routes() =>
        from route in house.Worker.Routes
        from method in route.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (method, "/" + Parameter().Replace(route.RoutePattern.RawText!.TrimStart('/'), "1"));

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
