using System.Net;

namespace ClientFlow.Sync.Worker.Tests.Access;

/// <summary>What machines ask, where a proxy on this machine may bring strangers.</summary>
public sealed class ScrapeTests : IAsyncLifetime
{
    private readonly House house = new();

    private string TokenFile => Path.Combine(house.Directory, "clientflow.scrape-token");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => house.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer ")]
    [InlineData("Bearer 0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("Basic dXNlcjpwYXNz")]
    public async Task Without_its_token_nobody_is_shown_a_number_or_a_name(string? authorization)
    {
        await house.StartAsync(House.People);
        var here = house.Here();
        if (authorization is not null) here.Headers["Authorization"] = authorization;

        var metrics = await here.GetAsync("/metrics");
        var ready = await here.GetAsync("/health/ready");

        (metrics.Status, metrics.Headers["WWW-Authenticate"]).ShouldBe((HttpStatusCode.Unauthorized, "Bearer"));
        metrics.Html.ShouldContain("clientflow.scrape-token");
        metrics.Html.ShouldNotContain("# TYPE");
        (ready.Status, ready.Html).ShouldBe((HttpStatusCode.ServiceUnavailable, "not ready\n"));
    }

    [Fact]
    public async Task With_its_token_a_monitor_is_shown_both_also_through_a_proxy_and_after_a_new_start()
    {
        await house.StartAsync(House.People);
        var token = await File.ReadAllTextAsync(TokenFile, TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(TokenFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await house.StartAsync(House.People);

        foreach (var monitor in (Browser[])[house.Here(), house.Stranger()])
        {
            monitor.Headers["Authorization"] = $"Bearer {token}";

            (await monitor.GetAsync("/metrics")).Html.ShouldContain("clientflow_ready 0");
            (await monitor.GetAsync("/health/ready")).Html.ShouldContain("won is not armed yet");

            // It opens nothing else.
            (await monitor.GetAsync("/")).Status.ShouldBe(HttpStatusCode.Redirect);
        }
    }

    [Fact]
    public async Task Who_is_signed_in_is_shown_both()
    {
        await house.StartAsync(House.People);
        var ben = house.Stranger();
        await ben.SignInAsync("Ben", House.BensPassword);

        (await ben.GetAsync("/metrics")).Html.ShouldContain("clientflow_ready 0");
        (await ben.GetAsync("/health/ready")).Html.ShouldContain("won is not armed yet");
    }

    [Fact]
    public async Task A_token_that_was_cut_off_is_made_anew()
    {
        await File.WriteAllTextAsync(TokenFile, "", TestContext.Current.CancellationToken);

        await house.StartAsync(House.People);

        var monitor = house.Here();
        monitor.Headers["Authorization"] = "Bearer ";
        (await monitor.GetAsync("/metrics")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        monitor.Headers["Authorization"] = $"Bearer {await File.ReadAllTextAsync(TokenFile, TestContext.Current.CancellationToken)}";
        (await monitor.GetAsync("/metrics")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Where_nothing_outside_can_reach_the_worker_no_token_is_needed_or_made()
    {
        await house.StartAsync();

        (await house.Here().GetAsync("/metrics")).Status.ShouldBe(HttpStatusCode.OK);
        File.Exists(TokenFile).ShouldBeFalse();
    }
}
