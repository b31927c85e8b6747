using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>What brought an observation; stored with each change.</summary>
public enum Source
{
    Webhook,
    Poll,
    FullList,
    Read,
    OwnWrite,
}

/// <summary>
/// Takes what a tool said into the mirror, finds the changes, and plans every engagement that they touch: one transaction, so
/// that nothing is known without having been acted upon.
/// </summary>
public sealed class Observer(Workspace workspace, PlanWriter plans)
{
    // Units of work stay short: webhooks wait behind them for their acknowledgement. Those of one page share a commit all the same.
    private const int MostRecordsAtOnce = 8;

    /// <summary>Whom the polls that list everything are held against.</summary>
    internal Rounds Rounds { get; } = new(workspace);

    /// <summary>Observes one page.</summary>
    /// <param name="also">What belongs into the same transaction: the cursor that moves with the rows it brought. Left to the caller where a record is unclear.</param>
    /// <returns>Records whose state is unclear and that have to be read directly.</returns>
    public Task<IReadOnlyList<RecordHint>> ObserveAsync(
        Tool tool, StreamPage page, Source source, Action<IUnitOfWork>? also, CancellationToken cancellationToken) =>
        ObserveAsync(tool, [.. page.Records.Select(r => (r, page.ReadBegan))], source, also, cancellationToken);

    /// <summary>Observes states that were read at moments of their own.</summary>
    /// <returns>Records whose state is unclear and that have to be read directly.</returns>
    public async Task<IReadOnlyList<RecordHint>> ObserveAsync(
        Tool tool, IReadOnlyList<(SourceRecord Record, DateTimeOffset ReadBegan)> states, Source source, Action<IUnitOfWork>? also,
        CancellationToken cancellationToken)
    {
        var chunks = states.Chunk(MostRecordsAtOnce).ToList();
        if (chunks.Count == 0)
        {
            if (also is not null) await WriteAsync(tool, [], source, also, cancellationToken);
            return [];
        }

        // They are written in this order. The last waits for the others: a cursor must not be durable before what it passes is.
        var before = await Task.WhenAll(chunks.SkipLast(1).Select(chunk => TryAsync(tool, chunk, source, null, cancellationToken)));
        List<RecordHint> again = [.. before.SelectMany(hints => hints)];
        again.AddRange(await TryAsync(tool, chunks[^1], source, again.Count == 0 ? also : null, cancellationToken));
        return again;
    }

    /// <summary>Takes one state into the mirror inside a transaction that is open already.</summary>
    /// <param name="written">When our own write of it was confirmed, UTC; null where it was only read.</param>
    /// <returns>The record when it changed; null when it didn't.</returns>
    public RecordRef? Take(
        IUnitOfWork unit, Tool tool, SourceRecord seen, DateTimeOffset readBegan, Source source, List<RecordHint>? again, DateTimeOffset? written = null)
    {
        if (!tool.Config.Mappings.TryGetValue(seen.Kind, out var mapping)) return null;
        var now = workspace.Clock.GetUtcNow();
        var reference = tool.Ref(seen.Kind, seen.Id);
        var row = unit.FindRecord(reference);
        if (seen.Gone && row is null)
        {
            // It went before it was ever seen. Lists and deliveries that are older than this must not bring it to life.
            unit.SaveRecord(new MirrorRow
            {
                Record = new Record { Ref = reference, Fields = Record.NoFields, Version = new RecordVersion(null, readBegan) },
                Gone = true, FirstSeen = now, ChangedAt = now,
            });
            return null;
        }

        if (seen.Gone) return Bury(unit, row, readBegan, now, tool);
        var direct = source is Source.Read or Source.OwnWrite;
        if (row is { Gone: true })
        {
            // What is deleted comes back only by a direct read that began later: lists and searches lag, and late news is old news.
            if (!direct) again?.Add(new RecordHint(seen.Kind, seen.Id));
            if (!direct || readBegan < row.Record.Version.ReadBegan) return null;
        }

        var (record, unmapped) = RecordMapper.Map(seen, mapping, tool.Config.Connector, tool.Account!, workspace.Config.Business, readBegan);
        switch (MirrorDiff.Judge(row?.Record, record, row?.LastWrite, direct))
        {
            case Arrival.Old:
                if (source is Source.FullList) unit.MarkSeen(reference, readBegan);
                return null;
            case Arrival.ReadAgain:
                if (source is Source.FullList) unit.MarkSeen(reference, readBegan);
                again?.Add(new RecordHint(seen.Kind, seen.Id));
                return null;
            case Arrival.Known when row is { Gone: false }:
                if (source is Source.FullList or Source.Read) unit.MarkSeen(reference, readBegan);
                return null;
            case Arrival.Known or Arrival.Take:
                break;
        }

        foreach (var (field, value) in unmapped)
            unit.CountUnmapped(tool.Name, seen.Kind, field, value, now);
        var change = MirrorDiff.Between(row?.Record, record);
        if (change is not null && source is not (Source.Poll or Source.FullList) && !record.Flag("archived")) Rounds.Came(tool, seen.Kind, seen.Id);
        unit.SaveRecord(new MirrorRow
        {
            Record = record, FirstSeen = row?.FirstSeen ?? now, ChangedAt = change is null ? row!.ChangedAt : now, LastWrite = written ?? row?.LastWrite,
        });
        if (change is null && row is { Gone: false }) return null;
        if (change is { First: false } && row is not null)
        {
            unit.AddChange(new ChangeRow(reference, change, now, Word(source)));
            unit.Write(Changed(tool, record, change, now) with { Client = EngagementReader.ClientOf(unit, record) });
        }

        return reference;
    }

