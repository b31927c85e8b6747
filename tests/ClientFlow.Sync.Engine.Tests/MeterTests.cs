using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests;

/// <summary>What is counted is what happened. Meters are the process's, so nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(MeterTests), DisableParallelization = true)]
[Collection(nameof(MeterTests))]
public sealed class MeterTests
{
    [Fact]
    public async Task How_long_a_handoff_took_to_its_first_write_is_told_once_however_often_that_is_sent()
    {
        await using var flow = await Flow.StartAsync();
        using var measured = new Measured();
        flow.Projects.Next(Fault.Down, Fault.Down);

        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        measured.Times("clientflow.attempts", "unavailable").ShouldBe(2);
        measured.Times("clientflow.handoff.latency", "won-deal-to-project").ShouldBe(1);
    }

    [Fact]
    public async Task A_delivery_a_write_and_what_needs_a_person_are_counted_as_often_as_they_happen()
    {
        await using var flow = await Flow.StartAsync();
        await flow.SettleAsync();
        using var measured = new Measured();
        flow.Projects.Next(Fault.Rejected("no such team"));

        await flow.WinAsync();
        await flow.SettleAsync();
        await flow.DeliverAsync("nothing that anybody could read", id: "twice");
        await flow.DeliverAsync("nothing that anybody could read", id: "twice");
        await flow.SettleAsync();

        measured.Times("clientflow.deliveries.accepted", "crm", "no").ShouldBe(2);
        measured.Times("clientflow.deliveries.accepted", "crm", "yes").ShouldBe(1);
        measured.Times("clientflow.records.observed", "crm", "deal").ShouldBe(1);
        measured.Times("clientflow.changes", "crm", "deal").ShouldBe(1);
        measured.Times("clientflow.attempts", "projects", "project.create", "rejected").ShouldBe(1);
        measured.Times("clientflow.attempt.duration", "projects", "rejected").ShouldBe(1);
        measured.Times("clientflow.dead_letters", "projects", "write").ShouldBe(1);
        measured.Times("clientflow.dead_letters", "crm", "delivery").ShouldBe(1);
        measured.Times("clientflow.handoff.latency").ShouldBe(1);

        await flow.Engine.Decisions.RetryAsync((await flow.HandoffAsync()).Id, Someone.Ann, TestContext.Current.CancellationToken);
        await flow.SettleAsync();

        measured.Times("clientflow.attempts", "project.create", "confirmed").ShouldBe(1);
        measured.Times("clientflow.attempt.duration", "confirmed").ShouldBe(measured.Times("clientflow.attempts", "confirmed"));
        measured.Times("clientflow.handoff.latency").ShouldBe(1);
    }
}
