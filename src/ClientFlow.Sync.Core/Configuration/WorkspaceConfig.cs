using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>One business's mapping file, bound and checked: nothing in it can fail later for being misspelled.</summary>
public sealed record WorkspaceConfig
{
    /// <summary>The workspace's name: every stored row carries it.</summary>
    public required string Workspace { get; init; }

    public required Business Business { get; init; }

    /// <summary>Where vendors can reach our webhook routes, ending with a slash; null: everything works by polling.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Who may open the pages from elsewhere; null: they answer to their own machine alone.</summary>
    public AccessConfig? Access { get; init; }

    public required IReadOnlyList<ToolConfig> Tools { get; init; }

    public required IReadOnlyList<HandoffRule> Rules { get; init; }

    /// <summary>A hash of the file's meaning-bearing text, kept with each decision. Holds no secret.</summary>
    public required string Hash { get; init; }

    /// <summary>A tool by its name; the loader has checked that rules name only tools that exist.</summary>
    public ToolConfig Tool(string name) => Tools.First(t => t.Name == name);
}

/// <summary>One account in one product.</summary>
public sealed record ToolConfig
{
    /// <summary>Its name in the file: <c>crm</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The product's id: <c>hubspot</c>.</summary>
    public required string Connector { get; init; }

    /// <summary>The product's own settings, as its connector bound them.</summary>
    public required object Settings { get; init; }

    /// <summary>The API's address, ending with a slash.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>How often its streams are polled; null: each stream's own pace.</summary>
    public TimeSpan? Poll { get; init; }

    /// <summary>The limits on calls to it; empty where nothing is limited.</summary>
    public IReadOnlyList<QuotaWindow> Quota { get; init; } = [];

    /// <summary>It is never written to.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>How each kind of its records becomes canonical.</summary>
    public required IReadOnlyDictionary<RecordKind, RecordMapping> Mappings { get; init; }
}
