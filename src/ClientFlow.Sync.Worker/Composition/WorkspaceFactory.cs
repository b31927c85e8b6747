using System.Collections.Concurrent;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.Health;

namespace ClientFlow.Sync.Worker.Composition;

/// <summary>Puts a workspace together: opens a connector for each tool of the mapping file.</summary>
public sealed class WorkspaceFactory(IReadOnlyList<IConnectorType> types, TimeProvider clock)
{
    /// <summary>The webhook subscriptions of each tool, by tool and our id: signatures are checked from memory.</summary>
    public ConcurrentDictionary<(string Tool, string Id), Subscription> Subscriptions { get; } = new();

    /// <summary>Opens the tools of a file.</summary>
    /// <param name="handlerOf">The innermost handler of a tool's calls; one for each, owned by the caller.</param>
    public Workspace Create(WorkspaceConfig config, IStore store, Func<string, HttpMessageHandler> handlerOf)
    {
        var heartbeats = new Heartbeats(clock);
        var tools = config.Tools.Select(tool => Open(config, tool, new Marked(heartbeats) { InnerHandler = handlerOf(tool.Name) })).ToList();
        return new Workspace(config, tools, store, clock, heartbeats);
    }

    private Tool Open(WorkspaceConfig config, ToolConfig tool, HttpMessageHandler handler)
    {
        var type = types.First(t => t.Manifest.Id == tool.Connector);
        var quota = new QuotaBudget(tool.Quota);
        var http = ToolHttp.Client(tool.BaseUrl, clock, handler, quota: quota);
        http.DefaultRequestHeaders.UserAgent.ParseAdd("ClientFlow.Sync/0.1");
        return new Tool(tool, type.Manifest, type.Open(new ToolContext
        {
            Tool = tool.Name,
            Settings = tool.Settings,
            Http = http,
            Clock = clock,
            Business = config.Business,
            Mappings = tool.Mappings,
            WebhookUrl = config.PublicUrl is { } url ? new Uri(url, $"webhooks/{Uri.EscapeDataString(tool.Name)}") : null,
            FindSubscription = id => Subscriptions.GetValueOrDefault((tool.Name, id)),
        }), quota);
    }

    // Each try of a call is a step of the loop that makes it.
    private sealed class Marked(Heartbeats heartbeats) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            heartbeats.Beat();
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            finally
            {
                heartbeats.Beat();
            }
        }
    }
}
