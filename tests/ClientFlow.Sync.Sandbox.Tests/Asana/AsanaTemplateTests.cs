using ClientFlow.Sync.Sandbox.Tests.Bench;

namespace ClientFlow.Sync.Sandbox.Tests.Asana;

public sealed class AsanaTemplateTests : AsanaBench
{
    private static readonly Dictionary<string, string[]> Onboarding = new() { ["Kick-off"] = ["Send the contract", "Book the call"], ["Delivery"] = ["First draft"] };

    [Fact]
    public async Task A_template_says_which_dates_and_roles_it_asks_for()
    {
        string template = World.AddTemplate("Onboarding", Onboarding, start: true, due: true, roles: "Designer");

        var read = (await Api.GetAsync($"/project_templates/{template}?opt_fields=name,requested_dates,requested_dates.name,requested_roles,requested_roles.name")).ShouldBe(200)["data"];

        read["requested_dates"]!.AsArray().Select(date => $"{date!["gid"]} {date["name"]}").ShouldBe(["1 Start Date", "2 Due Date"]);
        read["requested_roles"]!.AsArray().Select(role => $"{role!["gid"]} {role["name"]}").ShouldBe(["1 Designer"]);
        (await Api.GetAsync($"/project_templates/{template}")).ShouldBe(200)["data"]["name"]!.ToString().ShouldBe("Onboarding");
        Names(await Api.GetAsync("/project_templates?workspace=1200")).ShouldBe(["Onboarding"]);
        Names(await Api.GetAsync("/teams/1201/project_templates")).ShouldBe(["Onboarding"]);
        (await Api.GetAsync("/project_templates")).ShouldBe(400);
        (await Api.GetAsync("/project_templates/404")).ShouldBe(404);
    }

    [Fact]
    public async Task A_job_takes_its_time_and_its_project_is_empty_until_it_has_succeeded()
    {
        string template = World.AddTemplate("Onboarding", Onboarding, description: "How we begin");

        var job = (await InstantiateAsync(template, """{"name":"Acme"}""")).ShouldBe(201)["data"];
        string gid = (string)job["gid"]!;
        string project = (string)job["new_project"]!["gid"]!;
        job["status"]!.ToString().ShouldBe("not_started");
        World.TasksOf(project).ShouldBeEmpty();

        Clock.Advance(TimeSpan.FromSeconds(1));
        (await StatusAsync(gid)).ShouldBe("in_progress");
        World.TasksOf(project).ShouldBeEmpty();

        Clock.Advance(TimeSpan.FromSeconds(2));
        (await StatusAsync(gid)).ShouldBe("succeeded");
        World.TasksOf(project).Select(task => task.Name).ShouldBe(["Send the contract", "Book the call", "First draft"]);
        World.SectionsOf(project).ShouldBe(["Untitled section", "Kick-off", "Delivery"]);
        var made = (await Api.GetAsync($"/projects/{project}?opt_fields=name,notes,created_from_template")).ShouldBe(200)["data"];
        made["created_from_template"]!["gid"]!.ToString().ShouldBe(template);
        made["notes"]!.ToString().ShouldBe("How we begin");
        (await Api.GetAsync("/jobs/404")).ShouldBe(404);
    }

    [Fact]
    public async Task A_project_may_appear_only_when_its_job_has_succeeded()
    {
        Behaviour.ProjectAppearsWithJob = false;
        string template = World.AddTemplate("Onboarding", Onboarding);

        var job = (await InstantiateAsync(template, """{"name":"Acme"}""")).ShouldBe(201)["data"];
        job["new_project"].ShouldBeNull();
        World.ProjectNamed("Acme").ShouldBeNull();

        Clock.Advance(TimeSpan.FromSeconds(3));
        var done = (await Api.GetAsync($"/jobs/{job["gid"]}?opt_fields=status,new_project")).ShouldBe(200)["data"];
        done["new_project"]!["gid"]!.ToString().ShouldBe(World.ProjectNamed("Acme"));
    }

