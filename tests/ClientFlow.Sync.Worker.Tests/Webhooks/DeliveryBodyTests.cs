using System.Net.Sockets;
using System.Reflection;
using System.Text;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Sandbox.HubSpot;
using ClientFlow.Sync.Testing;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Tests.Access;
using ClientFlow.Sync.Worker.Tests.Telemetry;
using ClientFlow.Sync.Worker.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientFlow.Sync.Worker.Tests.Webhooks;

/// <summary>What strangers send to a webhook's address, and that it keeps no vendor out.</summary>
public sealed class DeliveryBodyTests : IAsyncLifetime
{
    private readonly ManualClock clock = new();
    private readonly House house;
    private readonly List<Sender> senders = [];

    public DeliveryBodyTests() => house = new House { Clock = clock };

    public async ValueTask InitializeAsync() => await house.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var sender in senders) sender.Dispose();
        await house.DisposeAsync();
    }

    [Fact]
    public async Task Bodies_that_never_end_are_cut_off_and_a_vendor_is_answered_meanwhile()
    {
        var strangers = await StrangersAsync(10, "Content-Length: 60000", new byte[20_000]);

        (await DeliverAsync()).ShouldBe(200);

        await CutOffAsync(strangers);
        foreach (var stranger in strangers) (await stranger).ShouldBe(408);
        (await RefusalsAsync()).ShouldContain("a delivery to crm was refused: its body took longer than 10 s");
    }

    [Fact]
    public async Task Large_bodies_that_never_end_share_a_budget_and_a_vendor_is_answered_when_it_is_used_up()
    {
        var strangers = await StrangersAsync(20, $"Content-Length: {DeliveryBodies.Longest}", new byte[DeliveryBodies.Longest - 1]);
        (await await Task.WhenAny(strangers)).ShouldBe(503);

        (await DeliverAsync()).ShouldBe(200);

        await CutOffAsync(strangers);
        var answers = await Task.WhenAll(strangers);
        answers.Count(a => a == 408).ShouldBeGreaterThan(10, "the budget holds some");
        (await RefusalsAsync()).ShouldContain("a delivery to crm was refused: too many large ones were under way");

        // What they held is free again.
        (await DeliverAsync(size: 900_000)).ShouldBe(200);
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked", "this is no chunk\r\n", 400)]
    [InlineData("Content-Length: 2000000", "x", 413)]
    public async Task A_broken_request_is_refused_in_peace(string header, string body, int status)
    {
        var sender = await SendAsync(header, Encoding.ASCII.GetBytes(body));

        (await sender.AnswerAsync()).ShouldBe(status);

        (await RefusalsAsync()).ShouldHaveSingleItem().ShouldContain(status == 400 ? "its request was broken, or broken off" : "its body is larger than 1 MiB");
    }

    [Fact]
    public async Task A_delivery_is_counted_and_its_acknowledgement_measured()
    {
        var before = await ScrapeAsync();

        (await DeliverAsync()).ShouldBe(200);

        var after = await ScrapeAsync();
        foreach (var name in (string[])["clientflow_deliveries_accepted_total", "clientflow_ack_duration_seconds_count"])
            (after.GetValueOrDefault(name) - before.GetValueOrDefault(name)).ShouldBeGreaterThanOrEqualTo(1, name);
    }

    [Fact]
    public async Task A_refusal_is_answered_also_where_nothing_can_be_saved()
    {
        var store = DispatchProxy.Create<IStore, FullDisk>();
        var workspace = new Workspace(house.Worker.Engine.Workspace.Config, [], store, clock);

        await Should.NotThrowAsync(() => new RefusalCounter(workspace).CountAsync("crm", "its signature is wrong"));
    }

    [Fact]
    public async Task A_delivery_that_can_not_be_stored_is_left_with_its_vendor_who_sends_it_again()
    {
        var config = house.Worker.Engine.Workspace.Config;
        var workspace = new WorkspaceFactory(ConnectorTypes.All, clock).Create(config, DispatchProxy.Create<IStore, FullDisk>(), static _ => new SocketsHttpHandler());
        var routes = new WebhookRoutes(new EngineHost(workspace, NullLogger<EngineHost>.Instance), new DeliveryBodies(clock), null!, new RefusalCounter(workspace), clock);
        await using var app = WebApplication.CreateSlimBuilder().Build();
        app.Urls.Add("http://127.0.0.1:0");
        routes.Map(app);
        await app.StartAsync(TestContext.Current.CancellationToken);

        (await DeliverAsync(to: app.Urls.Single())).ShouldBe(503);
    }

    private async Task<Dictionary<string, double>> ScrapeAsync() => PrometheusReading.Of((await house.Here().GetAsync("/metrics")).Html)
        .SelectMany(m => m.Samples).Where(s => s.Labels.GetValueOrDefault("tool") == "crm" && s.Labels.GetValueOrDefault("repeated") != "yes" && !s.Labels.ContainsKey("le"))
        .GroupBy(s => s.Name).ToDictionary(g => g.Key, g => g.Sum(s => s.Value));

    // As HubSpot does it, in two parts.
    private async Task<int> DeliverAsync(int size = 0, string? to = null)
    {
        to ??= house.Worker.Urls[0];
        var body = $"[{{\"subscriptionType\":\"deal.creation\",\"objectId\":{Random.Shared.Next()},\"portalId\":1}}]{new string(' ', size)}";
        var at = $"{clock.GetUtcNow().ToUnixTimeMilliseconds()}";
        var signature = HubSpotSignature.V3(house.Secrets["TOKEN"], "POST", $"{to}/webhooks/crm", body, at);
        var sender = await SendAsync($"Content-Length: {body.Length}\r\nX-HubSpot-Signature-v3: {signature}\r\nX-HubSpot-Request-Timestamp: {at}", Encoding.ASCII.GetBytes(body), to);
        return await sender.AnswerAsync();
    }

    private async Task<List<Task<int>>> StrangersAsync(int count, string header, byte[] body)
    {
        var strangers = new List<Task<int>>();
        for (var i = 0; i < count; i++) strangers.Add((await SendAsync(header, body)).AnswerAsync());
        return strangers;
    }

    // Some may be about to be read: the clock goes on until the last is answered.
    private async Task CutOffAsync(IEnumerable<Task> strangers)
    {
        var all = Task.WhenAll(strangers);
        for (var i = 0; i < 200 && !all.IsCompleted; i++)
        {
            clock.Advance(DeliveryBodies.Deadline);
            await Task.WhenAny(all, Task.Delay(20));
        }
    }

    private async Task<List<string>> RefusalsAsync() =>
        [.. (await house.Worker.Engine.Workspace.Store.ReadAsync(static view => view.Journal(new JournalQuery()), TestContext.Current.CancellationToken))
            .Where(e => e.Event == "inbox.delivery.refused").Select(e => e.Message)];

    private async Task<Sender> SendAsync(string headers, byte[] body, string? to = null)
    {
        var url = new Uri(to ?? house.Worker.Urls[0]);
        var sender = new Sender(new TcpClient(url.Host, url.Port));
        senders.Add(sender);
        await sender.WriteAsync(Encoding.ASCII.GetBytes($"POST /webhooks/crm HTTP/1.1\r\nHost: {url.Authority}\r\n{headers}\r\n\r\n"));
        await sender.WriteAsync(body);
        return sender;
    }

    /// <summary>A connection, byte by byte.</summary>
    private sealed class Sender(TcpClient client) : IDisposable
    {
        public async Task WriteAsync(byte[] bytes)
        {
            try
            {
                await client.GetStream().WriteAsync(bytes, TestContext.Current.CancellationToken);
            }
            catch (IOException)
            {
                // It is refused already.
            }
        }

        /// <summary>The status that is answered.</summary>
        public async Task<int> AnswerAsync()
        {
            using var reader = new StreamReader(client.GetStream());
            var line = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            return int.Parse(line!.Split(' ')[1]);
        }

        public void Dispose() => client.Dispose();
    }

    /// <summary>A store that can save nothing.</summary>
    public class FullDisk : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new StoreException("the disk is full");
    }
}
