using ClientFlow.Sync.Connectors.Asana;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Testing;
using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Connectors.Tests.Asana;

/// <summary>Projects from a template, held against the twin on a clock of the test's. Each request is held against Asana's description.</summary>
public sealed class AsanaTemplateTests : IAsyncLifetime
{
    private static readonly Dictionary<string, string[]> Onboarding = new() { ["Kick-off"] = ["Send the contract", "Book the call"] };
    private static readonly ProjectContent Wanted = new("Acme – Site", "For Acme", new(2027, 1, 4), new(2027, 3, 31), "ana@northwind.example");
    private static readonly AsanaConnectorType Type = new();

    private readonly ManualClock clock = new();
    private SpecCheckingHandler checking = null!;
    private SandboxHost sandbox = null!;
    private AsanaConnector asana = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        sandbox = await SandboxHost.StartAsync(new SandboxOptions { Clock = clock }, Stop);
        sandbox.Asana.World.AddUser("Ana", "ana@northwind.example");
        checking = new SpecCheckingHandler(new SpecRecorder("asana")) { InnerHandler = Tool.Transport() };
        var settings = new AsanaSettings(new Secret(SandboxOptions.AsanaToken), sandbox.Asana.World.WorkspaceGid, "1201");
        asana = (AsanaConnector)Type.Open(Tool.Context(Type, settings, checking, clock, new Uri(sandbox.Asana.BaseUrl)));
    }

    public async ValueTask DisposeAsync()
    {
        asana.Dispose();
        await sandbox.DisposeAsync();
        checking.ShouldHaveNoViolations();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_template_is_asked_once_its_job_waited_for_and_its_project_set_up(bool appearsAtOnce)
    {
        sandbox.Asana.Behaviour.ProjectAppearsWithJob = appearsAtOnce;
        var template = Template(start: true, due: true, description: "How we begin");

        var begun = await DoAsync(Instantiate(template));
        var waiting = await Refused(SetUp(begun));
        waiting.ShouldSatisfyAllConditions(
            w => w.NextMove.ShouldBe(NextMove.Retry), w => w.OneCall.ShouldBeTrue("the tool is well"), w => w.Reason.ShouldBe(Failure.NotYet), w => w.RetryAt.ShouldBe(clock.GetUtcNow().AddSeconds(1)));
        clock.Advance(TimeSpan.FromSeconds(3));
        var project = await DoAsync(SetUp(begun));

        project.State!.Fields.ShouldSatisfyAllConditions(
            f => f["name"].ShouldBe("Acme – Site"),
            f => f["notes"].ShouldBe("For Acme\n\nHow we begin\n\nClientFlow-Key: keyproject"),
            f => f["clientflow_key"].ShouldBe("keyproject"),
            f => f["owner.email"].ShouldBe("ana@northwind.example"),
            f => f["start_on"].ShouldBe("2027-01-04"),
            f => f["due_on"].ShouldBe("2027-03-31"));
        sandbox.Asana.World.ProjectNamed("Acme – Site").ShouldBe(project.Id);
        sandbox.Asana.World.TasksOf(project.Id).Select(task => task.Name).ShouldBe(["Send the contract", "Book the call"]);
        (await Prepare(SetUp(begun))).ShouldBeOfType<Preparation.Exists>().Result.Id.ShouldBe(project.Id);
        sandbox.Asana.Requests.Count("POST", "/instantiateProject").ShouldBe(1);
    }

    [Fact]
    public async Task Until_it_is_set_up_a_poll_shows_its_name_and_whose_it_is()
    {
        var begun = await DoAsync(Instantiate(Template()));

        var record = (await asana.ReadAsync(RecordKind.Project, [begun.More["project"]], Stop)).Value.Records.Single();

        record.Fields["name"].ShouldBe("Acme – Site");
        record.Fields["clientflow_key"].ShouldBe("keytemplate");
        sandbox.Asana.World.OpenProjects.ShouldContain(project => project.Name == "Acme – Site (being set up, ClientFlow-Key: keytemplate)");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_was_lost_is_made_up_for_by_a_look_up_and_the_project_goes_on(bool appearsAtOnce)
    {
        sandbox.Asana.Behaviour.ProjectAppearsWithJob = appearsAtOnce;
        var call = Instantiate(Template());
        await LoseAsync(call);
        clock.Advance(TimeSpan.FromMinutes(11));

        var found = (await LookUp(call)).Value.ShouldNotBeNull();
        var project = await DoAsync(SetUp(found));

        project.Id.ShouldBe(sandbox.Asana.World.ProjectNamed("Acme – Site"));
        sandbox.Asana.World.TasksOf(project.Id).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_call_that_never_arrived_is_proven_absent_and_others_projects_are_not_taken_for_it()
    {
        var template = Template();
        var call = Instantiate(template);
        sandbox.Asana.World.CreateProject("Acme – Site");
        sandbox.Asana.World.CreateProjectFrom(Template(), "Acme – Site");
        clock.Advance(TimeSpan.FromMinutes(20));
        sandbox.Asana.World.CreateProjectFrom(template, "Acme – Site");

        (await LookUp(call with { SentAfter = clock.GetUtcNow().AddMinutes(-18) })).ShouldSatisfyAllConditions(o => o.Failure.ShouldBeNull(), o => o.Value.ShouldBeNull());
    }

    [Fact]
    public async Task One_that_came_of_the_same_template_at_that_moment_is_a_persons_to_judge()
    {
        var call = Instantiate(Template()) with { SentAfter = clock.GetUtcNow() };
        await LoseAsync(call);
        var project = sandbox.Asana.World.OpenProjects.Single(p => p.Name.StartsWith("Acme – Site (", StringComparison.Ordinal)).Gid;
        sandbox.Asana.World.RenameProject(project, "Acme, the new site");
        clock.Advance(TimeSpan.FromMinutes(11));

        var doubt = (await LookUp(call)).Failure!;
        doubt.ShouldSatisfyAllConditions(
            f => f.NextMove.ShouldBe(NextMove.AskAPerson), f => f.Reason.ShouldBe(Failure.Ambiguous),
            f => f.Message.ShouldContain("Acme, the new site"), f => f.Message.ShouldContain("ClientFlow-Key: keytemplate"));

        await DescribeAsync(project, "ClientFlow-Deal: https://crm.example/deal/9");
        (await LookUp(call)).ShouldSatisfyAllConditions(o => o.Failure.ShouldBeNull(), o => o.Value.ShouldBeNull());
        await DescribeAsync(project, "ClientFlow-Key: keytemplate");
        var set = await DoAsync(SetUp((await LookUp(call)).Value.ShouldNotBeNull()));
        set.Id.ShouldBe(project);
        set.State!.Fields["name"].ShouldBe("Acme, the new site", "somebody who named it otherwise meant it");
    }

    [Fact]
    public async Task Before_it_is_asked_for_again_what_came_late_is_looked_for()
    {
        var call = Instantiate(Template());
        await LoseAsync(call);

        var late = (await Prepare(call with { Revision = 2 })).ShouldBeOfType<Preparation.Exists>();

        late.Result.More["project"].ShouldBe(sandbox.Asana.World.OpenProjects[^1].Gid);
        sandbox.Asana.Requests.Count("POST", "/instantiateProject").ShouldBe(1);
    }

    [Fact]
    public async Task One_that_came_true_after_it_was_asked_for_again_is_told_of_and_not_passed_over()
    {
        var call = Instantiate(Template());
        var frozen = (await Prepare(call)).ShouldBeOfType<Preparation.Send>().Call;
        var begun = (await asana.SendAsync(call with { Revision = 2 }, frozen, Stop)).Value;
        var late = (await asana.SendAsync(call, frozen, Stop)).Value;
        clock.Advance(TimeSpan.FromSeconds(3));

        (await Refused(SetUp(begun))).ShouldSatisfyAllConditions(
            f => f.NextMove.ShouldBe(NextMove.AskAPerson), f => f.Message.ShouldContain("Asana has 2 projects"), f => f.Message.ShouldContain("Acme – Site ("));

        sandbox.Asana.World.DeleteProject(late.More["project"]);
        (await DoAsync(SetUp(begun))).Id.ShouldBe(begun.More["project"]);
    }

    [Fact]
    public async Task A_set_up_whose_answer_was_lost_is_read_and_not_sent_again()
    {
        var begun = await DoAsync(Instantiate(Template()));
        clock.Advance(TimeSpan.FromSeconds(3));
        await LoseAsync(SetUp(begun));

        (await Prepare(SetUp(begun))).ShouldBeOfType<Preparation.Exists>().Result.State.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_job_that_failed_says_what_to_do_and_what_it_left_is_taken_after_a_retry()
    {
        sandbox.Asana.Behaviour.JobsFail = true;
        var call = Instantiate(Template());
        var begun = await DoAsync(call);
        clock.Advance(TimeSpan.FromSeconds(3));

        var failed = await Refused(SetUp(begun));
        failed.ShouldSatisfyAllConditions(
            f => f.NextMove.ShouldBe(NextMove.AskAPerson), f => f.Reason.ShouldBe(Failure.CameToNothing), f => f.Message.ShouldContain("the job failed"));

        (await Prepare(call with { Revision = 2 })).ShouldBeOfType<Preparation.Exists>().Result.More["project"].ShouldBe(begun.More["project"]);
        sandbox.Asana.World.DeleteProject(begun.More["project"]);
        (await Prepare(call with { Revision = 2 })).ShouldBeOfType<Preparation.Send>();
    }

    [Fact]
    public async Task A_job_that_does_not_end_is_asked_about_ever_more_seldom_and_then_a_person_is_asked()
    {
        sandbox.Asana.Behaviour.JobTakes = TimeSpan.FromDays(2);
        var begun = await DoAsync(Instantiate(Template()));
        clock.Advance(TimeSpan.FromSeconds(40));
        (await Refused(SetUp(begun))).RetryAt.ShouldBe(clock.GetUtcNow().AddSeconds(10));
        clock.Advance(TimeSpan.FromMinutes(50));
        (await Refused(SetUp(begun))).RetryAt.ShouldBe(clock.GetUtcNow().AddSeconds(60));

        clock.Advance(TimeSpan.FromMinutes(10));
        (await Prepare(SetUp(begun))).ShouldBeOfType<Preparation.Ask>().Question.ShouldContain("does not say that it is done");

        clock.Advance(TimeSpan.FromDays(2));
        (await Prepare(SetUp(begun))).ShouldBeOfType<Preparation.Send>("retried when it is whole, it goes on");
    }

    [Fact]
    public async Task A_project_deleted_before_it_was_set_up_is_not_brought_back_unasked()
    {
        var begun = await DoAsync(Instantiate(Template()));
        sandbox.Asana.World.DeleteProject(begun.More["project"]);
        clock.Advance(TimeSpan.FromSeconds(3));

        (await Refused(SetUp(begun))).ShouldSatisfyAllConditions(
            f => f.NextMove.ShouldBe(NextMove.AskAPerson), f => f.Reason.ShouldBe(Failure.CameToNothing), f => f.Message.ShouldContain("was deleted"));
    }

    [Fact]
    public async Task A_date_that_the_template_asks_for_and_the_rule_lacks_is_asked_of_a_person()
    {
        var call = Instantiate(Template(due: true), Wanted with { EndsOn = null });

        (await Prepare(call)).ShouldBeOfType<Preparation.Ask>().Question.ShouldContain("`endsOn`");

        var start = (await Prepare(Instantiate(Template(start: true), Wanted with { StartsOn = null }))).ShouldBeOfType<Preparation.Send>();
        start.Call.Body!.ShouldContain("""{"gid":"1","value":"2026-11-02"}""", customMessage: "a project begins on the day it is made");
    }

    [Theory]
    [InlineData(true, "2027-01-04", "2027-01-04", "2027-01-04")]
    [InlineData(false, "2027-01-04", "2027-01-03", "2027-01-04")]
    [InlineData(false, null, "2026-11-02", "2026-11-02")]
    public async Task A_project_that_would_end_before_its_template_can_begin_it_is_asked_about_before_there_is_one(bool due, string? starts, string ends, string begins)
    {
        var wanted = Wanted with { StartsOn = starts is null ? null : DateOnly.Parse(starts), EndsOn = DateOnly.Parse(ends) };

        var question = (await Prepare(Instantiate(Template(start: true, due), wanted))).ShouldBeOfType<Preparation.Ask>().Question;

        question.ShouldContain($"begin on {begins} and end on {ends}");
        question.ShouldContain("`startsOn`");
    }

    [Fact]
    public async Task A_due_date_that_is_not_after_the_projects_own_start_is_left_out_and_said()
    {
        var begun = await DoAsync(Instantiate(Template(start: true)));
        clock.Advance(TimeSpan.FromSeconds(3));
        var wanted = Wanted with { StartsOn = null, EndsOn = Wanted.StartsOn };

        var project = await DoAsync(Call("project", new ProjectSetUpContent(wanted), ("template", begun)));

        project.State!.Fields.ShouldSatisfyAllConditions(f => f["start_on"].ShouldBe("2027-01-04"), f => f.ContainsKey("due_on").ShouldBeFalse());
        project.Note!.ShouldContain("2027-01-04");
    }

    [Fact]
    public async Task A_template_that_is_not_there_is_said_in_words_for_a_person()
    {
        (await Refused(Instantiate("404"))).ShouldSatisfyAllConditions(
            f => f.NextMove.ShouldBe(NextMove.AskAPerson), f => f.Message.ShouldContain("no project template 404"), f => f.Message.ShouldContain("`template`"));
    }

    [Fact]
    public async Task Too_many_jobs_at_once_hold_up_that_project_alone()
    {
        sandbox.Asana.Behaviour.ConcurrentJobs = 0;
        var call = Instantiate(Template());
        var frozen = (await Prepare(call)).ShouldBeOfType<Preparation.Send>().Call;

        (await asana.SendAsync(call, frozen, Stop)).Failure!.ShouldSatisfyAllConditions(
            f => f.Kind.ShouldBe(FailureKind.RateLimited), f => f.OneCall.ShouldBeTrue(), f => f.RetryAt.ShouldBe(clock.GetUtcNow().AddSeconds(5)));
    }

    private string Template(bool start = false, bool due = false, string description = "") =>
        sandbox.Asana.World.AddTemplate("Onboarding", Onboarding, start, due, description);

    private static ActionCall Instantiate(string template, ProjectContent? wanted = null) => Call("template", new TemplateContent(template, wanted ?? Wanted));

    private static ActionCall SetUp(ActionResult begun) => Call("project", new ProjectSetUpContent(Wanted), ("template", begun));

    private static ActionCall Call(string name, ActionContent content, params (string Name, ActionResult Result)[] results) =>
        new(new ActionOrder("key" + name, name, "tool", content), 1, results.ToDictionary(one => one.Name, one => one.Result));

    private async Task<Preparation> Prepare(ActionCall call) => (await asana.PrepareAsync(call, Stop)).Value;

    private async Task<Failure> Refused(ActionCall call) => (await asana.PrepareAsync(call, Stop)).Failure.ShouldNotBeNull();

    private Task<Outcome<ActionResult?>> LookUp(ActionCall call) => asana.LookUpAsync(call, new FrozenCall("POST", "", null, null, new Dictionary<string, string>()), Stop);

    private async Task<ActionResult> DoAsync(ActionCall call) =>
        (await asana.SendAsync(call, (await Prepare(call)).ShouldBeOfType<Preparation.Send>().Call, Stop)).Value;

    // The tool carries it out, and its answer is cut.
    private async Task LoseAsync(ActionCall call)
    {
        var frozen = (await Prepare(call)).ShouldBeOfType<Preparation.Send>().Call;
        sandbox.Asana.Faults.Add(new Fault.CutAfterCommit(), frozen.Method, "");
        (await asana.SendAsync(call, frozen, Stop)).Failure!.Kind.ShouldBe(FailureKind.Uncertain);
    }

    private async Task DescribeAsync(string project, string notes)
    {
        using var http = new HttpClient();
        using var put = new HttpRequestMessage(HttpMethod.Put, $"{sandbox.Asana.BaseUrl}/projects/{project}")
        {
            Content = new StringContent("{\"data\":{\"notes\":\"" + notes + "\"}}", System.Text.Encoding.UTF8, "application/json"),
        };
        put.Headers.Authorization = new("Bearer", SandboxOptions.AsanaToken);
        (await http.SendAsync(put, Stop)).EnsureSuccessStatusCode();
    }
}
