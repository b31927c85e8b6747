using System.Text;
using ClientFlow.Sync.Connectors.Stripe;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Testing;

namespace ClientFlow.Sync.Connectors.Tests.Stripe;

public sealed class StripeWebhookTests
{
    private const string Body = """{"id":"evt_test","object":"event"}""";
    private const string Good = "8042376f6ca064adbe037642a718227dfd59047137eb49497a54c49eb0cfb724";
    private static readonly DateTimeOffset SignedAt = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Theory]
    [InlineData("t=1700000000,v1=" + Good, SignatureVerdict.Valid)]
    [InlineData("t=1700000000, v1=" + Good, SignatureVerdict.Valid)]
    [InlineData("t=1700000000,v1=00,v1=" + Good + ",v0=11", SignatureVerdict.Valid)]
    [InlineData("t=1700000001,v1=" + Good, SignatureVerdict.Mismatch)]
    [InlineData("t=1700000000,v0=" + Good, SignatureVerdict.Mismatch)]
    [InlineData("t=1700000000,v1=é", SignatureVerdict.Mismatch)]
    [InlineData("t=99999999999999999999,v1=" + Good, SignatureVerdict.Mismatch)]
    [InlineData("v1=" + Good, SignatureVerdict.Mismatch)]
    [InlineData("nonsense", SignatureVerdict.Mismatch)]
    [InlineData("", SignatureVerdict.Missing)]
    [InlineData(null, SignatureVerdict.Missing)]
    public void A_signature_is_checked_on_the_raw_body(string? header, SignatureVerdict verdict) =>
        Webhook().Verify(Delivery(Body, header), SignedAt).ShouldBe(verdict);

    [Theory]
    [InlineData(300, SignatureVerdict.Valid)]
    [InlineData(301, SignatureVerdict.Stale)]
    [InlineData(-60, SignatureVerdict.Valid)]
    [InlineData(-61, SignatureVerdict.Stale)]
    public void A_signature_is_good_for_five_minutes(int secondsLater, SignatureVerdict verdict) =>
        Webhook().Verify(Delivery(Body, $"t=1700000000,v1={Good}"), SignedAt.AddSeconds(secondsLater)).ShouldBe(verdict);

    [Fact]
    public void One_changed_byte_is_a_mismatch() =>
        Webhook().Verify(Delivery(Body + " ", $"t=1700000000,v1={Good}"), SignedAt).ShouldBe(SignatureVerdict.Mismatch);

    [Fact]
    public void Without_a_secret_the_route_is_closed() =>
        Webhook(secret: null).Verify(Delivery(Body, $"t=1700000000,v1={Good}"), SignedAt).ShouldBe(SignatureVerdict.Closed);

    [Theory]
    [InlineData("invoice.paid", "invoice", "in_1", RecordKind.Invoice)]
    [InlineData("invoice.deleted", "invoice", "in_1", RecordKind.Invoice)]
    [InlineData("invoice.overdue", "invoice", "in_1", RecordKind.Invoice)]
    [InlineData("customer.updated", "customer", "cus_1", RecordKind.Client)]
    public void An_event_is_word_that_its_object_changed(string type, string kind, string id, RecordKind expected) =>
        Webhook().Read(Delivery(Event(type, kind, id))).Hints.ShouldBe([new RecordHint(expected, id)]);

    [Theory]
    [InlineData("charge.succeeded", "charge")]
    [InlineData("customer.subscription.updated", "subscription")]
    [InlineData("invoice_payment.paid", "invoice_payment")]
    [InlineData("something.new", "thing")]
    public void An_event_of_another_kind_says_nothing(string type, string kind)
    {
        var reading = Webhook().Read(Delivery(Event(type, kind, "x_1")));

        reading.ShouldSatisfyAllConditions(r => r.Hints.ShouldBeEmpty(), r => r.Unreadable.ShouldBeNull());
    }

    [Fact]
    public void A_coming_invoice_has_no_id_yet_and_says_nothing() =>
        Webhook().Read(Delivery("""{"id":"evt_1","type":"invoice.upcoming","data":{"object":{"object":"invoice"}}}""")).Hints.ShouldBeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"data":7,"type":"invoice.paid"}""")]
    public void What_is_no_event_says_so_and_throws_nothing(string body) => Webhook().Read(Delivery(body)).Unreadable.ShouldNotBeNull();

    [Fact]
    public void An_event_keeps_its_identity_when_it_is_delivered_again()
    {
        Webhook().Identify(Delivery(Body)).ShouldBe("evt_test");
        Webhook().Identify(Delivery("broken")).ShouldBe(Webhook().Identify(Delivery("broken")));
    }

    private static string Event(string type, string kind, string id) =>
        $$$"""{"id":"evt_1","object":"event","type":"{{{type}}}","created":1700000000,"data":{"object":{"id":"{{{id}}}","object":"{{{kind}}}"} } }""";

    private static IReceives Webhook(string? secret = "whsec_test_secret")
    {
        var type = new StripeConnectorType();
        var settings = new StripeSettings(new Secret("sk_test_1"), secret is null ? null : new Secret(secret));
        return (IReceives)type.Open(Tool.Context(type, settings, new ScriptedTransport(), new ManualClock()));
    }

    private static Delivery Delivery(string body, string? signature = null) => new()
    {
        Tool = "billing",
        ReceivedAt = SignedAt,
        Method = "POST",
        PathAndQuery = "/webhooks/billing",
        Headers = signature is null
            ? new Dictionary<string, string>()
            : new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["stripe-signature"] = signature },
        Body = Encoding.UTF8.GetBytes(body),
    };
}
