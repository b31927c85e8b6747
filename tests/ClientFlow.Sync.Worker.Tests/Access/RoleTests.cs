using System.Net;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Worker.Tests.Access;

/// <summary>What an assistant sees and may do, by form and by forged form.</summary>
[Trait("Takes", "long")]
public sealed class RoleTests : IAsyncLifetime
{
    private readonly House house = new() { Clock = new Leap() };
    private Handoff invoice = null!;
    private Handoff project = null!;

    public async ValueTask InitializeAsync()
    {
        await house.StartAsync(House.People);
        (invoice, project) = (Waiting("closed", RecordKind.Project, "Last bill for Fox"), Waiting("won", RecordKind.Deal, "A site for Fox"));
        await house.Worker.Engine.Workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
        {
            unit.SaveHandoff(invoice);
            unit.SaveHandoff(project);
            unit.SaveAction(new HandoffAction
            {
                Handoff = project.Id, Position = 0, State = ActionState.Done, NextAt = DateTimeOffset.UnixEpoch,
                Order = new ActionOrder("key", "project", "projects", new ProjectContent("A site for Fox", "", null, null, null)),
                Frozen = new FrozenCall("POST", "/calendars/anna%40northwind.example/events", "application/json", "{\"raw\":\"body-of-the-call\"}", new Dictionary<string, string>()),
            });
        }, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => house.DisposeAsync();

    [Fact]
    public async Task An_assistant_is_offered_what_an_assistant_may_decide_and_told_of_the_rest()
    {
        var (anna, ben) = await BothAsync();

        var owners = (await anna.GetAsync("/needs-you")).Html;
        owners.ShouldContain($"/handoffs/{invoice.Id}/approve");
        owners.ShouldContain($"/handoffs/{project.Id}/approve");
        owners.ShouldNotContain("only an owner", Case.Insensitive);

        var bens = (await ben.GetAsync("/needs-you")).Html;
        bens.ShouldContain("Last bill for Fox");
        bens.ShouldContain("Only an owner decides about money.");
        bens.ShouldNotContain($"/handoffs/{invoice.Id}/approve");
        bens.ShouldNotContain($"value=\"{invoice.Id}|");
        bens.ShouldContain($"/handoffs/{project.Id}/approve");
    }

    [Fact]
    public async Task A_list_that_lacked_many_is_shown_until_an_owner_has_each_asked_for()
    {
        var at = house.Clock.GetUtcNow();
        await house.Worker.Engine.Workspace.Store.WriteAsync(WritePriority.Urgent, unit => unit.SaveReconcile(new ReconcileRow
        {
            Tool = "crm", Stream = "deals", Began = at, Ended = at, Seen = 28, Known = 40, Missing = 0, Differed = 0, Extra = 12, Held = true,
        }), TestContext.Current.CancellationToken);
        var (anna, ben) = await BothAsync();

        var annas = (await anna.GetAsync("/needs-you")).Html;
        annas.ShouldContain("12 of 40 deals are absent from crm");
        annas.ShouldContain("/tools/crm/deals/ask");
        var bens = (await ben.GetAsync("/needs-you")).Html;
        bens.ShouldContain("12 of 40 deals are absent from crm");
        bens.ShouldContain("Only an owner has so many asked for.");
        bens.ShouldNotContain("/tools/crm/deals/ask");
    }

    [Theory]
    [InlineData("/rules", "/pause")]
    [InlineData("/tools", "/pause")]
    [InlineData("/rules", "class=\"file\"")]
    [InlineData("/log", "/log/export")]
    public async Task Rules_tools_the_mapping_file_and_the_log_as_a_file_are_an_owners(string page, string what)
    {
        var (anna, ben) = await BothAsync();

        (await anna.GetAsync(page)).Html.ShouldContain(what);
        var bens = await ben.GetAsync(page);
        bens.Status.ShouldBe(HttpStatusCode.OK);
        bens.Html.ShouldNotContain(what);
    }

    [Fact]
    public async Task Raw_bodies_are_an_owners()
    {
        var (anna, ben) = await BothAsync();

        var annas = (await anna.GetAsync($"/handoffs/{project.Id}")).Html;
        annas.ShouldContain("body-of-the-call");
        annas.ShouldContain("/calendars/a***@northwind.example/events");
        annas.ShouldNotContain("anna%40");
        var bens = await ben.GetAsync($"/handoffs/{project.Id}");
        bens.Status.ShouldBe(HttpStatusCode.OK);
        bens.Html.ShouldNotContain("body-of-the-call");
        (await ben.GetAsync("/log/export?as=csv")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await anna.GetAsync("/log/export?as=csv")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("approve")]
    [InlineData("skip")]
    [InlineData("done")]
    [InlineData("edit")]
    [InlineData("pick")]
    [InlineData("dismiss")]
    public async Task An_owners_action_that_an_assistant_posts_changes_nothing(string verb)
    {
        var (_, ben) = await BothAsync();

        foreach (var id in (string[])[invoice.Id, invoice.Id[..5], "closed"])
            await ShouldBeToldAsync(ben, await ben.SubmitAsync("/needs-you", $"/handoffs/{id}/{verb}", ("back", "/needs-you"), ("shown", invoice.Shown), ("choice", "stripe:1:client:9")), "Only an owner decides about money");

        var after = await FindAsync(invoice.Id);
        (after.State, after.Hold, after.ApprovedBy, after.Edits.Count, after.Reason).ShouldBe((HandoffState.Waiting, Hold.Approval, null, 0, "waits for a yes"), verb);
    }

    [Fact]
    public async Task Among_many_at_once_an_assistant_decides_only_those_that_an_assistant_may()
    {
        var (_, ben) = await BothAsync();

        await ShouldBeToldAsync(ben, await ben.SubmitAsync("/needs-you", "/handoffs/bulk/skip", ("back", "/needs-you"), ("item", $"{invoice.Id}|{invoice.Shown}"), ("item", $"{project.Id}|{project.Shown}")),
            "1 of 2 done. Only an owner decides about money");

        (await FindAsync(invoice.Id)).State.ShouldBe(HandoffState.Waiting);
        var skipped = await FindAsync(project.Id);
        (skipped.State, skipped.Reason).ShouldBe((HandoffState.Skipped, "Ben skipped it"));
    }

    [Fact]
    public async Task An_assistant_retries_also_what_is_about_money()
    {
        var (_, ben) = await BothAsync();
        await SaveAsync(invoice with { State = HandoffState.Dead, Hold = Hold.None });

        await ben.SubmitAsync("/needs-you", $"/handoffs/{invoice.Id}/retry", ("back", "/needs-you"));

        (await FindAsync(invoice.Id)).State.ShouldNotBe(HandoffState.Dead);
        (await house.Worker.Engine.Workspace.Store.ReadAsync(static view => view.Journal(new JournalQuery()), TestContext.Current.CancellationToken))
            .ShouldContain(e => e.Event == "people.handoff.retried" && e.Message == "Ben retried Last bill for Fox");
    }

    [Fact]
    public async Task An_assistant_notes_that_a_project_was_seen_to()
    {
        var (_, ben) = await BothAsync();
        await SaveAsync(project with { State = HandoffState.Done, Hold = Hold.None, Flag = "the deal was re-opened" });

        await ben.SubmitAsync("/needs-you", $"/handoffs/{project.Id}/dismiss", ("back", "/needs-you"));

        var after = await FindAsync(project.Id);
        (after.Flag, after.Dismissed).ShouldBe((null, "the deal was re-opened"));
    }

    [Fact]
    public async Task A_yes_to_more_at_once_than_a_rules_limit_is_an_owners()
    {
        var (anna, ben) = await BothAsync();
        var many = Enumerable.Range(100, 30).Select(n => Waiting("won", RecordKind.Deal, "A site", $"{n}")).ToList();
        await SaveAsync([.. many]);
        var items = many.Select(h => ("item", $"{h.Id}|{h.Shown}")).ToList();
        const string Refusal = "Only an owner decides about so many at once";

        await ShouldBeToldAsync(ben, await ben.SubmitAsync("/needs-you", "/handoffs/won/approve", ("back", "/needs-you")), Refusal);
        await ShouldBeToldAsync(ben, await ben.SubmitAsync("/needs-you", "/handoffs/bulk/approve", [("back", "/needs-you"), .. items]), Refusal);
        await ShouldBeToldAsync(ben, await ben.SubmitAsync("/needs-you", "/handoffs/bulk/approve", [("back", "/needs-you"), .. many.Select(h => ("item", h.Id[..8]))]), Refusal);
        foreach (var handoff in many) (await FindAsync(handoff.Id)).ApprovedBy.ShouldBeNull();

        await ben.SubmitAsync("/needs-you", "/handoffs/bulk/skip", [("back", "/needs-you"), .. items.Take(2)]);
        (await FindAsync(many[1].Id)).State.ShouldBe(HandoffState.Skipped);
        await anna.SubmitAsync("/needs-you", "/handoffs/bulk/skip", [("back", "/needs-you"), .. items]);
        (await FindAsync(many[^1].Id)).State.ShouldBe(HandoffState.Skipped);
    }

    [Theory]
    [InlineData("/rules/won/pause")]
    [InlineData("/rules/won/resume")]
    [InlineData("/tools/crm/pause")]
    [InlineData("/tools/crm/resume")]
    public async Task An_assistant_who_posts_a_pause_pauses_nothing(string path)
    {
        var (_, ben) = await BothAsync();

        await ShouldBeToldAsync(ben, await ben.SubmitAsync("/needs-you", path, ("back", "/needs-you")), "Only an owner pauses and resumes rules and tools");

        (await house.Worker.Engine.Workspace.Store.ReadAsync(static view => view.Pauses(), TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    private static async Task ShouldBeToldAsync(Browser browser, Browser.Page answer, string what)
    {
        answer.Status.ShouldBe(HttpStatusCode.Redirect, answer.Html);
        (await browser.GetAsync(answer.Location!)).Html.ShouldContain(what);
    }

    private async Task<(Browser Anna, Browser Ben)> BothAsync()
    {
        var (anna, ben) = (house.Stranger(), house.Stranger());
        await anna.SignInAsync("Anna", House.AnnasPassword);
        await ben.SignInAsync("Ben", House.BensPassword);
        return (anna, ben);
    }

    private Task<Handoff> FindAsync(string id) => house.Worker.Engine.Workspace.Store.ReadAsync(view => view.FindHandoff(id)!, TestContext.Current.CancellationToken);

    private Task SaveAsync(params Handoff[] handoffs) => house.Worker.Engine.Workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
    {
        foreach (var handoff in handoffs) unit.SaveHandoff(handoff);
    }, TestContext.Current.CancellationToken);

    private static Handoff Waiting(string rule, RecordKind kind, string title, string id = "7") => new()
    {
        Key = new HandoffKey(rule, new RecordRef("hubspot", "1", kind, id), "once"), Engagement = new RecordRef("hubspot", "1", kind, id), State = HandoffState.Waiting, Hold = Hold.Approval,
        Reason = "waits for a yes", Title = title, AtStake = new Money(4_800m, "GBP"), PlannedAt = DateTimeOffset.UnixEpoch, ObservedAt = DateTimeOffset.UnixEpoch, ConfigHash = "config",
    };
}
