using ClientFlow.Sync.Connectors.Asana;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Connectors.Tests.Asana;

public sealed class AsanaContractTests : ConnectorContract
{
    private const string Team = "1201";

    protected override IConnectorType Type { get; } = new AsanaConnectorType();

    protected override SimulatedTool Twin => Sandbox.Asana;

    protected override string Vendor => "asana";

    protected override string Stream => "projects";

    protected override RecordKind Kind => RecordKind.Project;

    protected override string ChangedField => "due_on";

    [Fact]
    public async Task A_project_is_made_with_its_sections_and_tasks_and_each_is_found_after_doubt()
    {
        Sandbox.Asana.World.AddUser("Ana", "ana@northwind.example");
        var order = Call("project", new ProjectContent("Acme – Site", "For Acme", new(2027, 1, 4), new(2027, 3, 31), "ANA@northwind.example"));

        var project = await DoubtAndFindAsync(order);
        var section = await DoubtAndFindAsync(Call("section", new SectionContent("Onboarding"), ("project", project)));
        var task = await DoubtAndFindAsync(Call(
            "task-1", new TaskContent("Send the welcome pack", null, new(2027, 1, 5), "ana@northwind.example"), ("project", project), ("section", section)));

        project.Note.ShouldBeNull();
        project.Url.ShouldNotBeNullOrEmpty();
        project.State!.Fields.ShouldSatisfyAllConditions(
            fields => fields["name"].ShouldBe("Acme – Site"),
            fields => fields["owner.email"].ShouldBe("ana@northwind.example"),
            fields => fields["due_on"].ShouldBe("2027-03-31"),
            fields => fields["start_on"].ShouldBe("2027-01-04"),
            fields => fields["clientflow_key"].ShouldBe(order.Order.Key),
            fields => fields["state"].ShouldBe("open"));
        task.Id.ShouldNotBe(project.Id);
        Sandbox.Asana.World.TasksOf(project.Id).Count(one => one.Name == "Send the welcome pack").ShouldBe(1);
        ShouldFollowTheDescription();
    }

    [Fact]
    public async Task A_private_project_is_named_beside_those_that_are_shown()
    {
        var (mine, theirs, none) = (Sandbox.Asana.World.CreateProject("Ours"), Sandbox.Asana.World.CreateProject("The board's"), Sandbox.Asana.World.CreateProject("Old"));
        Sandbox.Asana.Behaviour.Forbidden.Add(theirs);
        Sandbox.Asana.World.DeleteProject(none);

        (await Reads.ReadAsync(RecordKind.Project, [theirs], Stop)).Value.Records.ShouldBeEmpty("no access is no deletion");
        var page = (await Reads.ReadAsync(RecordKind.Project, [mine, theirs, none], Stop)).Value;

        page.Records.Select(record => (record.Id, record.Gone)).ShouldBe([(mine, false), (none, true)]);
        page.Refused.ShouldHaveSingleItem().ShouldSatisfyAllConditions(refused => refused.Id.ShouldBe(theirs), refused => refused.Failure.Status.ShouldBe(403));
    }

    [Fact]
    public async Task Somebody_whom_Asana_does_not_know_is_left_out_and_named()
    {
        var project = await DoAsync(Call("project", new ProjectContent("Acme", "", null, null, "nobody@northwind.example")));
        var task = await DoAsync(Call("task-1", new TaskContent("Call", "notes", null, "nobody@northwind.example"), ("project", project)));

        project.Note!.ShouldContain("nobody@northwind.example");
        task.Note!.ShouldContain("nobody@northwind.example");
    }

    [Fact]
    public async Task A_completed_project_is_closed_and_an_archived_one_only_archived()
    {
        var (closed, archived) = (MakeRecord(), MakeRecord());
        Sandbox.Asana.World.CompleteProject(closed);
        Sandbox.Asana.World.ArchiveProject(archived);

        var records = (await Reads.ReadAsync(RecordKind.Project, [closed, archived], Stop)).Value.Records.ToDictionary(one => one.Id);

        records[closed].ShouldSatisfyAllConditions(
            one => one.Fields["state"].ShouldBe("complete"), one => one.Meaning["status"].ShouldBe("closed"), one => one.Fields["completed_at"].ShouldNotBeNull());
        records[archived].ShouldSatisfyAllConditions(
            one => one.Fields["state"].ShouldBe("open"), one => one.Fields["archived"].ShouldBe("true"));
        (await PollAllAsync(new Cursor(""))).Records.ShouldNotContain(one => one.Id == archived);
        (await ListAllAsync("projects")).Records.ShouldContain(one => one.Id == archived);
    }

    [Fact]
    public async Task A_poll_tells_all_that_it_saw_so_that_who_was_archived_or_deleted_is_missed()
    {
        var (closed, deleted, open) = (MakeRecord(), MakeRecord(), MakeRecord());
        Sandbox.Asana.World.CompleteProject(closed);
        Sandbox.Asana.World.ArchiveProject(closed);
        DeleteRecord(deleted);

        var page = (await Reads.PollAsync("projects", new Cursor(""), Stop)).Value;

        page.Whole.ShouldNotBeNull().ShouldSatisfyAllConditions(
            whole => whole.ShouldContain(open), whole => whole.ShouldNotContain(closed), whole => whole.ShouldNotContain(deleted));
        (await Reads.ListAsync("projects", null, Stop)).Value.Whole.ShouldBeNull("the full comparison sees to itself");
    }

