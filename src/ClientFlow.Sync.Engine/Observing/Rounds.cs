using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>
/// Some tools tell no changes: a poll lists whatever is there and not archived, and who stays away was archived or deleted. Held
/// against the round before and whoever came since; the first one after a start, against the mirror, so that nothing that happened
/// between two lives is missed.
/// </summary>
internal sealed class Rounds(Workspace workspace)
{
    private const int AtOnce = 500;

    private readonly ConcurrentDictionary<(string Tool, RecordKind Kind), IReadOnlySet<string>> before = new();
    private readonly ConcurrentDictionary<(string Tool, RecordKind Kind), ConcurrentDictionary<string, bool>> newcomers = new();

    /// <summary>
    /// A record came by another way than a round: we made it, or a webhook brought it. No round lists it that is over already, and it
    /// may be gone before the next.
    /// </summary>
    public void Came(Tool tool, RecordKind kind, string id)
    {
        if (newcomers.TryGetValue((tool.Name, kind), out var came)) came[id] = false;
    }

    /// <summary>Who was there before and stayed away from this round.</summary>
    public async Task<Absence> AbsentAsync(Tool tool, StreamManifest stream, IReadOnlySet<string> whole, CancellationToken cancellationToken)
    {
        // Kept from here on, for tools that have rounds only, and before the mirror is read: nobody falls between the two.
        var came = newcomers.GetOrAdd((tool.Name, stream.Kind), static _ => new());
        if (!before.TryGetValue((tool.Name, stream.Kind), out var known)) known = await MirroredAsync(tool, stream, cancellationToken);
        // Who came while a round was under way is missing from it and there all the same, and a tool may be slow to show what was just made.
        var all = known.Union(came.Where(c => c.Value).Select(c => c.Key)).ToList();
        return new Absence([.. all.Where(id => !whole.Contains(id))], all.Count);
    }

    /// <summary>Whoever stayed away was seen to: the next round is held against this one.</summary>
    public void Accept(Tool tool, StreamManifest stream, IReadOnlySet<string> whole)
    {
        before[(tool.Name, stream.Kind)] = whole;
        if (!newcomers.TryGetValue((tool.Name, stream.Kind), out var came)) return;
        foreach (var (id, missed) in came)
        {
            if (missed || whole.Contains(id)) came.TryRemove(KeyValuePair.Create(id, missed));
            else came.TryUpdate(id, true, missed);
        }
    }

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
