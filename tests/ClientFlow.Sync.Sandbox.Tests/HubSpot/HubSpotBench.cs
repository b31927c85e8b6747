using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.HubSpot;
using ClientFlow.Sync.Sandbox.Tests.Bench;

namespace ClientFlow.Sync.Sandbox.Tests.HubSpot;

/// <summary>A running sandbox with the small business, seen through HubSpot's API. Answers are checked when it ends.</summary>
public abstract class HubSpotBench : IAsyncLifetime
{
    private protected HandClock Clock { get; } = new();

    private protected SandboxHost Sandbox { get; private set; } = null!;

    private protected ApiCaller Api { get; private set; } = null!;

    private protected HubSpotBehaviour Behaviour => Sandbox.HubSpot.Behaviour;

    public async ValueTask InitializeAsync()
    {
        Sandbox = await SandboxHost.StartAsync(new SandboxOptions { Clock = Clock }, TestContext.Current.CancellationToken);
        // The client package leaves out what every error carries, and what a 429 does.
        Api = new ApiCaller("hubspot", Sandbox.HubSpot.BaseUrl, SandboxOptions.HubSpotToken, "answer.status", "answer.errorType", "answer.policyName");
    }

    public async ValueTask DisposeAsync()
    {
        Api.Verify();
        Api.Dispose();
        await Sandbox.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task<string> CreateAsync(string type, params (string Name, string Value)[] properties)
    {
        var body = new JsonObject { ["properties"] = new JsonObject(properties.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Name, pair.Value))) };
        return (string)(await Api.PostAsync($"/crm/v3/objects/{type}", body.ToJsonString())).ShouldBe(201)["id"]!;
    }

    private protected string Deal(string name) => Sandbox.HubSpot.World.DealNamed(name)!;
}
