using System.Net;
using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Worker.Tests.Access;

/// <summary>Webhooks and pages at addresses of their own, so that webhooks alone can be shown to the internet.</summary>
public sealed class DoorTests : IAsyncLifetime
{
    private readonly House house = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => house.DisposeAsync();

    [Fact]
    public async Task At_the_address_for_webhooks_nothing_but_webhooks_answers()
    {
        await house.StartAsync(House.People, webhookUrls: "http://127.0.0.1:0");
        using var webhooks = new Browser(new Uri(house.Worker.WebhookUrls.ShouldHaveSingleItem()), null);

        (await webhooks.PostAsync("/webhooks/crm")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        foreach (var path in (string[])
                 [
                     "/", "/needs-you", "/log", "/log/rows", "/log/export", "/log/1", "/clients", "/rules", "/tools", "/live", "/handoffs/x", "/sign-in", "/sign-in/back",
                     "/page.css", "/page.js", "/health/live", "/health/ready", "/metrics", "/webhooks/crm", "/webhooks", "/webhooks/../metrics", "/webhooks/%2e%2e/metrics", "/nowhere",
                 ])
            (await webhooks.GetAsync(path)).Status.ShouldBe(HttpStatusCode.NotFound, path);
        foreach (var path in (string[])["/sign-in", "/sign-out", "/local/handoffs/x/approve", "/rules/won/pause"])
            (await webhooks.PostAsync(path)).Status.ShouldBe(HttpStatusCode.NotFound, path);

        // Nor does a request that names the pages' address.
        webhooks.Headers["Host"] = new Uri(house.Worker.Urls[0]).Authority;
        (await webhooks.GetAsync("/health/live")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task At_the_address_of_the_pages_webhooks_do_not_answer_then()
    {
        await house.StartAsync(webhookUrls: "http://127.0.0.1:0");

        (await house.Here().PostAsync("/webhooks/crm")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await house.Here().GetAsync("/")).Status.ShouldBe(HttpStatusCode.OK);
        (await house.Here().GetAsync("/health/live")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task At_the_address_of_the_pages_metrics_ask_this_machine_too_for_a_proof_once_people_may_sign_in()
    {
        await house.StartAsync(House.People, webhookUrls: "http://127.0.0.1:0");

        var forwarded = house.Here();
        forwarded.Headers["X-Forwarded-For"] = "203.0.113.7";
        foreach (var browser in (Browser[])[house.Here(), house.Stranger(), forwarded])
        {
            var refused = await browser.GetAsync("/metrics");
            (refused.Status, refused.Html.Contains("clientflow_", StringComparison.Ordinal)).ShouldBe((HttpStatusCode.Unauthorized, false));
        }

        var anna = house.Stranger();
        (await anna.SignInAsync("Anna", House.AnnasPassword)).Status.ShouldBe(HttpStatusCode.Redirect);
        (await anna.GetAsync("/metrics")).Html.ShouldContain("clientflow_ready");
    }

    [Fact]
    public async Task Without_an_address_of_their_own_webhooks_answer_beside_the_pages()
    {
        await house.StartAsync();

        house.Worker.WebhookUrls.ShouldBeEmpty();
        (await house.Here().PostAsync("/webhooks/crm")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await house.Here().GetAsync("/")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Commands_reach_the_worker_at_the_address_of_its_pages_whoever_may_sign_in()
    {
        await house.StartAsync(House.People, webhookUrls: "http://127.0.0.1:0");

        using var door = await LocalAccess.FindAsync(house.Directory, TestContext.Current.CancellationToken);

        door!.BaseAddress!.ShouldBe(new Uri(house.Worker.Urls[0]));
        (await door.PostAsync(new Uri("/local/handoffs/x/approve", UriKind.Relative), null, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Conflict);

        // Its token is no use to whoever comes through a proxy.
        door.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        (await door.PostAsync(new Uri("/local/handoffs/x/approve", UriKind.Relative), null, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8787", "http://127.0.0.1:8788", null)]
    [InlineData("http://127.0.0.1:8787", "http://0.0.0.0:8787", "8787")]
    [InlineData("http://127.0.0.1:8787;http://*:9000", "http://[::1]:8788; http://+:9000", "9000")]
    [InlineData("http://localhost", "http://127.0.0.1:80", "80")]
    [InlineData("http://127.0.0.1:0", "http://127.0.0.1:0", null)]
    public void The_two_need_ports_of_their_own(string urls, string webhookUrls, string? shared) => Doors.Shared(urls, webhookUrls).ShouldBe(shared);
}
