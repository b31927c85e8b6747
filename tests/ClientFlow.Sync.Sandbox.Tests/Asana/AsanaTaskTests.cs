namespace ClientFlow.Sync.Sandbox.Tests.Asana;

public sealed class AsanaTaskTests : AsanaBench
{
    [Fact]
    public async Task A_task_stands_in_the_section_that_it_was_made_for()
    {
        string project = await ProjectAsync();
        string section = (string)(await WriteAsync("POST", $"/projects/{project}/sections", """{"name":"Onboarding"}""")).ShouldBe(201)["data"]["gid"]!;

        var task = (await WriteAsync("POST", "/tasks",
            $$"""{"name":"Kick-off","memberships":[{"project":"{{project}}","section":"{{section}}"}],"due_on":"2027-03-10","assignee":"me","notes":"Bring cake"}""")).ShouldBe(201)["data"];

        task["memberships"]![0]!["section"]!["name"]!.ToString().ShouldBe("Onboarding");
        task["assignee"]!["name"]!.ToString().ShouldBe("Amelia Hart");
        Names(await Api.GetAsync($"/projects/{project}/sections")).ShouldBe(["Untitled section", "Onboarding"]);
        Names(await Api.GetAsync($"/sections/{section}/tasks")).ShouldBe(["Kick-off"]);
    }

    [Theory]
    [InlineData("""{"name":"x","due_on":"2027-03-10","due_at":"2027-03-10T10:00:00Z","workspace":"1200"}""")]
    [InlineData("""{"name":"x","start_on":"2027-03-10","workspace":"1200"}""")]
    [InlineData("""{"name":"x"}""")]
    [InlineData("""{"workspace":"1200"}""")]
    [InlineData("""{"name":"x","workspace":"1200","assignee":"nobody@example.com"}""")]
    [InlineData("""{"name":"x","projects":["404"]}""")]
    [InlineData("""{"name":"x","workspace":"1200","due":"2027-03-10"}""")]
    public async Task A_task_that_the_vendor_refuses_is_refused(string data)
    {
        (await WriteAsync("POST", "/tasks", data)).ShouldBe(400);
    }

    [Fact]
    public async Task Tasks_are_listed_by_what_changed_and_what_is_open()
    {
        string project = await ProjectAsync();
        string old = await TaskAsync(project, "Old");
        Clock.Advance(TimeSpan.FromHours(1));
        await TaskAsync(project, "New");
        await WriteAsync("PUT", $"/tasks/{old}", """{"completed":true}""");
        string gone = await TaskAsync(project, "Gone");
        await Api.SendAsync("DELETE", $"/tasks/{gone}");
        Clock.Advance(TimeSpan.FromHours(1));
        World.CreateTask(project, "Newest", milestone: true);

        Names(await Api.GetAsync($"/tasks?project={project}")).ShouldBe(["Old", "New", "Newest"]);
        Names(await Api.GetAsync($"/tasks?project={project}&modified_since=2027-03-01T11:00:00Z")).ShouldBe(["Newest"]);
        Names(await Api.GetAsync($"/tasks?project={project}&completed_since=now")).ShouldBe(["New", "Newest"]);
        var milestone = (await Api.GetAsync($"/tasks?project={project}&modified_since=2027-03-01T11:00:00Z&opt_fields=resource_subtype,completed")).ShouldBe(200)["data"][0]!;
        milestone["resource_subtype"]!.ToString().ShouldBe("milestone");
        (await Api.GetAsync("/tasks")).ShouldBe(400);
        var done = (await Api.GetAsync($"/tasks/{old}")).ShouldBe(200)["data"];
        done["completed_at"]!.ToString().ShouldBe("2027-03-01T10:00:00.000Z");
    }

    [Fact]
    public async Task A_change_to_a_task_does_not_move_the_projects_clock()
    {
        string project = await ProjectAsync();
        Clock.Advance(TimeSpan.FromHours(1));
        await TaskAsync(project);

        (await Api.GetAsync($"/projects/{project}?opt_fields=modified_at")).ShouldBe(200)["data"]["modified_at"]!.ToString().ShouldBe("2027-03-01T09:00:00.000Z");
    }

