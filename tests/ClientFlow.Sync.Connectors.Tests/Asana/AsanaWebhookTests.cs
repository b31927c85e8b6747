using System.Text;
using ClientFlow.Sync.Connectors.Asana;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Testing;

namespace ClientFlow.Sync.Connectors.Tests.Asana;

public sealed class AsanaWebhookTests
{
    private const string HookSecret = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81";
    private const string Signature = "10468027b67df18c739cc4794c6fc2d2806dcaaf2259fc3e1ed9d26433659853";

    private readonly ManualClock clock = new();
    private Subscription? subscription = new("s1", "w1", new Secret(HookSecret), new Uri("https://hooks.example/webhooks/projects/s1"), default);

    [Fact]
    public void The_known_vector_is_valid() => Verify(Delivery("""{"events":[]}""", Signature)).ShouldBe(SignatureVerdict.Valid);

    [Theory]
    [InlineData("10468027b67df18c739cc4794c6fc2d2806dcaaf2259fc3e1ed9d26433659854")]
    [InlineData("zz")]
    [InlineData("EEaAJ7Z98YxznMR5TG/C0oBtyqryJZ/D4e2dJkM2WYU=")]
    public void Anything_else_is_a_mismatch(string signature) => Verify(Delivery("""{"events":[]}""", signature)).ShouldBe(SignatureVerdict.Mismatch);

    [Fact]
    public void No_signature_is_missing() => Verify(Delivery("""{"events":[]}""", null)).ShouldBe(SignatureVerdict.Missing);

    [Fact]
    public void A_subscription_that_nobody_knows_is_closed()
    {
        subscription = null;

        Verify(Delivery("""{"events":[]}""", Signature)).ShouldBe(SignatureVerdict.Closed);
    }

    [Fact]
    public void A_handshake_is_taken_while_it_is_waited_for()
    {
        var handshake = Delivery("{}", null, ("X-Hook-Secret", "new"));
        Open().Handshake(handshake).ShouldBeNull();

        subscription = subscription! with { Secret = null };

        Open().Handshake(handshake)!.Reveal().ShouldBe("new");
        Open().Handshake(Delivery("{}", null)).ShouldBeNull();
        Open().Handshake(handshake with { Subscription = null }).ShouldBeNull();
    }

    [Fact]
    public void Events_become_hints_and_a_heartbeat_is_silent()
    {
        var reading = Open().Read(Delivery(
            """
            {"events":[
              {"action":"changed","resource":{"gid":"1","resource_type":"project"},"parent":null},
              {"action":"deleted","resource":{"gid":"2","resource_type":"project"}},
              {"action":"changed","resource":{"gid":"1","resource_type":"project"}},
              {"action":"added","resource":{"gid":"9","resource_type":"task"},"parent":{"gid":"3","resource_type":"project"}},
              {"action":"changed","resource":{"gid":"9","resource_type":"task"},"parent":null},
              {"action":"added","resource":{"gid":"8","resource_type":"story"},"parent":{"gid":"9","resource_type":"task"}},
              {}
            ]}
            """, null));

        reading.Hints.ShouldBe([new(RecordKind.Project, "1"), new(RecordKind.Project, "2"), new(RecordKind.Project, "3")]);
        Open().Read(Delivery("""{"events":[]}""", null)).ShouldSatisfyAllConditions(
            empty => empty.Hints.ShouldBeEmpty(), empty => empty.Unreadable.ShouldBeNull());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"events\":5}")]
    public void What_is_no_list_of_events_says_so(string body) => Open().Read(Delivery(body, null)).Unreadable.ShouldNotBeNull();

    [Fact]
    public async Task The_secret_of_a_known_subscription_is_replaced_only_while_we_ask_for_it()
    {
        var transport = new ScriptedTransport();
        var connector = Open(transport);
        Secret? taken = null;
        transport.On("GET", "webhooks?", """{"data":[{"gid":"7","target":"https://hooks.example/webhooks/projects/old"},{"gid":"8","target":"https://other.example/"}]}""")
            .On("POST", "webhooks", _ =>
            {
                taken = connector.Handshake(Delivery("{}", null, ("X-Hook-Secret", "new")));
                return Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.Created) { Content = new StringContent("""{"data":{"gid":"77"}}""") });
            })
            .On("DELETE", "webhooks/7", """{"data":{}}""");

        var made = await connector.SubscribeAsync(subscription!, CancellationToken.None);

        made.Value.ShouldBe("77");
        taken!.Reveal().ShouldBe("new");
        connector.Handshake(Delivery("{}", null, ("X-Hook-Secret", "evil"))).ShouldBeNull();
        transport.ShouldBeDone();
    }

    private SignatureVerdict Verify(Delivery delivery) => Open().Verify(delivery, clock.GetUtcNow());

    private AsanaConnector Open(ScriptedTransport? transport = null) => new(Tool.Context(
        new AsanaConnectorType(), new AsanaSettings(new Secret("token"), "1200", null), transport ?? new ScriptedTransport(), clock,
        webhookUrl: new Uri("https://hooks.example/webhooks/projects"), subscriptions: id => id == subscription?.Id ? subscription : null));

    private static Delivery Delivery(string body, string? signature, params (string Name, string Value)[] more)
    {
        var headers = more.ToDictionary(one => one.Name, one => one.Value, StringComparer.OrdinalIgnoreCase);
        if (signature is not null) headers["X-Hook-Signature"] = signature;
        return new Delivery
        {
            Tool = "projects", Subscription = "s1", ReceivedAt = default, Method = "POST", PathAndQuery = "/webhooks/projects/s1",
            Headers = headers, Body = Encoding.UTF8.GetBytes(body),
        };
    }
}
