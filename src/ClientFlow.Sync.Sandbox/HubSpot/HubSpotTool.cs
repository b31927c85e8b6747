using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.Pages;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>The simulated HubSpot.</summary>
public sealed class HubSpotTool(SandboxOptions options) : SimulatedTool("hubspot", options)
{
    public override JsonNode State() => new JsonObject();

    public override ToolPage Overview() => new("HubSpot", []);

    public override ToolPage? Detail(string kind, string id) => null;

    protected override void Map()
    {
    }

    protected override ApiAnswer? Admit(ApiCall call) => null;

    protected override ApiAnswer UnknownPath(ApiCall call) => new(404);

    protected override ApiAnswer UnknownParameter(ApiCall call, string parameter) => new(400);
}
