using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>
/// Some tools tell no changes: a poll lists whatever is there and not archived, and who stays away was archived or deleted. Held
/// against the round before; the first one after a start, against the mirror, so that nothing that happened between two lives is missed.
/// </summary>
internal sealed class Rounds(Workspace workspace)
{
    private const int AtOnce = 500;

    private readonly ConcurrentDictionary<(string Tool, string Stream), IReadOnlySet<string>> before = new();

    /// <summary>Who was there before and stayed away from this round.</summary>
    public async Task<Absence> AbsentAsync(Tool tool, StreamManifest stream, IReadOnlySet<string> whole, CancellationToken cancellationToken)
    {
        if (!before.TryGetValue((tool.Name, stream.Name), out var known)) known = await MirroredAsync(tool, stream, cancellationToken);
        return new Absence([.. known.Where(id => !whole.Contains(id))], known.Count);
    }

    /// <summary>Whoever stayed away was seen to: the next round is held against this one.</summary>
    public void Accept(Tool tool, StreamManifest stream, IReadOnlySet<string> whole) => before[(tool.Name, stream.Name)] = whole;

    private async Task<IReadOnlySet<string>> MirroredAsync(Tool tool, StreamManifest stream, CancellationToken cancellationToken)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        RecordRef? after = null;
        while (true)
        {
            var from = after;
            var rows = await workspace.Store.ReadAsync(
                view => view.RecordsOfKind(tool.Config.Connector, tool.Account!, stream.Kind, from, AtOnce), cancellationToken);
            if (rows.Count == 0) return known;
            known.UnionWith(rows.Where(r => !r.Gone && !r.Record.Flag("archived")).Select(r => r.Record.Ref.Id));
            after = rows[^1].Record.Ref;
        }
    }
}

/// <summary>Who stayed away from a list, of how many that were known.</summary>
internal sealed record Absence(IReadOnlyList<string> Ids, int Known)
{
    private const int MostMissing = 10;
    private const double MostMissingShare = 0.05;

    /// <summary>More than this at once is more likely the tool's trouble than people's work.</summary>
    public bool IsMuch => IsMuchOf(Ids.Count, Known);

    /// <inheritdoc cref="IsMuch"/>
    public static bool IsMuchOf(int missing, int known) => missing > Math.Max(MostMissing, known * MostMissingShare);
}
