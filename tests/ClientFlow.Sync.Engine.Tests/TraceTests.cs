using System.Collections.Concurrent;
using System.Diagnostics;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests;

/// <summary>One trace follows a delivery to the last action that it led to. Runs by itself: whoever listens hears all of the process.</summary>
[Collection("traces")]
public sealed class TraceTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> spans = new();
    private readonly ActivitySource outside = new("the vendor's request");
    private readonly ActivityListener listener;

    public TraceTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == EngineTrace.Name || source == outside,
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose()
    {
        listener.Dispose();
        outside.Dispose();
    }

    [Fact]
    public async Task One_trace_follows_a_delivery_to_its_last_action()
    {
        await using var flow = await Flow.StartAsync();

        var request = await WinAsync(flow, "d1");
        await flow.SettleAsync();

        var trace = Of(request);
        trace.Named("delivery.accept").ShouldHaveSingleItem().ParentSpanId.ShouldBe(request.SpanId);
        trace.Named("delivery.read").ShouldHaveSingleItem().ParentSpanId.ShouldBe(trace.Named("delivery.accept")[0].SpanId);
        trace.Named("handoff.decide").ShouldHaveSingleItem().ParentSpanId.ShouldBe(trace.Named("delivery.read")[0].SpanId);
        trace.Named("action.attempt").Select(Action).ShouldBe(["project.create", "section.create", "task.create", "task.create", "deal.link"]);
        trace.Named("action.attempt").ShouldAllBe(a => a.ParentSpanId == trace.Named("handoff.decide")[0].SpanId);
        trace.Named("action.attempt").ShouldAllBe(a => (string?)a.GetTagItem("clientflow.outcome") == "confirmed");
    }

    [Fact]
    public async Task The_trace_goes_on_after_a_restart_before_the_delivery_was_read_and_after_one_before_the_write()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Trouble = new Failure(FailureKind.Unavailable, "the CRM is down");
        var request = await WinAsync(flow, "d1");
        await flow.SettleAsync();
        await flow.StopAsync();

        // The poll at the start would see the deal as well: here the delivery is quicker.
        flow.Crm.WhilePolling = () => flow.UntilAsync(() => spans.Any(s => s.OperationName == "handoff.decide"));
        flow.Projects.Trouble = new Failure(FailureKind.Unavailable, "the projects tool is down");
        flow.Crm.Trouble = null;
        await flow.StartAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(2));
        (await flow.HandoffAsync()).State.ShouldBe(HandoffState.Ready);
        await flow.StopAsync();

        flow.Projects.Trouble = null;
        await flow.StartAsync();
        await flow.PassAsync(TimeSpan.FromHours(2));

        var trace = Of(request);
        trace.Named("delivery.read")[^1].ParentSpanId.ShouldBe(trace.Named("delivery.accept").ShouldHaveSingleItem().SpanId);
        trace.Named("action.attempt").Select(Action).Distinct().ShouldBe(["project.create", "section.create", "task.create", "deal.link"]);
        trace.Named("action.attempt").ShouldAllBe(a => a.ParentSpanId == trace.Named("handoff.decide")[0].SpanId);
    }

    [Fact]
    public async Task A_call_in_doubt_is_looked_up_in_the_same_trace_by_the_next_life()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Next(Fault.AnswerLost);
        var request = await WinAsync(flow, "d1");
        await flow.SettleAsync();
        await flow.RestartAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        var trace = Of(request);
        trace.Named("action.attempt")[0].GetTagItem("clientflow.outcome").ShouldBe("uncertain");
        trace.Named("action.resolve").ShouldNotBeEmpty();
        trace.Named("action.resolve").Concat(trace.Named("action.attempt")).ShouldAllBe(a => a.ParentSpanId == trace.Named("handoff.decide")[0].SpanId);
    }

    [Fact]
    public async Task Deliveries_that_are_read_together_keep_their_own_traces()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Trouble = new Failure(FailureKind.Unavailable, "the CRM is down");
        var requests = new List<Activity>();
        for (var n = 1; n <= 3; n++) requests.Add(await WinAsync(flow, $"d{n}"));
        await flow.SettleAsync();
        flow.Crm.Trouble = null;
        await flow.PassAsync(TimeSpan.FromMinutes(2));

        flow.Crm.Reads.ShouldContain("deal d1,d2,d3");
        for (var n = 1; n <= 3; n++)
        {
            var (trace, handoff) = (Of(requests[n - 1]), await flow.HandoffAsync($"d{n}"));
            trace.Named("action.attempt").Count.ShouldBe(5);
            trace.Named("action.attempt").ShouldAllBe(a => (string?)a.GetTagItem("clientflow.handoff") == handoff.Id);
        }
    }

    [Fact]
    public async Task A_handoff_that_waits_stays_in_its_trace_and_the_delivery_that_ends_the_wait_points_at_it()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Require = [Rules.Path("deal.owner")] });
        var won = await WinAsync(flow, "d1");
        await flow.PassAsync(TimeSpan.FromHours(5));

        flow.Crm.Put(RecordKind.Deal, "d1", ("owner", "jane@northwind.example"));
        var filled = await DeliverAsync(flow, "d1");
        await flow.SettleAsync();

        Of(won).Named("action.attempt").Count.ShouldBe(5);
        Of(filled).Named("action.attempt").ShouldBeEmpty();
        Of(filled).Named("handoff.decide").ShouldHaveSingleItem().Links.ShouldHaveSingleItem().Context.TraceId.ShouldBe(won.TraceId);
    }

    [Fact]
    public async Task What_a_poll_finds_has_a_trace_of_its_own()
    {
        await using var flow = await Flow.StartAsync();
        flow.Win();
        await flow.PollAsync();
        await flow.SettleAsync();

        var poll = spans.Last(s => s.OperationName == "stream.poll" && (string?)s.GetTagItem("clientflow.stream") == "deals");
        poll.ParentSpanId.ShouldBe(default);
        Of(poll).Named("action.attempt").Count.ShouldBe(5);
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_is_stored()
    {
        listener.Dispose();
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync();
        await flow.SettleAsync();

        (await flow.HandoffAsync()).Trace.ShouldBeNull();
        spans.ShouldBeEmpty();
    }

    private Task<Activity> WinAsync(Flow flow, string deal)
    {
        flow.Win(deal);
        return DeliverAsync(flow, deal);
    }

    // As the worker's webhook route does.
    private async Task<Activity> DeliverAsync(Flow flow, string deal)
    {
        using var request = outside.StartActivity("webhook", ActivityKind.Server)!;
        await flow.DeliverAsync($"hint deal {deal}");
        return request;
    }

    private Trace Of(Activity request) => new([.. spans.Where(s => s.TraceId == request.TraceId).OrderBy(s => s.StartTimeUtc)]);

    private static string? Action(Activity span) => (string?)span.GetTagItem("clientflow.action");

    private sealed record Trace(IReadOnlyList<Activity> Spans)
    {
        public IReadOnlyList<Activity> Named(string name) => [.. Spans.Where(s => s.OperationName == name)];
    }
}

[CollectionDefinition("traces", DisableParallelization = true)]
public sealed class OneAtATime;
