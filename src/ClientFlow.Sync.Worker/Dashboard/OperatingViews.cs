using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.Health;
using ClientFlow.Sync.Worker.Configuration;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>One rule and how it fares.</summary>
public sealed record RuleCard(HandoffRule Rule, DateTimeOffset? ArmedAt, Pause? Pause, RuleReliability Reliability);

/// <summary>The rules' page.</summary>
public sealed record RulesView(IReadOnlyList<RuleCard> Rules, FileWords File)
{
    /// <summary>How far back reliability looks.</summary>
    public static readonly TimeSpan Back = TimeSpan.FromDays(30);

    /// <summary>What takes longer after its gate opened is late.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromMinutes(15);

    public static RulesView Read(IReadView view, Workspace workspace, MappingFile file, Show show)
    {
        var reliability = view.Reliability(show.Now - Back, show.Now, LateAfter).ToDictionary(r => r.Rule);
        var pauses = view.Pauses();
        return new RulesView(
        [
            .. workspace.Config.Rules.Select(rule => new RuleCard(rule,
                view.FindRule(rule.Identity) is { } state && state.ArmingHash == rule.ArmingHash ? state.ArmedAt : null,
                pauses.FirstOrDefault(p => p.Of == PauseOf.Rule && p.Name == rule.Identity),
                reliability.GetValueOrDefault(rule.Identity) ?? new RuleReliability(rule.Identity, 0, 0, 0, 0, 0))),
        ], file.Look(workspace.Config));
    }
}

/// <summary>What is said of the mapping file.</summary>
/// <param name="Lines">Its lines as they may be shown; secrets are starred.</param>
/// <param name="News">What differs from what is in force; null when nothing.</param>
/// <param name="Diagnostics">Why the file as it is now is refused; null when it isn't.</param>
public sealed record FileWords(string? Path, IReadOnlyList<string> Lines, string? News, string? Diagnostics);

/// <summary>The mapping file that is in force, and what stands in its place by now.</summary>
/// <param name="source">The text in force; null where none is known.</param>
/// <param name="reload">Loads the file as it is now; null where there is no file.</param>
public sealed class MappingFile(SourceText? source, Func<LoadResult>? reload)
{
    /// <summary>Holds the file as it is now against what is in force.</summary>
    public FileWords Look(WorkspaceConfig inForce)
    {
        if (source is null) return new FileWords(null, [], null, null);
        var lines = Enumerable.Range(1, source.Lines.Count).Select(n => SecretMask.InLine(source, n)).ToList();
        var now = reload?.Invoke();
        return new FileWords(System.IO.Path.GetFileName(source.Path), lines, now switch
        {
            null => null,
            { Config: null } => "The file on disk has mistakes, so it can't take the place of what is in force. What is below goes on.",
            { Config.Hash: var hash } when hash != inForce.Hash => "The file on disk has changed since the start. Restart the worker to put it in force.",
            _ => null,
        }, now is { Config: null } ? DiagnosticRenderer.Render(now.Diagnostics, now.Source) : null);
    }
}

/// <summary>One stream of a tool.</summary>
public sealed record StreamCard(StreamManifest Stream, StreamState State);

/// <summary>One tool and how it fares.</summary>
public sealed record ToolCard(
    Tool Tool, IReadOnlyList<StreamCard> Streams, HeldWork Work, Pause? Pause, IReadOnlyList<QuotaMeter> Meters, DateTimeOffset? LastDelivery, long Refused);

/// <summary>The tools' page.</summary>
public sealed record ToolsView(IReadOnlyList<ToolCard> Tools)
{
    public static ToolsView Read(IReadView view, Workspace workspace, Func<string, long> refused, Show show)
    {
        var pauses = view.Pauses();
        return new ToolsView(
        [
            .. workspace.Tools.Select(tool => new ToolCard(tool,
                [.. tool.Manifest.Streams.Select(s => new StreamCard(s, view.FindStream(tool.Name, s.Name)))],
                HeldWork.On(view, tool), pauses.FirstOrDefault(p => p.Of == PauseOf.Tool && p.Name == tool.Name), tool.Quota.Meters(show.Now),
                tool.Health.LastDelivery ?? (view.DeliveriesBetween(tool.Name, show.Now.AddDays(-30), show.Now, 1) is [var newest, ..] ? newest.Delivery.ReceivedAt : (DateTimeOffset?)null),
                refused(tool.Name))),
        ]);
    }
}
