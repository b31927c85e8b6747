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
        (await http.GetAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
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

    [Theory]
    [InlineData("/handoffs/x/skip")]
    [InlineData("/handoffs/x/edit")]
    [InlineData("/handoffs/x/pick")]
    [InlineData("/handoffs/bulk/approve")]
    [InlineData("/deliveries/1/replay")]
    [InlineData("/values/forget")]
    [InlineData("/rules/won/pause")]
    [InlineData("/tools/crm/pause")]
    public async Task Every_decision_asks_for_a_form_of_ours_and_for_the_key(string path)
    {
        using (var open = await StartAsync(publicUrl: null))
        {
            using var form = new FormUrlEncodedContent([KeyValuePair.Create("__RequestVerificationToken", "CfDJ8forged")]);
            (await open.PostAsync(new Uri(path, UriKind.Relative), form, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }

        await worker!.DisposeAsync();
        using var closed = await StartAsync("https://hooks.northwind.example");
        (await closed.PostAsync(new Uri(path, UriKind.Relative), null, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("/log?before=99999999999999999999999999")]
    [InlineData("/log?before=9223372036854775807")]
    [InlineData("/log?before=-1&from=9999-12-31&to=9999-12-31&level=none&tool=%00")]
    [InlineData("/log?q=%22%20OR%20*%20NEAR(&tool='%20OR%201=1")]
    [InlineData("/log?from=0001-01-01&to=0001-01-01")]
    [InlineData("/log/export?from=0001-01-01&to=9999-12-30")]
    [InlineData("/log/rows?before=5&down=-7")]
    [InlineData("/clients?q=%22%2A%28")]
    [InlineData("/log/export?as=csv&q=%22")]
    public async Task Nonsense_in_an_address_is_harmless(string path)
    {
        // East of Greenwich the first days of all begin before there is time.
        using var http = await StartAsync(publicUrl: null, zone: "Europe/Berlin");

        (await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/log/9223372036854775807")]
    [InlineData("/log/99999999999999999999999999")]
    [InlineData("/handoffs/..%2f..%2fetc")]
    [InlineData("/clients/nobody")]
    [InlineData("/clients/hubspot:1:client:%3Cscript%3E")]
    public async Task What_is_not_there_is_said_to_be_not_there(string path)
    {
        using var http = await StartAsync(publicUrl: null);

        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain("<script>");
    }

    [Fact]
    public async Task A_search_of_ten_megabytes_is_refused_at_once()
    {
        using var http = await StartAsync(publicUrl: null);
        using var client = new System.Net.Sockets.TcpClient("127.0.0.1", http.BaseAddress!.Port);
        await using var stream = client.GetStream();
        var refused = "";
        try
        {
            await stream.WriteAsync("GET /log?q="u8.ToArray(), TestContext.Current.CancellationToken);
            for (var i = 0; i < 160; i++) await stream.WriteAsync(Enumerable.Repeat((byte)'a', 64 * 1024).ToArray(), TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // It hung up on us.
        }

        try
        {
            using var reader = new StreamReader(stream);
            refused = await reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
        }
        catch (IOException)
        {
            // As above.
        }

        refused.ShouldBeOneOf("", "HTTP/1.1 414 URI Too Long");
        (await http.GetAsync(new Uri($"/log?q={new string('a', 5_000)}", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.RequestUriTooLong);
        (await http.GetAsync(new Uri($"/log?q={new string('a', 3_000)}", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Pages_carry_a_policy_that_runs_no_script_but_ours()
    {
        using var http = await StartAsync(publicUrl: null);
        foreach (var path in (string[])["/", "/needs-you", "/log", "/clients", "/rules", "/tools", "/nowhere"])
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("script-src 'self'");
            var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            System.Text.RegularExpressions.Regex.Matches(html, "<script(?! src=\"/page.js\" defer></script>)|\\son[a-z]+=|\\sstyle=").ShouldBeEmpty(path);
        }
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
    private async Task<HttpClient> StartAsync(string? publicUrl, string zone = "Europe/London")
    {
        var loaded = ConfigLoader.LoadText("pages.yaml", $$"""
            version: 1
            business: { name: Northwind, timezone: {{zone}}, currency: GBP }
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
