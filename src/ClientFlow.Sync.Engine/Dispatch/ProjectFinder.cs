using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Observing;

namespace ClientFlow.Sync.Engine.Dispatch;

/// <summary>
/// Knows the projects that nobody linked, as of a moment. Right before a create they are listed afresh; handoffs that became
/// ready together share one listing.
/// </summary>
public sealed class ProjectFinder(Workspace workspace, Streams streams) : IDisposable
{
    // As long as handoffs of one moment take to get their turn. What a person makes meanwhile is seen by the next.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim one = new(1);
    private readonly Dictionary<string, DateTimeOffset> listed = new(StringComparer.Ordinal);

    public void Dispose() => one.Dispose();

    /// <summary>The projects without a deal, read from the tool after <paramref name="since"/>; null when it could not be read.</summary>
    public async Task<IReadOnlyList<KnownRecord>?> UnlinkedAsync(Tool tool, DateTimeOffset since, CancellationToken cancellationToken)
    {
        if (tool.Manifest.Streams.FirstOrDefault(s => s.Kind == RecordKind.Project) is not { } stream) return [];
        await workspace.Heartbeats.BehindAsync(one.WaitAsync(cancellationToken));
        try
        {
            if (!listed.TryGetValue(tool.Name, out var at) || at <= since || workspace.Clock.GetUtcNow() - at > Fresh)
            {
                var began = workspace.Clock.GetUtcNow();
                if (!await streams.PollNowAsync(tool, stream, cancellationToken)) return null;
                listed[tool.Name] = began;
            }
        }
        finally
        {
            one.Release();
        }

        return await workspace.Store.ReadAsync(view => view.ProjectsWithoutDeal(tool.Config.Connector, tool.Account!)
            .Select(r => new KnownRecord(r.Record, r.Gone)).ToList(), cancellationToken);
    }
}
