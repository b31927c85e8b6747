using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox.Tests.World;

public sealed class SandboxHostTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private SandboxHost _sandbox = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await SandboxHost.StartAsync(cancellationToken: Cancelled);
        _http.DefaultRequestHeaders.Add("Authorization", $"Bearer {SandboxOptions.AsanaToken}");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _sandbox.DisposeAsync();
    }

    [Fact]
    public async Task Every_tool_shows_its_objects_to_people()
    {
        foreach (SimulatedTool tool in _sandbox.Tools)
        {
            string page = await _http.GetStringAsync(tool.RootUrl + "/", Cancelled);
            page.ShouldContain("<meta name=\"viewport\"");
            page.ShouldNotContain("http://");
            (await _http.GetStringAsync(tool.RootUrl + "/sandbox.css", Cancelled)).ShouldContain("prefers-color-scheme: dark");
            tool.Requests.All.ShouldBeEmpty();
        }

        (await _http.GetStringAsync(_sandbox.HubSpot.RootUrl, Cancelled)).ShouldContain("O&#39;Connor &amp; Sons");
        (await _http.GetStringAsync($"{_sandbox.HubSpot.RootUrl}/objects/deals/{_sandbox.HubSpot.World.DealNamed("Brand refresh")}", Cancelled)).ShouldContain("Brightwater Architects");
        (await _http.GetAsync(_sandbox.HubSpot.RootUrl + "/objects/deals/404", Cancelled)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public void The_small_business_has_what_a_business_has()
    {
        JsonObject crm = _sandbox.HubSpot.State().AsObject();
        var deals = crm["deals"]!.AsArray().Select(deal => deal!["properties"]!.AsObject()).ToList();

        crm["companies"]!.AsArray().Count.ShouldBe(12);
        crm["contacts"]!.AsArray().Count.ShouldBe(12);
        deals.Select(deal => (string?)deal["dealstage"]).Distinct().Count().ShouldBe(8);
        deals.Select(deal => (string?)deal["deal_currency_code"]).Distinct().ShouldBe(["GBP", "JPY", "KWD"], ignoreOrder: true);
        deals.Select(deal => (string?)deal["amount"]).ShouldContain("1250.375");
        deals.Select(deal => (string?)deal["amount"]).ShouldContain("480000");
        _sandbox.Asana.World.OpenProjects.Select(project => project.Name).ShouldBe(["Brightwater Architects – Brand refresh", "株式会社さくら – 日本語サイト"]);
    }

    [Fact]
    public async Task A_connection_cut_after_the_commit_leaves_the_project_behind()
    {
        const string Body = """{"data":{"name":"Twice?","workspace":"1200","team":"1201"}}""";
        _sandbox.Asana.Faults.Add(new Fault.CutAfterCommit(), "POST", "/projects");

        await Should.ThrowAsync<HttpRequestException>(() => PostAsync(Body));

        _sandbox.Asana.World.ProjectNamed("Twice?").ShouldNotBeNull();
        LoggedRequest logged = _sandbox.Asana.Requests.All.Single();
        logged.Status.ShouldBe(0);
        (await PostAsync(Body)).StatusCode.ShouldBe(HttpStatusCode.Created);
        _sandbox.Asana.Requests.ByVerb["POST"].ShouldBe(2);
    }

    [Fact]
    public async Task Faults_before_the_commit_leave_nothing_behind()
    {
        const string Body = """{"data":{"name":"Never","workspace":"1200","team":"1201"}}""";
        _sandbox.Asana.Faults.Add(new Fault.Cut());
        _sandbox.Asana.Faults.Add(new Fault.Answer(503, "{}", new Dictionary<string, string> { ["Retry-After"] = "7" }));
        _sandbox.Asana.Faults.Add(new Fault.Hang());

        await Should.ThrowAsync<HttpRequestException>(() => PostAsync(Body));
        using HttpResponseMessage unavailable = await PostAsync(Body);
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Should.ThrowAsync<OperationCanceledException>(() => _http.GetAsync(_sandbox.Asana.BaseUrl + "/users/me", patience.Token));

        unavailable.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        unavailable.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(7));
        _sandbox.Asana.World.ProjectNamed("Never").ShouldBeNull();
        _sandbox.Asana.Faults.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Faults_after_the_commit_answer_badly_and_keep_the_work()
    {
        _sandbox.Asana.Faults.Add(new Fault.AnswerAfterCommit(500, "{}"), "POST", "/projects");
        _sandbox.Asana.Faults.Add(new Fault.Delay(TimeSpan.FromMilliseconds(1)), "GET", "/users/me");

        (await PostAsync("""{"data":{"name":"Kept","workspace":"1200","team":"1201"}}""")).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await _http.GetAsync(_sandbox.Asana.BaseUrl + "/users/me", Cancelled)).StatusCode.ShouldBe(HttpStatusCode.OK);

        _sandbox.Asana.World.ProjectNamed("Kept").ShouldNotBeNull();
    }

    [Fact]
    public async Task Another_process_can_drive_everything()
    {
        JsonNode about = (await _http.GetFromJsonAsync<JsonNode>(_sandbox.ControlUrl + "/control", Cancelled))!;
        about["tools"]!["asana"]!["base"]!.ToString().ShouldBe(_sandbox.Asana.BaseUrl);
        about["tools"]!["hubspot"]!["actions"]!["win-deal"].ShouldNotBeNull();

        (await ControlAsync("POST", "actions/hubspot/win-deal", """{"name":"Lookbook"}""")).StatusCode.ShouldBe(HttpStatusCode.OK);
        _sandbox.HubSpot.World.Read("deals", _sandbox.HubSpot.World.DealNamed("Lookbook")!, "hs_is_closed_won").ShouldBe("true");
        (await ControlAsync("POST", "actions/asana/create-project", """{"name":"By hand"}""")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ControlAsync("POST", "actions/asana/complete-project", "")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ControlAsync("POST", "actions/asana/complete-project", """{"name":"Nobody's"}""")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await ControlAsync("POST", "actions/hubspot/dance", "")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await ControlAsync("POST", "webhooks/hubspot/target", """{"target":"http://127.0.0.1:9/hook"}""")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await ControlAsync("PUT", "webhooks/hubspot", """{"drop":true,"copies":2,"retryMs":[1,2]}""")).StatusCode.ShouldBe(HttpStatusCode.OK);
        _sandbox.HubSpot.Webhooks.Switches.Copies.ShouldBe(2);
        (await ControlAsync("PUT", "behaviour/hubspot", """{"searchLag":30,"readOnlyTypes":["deals"],"rateLimits":false}""")).StatusCode.ShouldBe(HttpStatusCode.OK);
        _sandbox.HubSpot.Behaviour.SearchLag.ShouldBe(TimeSpan.FromSeconds(30));
        _sandbox.HubSpot.Behaviour.ReadOnlyTypes.ShouldBe(["deals"]);
        (await ControlAsync("PUT", "behaviour/hubspot", """{"nosuch":1}""")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await ControlAsync("POST", "faults/asana", """{"kind":"answer","status":418,"path":"/users/me"}""")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        ((int)(await _http.GetAsync(_sandbox.Asana.BaseUrl + "/users/me", Cancelled)).StatusCode).ShouldBe(418);
        (await _http.GetFromJsonAsync<JsonNode>(_sandbox.ControlUrl + "/control/requests/asana", Cancelled))!.AsArray().Count.ShouldBe(1);
        (await _http.GetFromJsonAsync<JsonNode>(_sandbox.ControlUrl + "/control/state/asana", Cancelled))!["projects"]!.AsArray().Count.ShouldBe(4);
        (await ControlAsync("POST", "idle", "")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await ControlAsync("POST", "stop", "")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await _sandbox.StopAsked;
    }

    [Fact]
    public async Task The_script_plays_a_quarter()
    {
        // Somebody, here the test, makes the projects that the product would make.
        var script = new QuarterScript(_sandbox);
        _sandbox.Asana.World.CreateProject("Kauri Coast Outfitters – Season campaign");

        await script.PlayAsync(TimeSpan.FromMilliseconds(100), Cancelled);

        script.Played.Count.ShouldBe(QuarterScript.Steps.Count);
        QuarterScript.Steps[0].Second.ShouldBeLessThan(3);
        string Read(string deal, string property) => _sandbox.HubSpot.World.Read("deals", _sandbox.HubSpot.World.DealNamed(deal)!, property) ?? "";
        Read("Season campaign", "hs_is_closed_won").ShouldBe("true");
        Read("Trade fair stand", "contract_end_date").ShouldBe("");
        Read("Spring catalogue", "dealstage").ShouldBe("closedwon");
        Read("Catalogue relaunch", "dealstage").ShouldBe("closedlost");
        script.Played.Where(step => !step.Done).Select(step => step.What).Distinct().ShouldBeSubsetOf(["the newest project is closed"]);
        _sandbox.Asana.World.OpenProjects.Select(project => project.Name).ShouldNotContain("Bäckerei Müller – Online shop");
    }

    [Fact]
    public async Task It_runs_as_a_program_that_tells_its_addresses_and_stops_when_asked()
    {
        var pipe = new System.IO.Pipelines.Pipe();
        await using var output = new StreamWriter(pipe.Writer.AsStream());
        using var input = new StreamReader(pipe.Reader.AsStream());

        Task<int> running = SandboxProgram.RunAsync(["--empty", "--no-rate-limits", "--seed", "7", "--port", "hubspot=0"], output, Cancelled);
        JsonNode addresses = JsonNode.Parse((await input.ReadLineAsync(Cancelled))!)!;
        JsonNode state = (await _http.GetFromJsonAsync<JsonNode>(addresses["control"] + "/control/state/hubspot", Cancelled))!;
        JsonNode switches = (await _http.GetFromJsonAsync<JsonNode>(addresses["control"] + "/control/behaviour/hubspot", Cancelled))!;
        try
        {
            await _http.PostAsync(addresses["control"] + "/control/stop", null, Cancelled);
        }
        catch (HttpRequestException)
        {
            // The end that was asked for may cut its own answer.
        }

        state["deals"]!.AsArray().ShouldBeEmpty();
        switches["RateLimits"]!.GetValue<bool>().ShouldBeFalse();
        (await running).ShouldBe(0);
    }

    [Fact]
    public async Task An_empty_sandbox_still_has_people_and_a_team()
    {
        await using SandboxHost empty = await SandboxHost.StartAsync(new SandboxOptions { SmallBusiness = false }, Cancelled);

        (await _http.GetAsync(empty.Asana.BaseUrl + "/users/me", Cancelled)).StatusCode.ShouldBe(HttpStatusCode.OK);
        string project = empty.Asana.World.CreateProject("First");

        empty.Asana.World.OpenProjects.Single().Gid.ShouldBe(project);
        empty.HubSpot.World.DealIds.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("deals", "166220502")]
    [InlineData("tickets", "4")]
    public void A_stage_that_closes_is_seen_in_the_object(string type, string stage)
    {
        (string pipeline, string field) = type == "deals" ? ("pipeline", "dealstage") : ("hs_pipeline", "hs_pipeline_stage");
        string id = _sandbox.HubSpot.World.Create(type, new Dictionary<string, string> { [pipeline] = type == "deals" ? "88120045" : "0" });

        _sandbox.HubSpot.World.Change(type, id, (field, stage));

        _sandbox.HubSpot.World.Read(type, id, type == "deals" ? "hs_is_closed_won" : "closed_date").ShouldNotBeNull();
    }

    [Fact]
    public async Task Wrong_arguments_are_answered_with_the_usage()
    {
        (await SandboxProgram.RunAsync(["--what"], Cancelled)).ShouldBe(2);
    }

    private Task<HttpResponseMessage> PostAsync(string body) =>
        _http.PostAsync(_sandbox.Asana.BaseUrl + "/projects", new StringContent(body, null, "application/json"), Cancelled);

    private async Task<HttpResponseMessage> ControlAsync(string method, string path, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{_sandbox.ControlUrl}/control/{path}") { Content = new StringContent(body) };
        return await _http.SendAsync(request, Cancelled);
    }
}