    [Fact]
    public async Task A_job_that_fails_says_so_and_leaves_what_it_had_begun()
    {
        Behaviour.JobsFail = true;
        string template = World.AddTemplate("Onboarding", Onboarding);

        var job = (await InstantiateAsync(template, """{"name":"Acme"}""")).ShouldBe(201)["data"];
        Clock.Advance(TimeSpan.FromSeconds(3));

        (await StatusAsync((string)job["gid"]!)).ShouldBe("failed");
        World.TasksOf(World.ProjectNamed("Acme")!).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"team":"1201"}""", 400, "name")]
    [InlineData("""{"name":"Acme","notes":"no"}""", 400, "notes")]
    [InlineData("""{"name":"Acme"}""", 400, "requested_dates")]
    [InlineData("""{"name":"Acme","is_strict":true,"requested_dates":[{"gid":"1","value":"2027-01-05"}]}""", 422, "Due Date")]
    [InlineData("""{"name":"Acme","is_strict":false,"requested_dates":[{"gid":"9","value":"2027-01-05"}]}""", 400, "9")]
    [InlineData("""{"name":"Acme","is_strict":false,"requested_dates":[{"gid":"1","value":"5 January"}]}""", 400, "date")]
    [InlineData("""{"name":"Acme","is_strict":false,"requested_roles":[{"gid":"1","value":"nobody@northwind.example"}]}""", 400, "nobody")]
    public async Task What_a_template_cannot_take_is_refused_and_makes_nothing(string data, int status, string says)
    {
        string template = World.AddTemplate("Onboarding", Onboarding, start: true, due: true, roles: "Designer");

        (await InstantiateAsync(template, data)).ShouldBe(status)["errors"][0]!["message"]!.ToString().ShouldContain(says);

        World.ProjectNamed("Acme").ShouldBeNull();
        (await InstantiateAsync("404", """{"name":"Acme"}""")).ShouldBe(404);
    }

    [Fact]
    public async Task Dates_and_roles_that_are_filled_in_reach_the_project_and_its_tasks()
    {
        string template = World.AddTemplate("Onboarding", Onboarding, start: true, due: true, roles: "Designer");

        await InstantiateAsync(template,
            """{"name":"Acme","is_strict":true,"requested_dates":[{"gid":"1","value":"2027-01-05"},{"gid":"2","value":"2027-03-31"}],"requested_roles":[{"gid":"1","value":"me"}]}""");
        Clock.Advance(TimeSpan.FromSeconds(3));

        string project = World.ProjectNamed("Acme")!;
        var made = (await Api.GetAsync($"/projects/{project}?opt_fields=start_on,due_on")).ShouldBe(200)["data"];
        $"{made["start_on"]} {made["due_on"]}".ShouldBe("2027-01-05 2027-03-31");
        (await Api.GetAsync($"/tasks?project={project}&limit=1&opt_fields=assignee")).ShouldBe(200)["data"][0]!["assignee"].ShouldNotBeNull();
    }

    [Fact]
    public async Task Only_so_many_jobs_run_at_once()
    {
        Behaviour.ConcurrentJobs = 2;
        string template = World.AddTemplate("Onboarding", Onboarding);
        await InstantiateAsync(template, """{"name":"One"}""");
        await InstantiateAsync(template, """{"name":"Two"}""");

        (await InstantiateAsync(template, """{"name":"Three"}""")).ShouldBe(429);
        Clock.Advance(TimeSpan.FromSeconds(3));
        (await InstantiateAsync(template, """{"name":"Three"}""")).ShouldBe(201);
    }

    private Task<ApiReply> InstantiateAsync(string template, string data) => WriteAsync("POST", $"/project_templates/{template}/instantiateProject", data);

    private async Task<string> StatusAsync(string job) => (string)(await Api.GetAsync($"/jobs/{job}?opt_fields=status")).ShouldBe(200)["data"]["status"]!;
}
