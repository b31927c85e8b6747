using System.Text.Json;
using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

/// <summary>What the worker tells machines: a collector, a Prometheus, whoever reads its console.</summary>
[Trait("Takes", "long")]
public sealed class MachinesTests
{
    [Fact]
    public async Task A_collector_hears_traces_metrics_and_logs_and_no_secret_and_no_vendor_hears_of_a_trace()
    {
        await using var collector = await Collector.StartAsync();
        await using var flow = await Flow.PrepareAsync();
        Send(flow, collector.Url);
        flow.Environment["OTEL_SERVICE_NAME"] = "clientflow-of-northwind";
        flow.Environment["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=Bearer-of-the-collector";
        await flow.StartWorkerAsync();
        var deal = flow.Office.NewDeal("Marigold Films", "Trailer");
        flow.Office.Win(deal);
        await flow.UntilAsync("linked project", () => flow.Office.LinkedProjectOf(deal));

        await flow.UntilAsync("spans of the write to the deal", () => collector.At("/v1/traces") is var traces &&
            traces.Contains("action.attempt", StringComparison.Ordinal) && traces.Contains("deal.link", StringComparison.Ordinal) && traces.Contains("webhook", StringComparison.Ordinal));
        await flow.UntilAsync("metrics of it", () => collector.At("/v1/metrics") is var metrics &&
            metrics.Contains("clientflow.attempts", StringComparison.Ordinal) && metrics.Contains("clientflow.outbox.waiting", StringComparison.Ordinal) && metrics.Contains("clientflow.commit.duration", StringComparison.Ordinal));
        await flow.UntilAsync("logs", () => collector.At("/v1/logs").Contains("every rule of the file", StringComparison.Ordinal));

        collector.Posts.Select(p => p.Path).Distinct().ShouldBe(["/v1/traces", "/v1/metrics", "/v1/logs"], ignoreOrder: true);
        foreach (var path in (string[])["/v1/traces", "/v1/metrics", "/v1/logs"]) collector.At(path).ShouldContain("clientflow-of-northwind");
        foreach (var secret in flow.Secrets.Values.Append("Bearer-of-the-collector"))
            foreach (var (_, body) in collector.Posts) body.ShouldNotContain(secret);
        collector.At("/v1/metrics").ShouldNotContain("Marigold");
        flow.Sandbox.Tools.SelectMany(t => t.Requests.All).ShouldAllBe(r => !r.Headers.Keys.Any(name =>
            name.Equals("traceparent", StringComparison.OrdinalIgnoreCase) || name.Equals("baggage", StringComparison.OrdinalIgnoreCase)));
        flow.ShouldHaveFollowedTheSpecs();
    }

    [Fact]
    public async Task A_collector_that_is_not_there_disturbs_neither_the_work_nor_the_end()
    {
        await using var flow = await Flow.PrepareAsync();
        Send(flow, "http://127.0.0.1:9");
        await flow.StartWorkerAsync();
        var deal = flow.Office.NewDeal("Nettle Tea", "Label");

        flow.Office.Win(deal);

        await flow.UntilAsync("linked project", () => flow.Office.LinkedProjectOf(deal));
        await flow.UntilAsync("word of it", () => flow.Worker.Output.Contains("the collector that the OTEL variables name can't be reached", StringComparison.Ordinal));
        (await flow.Worker.ReadinessAsync()).Ready.ShouldBeTrue();
        (await flow.Worker.StopAsync()).ShouldBeLessThan(TimeSpan.FromSeconds(25));
        flow.Worker.Output.ShouldNotContain("Exception");
    }

    [Fact]
    public async Task An_address_that_is_none_is_told_at_the_start()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.WriteFile();
        flow.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector:4317";

        var ended = await flow.CommandAsync("run");

        ended.ExitCode.ShouldBe(2);
        ended.Errors.ShouldStartWith("OTEL_EXPORTER_OTLP_ENDPOINT: `collector:4317` is not an address of a collector: write it as http://127.0.0.1:4317");
    }

    [Fact]
    public async Task A_worker_that_sends_nothing_loads_nothing_for_it_and_its_metrics_name_no_client()
    {
        await using var flow = await Flow.StartAsync();
        var deal = flow.Office.NewDeal("Oleander Press", "Catalogue");
        flow.Office.Win(deal);
        await flow.UntilAsync("linked project", () => flow.Office.LinkedProjectOf(deal));

        var metrics = await flow.Worker.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);

        metrics.ShouldContain("clientflow_handoffs_total{rule=\"won-deal-to-project\",state=\"done\"} 1\n");
        metrics.ShouldContain("clientflow_ready 1\n");
        foreach (var name in (string[])["Oleander", "Catalogue", deal.Email, deal.Id, .. flow.Secrets.Values]) metrics.ShouldNotContain(name);
        if (!OperatingSystem.IsLinux()) return;
        (await File.ReadAllTextAsync($"/proc/{flow.Worker.Id}/maps", TestContext.Current.CancellationToken)).ShouldNotContain("OpenTelemetry");
    }

    [Fact]
    public async Task The_console_speaks_json_with_its_scopes_where_it_is_told_to()
    {
        await using var flow = await Flow.PrepareAsync();
        flow.Environment["Logging__Console__FormatterName"] = "json";
        flow.Environment["Logging__LogLevel__Default"] = "Debug";
        await flow.StartWorkerAsync();
        var deal = flow.Office.NewDeal("Poppy Seeds", "Sachets");
        flow.Office.Win(deal);
        await flow.UntilAsync("linked project", () => flow.Office.LinkedProjectOf(deal));
        await flow.UntilAsync("line of the last write", () => flow.Worker.Lines.Any(l => l.Contains("was sent deal.link", StringComparison.Ordinal)));

        var lines = flow.Worker.Lines.Select(l => JsonDocument.Parse(l).RootElement).ToList();

        lines.ShouldAllBe(l => l.GetProperty("Timestamp").GetDateTimeOffset() != default);
        lines.ShouldContain(l => l.GetProperty("EventId").GetInt32() == 4000);
        foreach (var (id, scopes) in ((int, string[])[])[(1001, ["Workspace=default", "Tool=crm", "Delivery="]), (1108, ["Workspace=default", "Tool=projects", "Handoff="])])
            foreach (var scope in scopes) lines.Where(l => l.GetProperty("EventId").GetInt32() == id).Select(Scopes).ShouldContain(carried => carried.Contains(scope));
        foreach (var secret in flow.Secrets.Values) flow.Worker.Output.ShouldNotContain(secret);
    }

    private static string Scopes(JsonElement line) => string.Join(' ', line.GetProperty("Scopes").EnumerateArray()
        .Where(s => s.ValueKind == JsonValueKind.Object).SelectMany(s => s.EnumerateObject()).Select(p => $"{p.Name}={p.Value}"));

    private static void Send(Flow flow, string collector)
    {
        flow.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector;
        flow.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        flow.Environment["OTEL_METRIC_EXPORT_INTERVAL"] = "500";
        flow.Environment["OTEL_BSP_SCHEDULE_DELAY"] = "200";
        flow.Environment["OTEL_BLRP_SCHEDULE_DELAY"] = "200";
    }
}
