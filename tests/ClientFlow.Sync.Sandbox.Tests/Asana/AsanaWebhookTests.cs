using System.Text;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.Tests.Bench;

namespace ClientFlow.Sync.Sandbox.Tests.Asana;

public sealed class AsanaWebhookTests : AsanaBench
{
    [Fact]
    public void Signatures_match_the_vector()
    {
        SignatureMaker.HmacSha256Hex("b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81", """{"events":[]}""")
            .ShouldBe("10468027b67df18c739cc4794c6fc2d2806dcaaf2259fc3e1ed9d26433659853");
    }

    [Fact]
    public async Task A_webhook_shakes_hands_and_then_tells_what_happened()
    {
        await using var target = await WebhookReceiver.StartAsync();
        string project = await ProjectAsync();

        var made = (await WriteAsync("POST", "/webhooks", $$"""{"resource":"{{project}}","target":"{{target.Url}}"}""")).ShouldBe(201);
        Received handshake = await target.NextAsync();
        World.CompleteProject(project);
        Received delivery = await target.NextAsync();

        string secret = made["X-Hook-Secret"].ToString();
        handshake.Headers["X-Hook-Secret"].ShouldBe(secret);
        string body = Encoding.UTF8.GetString(delivery.Body);
        delivery.Headers["X-Hook-Signature"].ShouldBe(SignatureMaker.HmacSha256Hex(secret, body));
        JsonNode.Parse(body)!["events"]!.AsArray().Select(one => (string?)one!["change"]?["field"]).ShouldContain("completed");
        await Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);
        (await Api.GetAsync("/webhooks?workspace=1200")).ShouldBe(200)["data"][0]!["last_success_at"].ShouldNotBeNull();
    }

    [Fact]
    public async Task A_target_that_does_not_echo_the_secret_gets_no_webhook()
    {
        await using var target = await WebhookReceiver.StartAsync();
        target.EchoesHookSecret = false;

        (await WriteAsync("POST", "/webhooks", $$"""{"resource":"{{await ProjectAsync()}}","target":"{{target.Url}}"}""")).ShouldBe(400)["errors"][0]!["message"]!.ToString()
            .ShouldContain("handshake");
    }

    [Theory]
    [InlineData(true, 403)]
    [InlineData(false, 201)]
    public async Task A_local_target_is_refused_when_switched_so(bool refuses, int expected)
    {
        await using var target = await WebhookReceiver.StartAsync();
        Behaviour.RefusesLocalTargets = refuses;

        (await WriteAsync("POST", "/webhooks", $$"""{"resource":"{{await ProjectAsync()}}","target":"{{target.Url}}"}""")).ShouldBe(expected);
    }

    [Fact]
    public async Task A_workspace_is_watched_with_filters_and_without_fields()
    {
        await using var target = await WebhookReceiver.StartAsync();
        Task<ApiReply> WatchAsync(string filters) => WriteAsync("POST", "/webhooks", $$"""{"resource":"1200","target":"{{target.Url}}"{{filters}}}""");

        (await WatchAsync("")).ShouldBe(400);
        (await WatchAsync(""","filters":[{"resource_type":"project","action":"changed","fields":["completed"]}]""")).ShouldBe(400);
        (await WatchAsync(""","filters":[{"resource_type":"project","action":"added"}]""")).ShouldBe(201);
        (await WatchAsync(""","filters":[{"resource_type":"project","action":"added"}]""")).ShouldBe(403);
        await target.NextAsync();
        string project = await ProjectAsync();
        World.CreateTask(project, "Not told");

        JsonNode.Parse((await target.NextAsync()).Body)!["events"]!.AsArray().Single()!["resource"]!["gid"]!.ToString().ShouldBe(project);
        await Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);
        Sandbox.Asana.Webhooks.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_heartbeat_is_empty_and_signed()
    {
        await using var target = await WebhookReceiver.StartAsync();
        string secret = (await WriteAsync("POST", "/webhooks", $$"""{"resource":"{{await ProjectAsync()}}","target":"{{target.Url}}"}""")).ShouldBe(201)["X-Hook-Secret"].ToString();
        await target.NextAsync();

        Sandbox.Asana.Heartbeat();

        Received beat = await target.NextAsync();
        Encoding.UTF8.GetString(beat.Body).ShouldBe("""{"events":[]}""");
        beat.Headers["X-Hook-Signature"].ShouldBe(SignatureMaker.HmacSha256Hex(secret, """{"events":[]}"""));
    }

    [Theory]
    [InlineData(true, 404)]
    [InlineData(false, 200)]
    public async Task A_webhook_whose_target_stays_down_is_deleted_when_switched_so(bool deletes, int expected)
    {
        await using var target = await WebhookReceiver.StartAsync();
        Behaviour.DeletesFailedWebhooks = deletes;
        Sandbox.Asana.Webhooks.Switches.RetryAfter = [TimeSpan.Zero];
        string project = await ProjectAsync();
        string gid = (string)(await WriteAsync("POST", "/webhooks", $$"""{"resource":"{{project}}","target":"{{target.Url}}"}""")).ShouldBe(201)["data"]["gid"]!;
        target.Status = 503;

        World.CompleteProject(project);
        await Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);

        (await Api.GetAsync($"/webhooks/{gid}")).ShouldBe(expected);
    }
}
