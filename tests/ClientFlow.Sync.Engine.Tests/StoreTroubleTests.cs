using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests;

/// <summary>A disk that is full for a while: it is no bug, it is said in plain words, and nothing is lost or made twice.</summary>
public sealed class StoreTroubleTests
{
    private static readonly StoreException Full = new("the disk that holds clientflow.db is full: nothing was saved. Free some space; the work goes on by itself");

    [Fact]
    public async Task A_disk_that_fills_up_between_a_call_and_its_bookkeeping_doubles_nothing()
    {
        await using var flow = await Flow.StartAsync();
        flow.Arms = false;
        var called = new TaskCompletionSource();
        flow.Projects.Open = called.Task;
        await flow.WinAsync();
        await flow.UntilAsync(() => flow.Projects.Calls.Count == 1);

        // The project is made from here on, and nobody can write it down.
        flow.Store.Trouble = Full;
        called.SetResult();
        await flow.UntilAsync(() => flow.Engine.StoreTrouble is not null);
        flow.Engine.StoreTrouble.ShouldBe(Full.Message);
        await Should.ThrowAsync<StoreException>(() => flow.DeliverAsync("hint deal d2"));

        flow.Store.Trouble = null;
        flow.LeavesSending = true;
        await flow.PassAsync(TimeSpan.FromMinutes(10));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Done);
        flow.Engine.StoreTrouble.ShouldBeNull();
        flow.Engine.StalledLoops.ShouldBeEmpty();
    }

    [Fact]
    public async Task Polls_and_looks_on_a_full_disk_go_on_once_there_is_room()
    {
        await using var flow = await Flow.StartAsync();
        flow.Arms = false;
        flow.Win();
        flow.Store.Trouble = Full;
        await flow.Engine.RunAsync("poll of crm deals", TimeSpan.FromMinutes(1), _ => flow.PollAsync(), TestContext.Current.CancellationToken);
        flow.Engine.StoreTrouble.ShouldBe(Full.Message);

        flow.Store.Trouble = null;
        await flow.PollAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(2));

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_worker_that_starts_on_a_full_disk_begins_once_there_is_room()
    {
        await using var flow = await Flow.StartAsync();
        await flow.StopAsync();
        flow.DealMapping = [new FieldMapping("scope", "scope_summary")];
        flow.TroubleAtStart = Full;
        await flow.StartAsync();
        await flow.UntilAsync(() => flow.Engine.StoreTrouble is not null);

        flow.Store.Trouble = null;
        await flow.UntilAsync(() =>
        {
            flow.Clock.Advance(TimeSpan.FromMilliseconds(200));
            return flow.Workspace.AllArmed;
        });
        await flow.WinAsync();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }
}
