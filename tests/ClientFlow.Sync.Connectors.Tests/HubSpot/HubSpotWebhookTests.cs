using System.Security.Cryptography;
using System.Text;
using ClientFlow.Sync.Connectors.HubSpot;
using ClientFlow.Sync.Connectors.Tests.Http;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Testing;

namespace ClientFlow.Sync.Connectors.Tests.HubSpot;

public sealed class HubSpotWebhookTests
{
    private const string AppSecret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1564113600000);

    private readonly IReceives receives = Open(new Uri("https://www.example.com/webhooks/tool"));

    [Fact]
    public void The_published_vector_is_valid() =>
        receives.Verify(Delivery("""{"example_field":"example_value"}""", "eT0ip2TKVpsIi1vb5C2Uu42eNdHL+oTE3NRZOF67O2U="), At).ShouldBe(SignatureVerdict.Valid);

    [Theory]
    [InlineData(300, SignatureVerdict.Valid)]
    [InlineData(-300, SignatureVerdict.Valid)]
    [InlineData(301, SignatureVerdict.Stale)]
    [InlineData(-301, SignatureVerdict.Stale)]
    public void Five_minutes_either_way_are_the_window(int seconds, SignatureVerdict verdict) =>
        receives.Verify(Signed("[]"), At.AddSeconds(seconds)).ShouldBe(verdict);

    [Theory]
    [InlineData("eT0ip2TKVpsIi1vb5C2Uu42eNdHL+oTE3NRZOF67O2V=")]
    [InlineData("not base64 at all")]
    [InlineData("eT0ip2TKVpsIi1vb5C2Uu42eNdHL+oTE3NRZOF67O2U")]
    [InlineData(" eT0ip2TKVpsIi1vb5C2Uu42eNdHL+oTE3NRZOF67O2U=")]
    [InlineData("793d22a764ca569b088b5bdbe42d94bb8d9e35d1cbfa84c4dcd459385ebb3b65")]
    public void A_signature_that_is_wrong_or_no_signature_is_a_mismatch(string signature) =>
        receives.Verify(Delivery("""{"example_field":"example_value"}""", signature), At).ShouldBe(SignatureVerdict.Mismatch);

    [Theory]
    [InlineData("")]
    [InlineData("99999999999999999999999")]
    [InlineData("-1564113600000")]
    [InlineData("1564113600000.0")]
    public void A_time_that_cannot_be_read_is_no_proof(string timestamp)
    {
        var verdict = receives.Verify(Signed("[]", timestamp: timestamp), At);

        verdict.ShouldBe(timestamp.Length == 0 ? SignatureVerdict.Missing : SignatureVerdict.Mismatch);
    }

    [Fact]
    public void The_far_future_is_stale_and_no_crash() =>
        receives.Verify(Signed("[]", timestamp: "9223372036854775807"), At).ShouldBe(SignatureVerdict.Stale);

    [Fact]
    public void Older_signatures_alone_prove_nothing()
    {
        var delivery = Delivery("[]", null) with { Headers = new Dictionary<string, string> { ["X-HubSpot-Signature"] = "aa", ["X-HubSpot-Signature-Version"] = "v1" } };

        receives.Verify(delivery, At).ShouldBe(SignatureVerdict.Missing);
    }

    [Fact]
    public void Without_a_secret_the_route_is_closed() =>
        Open(new Uri("https://www.example.com/webhooks/tool"), secret: null).Verify(Signed("[]"), At).ShouldBe(SignatureVerdict.Closed);

    [Fact]
    public void Escapes_are_decoded_as_the_vendor_decodes_them()
    {
        // Signed as HubSpot signs: %2C and %21 decoded, %20 kept.
        var delivery = Signed("[]", pathAndQuery: "/webhook_uri?a=1%2C2%21&b=x%20y", signedAs: "https://www.example.com/webhook_uri?a=1,2!&b=x%20y");

        receives.Verify(delivery, At).ShouldBe(SignatureVerdict.Valid);
    }

    [Theory]
    [InlineData("https://www.example.com/webhooks/tool", "https://www.example.com/webhooks/northwind/tool")]
    [InlineData("https://www.example.com/flow/webhooks/tool", "https://www.example.com/flow/webhooks/northwind/tool")]
    public void A_webhook_to_a_workspaces_own_route_is_valid(string publicUrl, string signedAs)
    {
        var delivery = Signed("[]", pathAndQuery: "/webhooks/northwind/tool", signedAs: signedAs);

        Open(new Uri(publicUrl)).Verify(delivery, At).ShouldBe(SignatureVerdict.Valid);
        Open(new Uri(publicUrl)).Verify(delivery with { PathAndQuery = "/webhooks/tool" }, At).ShouldBe(SignatureVerdict.Mismatch);
    }

    [Fact]
    public void Without_a_public_address_the_requests_own_host_counts()
    {
        var delivery = Signed("[]", pathAndQuery: "/webhooks/crm", signedAs: "http://127.0.0.1:5000/webhooks/crm");

        Open(null).Verify(delivery, At).ShouldBe(SignatureVerdict.Valid);
        Open(null).Verify(delivery with { Body = "[1]"u8.ToArray() }, At).ShouldBe(SignatureVerdict.Mismatch);
    }

    [Fact]
    public void A_redelivery_is_the_same_delivery_whatever_its_attempt_and_order()
    {
        const string one = """{"subscriptionId":1,"portalId":2,"occurredAt":3,"subscriptionType":"deal.propertyChange","objectId":4,"propertyName":"dealstage","attemptNumber":0}""";
        const string two = """{"subscriptionId":1,"portalId":2,"occurredAt":3,"subscriptionType":"deal.propertyChange","objectId":5,"propertyName":"dealstage","attemptNumber":0}""";
        var first = receives.Identify(Delivery($"[{one},{two}]", null));

        receives.Identify(Delivery($"[{two},{one}]".Replace("\"attemptNumber\":0", "\"attemptNumber\":3"), null)).ShouldBe(first);
        receives.Identify(Delivery($"[{one}]", null)).ShouldNotBe(first);
    }

    [Fact]
    public void Events_of_another_account_are_refused_with_its_id()
    {
        var type = new HubSpotConnectorType();
        using var connector = new HubSpotConnector(Tool.Context(type, new HubSpotSettings(new Secret("pat-1"), new Secret(AppSecret), "62515"), new ScriptedTransport(), new ManualClock()));
        const string ours = """{"portalId":62515,"subscriptionType":"deal.creation","objectId":1}""";

        connector.Read(Delivery($"[{ours}]", null)).Hints.Count.ShouldBe(1);
        var strange = connector.Read(Delivery($"[{ours},{ours.Replace("62515", "777")}]", null));
        strange.Hints.ShouldBeEmpty();
        strange.Unreadable.ShouldNotBeNull().ShouldContain("HubSpot account 777, and tool is account 62515");
    }

    [Fact]
    public void Events_become_hints()
    {
        var reading = receives.Read(Delivery(
            """
            [
              {"subscriptionType":"deal.propertyChange","objectId":1,"propertyName":"dealstage","propertyValue":"closedwon"},
              {"subscriptionType":"deal.propertyChange","objectId":1,"propertyName":"amount","propertyValue":"5"},
              {"subscriptionType":"company.creation","objectId":"2"},
              {"subscriptionType":"contact.privacyDeletion","objectId":3},
              {"subscriptionType":"deal.associationChange","associationType":"DEAL_TO_COMPANY","fromObjectId":4,"toObjectId":40},
              {"subscriptionType":"contact.associationChange","associationType":"CONTACT_TO_DEAL","fromObjectId":50,"toObjectId":5},
              {"subscriptionType":"contact.associationChange","associationType":"CONTACT_TO_COMPANY","fromObjectId":51,"toObjectId":52},
              {"subscriptionType":"deal.merge","objectId":6,"primaryObjectId":6,"mergedObjectIds":[7,8]},
              {"subscriptionType":"object.propertyChange","objectTypeId":"0-3","objectId":9},
              {"subscriptionType":"object.propertyChange","objectTypeId":"2-77","objectId":10},
              {"subscriptionType":"conversation.creation","objectId":11},
              {"subscriptionType":"deal.deletion"},
              {}
            ]
            """, null));

        reading.Unreadable.ShouldBeNull();
        reading.Hints.ShouldBe(
        [
            new(RecordKind.Deal, "1"), new(RecordKind.Client, "2"), new(RecordKind.Contact, "3"), new(RecordKind.Deal, "4"),
            new(RecordKind.Deal, "5"), new(RecordKind.Deal, "6"), new(RecordKind.Deal, "7"), new(RecordKind.Deal, "8"), new(RecordKind.Deal, "9"),
        ]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[null]")]
    [InlineData("[1]")]
    [InlineData("\"x\"")]
    public void What_is_no_list_of_events_says_so(string body)
    {
        receives.Read(Delivery(body, null)).Unreadable.ShouldNotBeNull();
        receives.Identify(Delivery(body, null)).ShouldNotBeEmpty();
    }

    private static HubSpotConnector Open(Uri? publicUrl, string? secret = AppSecret) => new(Tool.Context(
        new HubSpotConnectorType(),
        new HubSpotSettings(new Secret("pat-1"), secret is null ? null : new Secret(secret), null),
        new ScriptedTransport(), new ManualClock(), webhookUrl: publicUrl));

    private static Delivery Signed(
        string body, string timestamp = "1564113600000", string pathAndQuery = "/webhook_uri", string signedAs = "https://www.example.com/webhook_uri")
    {
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(AppSecret), Encoding.UTF8.GetBytes("POST" + signedAs + body + timestamp));
        return Delivery(body, Convert.ToBase64String(mac), timestamp, pathAndQuery);
    }

    private static Delivery Delivery(string body, string? signature, string timestamp = "1564113600000", string pathAndQuery = "/webhook_uri")
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Host"] = "127.0.0.1:5000" };
        if (signature is not null)
        {
            headers["x-hubspot-signature-v3"] = signature;
            headers["x-hubspot-request-timestamp"] = timestamp;
        }

        return new Delivery
        {
            Tool = "crm", ReceivedAt = At, Method = "POST", PathAndQuery = pathAndQuery, Headers = headers, Body = Encoding.UTF8.GetBytes(body),
        };
    }
}