    // One bad record never takes its neighbours back: where a chunk meets a bug its records are taken one by one, and the one that
    // meets it alone is told and left out. The daily list shows it again.
    private async Task<IReadOnlyList<RecordHint>> TryAsync(
        Tool tool, (SourceRecord Record, DateTimeOffset ReadBegan)[] states, Source source, Action<IUnitOfWork>? also, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteAsync(tool, states, source, also, cancellationToken);
        }
#pragma warning disable CA1031 // See above.
        catch (Exception e) when (e is not (StoreException or OperationCanceledException))
#pragma warning restore CA1031
        {
            var again = new List<RecordHint>();
            if (states is [var one])
            {
                await workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.Write(new JournalEntry
                {
                    At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Error, Event = "observing.record.tripped", Tool = tool.Name,
                    Record = tool.Ref(one.Record.Kind, one.Record.Id),
                    Message = $"{Names.Of(one.Record.Kind)} {one.Record.Id} of {tool.Name} can't be taken in: a bug of this program was met " +
                        $"({e.GetType().Name} in {e.TargetSite?.DeclaringType?.Name}.{e.TargetSite?.Name}). Please report it; the other records go on",
                }), cancellationToken);
            }
            else
            {
                foreach (var state in states) again.AddRange(await TryAsync(tool, [state], source, null, cancellationToken));
            }

            if (also is not null && again.Count == 0) await workspace.Store.WriteAsync(WritePriority.Bulk, also, cancellationToken);
            return again;
        }
    }

    private async Task<IReadOnlyList<RecordHint>> WriteAsync(
        Tool tool, (SourceRecord Record, DateTimeOffset ReadBegan)[] states, Source source, Action<IUnitOfWork>? also, CancellationToken cancellationToken)
    {
        var causes = EngineTrace.Capture();
        var (again, planned, changed) = await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
        {
            var unclear = new List<RecordHint>();
            var touched = new Dictionary<RecordRef, DateTimeOffset>();
            foreach (var (record, readBegan) in states)
                if (Take(unit, tool, record, readBegan, source, unclear) is { } changed) touched.TryAdd(changed, readBegan);

            // A cursor must not pass what is unclear: it moves when that was read.
            if (unclear.Count == 0) also?.Invoke(unit);
            var planned = Planned.Nothing;
            foreach (var (root, observedAt, by) in touched.SelectMany(t => EngagementReader.RootsOf(unit, t.Key).Select(r => (r, t.Value, t.Key))).DistinctBy(r => r.r).ToList())
                planned |= plans.Plan(unit, root, observedAt, causes.Of(by));
            return (unclear, planned, touched.Keys);
        }, cancellationToken);
        workspace.Wake(planned);
        foreach (var (record, _) in states) EngineMeter.Observed(tool, record.Kind);
        foreach (var record in changed) EngineMeter.Changed(tool, record.Kind);
        if (changed.Count > 0) tool.Health.Changed(workspace.Clock.GetUtcNow());
        return again;
    }

    // Gone is a fact: the tool said so, or a direct read found nothing.
    private static RecordRef? Bury(IUnitOfWork unit, MirrorRow? row, DateTimeOffset readBegan, DateTimeOffset now, Tool tool)
    {
        if (row is null or { Gone: true } || row.LastWrite is { } written && readBegan < written || readBegan < row.Record.Version.ReadBegan)
            return null;
        var record = row.Record with { Version = row.Record.Version with { ReadBegan = readBegan } };
        unit.SaveRecord(row with { Record = record, Gone = true, ChangedAt = now });
        unit.Write(new JournalEntry
        {
            At = now, Level = JournalLevel.Information, Event = "mirror.record.deleted", Tool = tool.Name, Record = row.Record.Ref,
            Message = $"{Named(row.Record)} was deleted in {tool.Name}", Client = EngagementReader.ClientOf(unit, row.Record),
        });
        return row.Record.Ref;
    }

    private static JournalEntry Changed(Tool tool, Record record, Change change, DateTimeOffset now) => new()
    {
        At = now,
        Level = JournalLevel.Information,
        Event = "mirror.record.changed",
        Tool = tool.Name,
        Record = record.Ref,
        Message = $"{Named(record)}: " + string.Join(", ", change.Fields.Take(4).Select(f =>
            $"{f.Field} {Short(f.Before)} → {Short(f.After)}")) + (change.Fields.Length > 4 ? $" and {change.Fields.Length - 4} more" : ""),
    };

    private static string Named(Record record) =>
        CultureInfo.InvariantCulture.TextInfo.ToTitleCase(Names.Of(record.Ref.Kind)) + " " +
        (record.Text("name") ?? record.Text("number") ?? record.Text("title") ?? record.Ref.Id);

    private static string Short(FieldValue? value) => value?.Show() switch
    {
        null => "(none)",
        { Length: > 60 } text => text[..57] + "...",
        var text => text,
    };

    private static string Word(Source source) => source switch
    {
        Source.Webhook => "webhook",
        Source.Poll => "poll",
        Source.FullList => "full list",
        Source.Read => "read",
        Source.OwnWrite => "own write",
    };
}
