namespace ClientFlow.Sync.Sandbox.Tests.Asana;

public sealed class AsanaProjectTests : AsanaBench
{
    [Fact]
    public async Task Nobody_gets_in_without_the_token()
    {
        (await Api.SendAsync("GET", "/users/me", token: "wrong")).ShouldBe(401)["errors"][0]!["message"]!.ToString().ShouldBe("Not Authorized");
    }

    [Fact]
    public async Task Unknown_paths_parameters_and_body_fields_are_refused()
    {
        string project = await ProjectAsync();

        (await Api.GetAsync("/nowhere")).ShouldBe(404);
        (await Api.GetAsync("/projects?workspace=1200&state=open")).ShouldBe(400);
        (await Api.GetAsync($"/projects/{project}?opt_fields=nam")).ShouldBe(400);
        (await WriteAsync("POST", "/projects", """{"name":"x","workspace":"1200","team":"1201","title":"y"}""")).ShouldBe(400)["errors"][0]!["message"]!.ToString().ShouldContain("title");
        (await WriteAsync("PUT", $"/projects/{project}", """{"completed":true}""")).ShouldBe(400)["errors"][0]!["message"]!.ToString().ShouldContain("completed");
        (await Api.SendAsync("POST", "/projects", """{"name":"no envelope"}""")).ShouldBe(400);
        (await Api.GetAsync("/projects/404")).ShouldBe(404);
        (await Api.GetAsync("/projects?limit=10")).ShouldBe(400);
    }

    [Fact]
    public async Task A_project_must_end_after_it_begins()
    {
        string project = await ProjectAsync();

        (await WriteAsync("PUT", $"/projects/{project}", """{"start_on":"2027-01-04","due_on":"2027-01-04"}""")).ShouldBe(400);
        (await WriteAsync("PUT", $"/projects/{project}", """{"start_on":"2027-01-04","due_on":"2027-01-05"}""")).ShouldBe(200);
        (await WriteAsync("PUT", $"/projects/{project}", """{"due_on":"2027-01-04"}""")).ShouldBe(400);
        (await WriteAsync("PUT", $"/projects/{project}", """{"due_on":null}""")).ShouldBe(200);
    }

    [Fact]
    public async Task Me_is_an_account_manager_of_the_workspace()
    {
        var me = (await Api.GetAsync("/users/me")).ShouldBe(200)["data"];

        me["email"]!.ToString().ShouldBe("amelia@northwind.example");
        me["workspaces"]![0]!["gid"]!.ToString().ShouldBe("1200");
        (await Api.GetAsync("/workspaces/1200")).ShouldBe(200)["data"]["is_organization"]!.GetValue<bool>().ShouldBeTrue();
        Names(await Api.GetAsync("/workspaces/1200/users")).ShouldBe(["Amelia Hart", "Tomás Oliveira"]);
        (await Api.GetAsync("/users/tomas%40northwind.example")).ShouldBe(200);
    }

    [Theory]
    [InlineData(false, new[] { "gid", "resource_type" })]
    [InlineData(true, new[] { "gid", "resource_type", "name" })]
    public async Task Rows_are_compact_and_opt_fields_return_what_they_name(bool named, string[] reference)
    {
        Behaviour.NamedReferences = named;

        var compact = (await Api.GetAsync("/projects?workspace=1200&limit=1")).ShouldBe(200)["data"][0]!;
        var picked = (await Api.GetAsync("/projects?workspace=1200&limit=1&opt_fields=name,completed,owner,team.name")).ShouldBe(200)["data"][0]!;

        Fields(compact).ShouldBe(["gid", "resource_type", "name"]);
        Fields(picked).ShouldBe(["name", "completed", "owner", "team", "gid"], ignoreOrder: true);
        Fields(picked["owner"]!).ShouldBe(reference, ignoreOrder: true);
        Fields(picked["team"]!).ShouldBe(["name", "gid"], ignoreOrder: true);
    }

    [Fact]
    public async Task One_project_is_read_in_full_with_a_link_to_its_page()
    {
        string gid = await ProjectAsync();

        var project = (await Api.GetAsync($"/projects/{gid}")).ShouldBe(200)["data"];
        using var browser = new HttpClient();
        string page = await browser.GetStringAsync((string)project["permalink_url"]!, TestContext.Current.CancellationToken);

        project["completed"]!.GetValue<bool>().ShouldBeFalse();
        project["workspace"]!["gid"]!.ToString().ShouldBe("1200");
        page.ShouldContain("<h1>Acme – onboarding</h1>");
    }

    [Fact]
    public async Task Lists_are_paged_and_filtered()
    {
        foreach (int number in Enumerable.Range(1, 5))
            await ProjectAsync($"P{number}");
        World.ArchiveProject(World.ProjectNamed("P5")!);

        var names = new List<string>();
        string path = "/projects?workspace=1200&archived=false&limit=3";
        while (true)
        {
            var page = await Api.GetAsync(path);
            names.AddRange(Names(page));
            if (page.Json!["next_page"] is not { } next)
                break;
            path = $"/projects?workspace=1200&archived=false&limit=3&offset={next["offset"]}";
        }

        names.Skip(3).ShouldBe(["P1", "P2", "P3", "P4"]);
        (await Api.GetAsync("/projects?workspace=1200&limit=101")).ShouldBe(400);
        (await Api.GetAsync("/projects?workspace=1200&limit=3&offset=zz")).ShouldBe(400);
    }