    [Fact]
    public async Task A_poll_that_broke_off_or_began_in_the_middle_misses_nobody()
    {
        var asana = new ScriptedTransport();
        using var connector = (AsanaConnector)Type.Open(Tool.Context(Type, Settings(wrongToken: false), asana, TimeProvider.System));
        asana.On("GET", "/projects", Projects("p2", "1")).On("GET", "offset=p2", Projects(null, "2"))
            .On("GET", "/projects", Projects("p2", "1")).On("GET", "offset=p2", System.Net.HttpStatusCode.Forbidden, "{}")
            .On("GET", "/projects", Projects("p2", "1")).On("GET", "offset=p2", Projects(null));

        asana.On("GET", "offset=p3", Projects(null, "3"));
        var seen = new List<string>();
        foreach (var cursor in (string[])["", "p2", "", "p2", "", "p2", "p3"])
        {
            var page = await connector.PollAsync("projects", new Cursor(cursor), Stop);
            seen.Add(page.Failure is not null ? "failed" : page.Value.Whole is { } whole ? string.Join(',', whole.Order()) : "not whole");
        }

        seen.ShouldBe(["not whole", "1,2", "not whole", "failed", "not whole", "1", "not whole"]);
    }

    [Fact]
    public async Task The_vendors_sentence_reaches_the_person()
    {
        var call = Call("project", new ProjectContent("Acme", "", null, null, null));
        var frozen = (await Acts.PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;
        Twin.Faults.Add(new Fault.Answer(402, """{"errors":[{"message":"start_on: Payment required."}]}"""), "POST", "projects");

        var failure = (await Acts.SendAsync(call, frozen, Stop)).Failure!;

        failure.Kind.ShouldBe(FailureKind.Rejected);
        failure.Message.ShouldContain("start_on: Payment required");
        failure.Message.ShouldContain("paid Asana plan");
    }

    [Fact]
    public async Task A_write_that_fails_in_the_middle_is_in_doubt()
    {
        var call = Call("project", new ProjectContent("Acme", "", null, null, null));
        var frozen = (await Acts.PrepareAsync(call, Stop)).Value.ShouldBeOfType<Preparation.Send>().Call;
        Twin.Faults.Add(new Fault.AnswerAfterCommit(500, "{}"), "POST", "projects");

        (await Acts.SendAsync(call, frozen, Stop)).Failure!.Kind.ShouldBe(FailureKind.Uncertain);
        (await Acts.LookUpAsync(call, frozen, Stop)).Value.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_subscription_shakes_hands_and_its_webhooks_are_valid()
    {
        await using var listener = await DeliveryListener.StartAsync(Stop);
        var route = new Uri(listener.Address, "/webhooks/projects");
        var subscription = new Subscription("s1", null, null, new Uri(listener.Address, "/webhooks/projects/s1"), default);
        using var connector = (AsanaConnector)Type.Open(Tool.Context(
            Type, Settings(wrongToken: false), Tool.Transport(), TimeProvider.System, new Uri(Twin.BaseUrl), route,
            id => id == subscription.Id ? subscription : null));
        listener.Handshake = delivery =>
        {
            if (connector.Handshake(delivery) is not { } secret) return null;
            subscription = subscription with { Secret = secret };
            return secret.Reveal();
        };

        var made = (await connector.SubscribeAsync(subscription, Stop)).Value;
        subscription = subscription with { VendorId = made };
        (await connector.SubscribeAsync(subscription, Stop)).Value.ShouldBe(made);
        var project = MakeRecord();
        await Sandbox.WhenIdleAsync(Stop);

        listener.Deliveries.ShouldNotBeEmpty();
        listener.Deliveries.ShouldAllBe(delivery => connector.Verify(delivery, delivery.ReceivedAt) == SignatureVerdict.Valid);
        listener.Deliveries.SelectMany(delivery => connector.Read(delivery).Hints).ShouldContain(new RecordHint(RecordKind.Project, project));
    }

    [Fact]
    public async Task A_dropped_project_is_told_by_its_status_update_which_is_read_once()
    {
        var project = MakeRecord();
        using var http = new HttpClient();
        using var post = new HttpRequestMessage(HttpMethod.Post, Twin.BaseUrl + "/status_updates")
        {
            Content = new StringContent(
                "{\"data\":{\"parent\":\"" + project + "\",\"text\":\"Over\",\"status_type\":\"dropped\"}}", System.Text.Encoding.UTF8, "application/json"),
        };
        post.Headers.Authorization = new("Bearer", SandboxOptions.AsanaToken);
        (await http.SendAsync(post, Stop)).EnsureSuccessStatusCode();

        for (var time = 0; time < 2; time++)
            (await Reads.ReadAsync(RecordKind.Project, [project], Stop)).Value.Records.Single().Meaning["status"].ShouldBe("dropped");

        Twin.Requests.Count("GET", "/status_updates/").ShouldBe(1);
        ShouldFollowTheDescription();
    }

    private static string Projects(string? next, params string[] gids) =>
        "{\"data\":[" + string.Join(',', gids.Select(gid => "{\"gid\":\"" + gid + "\",\"name\":\"Site\"}")) + "],\"next_page\":"
        + (next is null ? "null" : "{\"offset\":\"" + next + "\"}") + "}";

    protected override object Settings(bool wrongToken) =>
        new AsanaSettings(new Secret(wrongToken ? "wrong" : SandboxOptions.AsanaToken), Sandbox.Asana.World.WorkspaceGid, Team);

    protected override string MakeRecord() => Sandbox.Asana.World.CreateProject("Website", notes: "For Acme\nClientFlow-Key: k1");

    protected override string ChangeRecord(string id)
    {
        Sandbox.Asana.World.SetDueDate(id, "2027-03-31");
        return "2027-03-31";
    }

    protected override void DeleteRecord(string id) => Sandbox.Asana.World.DeleteProject(id);
}
