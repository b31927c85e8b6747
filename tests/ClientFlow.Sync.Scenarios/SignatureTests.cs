using System.Net;
using System.Text;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.HubSpot;
using ClientFlow.Sync.Sandbox.Stripe;
using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

/// <summary>A business behind a proxy, and one genuine delivery of each vendor that came through it.</summary>
public sealed class ListeningBusiness : IAsyncLifetime
{
    private Flow? flow;
    private Relay? relay;

    internal Flow Flow => flow!;

    internal IReadOnlyList<Passed> Passed => relay!.Passed;

    public async ValueTask InitializeAsync()
    {
        // A long poll: whatever is known here came by webhook.
        flow = await Flow.PrepareAsync(new FlowOptions { Poll = "1h" });
        relay = await Relay.StartAsync(flow.Url);
        flow.PublicUrl = relay.Url;
        await flow.StartWorkerAsync();
        await flow.UntilAsync("Asana's subscription", () => flow.Sandbox.Asana.State()["webhooks"]!.AsArray().Count == 1);
        flow.Sandbox.Asana.World.CreateProject("Something to tell");
        flow.Sandbox.Stripe.AddInvoice(flow.Sandbox.Stripe.AddCustomer("Somebody", "somebody@client.example"), "gbp", [("Work", 100)], "open");
        flow.Office.NewDeal("Mallow Mills", "Delivered");
        foreach (var tool in (string[])["crm", "projects", "billing"])
            await flow.UntilAsync($"delivery to {tool}", () => Passed.Any(one => one.Path.StartsWith($"/webhooks/{tool}", StringComparison.Ordinal) && IsSigned(one)));
    }

    public async ValueTask DisposeAsync()
    {
        if (relay is not null) await relay.DisposeAsync();
        if (flow is not null) await flow.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal static bool IsSigned(Passed one) => SignatureHeader(one) is not null;

    internal static string? SignatureHeader(Passed one) =>
        ((string[])["X-HubSpot-Signature-v3", "X-Hook-Signature", "Stripe-Signature"]).FirstOrDefault(one.Headers.ContainsKey);
}

/// <summary>Only what a vendor signed, and signed just now, gets in.</summary>
public sealed class SignatureTests(ListeningBusiness business) : IClassFixture<ListeningBusiness>
{
    private Flow Flow => business.Flow;

