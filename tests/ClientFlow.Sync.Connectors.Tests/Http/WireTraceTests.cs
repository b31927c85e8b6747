using System.Diagnostics;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Tests.Http;

/// <summary>Each call shows in the trace of what made it, and the vendor is told of none.</summary>
public sealed class WireTraceTests : IDisposable
{
    private readonly ActivitySource outside = new("what makes the call");
    private readonly List<Activity> spans = [];
    private readonly ActivityListener listener;

    public WireTraceTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == WireTrace.Name || source == outside,
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans) spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose()
    {
        listener.Dispose();
        outside.Dispose();
    }

    [Fact]
    public async Task A_call_is_a_span_of_its_own_and_carries_no_header_of_ours_to_the_vendor()
    {
        await using var vendor = await DeliveryListener.StartAsync(TestContext.Current.CancellationToken);
        using var transport = ToolHttp.Transport();
        using var http = ToolHttp.Client(vendor.Address, TimeProvider.System, transport);
        var wire = new WireClient(http, TimeProvider.System, "crm", new WireVendor("HubSpot"));

        using var attempt = outside.StartActivity("attempt")!.AddBaggage("client", "Fox Ltd");
        (await wire.SendAsync(new WireCall(HttpMethod.Post, "webhooks/crm/owner@northwind.example?token=secret") { Write = true }, TestContext.Current.CancellationToken)).Failure.ShouldBeNull();

        var headers = vendor.Deliveries.ShouldHaveSingleItem().Headers;
        foreach (var header in (string[])["traceparent", "tracestate", "baggage", "Request-Id", "Correlation-Context"]) headers.ContainsKey(header).ShouldBeFalse(header);
        var call = Ours(attempt).ShouldHaveSingleItem();
        call.ParentSpanId.ShouldBe(attempt.SpanId);
        call.Kind.ShouldBe(ActivityKind.Client);
        call.TagObjects.Select(t => $"{t.Key}={t.Value}").ShouldBe(["http.request.method=POST", "server.address=127.0.0.1", "http.response.status_code=200"]);
        call.DisplayName.ShouldBe("HTTP POST");
    }

    [Fact]
    public async Task Each_try_of_a_read_is_seen()
    {
        using var transport = new ScriptedTransport();
        transport.On("GET", "thing", System.Net.HttpStatusCode.ServiceUnavailable, "{}").On("GET", "thing", "{}");
        using var http = ToolHttp.Client(new Uri("https://vendor.example/"), TimeProvider.System, transport, new ToolHttpOptions { Dice = () => 0 });
        var wire = new WireClient(http, TimeProvider.System, "crm", new WireVendor("HubSpot"));

        using var read = outside.StartActivity("read")!;
        (await wire.SendAsync(WireCall.Get("thing"), TestContext.Current.CancellationToken)).Failure.ShouldBeNull();

        Ours(read).Select(s => (s.GetTagItem("http.response.status_code"), s.Status)).ShouldBe([(503, ActivityStatusCode.Error), (200, ActivityStatusCode.Unset)]);
    }

    private List<Activity> Ours(Activity of)
    {
        lock (spans) return [.. spans.Where(s => s.TraceId == of.TraceId && s != of)];
    }
}
