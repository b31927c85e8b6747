using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Inbox;

/// <summary>Vendors drop what isn't acknowledged in time: while webhooks rush in, acknowledging them goes before reading them.</summary>
public sealed class RushTests
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task While_webhooks_rush_in_they_are_acknowledged_and_read_a_moment_later()
    {
        await using var flow = await Flow.StartAsync();
        await ArriveAsync(flow, 70, TimeSpan.FromMilliseconds(0.1));

        await flow.WinAsync();
        await flow.UntilAsync(() => flow.Clock.NextDue == flow.Clock.GetUtcNow() + Glance);
        flow.Crm.Reads.ShouldBeEmpty("what is on disk can be read later");
        (await flow.DeliverAsync("hint deal d1")).ShouldBeTrue("the next one is acknowledged all the same");

        await flow.UntilAsync(() =>
        {
            flow.Clock.Advance(Glance);
            return flow.Crm.Reads.Count > 0;
        });
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_rush_without_end_keeps_nobody_from_a_project_for_longer_than_half_a_second_at_a_time()
    {
        await using var flow = await Flow.StartAsync();
        await ArriveAsync(flow, 70, TimeSpan.FromMilliseconds(0.1));
        await flow.WinAsync();
        await flow.UntilAsync(() => flow.Clock.NextDue == flow.Clock.GetUtcNow() + Glance);
        var began = flow.Clock.GetUtcNow();

        while (flow.Crm.Reads.Count == 0 && flow.Clock.GetUtcNow() - began < TimeSpan.FromSeconds(5)) await ArriveAsync(flow, 1, TimeSpan.FromMilliseconds(0.5));

        flow.Crm.Reads.ShouldBe(["deal d1"], "it is read although the rush goes on");
        (flow.Clock.GetUtcNow() - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(500));
        flow.Clock.Advance(TimeSpan.FromSeconds(1));
        await flow.SettleAsync();
    }

    [Fact]
    public async Task A_busy_hour_of_a_small_business_is_no_rush()
    {
        await using var flow = await Flow.StartAsync();
        await ArriveAsync(flow, 70, TimeSpan.FromMilliseconds(1));

        await flow.WinAsync();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem("no time has passed");
    }

    // The same delivery, over and over: there is nothing to read in it that wasn't read.
    private static async Task ArriveAsync(Flow flow, int times, TimeSpan every)
    {
        for (var i = 0; i < times; i++)
        {
            await flow.DeliverAsync("look companies", id: "again");
            if (i == 0) await flow.UntilAsync(() => flow.SeeAsync(v => v.PendingDeliveries(0, 10)).Result.All(d => !d.Delivery.Body.Span.SequenceEqual("look companies"u8)));
            flow.Clock.Advance(every);
        }
    }
}
