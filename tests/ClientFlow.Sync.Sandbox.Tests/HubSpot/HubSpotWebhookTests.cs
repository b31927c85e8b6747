using System.Text;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.HubSpot;
using ClientFlow.Sync.Sandbox.Tests.Bench;

namespace ClientFlow.Sync.Sandbox.Tests.HubSpot;

public sealed class HubSpotWebhookTests : HubSpotBench
{
    private const string Secret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";

    // The vectors of the vendor's own client.
    [Fact]
    public void Signatures_match_the_vendors_vectors()
    {
        HubSpotSignature.V1(Secret, """[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]""")
            .ShouldBe("232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de");
        HubSpotSignature.V2(Secret, "GET", "https://www.example.com/webhook_uri", "").ShouldBe("eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e");
        HubSpotSignature.V2(Secret, "POST", "https://www.example.com/webhook_uri", """{"example_field":"example_value"}""")
            .ShouldBe("9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900");
        HubSpotSignature.V3(Secret, "POST", "https://www.example.com/webhook_uri", """{"example_field":"example_value"}""", "1564113600000")
            .ShouldBe("eT0ip2TKVpsIi1vb5C2Uu42eNdHL+oTE3NRZOF67O2U=");
    }

    [Fact]
    public async Task A_won_deal_is_told_to_the_target_with_a_signature()
    {
        await using var target = await WebhookReceiver.StartAsync();
        Sandbox.HubSpot.SetWebhookTarget(target.Url);

        Sandbox.HubSpot.World.WinDeal(Deal("Season campaign"));
        Received received = await target.NextAsync();

        string body = Encoding.UTF8.GetString(received.Body);
        JsonNode stage = JsonNode.Parse(body)!.AsArray().Single(one => (string?)one!["propertyName"] == "dealstage")!;
        stage["subscriptionType"]!.ToString().ShouldBe("deal.propertyChange");
        stage["propertyValue"]!.ToString().ShouldBe("closedwon");
        stage["objectId"]!.ToString().ShouldBe(Deal("Season campaign"));
        stage["portalId"]!.GetValue<int>().ShouldBe(62515);
        received.Headers["X-HubSpot-Signature-v3"].ShouldBe(HubSpotSignature.V3(
            SandboxOptions.HubSpotClientSecret, "POST", target.Url.AbsoluteUri, body, received.Headers["X-HubSpot-Request-Timestamp"]));
        received.Headers["X-HubSpot-Signature"].ShouldBe(HubSpotSignature.V1(SandboxOptions.HubSpotClientSecret, body));
        received.Headers["X-HubSpot-Request-Timestamp"].ShouldBe(Clock.GetUtcNow().ToUnixTimeMilliseconds().ToString());
    }

    [Fact]
    public async Task Writes_through_the_api_come_back_as_events_too()
    {
        await using var target = await WebhookReceiver.StartAsync();
        Sandbox.HubSpot.SetWebhookTarget(target.Url);

        string deal = await CreateAsync("deals", ("dealname", "New"));
        string company = await CreateAsync("companies", ("name", "New"));
        await Api.SendAsync("PUT", $"/crm/v4/objects/deals/{deal}/associations/default/companies/{company}");
        await Api.SendAsync("DELETE", $"/crm/v3/objects/deals/{deal}");
        await Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);

