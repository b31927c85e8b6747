using System.Net;
using System.Text.Json;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Dashboard;

public sealed class PageAccessTests : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("clientflow-pages-").FullName;
    private WorkerHost? worker;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (worker is not null) await worker.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_worker_that_nothing_outside_can_reach_shows_its_page_without_a_key()
    {
        using var http = await StartAsync(publicUrl: null);

        (await http.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_stranger_who_comes_through_a_silent_proxy_is_asked_for_the_key()
    {
        using var http = await StartAsync("https://hooks.northwind.example");

        (await http.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await http.PostAsync(new Uri("/handoffs/x/approve", UriKind.Relative), null, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await http.GetAsync(new Uri("/?key=wrong", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await http.GetAsync(new Uri("/health/live", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_link_in_the_data_directory_opens_the_page_and_keeps_it_open()
    {
        using var http = await StartAsync("https://hooks.northwind.example");
        var link = JsonDocument.Parse(await File.ReadAllTextAsync(worker!.PageLinkFile!, TestContext.Current.CancellationToken)).RootElement.GetProperty("Page").GetString()!;

        (await http.GetAsync(new Uri(link), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("Host", "clientflow.example")]
    [InlineData("X-Forwarded-For", "203.0.113.7")]
    [InlineData("Forwarded", "for=203.0.113.7")]
    public async Task A_request_that_was_forwarded_or_names_another_host_sees_nothing(string header, string value)
    {
        using var http = await StartAsync(publicUrl: null);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/", UriKind.Relative));
        request.Headers.Add(header, value);

        (await http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_forged_form_is_refused()
    {
        using var http = await StartAsync(publicUrl: null);
        using var form = new FormUrlEncodedContent([]);

        (await http.PostAsync(new Uri("/handoffs/x/approve", UriKind.Relative), form, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_local_door_opens_to_the_token_alone()
    {
        using var http = await StartAsync(publicUrl: null);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/local/handoffs/x/approve", UriKind.Relative));
        request.Headers.Add(LocalAccess.Header, new string('0', 64));

        (await http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var door = await LocalAccess.FindAsync(directory, TestContext.Current.CancellationToken);
        (await door!.PostAsync(new Uri("/local/handoffs/x/approve", UriKind.Relative), null, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    // The tool's address refuses: what the pages show to whom doesn't depend on it.
    private async Task<HttpClient> StartAsync(string? publicUrl)
    {
        var loaded = ConfigLoader.LoadText("pages.yaml", $$"""
            version: 1
            business: { name: Northwind, timezone: Europe/London, currency: GBP }
            {{(publicUrl is null ? "" : $"publicUrl: {publicUrl}")}}
            tools:
              crm: { connector: hubspot, token: "${TOKEN}", baseUrl: "http://127.0.0.1:9/" }
              projects: { connector: asana, token: "${TOKEN}", workspace: "1", baseUrl: "http://127.0.0.1:9/" }
            handoffs:
              won:
                when: { deal.stage: won }
                create: { project: { in: projects, name: "{{"{{deal.name}}"}}" } }
            """, ConnectorTypes.All, new OneSecret());
        loaded.Diagnostics.ShouldBeEmpty();
        worker = await WorkerHost.StartAsync(new WorkerOptions
        {
            Config = loaded.Config!, Types = ConnectorTypes.All, DataDirectory = directory, Urls = "http://127.0.0.1:0", Quiet = true,
        }, TestContext.Current.CancellationToken);
        return new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri(worker.Urls[0]) };
    }

    private sealed class OneSecret : ISecretSource
    {
        public string? FromEnvironment(string name) => "not-a-real-token";

        public string? FromFile(string path) => null;
    }
}
