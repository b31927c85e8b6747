using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Dispatch;

/// <summary>Ends the process at every commit of a whole story, right before it and right after it, and starts it again.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_any_commit_nothing_is_lost_and_nothing_is_made_twice(bool afterCommit)
    {
        var n = 1;
        while (await DiesAsync(n, afterCommit)) n++;

        n.ShouldBeGreaterThan(25, "the story has more commits than that: the crashes were not where they were meant to be");
    }

    // The story from the first start: arming, a webhook, the project, its checklist, the link, a closed project and its invoice.
    private static async Task<bool> DiesAsync(int n, bool afterCommit)
    {
        await using var flow = await Flow.PrepareAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice);
        await flow.StartAsync(n, afterCommit);
        await flow.SettleAsync();
        var died = await TellAsync(flow, () => flow.WinAsync()) | await TellAsync(flow, () => CloseAsync(flow));

        // What the dead process did not acknowledge, the vendors deliver again; polls find the rest.
        if (died)
        {
            await flow.DeliverAsync("hint deal d1", id: "win");
            await CloseAsync(flow);
            await flow.PassAsync(TimeSpan.FromMinutes(10));
        }

        string at = $"at write {n}, {(afterCommit ? "after" : "before")} the commit";
        flow.Projects.Made.Select(m => m.Content.Kind).ShouldBe(["project.create", "section.create", "task.create", "task.create"], at);
        flow.Crm.Made.Select(m => m.Content.Kind).ShouldBe(["deal.link"], at);
        flow.Billing.Made.Select(m => m.Content.Kind).ShouldBe(["customer.create", "invoice.create", "invoice-line.create"], at);
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.State == HandoffState.Done);
        (await flow.SeeAsync(v => v.LinksFrom(flow.Deal()))).ShouldHaveSingleItem(at).To.ShouldBe(flow.Project("projects-1"));
        (await flow.SeeAsync(v => v.LinksFrom(flow.Project("projects-1")))).ShouldHaveSingleItem(at);
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).ShouldBeEmpty(at);
        return flow.Store.Dead || died;
    }

    private static async Task<bool> TellAsync(Flow flow, Func<Task> happen)
    {
        var died = await ReviveAsync(flow);
        try
        {
            await happen();
        }
        catch (CrashException)
        {
            // The vendor got no acknowledgement.
        }

        await flow.SettleAsync();
        return await ReviveAsync(flow) | died;
    }

    private static async Task<bool> ReviveAsync(Flow flow)
    {
        if (!flow.Store.Dead) return false;
        await flow.StopAsync();
        await flow.StartAsync();
        await flow.SettleAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(10));
        return true;
    }

    private static async Task CloseAsync(Flow flow)
    {
        if (flow.Projects.Find(RecordKind.Project, "projects-1") is null) return;
        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "closed"));
        await flow.DeliverAsync("hint project projects-1", "projects");
    }
}
