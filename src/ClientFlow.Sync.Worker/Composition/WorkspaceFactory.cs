using System.Collections.Concurrent;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;

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
        var tools = config.Tools.Select(tool => Open(config, tool, handlerOf(tool.Name))).ToList();
        return new Workspace(config, tools, store, clock);
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
}