    [Theory]
    [InlineData(1000, 200)]
    [InlineData(2, 400)]
    public async Task A_large_list_without_a_limit_is_refused(int rows, int expected)
    {
        Behaviour.UnpagedRows = rows;

        (await Api.GetAsync("/projects?workspace=1200")).ShouldBe(expected);
    }

    [Theory]
    [InlineData(true, 400)]
    [InlineData(false, 201)]
    public async Task A_project_needs_a_team_when_switched_so(bool needed, int expected)
    {
        Behaviour.ProjectsNeedTeam = needed;

        (await WriteAsync("POST", "/projects", """{"name":"Loose","workspace":"1200"}""")).ShouldBe(expected);
    }

    [Fact]
    public async Task A_project_is_changed_and_deleted()
    {
        string gid = await ProjectAsync();
        Clock.Advance(TimeSpan.FromMinutes(1));

        var changed = (await WriteAsync("PUT", $"/projects/{gid}", """{"due_on":"2027-06-30","start_on":"2027-03-01","notes":"cf:deal:42","owner":"tomas@northwind.example"}""")).ShouldBe(200)["data"];
        (await WriteAsync("PUT", $"/projects/{gid}", """{"start_on":"2027-03-01"}""")).ShouldBe(400);
        (await WriteAsync("PUT", $"/projects/{gid}", """{"due_on":"June"}""")).ShouldBe(400);
        (await WriteAsync("PUT", $"/projects/{gid}", """{"due_on":null}""")).ShouldBe(200)["data"].AsObject()["due_on"].ShouldBeNull();

        changed["due_on"]!.ToString().ShouldBe("2027-06-30");
        changed["owner"]!["name"]!.ToString().ShouldBe("Tomás Oliveira");
        changed["modified_at"]!.ToString().ShouldBe("2027-03-01T09:01:00.000Z");
        (await Api.SendAsync("DELETE", $"/projects/{gid}")).ShouldBe(200);
        (await Api.GetAsync($"/projects/{gid}")).ShouldBe(404);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_complete_status_completes_the_project_when_switched_so(bool completes)
    {
        Behaviour.CompleteStatusCompletesProject = completes;
        string gid = await ProjectAsync();

        (await WriteAsync("POST", "/status_updates", $$"""{"parent":"{{gid}}","text":"Done","status_type":"complete"}""")).ShouldBe(201);

        var project = (await Api.GetAsync($"/projects/{gid}?opt_fields=completed,completed_at,current_status_update.status_type")).ShouldBe(200)["data"];
        project["completed"]!.GetValue<bool>().ShouldBe(completes);
        (project["completed_at"] is not null).ShouldBe(completes);
        project["current_status_update"]!["status_type"]!.ToString().ShouldBe("complete");
        Names(await Api.GetAsync($"/status_updates?parent={gid}")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_text_field_of_the_workspace_marks_a_project()
    {
        string field = (string)(await WriteAsync("POST", "/custom_fields", """{"name":"ClientFlow key","resource_subtype":"text","workspace":"1200"}""")).ShouldBe(201)["data"]["gid"]!;
        string gid = (string)(await WriteAsync("POST", "/projects",
            $$$"""{"name":"Marked","workspace":"1200","team":"1201","custom_fields":{"{{{field}}}":"cf:deal:42"}}""")).ShouldBe(201)["data"]["gid"]!;

        var row = (await Api.GetAsync($"/projects/{gid}?opt_fields=custom_fields.gid,custom_fields.text_value")).ShouldBe(200)["data"]["custom_fields"]![0]!;
        row["text_value"]!.ToString().ShouldBe("cf:deal:42");
        (await WriteAsync("PUT", $"/projects/{gid}", """{"custom_fields":{"404":"x"}}""")).ShouldBe(400);
        (await WriteAsync("POST", "/custom_fields", """{"name":"ClientFlow key","resource_subtype":"text","workspace":"1200"}""")).ShouldBe(400);
        (await WriteAsync("POST", $"/projects/{gid}/addCustomFieldSetting", $$"""{"custom_field":"{{field}}"}""")).ShouldBe(200);
        (await Api.GetAsync($"/projects/{gid}/custom_field_settings")).ShouldBe(200)["data"][0]!["custom_field"]!["name"]!.ToString().ShouldBe("ClientFlow key");
        Names(await Api.GetAsync("/workspaces/1200/custom_fields")).ShouldBe(["ClientFlow key"]);
    }

    [Fact]
    public async Task A_project_that_the_user_may_not_see_answers_403()
    {
        string gid = await ProjectAsync();
        Behaviour.Forbidden.Add(gid);

        (await Api.GetAsync($"/projects/{gid}")).ShouldBe(403);
        Behaviour.Forbidden.Clear();
        (await Api.GetAsync($"/projects/{gid}")).ShouldBe(200);
    }

    [Fact]
    public async Task Too_many_calls_are_answered_429_with_seconds()
    {
        Behaviour.CallsPerMinute = 2;

        (await Api.GetAsync("/users/me")).ShouldBe(200);
        (await Api.GetAsync("/users/me")).ShouldBe(200);
        (await Api.GetAsync("/users/me")).ShouldBe(429).Headers["Retry-After"].ShouldBe("60");
        Behaviour.RateLimits = false;
        (await Api.GetAsync("/users/me")).ShouldBe(200);
    }
}
