using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Observing;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Observing;

public sealed class ObserverTests
{
    [Fact]
    public async Task A_redelivered_webhook_fires_the_handoff_once()
    {
        await using var flow = await Flow.StartAsync();
        flow.Win();

        (await flow.DeliverAsync("hint deal d1", id: "e1")).ShouldBeTrue();
        (await flow.DeliverAsync("hint deal d1", id: "e1")).ShouldBeFalse();
        await flow.SettleAsync();
        await flow.DeliverAsync("hint deal d1", id: "e2");
        await flow.PollAsync();
        await flow.ReconcileAsync();
        await flow.RestartAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Shuffled_and_repeated_deliveries_end_in_the_newest_state(int seed)
    {
        await using var flow = await Flow.PrepareAsync();
        flow.Crm.Versioned = true;
        await flow.StartAsync();
        await flow.SettleAsync();
        var chance = new Random(seed);
        string[] stages = ["intake", "qualified", "proposal", "won", "proposal", "won"];
        flow.Crm.Put(RecordKind.Deal, "d1", ("name", "Website"), ("stage", "intake"));
        flow.Crm.Refer(RecordKind.Deal, "d1", "client", RecordKind.Client, "c1");
        var deliveries = stages.Select((stage, i) => flow.Crm.Put(RecordKind.Deal, "d1", ("stage", stage), ("amount", $"{i}")).Order)
            .Select((order, i) => $"state deal d1 {order} name=Website stage={stages[i]} amount={i} client=c1").ToList();
        var shuffled = deliveries.Concat(deliveries.Take(3)).OrderBy(_ => chance.Next()).ToList();

        foreach (var delivery in shuffled) await flow.DeliverAsync(delivery);
        await flow.SettleAsync();

        var deal = (await flow.SeeAsync(v => v.FindRecord(flow.Deal())))!.Record;
        deal.Text("stage").ShouldBe("won");
        deal.Amount("amount")!.Value.Amount.ShouldBe(5);
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_older_page_never_overwrites_a_newer_state()
    {
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync();
        await flow.SettleAsync();

        await ObserveAsync(flow, flow.Crm.Find(RecordKind.Deal, "d1")! with { Fields = Of(("stage", "intake")) }, flow.Clock.GetUtcNow().AddSeconds(-5), Source.Poll);

        (await flow.SeeAsync(v => v.FindRecord(flow.Deal())))!.Record.Text("stage").ShouldBe("won");
        (await flow.HandoffAsync()).Flag.ShouldBeNull();
    }

    [Fact]
    public async Task A_read_begun_before_our_own_write_is_discarded()
    {
        await using var flow = await Flow.StartAsync();
        var before = flow.Crm.Put(RecordKind.Deal, "d1", ("projectUrl", null));
        await flow.WinAsync();
        var began = flow.Clock.GetUtcNow();
        flow.Clock.Advance(TimeSpan.FromSeconds(1));
        await flow.SettleAsync();
        var known = (await flow.SeeAsync(v => v.FindRecord(flow.Project("projects-1"))))!;
        known.LastWrite.ShouldNotBeNull();

        await ObserveAsync(flow, new SourceRecord { Kind = RecordKind.Project, Id = "projects-1", Fields = Of(("name", "half made")) },
            known.LastWrite!.Value.AddTicks(-1), Source.Read, "projects");

        (await flow.SeeAsync(v => v.FindRecord(flow.Project("projects-1"))))!.Record.Text("name").ShouldBe("Fox Ltd – Website d1");
        _ = (before, began);
    }

    [Fact]
    public async Task A_deleted_deal_stays_deleted_when_an_older_page_or_a_lagging_list_still_shows_it()
    {
        await using var flow = await Flow.StartAsync();
        flow.Win("d1");
        flow.Crm.Put(RecordKind.Deal, "d1", ("stage", "proposal"));
        await flow.DeliverAsync("hint deal d1");
        await flow.SettleAsync();
        var ghost = flow.Crm.Find(RecordKind.Deal, "d1")!;
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        flow.Crm.Delete(RecordKind.Deal, "d1");
        await flow.DeliverAsync("hint deal d1");
        await flow.SettleAsync();
        (await flow.SeeAsync(v => v.FindRecord(flow.Deal())))!.Gone.ShouldBeTrue();

        await ObserveAsync(flow, ghost, flow.Clock.GetUtcNow().AddSeconds(-30), Source.Read);
        var again = await ObserveAsync(flow, ghost with { Fields = Of(("stage", "won")) }, flow.Clock.GetUtcNow().AddSeconds(5), Source.Poll);

        (await flow.SeeAsync(v => v.FindRecord(flow.Deal())))!.Gone.ShouldBeTrue();
        again.ShouldHaveSingleItem().ShouldBe(new RecordHint(RecordKind.Deal, "d1"));
        (await flow.HandoffsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_deal_that_was_restored_in_its_tool_is_known_again()
    {
        await using var flow = await Flow.StartAsync();
        flow.Win("d1");
        await flow.PollAsync();
        await flow.SettleAsync();
        var deal = flow.Crm.Find(RecordKind.Deal, "d1")!;
        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        flow.Crm.Delete(RecordKind.Deal, "d1");
        await flow.PollAsync();
        (await flow.SeeAsync(v => v.FindRecord(flow.Deal())))!.Gone.ShouldBeTrue();

        flow.Clock.Advance(TimeSpan.FromMinutes(1));
        flow.Crm.Put(RecordKind.Deal, "d1", [.. deal.Fields.Select(f => (f.Key, f.Value))]);
        await flow.PollAsync();

        (await flow.SeeAsync(v => v.FindRecord(flow.Deal())))!.Gone.ShouldBeFalse();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    private static Dictionary<string, string?> Of(params (string Field, string? Value)[] fields) => fields.ToDictionary(f => f.Field, f => f.Value);

    private static Task<IReadOnlyList<RecordHint>> ObserveAsync(Flow flow, SourceRecord state, DateTimeOffset began, Source source, string tool = "crm")
    {
        var observer = new Observer(flow.Workspace, new PlanWriter(flow.Workspace, flow.Engine.Engagements));
        return observer.ObserveAsync(flow.Workspace.Find(tool)!, new StreamPage { ReadBegan = began, Records = [state], Next = default, More = false },
            source, null, TestContext.Current.CancellationToken);
    }
}
