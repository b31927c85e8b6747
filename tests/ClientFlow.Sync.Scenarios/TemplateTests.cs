using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

/// <summary>Won deals become projects from an Asana template, while the worker is killed (-9) between the steps.</summary>
[Trait("Takes", "long")]
public sealed class TemplateTests
{
    private static readonly string[] OfTheTemplate = ["Send the contract", "Book the call"];
    private static readonly string[] OfTheRule = ["Send the welcome pack", "Collect access and assets"];

    [Fact]
    public async Task Killed_while_Asana_makes_it_and_while_it_is_set_up_each_deal_has_one_whole_project()
    {
        var template = "";
        await using var flow = await Flow.StartAsync(new FlowOptions
        {
            Before = sandbox => template = sandbox.Asana.World.AddTemplate(
                "Onboarding", new Dictionary<string, string[]> { ["Kick-off"] = OfTheTemplate }, start: true, due: true, description: "How we begin"),
            Edit = text => text.Replace("        in: projects\n", $"        in: projects\n        template: \"{template}\"\n", StringComparison.Ordinal),
        });
        var (office, asana) = (flow.Office, flow.Sandbox.Asana);
        var deals = Enumerable.Range(1, 3).Select(n => office.NewDeal($"Template {n:00}", $"Setup{n:00}", endsOn: Office.Today.AddDays(100 + n))).ToList();

        // Killed while the job is under way. A person makes a project from the same template meanwhile, for somebody else.
        asana.Behaviour.JobTakes = TimeSpan.FromDays(1);
        office.Win(deals[0]);
        await flow.UntilAsync("job", () => asana.Requests.Count("GET", "/jobs/") > 0);
        await flow.KillWorkerAsync();
        asana.World.CreateProjectFrom(template, "Somebody else");
        await flow.StartWorkerAsync();
        await flow.SettleAsync();
        office.Read(deals[0], Office.ProjectProperty).ShouldBeEmpty();
        asana.Behaviour.JobTakes = TimeSpan.FromSeconds(2);

        // Killed when Asana had set it up, and nobody was told; and when it had made the section.
        await DieAsync(flow, call => call.Method == "PUT" && call.Body.Contains(deals[1].Name, StringComparison.Ordinal), () => office.Win(deals[1]),
            () => asana.World.ProjectNamed(deals[1].Project) is not null);
        await DieAsync(flow, call => call.Method == "POST" && call.Path.EndsWith("/sections", StringComparison.Ordinal), () => office.Win(deals[2]),
            () => asana.World.ProjectNamed(deals[2].Project) is { } gid && asana.World.SectionsOf(gid).Contains("Onboarding"));

        foreach (var deal in deals)
        {
            var project = await flow.UntilAsync($"linked project of {deal.Name}", () => office.LinkedProjectOf(deal), TimeSpan.FromSeconds(240));
            office.ProjectsOf(deal).ShouldHaveSingleItem();
            project.Tasks.Select(task => (string)task["name"]!).ShouldBe([.. OfTheTemplate, .. OfTheRule]);
            project.Notes.ShouldContain("How we begin");
            project.Notes.ShouldContain(deal.Id);
            project.Owner.ShouldBe(Office.Amelia.Name);
            asana.World.SectionsOf(project.Gid).ShouldBe(["Untitled section", "Kick-off", "Onboarding"]);
        }

        await flow.SettleAsync();
        asana.Requests.Count("POST", "/instantiateProject").ShouldBe(3);
        asana.State()["projects"]!.AsArray().Count.ShouldBe(4);
        asana.State()["projects"]!.AsArray().ShouldNotContain(project => ((string)project!["name"]!).Contains("being set up", StringComparison.Ordinal));
        asana.World.TasksOf(asana.World.ProjectNamed("Somebody else")!).ShouldBeEmpty("it is not ours");
        flow.ShouldHaveFollowedTheSpecs();
    }

    // The write is carried out by Asana, which doesn't answer; the worker dies while it waits, and lives again.
    private static async Task DieAsync(Flow flow, Func<ApiCall, bool> when, Action act, Func<bool> committed)
    {
        var hit = 0;
        flow.Sandbox.Asana.Faults.Add(new Fault.HangAfterCommit(), call => when(call) && Interlocked.Exchange(ref hit, 1) == 0);
        act();
        await flow.UntilAsync("write to die at", () => Volatile.Read(ref hit) == 1 && committed());
        await flow.KillWorkerAsync();
        await flow.StartWorkerAsync();
    }
}
