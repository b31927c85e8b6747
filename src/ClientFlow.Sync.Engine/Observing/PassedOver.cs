using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Inbox;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>
/// Records that a tool didn't show and that their stream went on without: the polls ask for each again, ever more seldom, since access comes
/// back and passing trouble ends. They are stored before their stream goes on: one that may bill what ours would holds it back after a restart, too.
/// </summary>
public sealed class PassedOver(Workspace workspace)
{
    // More than so many are asked for by the hour only.
    private const int Most = 100;
    private const int MostAtOnce = 20;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    // As the store has them.
    private readonly ConcurrentDictionary<RecordRef, PassedOverRow> records = new();

    /// <summary>Takes up what an earlier life left.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        foreach (var row in await workspace.Store.ReadAsync(static view => view.PassedOver(), cancellationToken)) records[row.Record] = row;
    }

    /// <summary>Whether a record was not shown when it was asked for last.</summary>
    public bool Has(Tool tool, RecordHint hint) => records.ContainsKey(tool.Ref(hint.Kind, hint.Id));

    /// <summary>One of a kind that is not shown, and whether that may still pass by itself; null where there is none.</summary>
    public (RecordHint Hint, bool MayPass)? Any(Tool tool, RecordKind kind) =>
        Of(tool, kind).FirstOrDefault() is { } row ? (Hint(row), row.Tries < InboxReader.MostRefusals) : null;

    /// <summary>Some of those whose time has come.</summary>
    public IReadOnlyList<RecordHint> Due(Tool tool, RecordKind kind, DateTimeOffset now) =>
        [.. Of(tool, kind).Where(row => row.At <= now).Take(MostAtOnce).Select(Hint)];

    /// <summary>
    /// They were refused, which the journal is told when it is news: asked for again, ever more seldom, and by the hour once they were refused as often as
    /// makes a delivery ask a person.
    /// </summary>
    public async Task AddAsync(Tool tool, IReadOnlyCollection<(RecordHint Hint, Failure Failure)> refusals, CancellationToken cancellationToken)
    {
        var now = workspace.Clock.GetUtcNow();
        await SaveAsync([.. refusals.Select(r => Refused(tool, r.Hint, now))], unit =>
        {
            foreach (var (hint, why) in refusals.Where(r => records.GetValueOrDefault(tool.Ref(r.Hint.Kind, r.Hint.Id)) is null or { Tries: 0 }))
            {
                unit.Write(new JournalEntry
                {
                    At = now, Level = JournalLevel.Warning, Event = "observing.record.refused", Tool = tool.Name, Record = tool.Ref(hint.Kind, hint.Id),
                    Message = $"{Names.Of(hint.Kind)} {hint.Id} of {tool.Name} is not shown to us and passed over for now: {why.Message}",
                });
            }
        }, cancellationToken);
    }

    /// <summary>They could not be asked for yet: the next poll does.</summary>
    public Task AwaitAsync(Tool tool, IReadOnlyCollection<RecordHint> hints, CancellationToken cancellationToken)
    {
        var now = workspace.Clock.GetUtcNow();
        return SaveAsync(
            [.. hints.Where(h => !Has(tool, h)).Take(Math.Max(0, Most - records.Count)).Select(h => new PassedOverRow(tool.Ref(h.Kind, h.Id), 0, now))],
            static _ => { }, cancellationToken);
    }

    /// <summary>They were read.</summary>
    public async Task RemoveAsync(Tool tool, IEnumerable<RecordHint> hints, CancellationToken cancellationToken)
    {
        if (records.IsEmpty) return;
        var known = hints.Where(h => Has(tool, h)).Select(h => tool.Ref(h.Kind, h.Id)).ToList();
        if (known.Count == 0) return;
        await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
        {
            foreach (var record in known) unit.RemovePassedOver(record);
        }, cancellationToken);
        foreach (var record in known) records.TryRemove(record, out _);
    }

    /// <summary>A full list is complete: those that it didn't lack, and are not shown all the same, are none of ours.</summary>
    /// <param name="absent">Those that are known here and that it lacked.</param>
    public Task ListedAsync(Tool tool, RecordKind kind, IReadOnlyCollection<RecordHint> absent, CancellationToken cancellationToken) => RemoveAsync(
        tool, Of(tool, kind).Where(row => row.Tries == InboxReader.MostRefusals && !absent.Contains(Hint(row))).Select(Hint), cancellationToken);

    private IEnumerable<PassedOverRow> Of(Tool tool, RecordKind kind) => records.Values.Where(
        row => row.Record.Kind == kind && row.Record.Account == tool.Account && row.Record.Connector == tool.Config.Connector);

    private static RecordHint Hint(PassedOverRow row) => new(row.Record.Kind, row.Record.Id);

    private PassedOverRow Refused(Tool tool, RecordHint hint, DateTimeOffset now)
    {
        var record = tool.Ref(hint.Kind, hint.Id);
        var tries = records.TryGetValue(record, out var known) ? Math.Min(known.Tries + 1, InboxReader.MostRefusals) : 1;
        var pause = tries == InboxReader.MostRefusals || records.Count >= Most ? Hour : TimeSpan.FromMinutes(1) * Math.Pow(4, tries - 1);
        return new PassedOverRow(record, tries, now + pause);
    }

    private async Task SaveAsync(IReadOnlyCollection<PassedOverRow> rows, Action<IUnitOfWork> also, CancellationToken cancellationToken)
    {
        if (rows.Count == 0) return;
        await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
        {
            foreach (var row in rows) unit.SavePassedOver(row);
            also(unit);
        }, cancellationToken);
        foreach (var row in rows) records[row.Record] = row;
    }
}
