using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Engine.Observing;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Observing;

public sealed class PaceTests
{
    [Fact]
    public async Task Polls_slow_down_while_webhooks_tell_of_the_same_records_and_quicken_when_they_stop()
    {
        await using var flow = await Flow.StartAsync();
        (await TicksAsync(flow, 30)).ShouldBe(30);

        var flowing = 0;
        for (var i = 0; i < 6; i++)
        {
            await flow.ChangeAsync("d1", "name", $"Website {i}");
            await flow.SettleAsync();
            flowing += await TicksAsync(flow, 20);
        }

        flowing.ShouldBe(30, "one in four minutes");
        await TicksAsync(flow, 60);
        (await TicksAsync(flow, 30)).ShouldBe(30, "the last webhook was an hour ago");
    }

    [Fact]
    public async Task A_stream_that_no_webhook_speaks_of_keeps_its_pace()
    {
        await using var flow = await Flow.StartAsync();
        await flow.ChangeAsync("d1", "name", "Website");
        await flow.SettleAsync();

        (await TicksAsync(flow, 20, "companies")).ShouldBe(20);
    }

    [Fact]
    public async Task Polls_of_a_small_plan_are_as_far_apart_as_its_budget_demands()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.Quota = [new QuotaWindow("hour", 60, TimeSpan.FromHours(1), "calls an hour") { Soft = true }];
        await flow.StartAsync();
        await flow.SettleAsync();

        // Of 60 calls an hour polls may plan for 12, and two streams share them.
        var polls = 0;
        for (var i = 0; i < 240; i++) polls += await TicksAsync(flow, 1) + await TicksAsync(flow, 1, "companies", pass: false);
        polls.ShouldBeInRange(30, 56);
        flow.Workspace.Find("crm")!.Quota.Meters(flow.Clock.GetUtcNow()).Single().Used.ShouldBeLessThanOrEqualTo(18, "30 % of 60");
    }

    private static async Task<int> TicksAsync(Flow flow, int minutes, string stream = "deals", bool pass = true)
    {
        var before = flow.Crm.Polls;
        var tool = flow.Workspace.Find("crm")!;
        for (var i = 0; i < minutes; i++)
        {
            if (pass) await flow.PassAsync(TimeSpan.FromMinutes(1));
            await flow.Engine.Streams.TickAsync(tool, tool.Manifest.Streams.First(s => s.Name == stream), CancellationToken.None);
        }

        return flow.Crm.Polls - before;
    }
}