    [Theory]
    [InlineData("crm")]
    [InlineData("projects")]
    [InlineData("billing")]
    public async Task A_genuine_delivery_is_taken_and_taken_again(string tool)
    {
        var genuine = Genuine(tool);

        genuine.Status.ShouldBe(200);
        (await SendAsync(genuine)).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("crm")]
    [InlineData("projects")]
    [InlineData("billing")]
    public async Task One_flipped_bit_is_refused(string tool)
    {
        var genuine = Genuine(tool);
        var body = genuine.Body.ToArray();
        body[body.Length / 2] ^= 1;

        (await SendAsync(genuine with { Body = body })).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("crm")]
    [InlineData("projects")]
    [InlineData("billing")]
    public async Task A_missing_signature_is_refused(string tool)
    {
        var genuine = Genuine(tool);
        var name = ListeningBusiness.SignatureHeader(genuine)!;

        (await SendAsync(genuine with { Headers = genuine.Headers.Where(h => h.Key != name).ToDictionary() })).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("crm")]
    [InlineData("projects")]
    [InlineData("billing")]
    public async Task A_signature_in_the_wrong_encoding_is_refused(string tool)
    {
        var genuine = Genuine(tool);
        var name = ListeningBusiness.SignatureHeader(genuine)!;
        var value = genuine.Headers[name];

        // The same bytes: hex where base64 belongs, base64 where hex belongs.
        var other = tool switch
        {
            "crm" => Convert.ToHexStringLower(Convert.FromBase64String(value)),
            "projects" => Convert.ToBase64String(Convert.FromHexString(value)),
            _ => $"{value[..value.IndexOf("v1=", StringComparison.Ordinal)]}v1={Convert.ToBase64String(Convert.FromHexString(value[(value.LastIndexOf("v1=", StringComparison.Ordinal) + 3)..]))}",
        };

        (await SendAsync(With(genuine, name, other))).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData(-301)]
    [InlineData(301)]
    public async Task A_stale_timestamp_is_refused_though_the_signature_is_right(int seconds)
    {
        var at = DateTimeOffset.UtcNow.AddSeconds(seconds + Math.Sign(seconds));
        var hubspot = Genuine("crm");
        var timestamp = at.ToUnixTimeMilliseconds().ToString();
        var address = new Uri(Flow.PublicUrl, "webhooks/crm").AbsoluteUri;
        var signature = HubSpotSignature.V3(SandboxOptions.HubSpotClientSecret, "POST", address, Encoding.UTF8.GetString(hubspot.Body), timestamp);
        (await SendAsync(With(With(hubspot, "X-HubSpot-Signature-v3", signature), "X-HubSpot-Request-Timestamp", timestamp))).ShouldBe(HttpStatusCode.Unauthorized);

        var stripe = Genuine("billing");
        (await SendAsync(With(stripe, StripeSignature.Header, StripeSignature.For(SandboxOptions.StripeWebhookSecret, at, stripe.Body)))).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_signed_delivery_that_nobody_can_read_is_kept_listed_and_read_again_on_request()
    {
        var garbage = "{ garbage"u8.ToArray();
        var stripe = Genuine("billing") with { Body = garbage };
        var signed = With(stripe, StripeSignature.Header, StripeSignature.For(SandboxOptions.StripeWebhookSecret, DateTimeOffset.UtcNow, garbage));
        (await SendAsync(signed)).ShouldBe(HttpStatusCode.OK);

        string? letter = null;
        for (var tries = 0; letter is null; tries++)
        {
            // It is read within moments; each look is a process of its own.
            tries.ShouldBeLessThan(20);
            var listed = await Flow.CommandAsync("replay");
            listed.ExitCode.ShouldBe(0, listed.All);
            letter = listed.Output.Split('\n').FirstOrDefault(line => line.StartsWith("delivery-", StringComparison.Ordinal))?.Split(' ')[0];
        }

        var replayed = await Flow.CommandAsync("replay", letter);
        replayed.ExitCode.ShouldBe(0, replayed.All);
        replayed.Output.ShouldContain($"{letter} is read again");
        (await Flow.CommandAsync("replay", "delivery-999999")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task Signed_afresh_the_same_is_taken()
    {
        // What the tests above change is refused for that change alone.
        var at = DateTimeOffset.UtcNow;
        var hubspot = Genuine("crm");
        var timestamp = at.ToUnixTimeMilliseconds().ToString();
        var signature = HubSpotSignature.V3(SandboxOptions.HubSpotClientSecret, "POST", new Uri(Flow.PublicUrl, "webhooks/crm").AbsoluteUri,
            Encoding.UTF8.GetString(hubspot.Body), timestamp);
        (await SendAsync(With(With(hubspot, "X-HubSpot-Signature-v3", signature), "X-HubSpot-Request-Timestamp", timestamp))).ShouldBe(HttpStatusCode.OK);

        var stripe = Genuine("billing");
        (await SendAsync(With(stripe, StripeSignature.Header, StripeSignature.For(SandboxOptions.StripeWebhookSecret, at, stripe.Body)))).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("crm")]
    [InlineData("projects")]
    [InlineData("billing")]
    public async Task More_than_a_mebibyte_is_refused(string tool)
    {
        (await SendAsync(Genuine(tool) with { Body = new byte[(1024 * 1024) + 1] })).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await SendAsync(Genuine(tool) with { Body = new byte[1024 * 1024] })).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_delivery_that_comes_again_is_read_once()
    {
        var deal = Flow.Office.NewDeal("Once Ltd", "Told twice", scope: null);
        await Flow.UntilAsync("read of the deal", () => ReadsOf(deal) > 0);
        await Flow.Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);
        var about = business.Passed.Where(one => Encoding.UTF8.GetString(one.Body).Contains(deal.Id, StringComparison.Ordinal)).ToList();
        var marker = Flow.Office.NewDeal("Before Ltd", "Marker one", scope: null);
        await Flow.UntilAsync("read of the marker", () => ReadsOf(marker) > 0);
        var reads = ReadsOf(deal);

        about.ShouldNotBeEmpty();
        foreach (var one in about) (await SendAsync(one)).ShouldBe(HttpStatusCode.OK);
        var next = Flow.Office.NewDeal("After Ltd", "Marker two", scope: null);
        await Flow.UntilAsync("read of what came later", () => ReadsOf(next) > 0);

        ReadsOf(deal).ShouldBe(reads);
    }

    [Fact]
    public async Task A_strangers_handshake_is_refused()
    {
        var genuine = Genuine("projects");
        var stranger = new Dictionary<string, string> { ["X-Hook-Secret"] = "a-secret-of-mine" };

        (await SendAsync(genuine with { Headers = stranger, Body = Encoding.UTF8.GetBytes("{}") })).ShouldBe(HttpStatusCode.Unauthorized);
        (await SendAsync(genuine with { Path = "/webhooks/projects/made-up", Headers = stranger, Body = Encoding.UTF8.GetBytes("{}") })).ShouldBe(HttpStatusCode.NotFound);
        (await SendAsync(genuine with { Path = "/webhooks/projects", Headers = stranger, Body = Encoding.UTF8.GetBytes("{}") })).ShouldBe(HttpStatusCode.NotFound);
        (await SendAsync(genuine)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Nobody_listens_for_tools_that_are_unknown_or_never_call()
    {
        (await SendAsync(Genuine("crm") with { Path = "/webhooks/nobody" })).ShouldBe(HttpStatusCode.NotFound);
        (await SendAsync(Genuine("crm") with { Path = "/webhooks/calendar" })).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Without_a_secret_the_route_is_closed()
    {
        await using var flow = await Flow.PrepareAsync(new FlowOptions { Secrets = false });
        flow.Launch();
        await flow.Worker.ReadyAsync();

        (await SendAsync(Genuine("crm"), flow)).ShouldBe(HttpStatusCode.NotFound);
        (await SendAsync(Genuine("billing"), flow)).ShouldBe(HttpStatusCode.NotFound);
    }

    // The newest, since HubSpot's and Stripe's grow stale.
    private Passed Genuine(string tool) =>
        business.Passed.Last(one => one.Path.StartsWith($"/webhooks/{tool}", StringComparison.Ordinal) && ListeningBusiness.IsSigned(one) && one.Status == 200);

    private static Passed With(Passed delivery, string header, string value) =>
        delivery with { Headers = new Dictionary<string, string>(delivery.Headers, StringComparer.OrdinalIgnoreCase) { [header] = value } };

    private int ReadsOf(Deal deal) => Flow.Sandbox.HubSpot.Requests.All.Count(request =>
        request.Path.EndsWith("/deals/batch/read", StringComparison.Ordinal) && request.Body.Contains(deal.Id, StringComparison.Ordinal));

    private async Task<HttpStatusCode> SendAsync(Passed delivery, Flow? to = null)
    {
        using var http = new HttpClient();
        using var request = Relay.Request((to ?? Flow).Url, delivery.Path, delivery.Headers, delivery.Body);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
