using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Health;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>Reads single records when something hints at them: a webhook, a poll that tells no more than which, a look.</summary>
public sealed class RecordReader(Workspace workspace, Observer observer, ToolDoctor doctor, PassedOver passed)
{
    // How many records are read together of a tool whose budget did not last for more.
    private readonly ConcurrentDictionary<string, int> pieces = new(StringComparer.Ordinal);

    /// <summary>Reads records directly and observes them.</summary>
    /// <param name="also">What belongs into the transaction of the last batch.</param>
    /// <returns>The failure that stopped it, or null.</returns>
    public Task<Failure?> ReadAsync(
        Tool tool, IEnumerable<RecordHint> hints, Source source, Action<IUnitOfWork>? also, CancellationToken cancellationToken) =>
        ReadAsync(tool, hints, source, also, null, cancellationToken);

    private async Task<Failure?> ReadAsync(
        Tool tool, IEnumerable<RecordHint> hints, Source source, Action<IUnitOfWork>? also, Findings? findings, CancellationToken cancellationToken)
    {
        if (tool.Connector is not IReads reads) return null;
        var byKind = hints.Distinct().ToLookup(h => tool.Config.Mappings.ContainsKey(h.Kind) ? h.Kind : (RecordKind?)null);
        findings?.Read.UnionWith(byKind[null]);
        Failure? refused = null;
        var batches = byKind.Where(kind => kind.Key is not null)
            .SelectMany(kind => kind.Select(h => h.Id).Chunk(100).Select(ids => (Kind: kind.Key!.Value, Ids: ids))).ToList();
        for (var i = 0; i < batches.Count; i++)
        {
            var (kind, ids) = batches[i];
            var page = await reads.ReadAsync(kind, ids, cancellationToken);
            page = await doctor.HeardApartAsync(tool, page, Names.Of(kind), kind, ids, cancellationToken);
            if (page.Failure is { } failure) return failure;
            var hidden = page.Value.Refused.ToDictionary(r => r.Id, r => r.Failure);
            refused ??= hidden.Values.FirstOrDefault();
            await observer.ObserveAsync(tool, page.Value, source is Source.Webhook ? Source.Read : source,
                i == batches.Count - 1 && refused is null ? also : null, cancellationToken);
            findings?.Read.UnionWith(ids.Where(id => !hidden.ContainsKey(id)).Select(id => new RecordHint(kind, id)));
            findings?.Refusals.AddRange(hidden.Select(h => (new RecordHint(kind, h.Key), h.Value)));
        }

        if (batches.Count == 0 && also is not null)
            await workspace.Store.WriteAsync(WritePriority.Bulk, also, cancellationToken);
        return findings is null ? refused : null;
    }

    /// <summary>Reads records directly, and by halves what can't be read together, until each that the tool can't or won't show is known.</summary>
    /// <param name="findings">Gets what was observed, and what is not shown and why: also where it is stopped.</param>
    /// <param name="also">What belongs into the transaction of the last batch. Left out where they were not all read together.</param>
    /// <returns>The failure that stopped it, for it concerns more than single records; else null.</returns>
    public async Task<Failure?> ReadApartAsync(
        Tool tool, IReadOnlyCollection<RecordHint> hints, Findings findings, Action<IUnitOfWork>? also, CancellationToken cancellationToken)
    {
        if (hints.Count == 0) return null;
        var atOnce = Math.Min(hints.Count, pieces.GetValueOrDefault(tool.Name, hints.Count));
        var spent = tool.Quota.FreeAt(QuotaCall.Reading, workspace.Clock.GetUtcNow()) is not null;
        var stopped = await ReadPiecesAsync(tool, hints, atOnce, findings, also, cancellationToken);

        // A tool that is asked for each record by a call of its own never gets through more at once than its budget has: less, then, and more
        // again as soon as something was got through. A budget that was spent before tells nothing.
        if (stopped is null && hints.Count > atOnce) pieces.TryRemove(tool.Name, out _);
        else if (stopped?.Kind == FailureKind.RateLimited && findings.IsEmpty && !spent && atOnce > 1) pieces[tool.Name] = atOnce / 2;
        else if (stopped is not null && !findings.IsEmpty && pieces.ContainsKey(tool.Name)) pieces[tool.Name] = atOnce * 2;
        return stopped;
    }

    private async Task<Failure?> ReadPiecesAsync(
        Tool tool, IReadOnlyCollection<RecordHint> hints, int atOnce, Findings findings, Action<IUnitOfWork>? also, CancellationToken cancellationToken)
    {
        foreach (var some in hints.Chunk(atOnce))
        {
            if (await ReadAsync(tool, some, Source.Read, some.Length == hints.Count ? also : null, findings, cancellationToken) is not { } failure) continue;
            if (!failure.IsAboutOne) return failure;
            var rest = some.Where(h => !findings.Read.Contains(h) && !findings.Refusals.Exists(r => r.Hint == h)).ToList();
            if (rest.Count == 1)
            {
                findings.Refusals.Add((rest[0], failure));
                continue;
            }

            // Of a few, halves would cost more than each by itself.
            if (await ReadPiecesAsync(tool, rest, rest.Count <= 4 ? 1 : (rest.Count + 1) / 2, findings, null, cancellationToken) is { } stopped) return stopped;
        }

        return null;
    }

    /// <summary>Reads what a stream hints at. A record that the tool refuses is told once, and passed over until it is due again: it must not stop its stream.</summary>
    /// <returns>The failure that stopped it, for it concerns more than single records; else null.</returns>
    public async Task<Failure?> ReadEachAsync(Tool tool, IReadOnlyList<RecordHint> hints, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        Failure? stopped = null;

        // Those that were refused before go last, and by themselves: what they cost is not spent on the others again.
        foreach (var some in hints.Distinct().GroupBy(h => passed.Has(tool, h)).OrderBy(some => some.Key))
            stopped ??= await ReadApartAsync(tool, [.. some], findings, null, cancellationToken);

        await passed.RemoveAsync(tool, findings.Read, cancellationToken);
        await passed.AddAsync(tool, findings.Refusals, cancellationToken);
        return stopped;
    }
}
