namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>Collects, page by page, which projects a poll saw. It lists unarchived projects only: who was archived or deleted just stays away.</summary>
internal sealed class AsanaRounds
{
    private readonly Lock gate = new();
    private HashSet<string>? current;
    private string? awaited;

    /// <summary>Notes a page that was read whole.</summary>
    /// <param name="offset">Where the page began; null is a round's first page.</param>
    /// <param name="next">Where the next one begins; null after the last.</param>
    /// <returns>After a round's last page, all that it saw; null before, and where this process missed a page of it.</returns>
    public IReadOnlySet<string>? Note(string? offset, string? next, IEnumerable<string> gids)
    {
        lock (gate)
        {
            // A page that goes on from where this process never was tells nothing about who is absent.
            if (offset is null) current = [];
            else if (offset != awaited) current = null;
            awaited = next;
            if (current is null) return null;
            current.UnionWith(gids);
            if (next is not null) return null;

            var whole = current;
            current = null;
            return whole;
        }
    }
}
