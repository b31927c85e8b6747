using System.Net;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Health;
using ClientFlow.Sync.Testing;
using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Worker.Tests.Telemetry;

/// <summary>What machines ask of a worker.</summary>
public sealed class MachineRoutesTests
{
    [Fact]
    public async Task A_scrape_is_well_formed_and_says_how_things_stand()
    {
        await using var machine = await Machine.StartAsync();
        using var knock = new StringContent("[]");
        (await machine.Http.PostAsync(new Uri("/webhooks/crm", UriKind.Relative), knock, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        using var answer = await machine.Http.GetAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        var metrics = PrometheusReading.Of(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ToDictionary(m => m.Name);

        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        metrics["clientflow_ready"].Samples.ShouldHaveSingleItem().Value.ShouldBe(0, "no rule is armed: the tools refuse connections");
        metrics["clientflow_loops_stalled"].Samples.ShouldHaveSingleItem().Value.ShouldBe(0);
        metrics["clientflow_needs_you"].Samples.ShouldHaveSingleItem().Value.ShouldBe(0);
        metrics["clientflow_deliveries_refused_total"].Samples.ShouldContain(s => s.Labels["tool"] == "crm" && s.Labels["reason"] == "missing" && s.Value >= 1);
        metrics["clientflow_inbox_pending"].Samples.Select(s => (s.Labels["tool"], s.Value)).ShouldBe([("crm", 0), ("projects", 0)]);
        metrics["clientflow_dead_letters_total"].Samples.ShouldContain(s => s.Labels["tool"] == "crm" && s.Labels["what"] == "write", "a series is there before its first event");
        metrics["clientflow_lane_state"].Samples.Where(s => s.Labels["tool"] == "crm").Sum(s => s.Value).ShouldBe(1);
        metrics["clientflow_poll_lag_seconds"].Samples.ShouldContain(s => s.Labels["tool"] == "crm" && s.Labels["stream"] == "deals");
        metrics["clientflow_quota_left"].Samples.ShouldContain(s => s.Labels["tool"] == "crm" && s.Value > 0);
        metrics["clientflow_commit_duration_seconds"].Type.ShouldBe("histogram");
        metrics.ShouldContainKey("dotnet_process_memory_working_set_bytes");
    }

    [Fact]
    public async Task A_handoff_that_needs_a_person_raises_the_number_that_alerts_hang_on()
    {
        await using var machine = await Machine.StartAsync(new ManualClock());
        await machine.Worker.Engine.Workspace.Store.WriteAsync(WritePriority.Urgent, unit => unit.SaveHandoff(new Handoff
        {
            Key = new HandoffKey("won", new RecordRef("hubspot", "1", RecordKind.Deal, "7"), "once"), Engagement = new RecordRef("hubspot", "1", RecordKind.Deal, "7"),
            State = HandoffState.Dead, Reason = "the name is taken", PlannedAt = default, ObservedAt = default, ConfigHash = "config-1",
        }), TestContext.Current.CancellationToken);

        PrometheusReading.Of(await machine.ScrapeAsync()).Single(m => m.Name == "clientflow_needs_you").Samples.ShouldHaveSingleItem().Value.ShouldBe(1);
        (await machine.Http.GetStringAsync(new Uri("/needs-you", UriKind.Relative), TestContext.Current.CancellationToken)).ShouldContain("The name is taken");
        (await ReadyAsync(machine)).ShouldNotContain("the name is taken", Case.Insensitive, "a restart mends no refused write");
    }

    [Theory]
    [InlineData("Host", "clientflow.example")]
    [InlineData("X-Forwarded-For", "203.0.113.7")]
    [InlineData("Forwarded", "for=203.0.113.7")]
    public async Task Nobody_but_this_machine_is_shown_a_number(string header, string value)
    {
        await using var machine = await Machine.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/metrics", UriKind.Relative));
        request.Headers.Add(header, value);

        using var answer = await machine.Http.SendAsync(request, TestContext.Current.CancellationToken);

        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain("clientflow_");
    }

    [Fact]
    public async Task A_tool_that_never_answers_whose_it_is_makes_the_worker_unready_by_the_loops_name()
    {
        var (clock, hung) = (new ManualClock(), new HungType());
        await using var machine = await Machine.StartAsync(clock, [hung, .. ConnectorTypes.All.Where(t => t.Manifest.Id != "hubspot")]);
        await hung.Asked.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        (await ReadyAsync(machine)).ShouldNotContain("no progress");

        clock.Advance(Heartbeats.LongestStep + TimeSpan.FromSeconds(1));

        (await ReadyAsync(machine)).ShouldContain("the identity of crm loop has made no progress for 5 min: it hangs in one step, and no step takes so long. Restart the worker");
        PrometheusReading.Of(await machine.ScrapeAsync()).Single(m => m.Name == "clientflow_loops_stalled").Samples.Single().Value.ShouldBeGreaterThanOrEqualTo(1);
        (await machine.Http.GetAsync(new Uri("/health/live", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        hung.Release();
    }

    private static async Task<string> ReadyAsync(Machine machine)
    {
        using var answer = await machine.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    // HubSpot's manifest, with a connector that hears nothing: neither its caller's patience nor an answer.
    private sealed class HungType : IConnectorType
    {
        private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<Outcome<string>> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly IConnectorType real = ConnectorTypes.All.Single(t => t.Manifest.Id == "hubspot");

        public ConnectorManifest Manifest => real.Manifest;

        public Task Asked => asked.Task;

        public object? BindSettings(SectionReader section) => real.BindSettings(section);

        public IConnector Open(ToolContext context) => new Hung(this);

        public void Release() => answer.TrySetResult(new Failure(FailureKind.Unavailable, "it is down after all"));

        private sealed class Hung(HungType type) : IConnector
        {
            public Task<Outcome<string>> WhoAmIAsync(CancellationToken cancellationToken)
            {
                type.asked.TrySetResult();
                return type.answer.Task;
            }
        }
    }
}
