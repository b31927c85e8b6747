using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Asana;
using ClientFlow.Sync.Sandbox.Tests.Bench;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox.Tests.Asana;

/// <summary>A running sandbox with the small business, seen through Asana's API. Answers are checked when it ends.</summary>
public abstract class AsanaBench : IAsyncLifetime
{
    private protected HandClock Clock { get; } = new();

    private protected SandboxHost Sandbox { get; private set; } = null!;

    private protected ApiCaller Api { get; private set; } = null!;

    private protected AsanaBehaviour Behaviour => Sandbox.Asana.Behaviour;

    private protected AsanaWorld World => Sandbox.Asana.World;

    public async ValueTask InitializeAsync()
    {
        Sandbox = await SandboxHost.StartAsync(new SandboxOptions { Clock = Clock }, TestContext.Current.CancellationToken);
        Api = new ApiCaller("asana", Sandbox.Asana.BaseUrl, SandboxOptions.AsanaToken);
    }

    public async ValueTask DisposeAsync()
    {
        Api.Verify();
        Api.Dispose();
        await Sandbox.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected Task<ApiReply> WriteAsync(string method, string path, string data) => Api.SendAsync(method, path, $$"""{"data":{{data}}}""");

    private protected async Task<string> ProjectAsync(string name = "Acme – onboarding") =>
        (string)(await WriteAsync("POST", "/projects", $$"""{"name":"{{name}}","workspace":"1200","team":"{{SmallBusiness.TeamGid}}"}""")).ShouldBe(201)["data"]["gid"]!;

    private protected async Task<string> TaskAsync(string project, string name = "Kick-off") =>
        (string)(await WriteAsync("POST", "/tasks", $$"""{"name":"{{name}}","projects":["{{project}}"]}""")).ShouldBe(201)["data"]["gid"]!;

    private protected static List<string> Names(ApiReply answer) => [.. answer.ShouldBe(200)["data"].AsArray().Select(row => (string)row!["name"]!)];

    private protected static List<string> Fields(JsonNode node) => [.. node.AsObject().Select(pair => pair.Key)];
}
