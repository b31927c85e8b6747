namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>
/// Which projects the last complete poll saw. A poll lists unarchived projects only, so one that was completed and archived, or
/// deleted, between two polls just stays away: it has to be asked for by itself. Forgotten when the process ends.
/// </summary>
internal sealed class AsanaRounds
{
    private readonly Lock gate = new();
    private HashSet<string> previous = [];
    private HashSet<string>? current;
    private string? awaited;

    /// <summary>Notes a page that was read whole.</summary>
    /// <param name="offset">Where the page began; null is a round's first page.</param>
    /// <param name="next">Where the next one begins; null after the last.</param>
    /// <returns>After a round's last page, who was there in the round before and is no more.</returns>
    public IReadOnlyList<string> Note(string? offset, string? next, IEnumerable<string> gids)
    {
        lock (gate)
        {
            // A page that goes on from where this process never was tells nothing about who is absent.
            if (offset is null) current = [];
            else if (offset != awaited) current = null;
            awaited = next;
            if (current is null) return [];
            current.UnionWith(gids);
            if (next is not null) return [];

            List<string> absent = [.. previous.Except(current)];
            (previous, current) = (current, null);
            return absent;
        }
    }
}