    [Fact]
    public async Task Subtasks_and_comments_hang_on_their_task()
    {
        string task = await TaskAsync(await ProjectAsync());

        (await WriteAsync("POST", $"/tasks/{task}/subtasks", """{"name":"Welcome pack"}""")).ShouldBe(201)["data"]["parent"]!["gid"]!.ToString().ShouldBe(task);
        (await WriteAsync("POST", $"/tasks/{task}/stories", """{"text":"Ticket 12: blurred logo"}""")).ShouldBe(201);

        Names(await Api.GetAsync($"/tasks/{task}/subtasks")).ShouldBe(["Welcome pack"]);
        (await Api.GetAsync($"/tasks/{task}/stories?opt_fields=text")).ShouldBe(200)["data"][0]!["text"]!.ToString().ShouldBe("Ticket 12: blurred logo");
    }

    [Fact]
    public async Task External_ids_are_for_apps_unless_switched_otherwise()
    {
        string project = await ProjectAsync();
        string data = $$$"""{"name":"Kick-off","projects":["{{{project}}}"],"external":{"gid":"cf:deal:42:t1","data":"v1"}}""";

        (await WriteAsync("POST", "/tasks", data)).ShouldBe(403);
        Behaviour.ExternalWithPersonalToken = true;
        string gid = (string)(await WriteAsync("POST", "/tasks", data)).ShouldBe(201)["data"]["gid"]!;
        (await Api.GetAsync("/tasks/external:cf%3Adeal%3A42%3At1")).ShouldBe(200)["data"]["gid"]!.ToString().ShouldBe(gid);
        (await Api.GetAsync("/tasks/external:other")).ShouldBe(404);

        Behaviour.UniqueExternalIds = true;
        (await WriteAsync("POST", "/tasks", data)).ShouldBe(400);
        Behaviour.UniqueExternalIds = false;
        (await WriteAsync("POST", "/tasks", data)).ShouldBe(201);
    }

    [Fact]
    public async Task Search_costs_money_and_lags()
    {
        string project = await ProjectAsync();
        await TaskAsync(project, "Unmistakable");
        string path = $"/workspaces/1200/tasks/search?projects.any={project}&text=unmistak";

        using var unchecked402 = new Bench.ApiCaller("asana", Api.BaseUrl, SandboxOptions.AsanaToken); // The description does not list 402; its prose does.
        (await unchecked402.GetAsync(path)).ShouldBe(402);
        Behaviour.Premium = true;
        Names(await Api.GetAsync(path)).ShouldBeEmpty();
        Clock.Advance(TimeSpan.FromSeconds(30));
        Names(await Api.GetAsync(path)).ShouldBe(["Unmistakable"]);
    }

    [Fact]
    public async Task Events_since_a_token_tell_what_happened_in_a_project()
    {
        string project = await ProjectAsync();
        var first = (await Api.GetAsync($"/events?resource={project}")).ShouldBe(412);
        string task = await TaskAsync(project);
        await WriteAsync("PUT", $"/tasks/{task}", """{"completed":true}""");

        var events = (await Api.GetAsync($"/events?resource={project}&sync={first["sync"]}")).ShouldBe(200);

        events["data"].AsArray().Select(one => $"{one!["action"]} {one["resource"]!["resource_type"]} {one["change"]?["field"]}".Trim())
            .ShouldBe(["added task", "added task", "changed task completed"]);
        events["has_more"].GetValue<bool>().ShouldBeFalse();
        (await Api.GetAsync($"/events?resource={project}&sync={events["sync"]}")).ShouldBe(200)["data"].AsArray().ShouldBeEmpty();
        Clock.Advance(TimeSpan.FromHours(25));
        (await Api.GetAsync($"/events?resource={project}&sync={events["sync"]}")).ShouldBe(412);
        Behaviour.SyncTokenLife = TimeSpan.FromHours(48);
        (await Api.GetAsync($"/events?resource={project}&sync={events["sync"]}")).ShouldBe(200);
        (await Api.GetAsync($"/events?resource={project}&sync=nonsense")).ShouldBe(412);
    }
}
