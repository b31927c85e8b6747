using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>Holds a full list against the mirror. What is missing from it is asked for by itself, unless it is so much that the list is rather to be doubted.</summary>
internal sealed class Comparison(Workspace workspace, RecordReader reader, PassedOver passed)
{
    private const int MostAbsent = 10_000;

    /// <summary>A list is complete: says what it found, and reads directly what it lacks.</summary>
    /// <param name="began">When the list began, UTC.</param>
    /// <param name="first">The stream was never read in full before.</param>
    public async Task MakeAsync(Tool tool, StreamManifest stream, DateTimeOffset began, bool first, CancellationToken cancellationToken)
    {
        var (missing, known, seen) = await workspace.Store.ReadAsync(view => (
            view.RecordsNotSeenSince(tool.Config.Connector, tool.Account!, stream.Kind, began, MostAbsent),
            view.CountRecords(tool.Config.Connector, tool.Account!, stream.Kind),
            view.CountSeenSince(tool.Config.Connector, tool.Account!, stream.Kind, began)), cancellationToken);
        var hints = missing.Select(m => new RecordHint(m.Kind, m.Id)).ToList();
        await passed.ListedAsync(tool, stream.Kind, hints, cancellationToken);

        // That some are not shown to us is known already: they say nothing of the others.
        var held = Absence.IsMuchOf(hints.Count(h => !passed.Has(tool, h)), known);
        var row = new ReconcileRow
        {
            Tool = tool.Name, Stream = stream.Name, Began = began, Ended = workspace.Clock.GetUtcNow(), Seen = seen.Seen, Known = known,
            Missing = seen.New, Differed = seen.Differed, Extra = missing.Count, Held = held,
        };
        await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
        {
            unit.SaveReconcile(row);
            unit.Write(new JournalEntry
            {
                At = row.Ended, Level = !first && row.Missing + row.Differed + row.Extra > 0 ? JournalLevel.Information : JournalLevel.Detail,
                Event = "observing.reconcile.compared", Tool = tool.Name,
                Message = first ? $"{stream.Name} of {tool.Name} were read in full: {row.Seen}"
                    : $"{stream.Name} of {tool.Name} were compared in full: {row.Seen} there, {row.Known} here; {row.Missing} were missing here, " +
                        $"{row.Differed} differed, {row.Extra} were absent there",
            });
        }, cancellationToken);
        if (missing.Count == 0) return;
        if (held)
        {
            await WriteAsync(new JournalEntry
            {
                At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Error, Event = "observing.reconcile.held", Tool = tool.Name,
                Message = $"{missing.Count} of {known} {stream.Name} in {tool.Name} were absent from its full list: nothing is taken for " +
                    "deleted before a person says so. Look whether the tool shows them; the next daily comparison asks again",
            }, cancellationToken);
            return;
        }

        if (await reader.ReadEachAsync(tool, hints, cancellationToken) is null) return;

        // Stopped by an outage: the polls after it ask for them, and not the comparison of another day.
        await passed.AwaitAsync(tool, hints, cancellationToken);
    }

    /// <summary>Asks for each record that a held comparison lacked.</summary>
    /// <returns>How many were asked for, how many of them are not shown to us, and why no more were asked for, where it was stopped.</returns>
    public async Task<(int Asked, int Refused, Failure? Stopped)> AskAsync(Tool tool, StreamManifest stream, CancellationToken cancellationToken)
    {
        // Another comparison may have been made meanwhile: its word is newer.
        if ((await workspace.Store.ReadAsync(view => view.Reconciles(), cancellationToken)).FirstOrDefault(r => r.Tool == tool.Name && r.Stream == stream.Name) is not { Held: true } held)
            return (0, 0, null);
        var absent = (await workspace.Store.ReadAsync(
            view => view.RecordsNotSeenSince(tool.Config.Connector, tool.Account!, stream.Kind, held.Began, MostAbsent), cancellationToken))
            .Select(r => new RecordHint(r.Kind, r.Id)).ToList();
        if (await reader.ReadEachAsync(tool, absent, cancellationToken) is { } stopped) return (0, 0, stopped);
        await workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.SaveReconcile(held with { Held = false }), cancellationToken);
        return (absent.Count, absent.Count(h => passed.Has(tool, h)), null);
    }

    private Task WriteAsync(JournalEntry entry, CancellationToken cancellationToken) =>
        workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.Write(entry), cancellationToken);
}