        var types = Sandbox.HubSpot.Webhooks.Sent.SelectMany(sent => JsonNode.Parse(sent.Body)!.AsArray()).Select(one => (string)one!["subscriptionType"]!).ToList();
        types.ShouldContain("deal.creation");
        types.ShouldContain("company.creation");
        types.ShouldContain("deal.associationChange");
        types.ShouldContain("deal.deletion");
    }

    [Fact]
    public async Task Subscriptions_are_managed_with_the_developers_key()
    {
        await using var target = await WebhookReceiver.StartAsync();
        string settings = $$$"""{"targetUrl":"{{{target.Url}}}","throttling":{"maxConcurrentRequests":10}}""";

        (await Api.SendAsync("PUT", "/webhooks/v3/54321/settings", settings)).ShouldBe(401);
        (await Api.SendAsync("PUT", "/webhooks/v3/54321/settings", settings, SandboxOptions.HubSpotDeveloperKey)).ShouldBe(200);
        (await Api.SendAsync("POST", "/webhooks/v3/54321/subscriptions", """{"eventType":"deal.propertyChange","propertyName":"amount","active":true}""",
            SandboxOptions.HubSpotDeveloperKey)).ShouldBe(201);
        Sandbox.HubSpot.World.Change("deals", Deal("Lookbook"), ("amount", "3000"), ("dealstage", "contractsent"));
        Received received = await target.NextAsync();

        JsonNode.Parse(received.Body)!.AsArray().Single()!["propertyName"]!.ToString().ShouldBe("amount");
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 3)]
    public async Task A_refused_delivery_is_repeated_only_when_switched_so(bool repeats, int attempts)
    {
        await using var target = await WebhookReceiver.StartAsync();
        target.Status = 400;
        Behaviour.RetriesRefusedWebhooks = repeats;
        Sandbox.HubSpot.Webhooks.Switches.RetryAfter = [TimeSpan.Zero, TimeSpan.Zero];
        Sandbox.HubSpot.SetWebhookTarget(target.Url);

        Sandbox.HubSpot.World.WinDeal(Deal("Season campaign"));
        await Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);

        Sandbox.HubSpot.Webhooks.Sent.Single().Attempts.ShouldBe(attempts);
    }

    [Fact]
    public async Task A_target_that_is_down_gets_further_attempts_with_their_number()
    {
        await using var target = await WebhookReceiver.StartAsync();
        target.Status = 500;
        Sandbox.HubSpot.Webhooks.Switches.RetryAfter = [TimeSpan.Zero];
        Sandbox.HubSpot.SetWebhookTarget(target.Url);

        Sandbox.HubSpot.World.WinDeal(Deal("Season campaign"));
        Received first = await target.NextAsync();
        Received second = await target.NextAsync();

        JsonNode.Parse(first.Body)![0]!["attemptNumber"]!.GetValue<int>().ShouldBe(0);
        JsonNode.Parse(second.Body)![0]!["attemptNumber"]!.GetValue<int>().ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Event_ids_repeat_when_switched_so(bool unique)
    {
        await using var target = await WebhookReceiver.StartAsync();
        Behaviour.UniqueEventIds = unique;
        Sandbox.HubSpot.SetWebhookTarget(target.Url);

        Sandbox.HubSpot.World.WinDeal(Deal("Season campaign"));
        var ids = JsonNode.Parse((await target.NextAsync()).Body)!.AsArray().Select(one => (long)one!["eventId"]!).ToList();

        (ids.Distinct().Count() == ids.Count).ShouldBe(unique);
    }

    [Fact]
    public async Task Deliveries_are_dropped_doubled_split_and_shuffled_on_demand()
    {
        await using var target = await WebhookReceiver.StartAsync();
        var sender = Sandbox.HubSpot.Webhooks;
        Sandbox.HubSpot.SetWebhookTarget(target.Url);

        sender.Switches.Drop = true;
        Sandbox.HubSpot.World.WinDeal(Deal("Season campaign"));
        sender.Switches.Drop = false;
        await Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);
        sender.Sent.ShouldBeEmpty();

        sender.Switches.Copies = 2;
        sender.Switches.Shuffle = true;
        sender.Pause();
        foreach (int amount in Enumerable.Range(1, 10))
            Sandbox.HubSpot.World.Change("deals", Deal("Lookbook"), ("amount", amount.ToString()));
        sender.Resume();
        await Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);

        var amounts = sender.Sent.Select(sent => int.Parse((string)JsonNode.Parse(sent.Body)![0]!["propertyValue"]!)).ToList();
        amounts.Count.ShouldBe(20);
        amounts.Order().ShouldBe(Enumerable.Range(1, 10).SelectMany(amount => new[] { amount, amount }));
        amounts.SequenceEqual(amounts.Order()).ShouldBeFalse();

        sender.Switches.Copies = 1;
        Behaviour.EventsPerWebhook = 1;
        int before = sender.Sent.Count;
        Sandbox.HubSpot.World.Change("deals", Deal("Lookbook"), ("amount", "77"), ("closed_won_reason", "none"));
        await Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);
        sender.Sent.Count.ShouldBe(before + 2);
    }
}
