using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Health;
using ClientFlow.Sync.Engine.Inbox;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>Reads streams: in full at first and once a day, by polling in between, and single records when something hints at them.</summary>
public sealed class Streams(Workspace workspace, Observer observer, ToolDoctor doctor)
{
    // How often one run begins a full list anew whose place the tool forgot; the next tick goes on.
    private const int MostRestarts = 2;

    private const int MostAbsent = 10_000;

    // The schedule asks for it each day. One that was missed (the worker was off, the tool was down) is made up for by the next poll.
    private static readonly TimeSpan Overdue = TimeSpan.FromHours(25);

    private readonly ConcurrentDictionary<(string Tool, string Stream), SemaphoreSlim> running = new();
    private readonly Rounds rounds = observer.Rounds;
    private readonly ConcurrentDictionary<string, DateTimeOffset> listened = new(StringComparer.Ordinal);

    // When the last whole poll of a stream began, counted in moments of our own: clocks have no two that are surely apart.
    private readonly ConcurrentDictionary<(string Tool, string Stream), long> polledFrom = new();
    private long moments;

    private readonly PassedOver passed = new();

    // How many records are read together of a tool whose budget did not last for more.
    private readonly ConcurrentDictionary<string, int> pieces = new(StringComparer.Ordinal);

    /// <summary>Takes up what an earlier life left. Records that were read by another mapping than the file's are read in full anew.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
    {
        foreach (var tool in workspace.Tools)
        {
            foreach (var stream in tool.Manifest.Streams)
            {
                var hash = tool.Config.Mappings[stream.Kind].Hash;
                var state = unit.FindStream(tool.Name, stream.Name);
                if (state.Mapping == hash) continue;
                unit.SaveStream(state with { Mapping = hash, List = null, ListBegan = null, ListedAt = null });
                if (state.ListedAt is null) continue;
                unit.Write(new JournalEntry
                {
                    At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Information, Event = "observing.mapping.changed", Tool = tool.Name,
                    Message = $"The mapping of {tool.Name}.{Names.Of(stream.Kind)} is not what it was: {stream.Name} are read in full by the new one",
                });
            }
        }
    }, cancellationToken);

    /// <summary>The schedule's tick: reads what is due in one stream, where its pace says that it is time.</summary>
    public async Task TickAsync(Tool tool, StreamManifest stream, CancellationToken cancellationToken)
    {
        var now = workspace.Clock.GetUtcNow();
        var state = await StateAsync(tool, stream, cancellationToken);
        if (state is { ListedAt: not null, List: null, PolledAt: { } at } && !Pace.IsDue(tool, stream, at, now)) return;
        using var use = tool.Quota.During(CallPurpose.Background);
        await RunAsync(tool, stream, cancellationToken);
        if ((await StateAsync(tool, stream, cancellationToken)).ListedAt is not null) tool.Quota.Learn(stream.Name, use);
        await ListenAsync(tool, cancellationToken);
    }

    // Whether the tool has fallen silent: asked once an hour, told once.
    private async Task ListenAsync(Tool tool, CancellationToken cancellationToken)
    {
        var now = workspace.Clock.GetUtcNow();
        if (tool.Account is null || listened.TryGetValue(tool.Name, out var at) && now - at < TimeSpan.FromHours(1)) return;
        listened[tool.Name] = now;
        if (tool.Health.Silence is not null || tool.Health.State.Condition != Condition.Healthy || now - tool.Health.LastChange < TimeSpan.FromHours(24)) return;
        var moments = await workspace.Store.ReadAsync(
            view => view.ChangeMoments(tool.Config.Connector, tool.Account, now - TimeSpan.FromDays(30), 500), cancellationToken);
        if (moments.Count == 0 || Silence.Judge(moments, tool.Health.LastChange ?? moments[0], now, workspace.Config.Business.Zone) is not { } silence) return;
        tool.Health.Silence = silence;
        await WriteAsync(new JournalEntry
        {
            At = now, Level = JournalLevel.Warning, Event = "observing.tool.silent", Tool = tool.Name,
            Message = $"{silence.Say(tool.Name)}: look whether its credential still sees everything",
        }, cancellationToken);
    }

    /// <summary>Reads what is due in one stream: goes on with a full list that isn't complete, else polls. One at a time for each stream.</summary>
    public Task RunAsync(Tool tool, StreamManifest stream, CancellationToken cancellationToken) =>
        AloneAsync(tool, stream, async () =>
        {
            using var use = tool.Quota.During(CallPurpose.Background);
            var state = await StateAsync(tool, stream, cancellationToken);
            if (state.ListedAt is not { } at || state.List is not null || workspace.Clock.GetUtcNow() - at > Overdue) await ListAsync(tool, stream, state, cancellationToken);
            else await PollAsync(tool, stream, state, cancellationToken);
        }, cancellationToken);

    /// <summary>Polls a stream now, behind whatever reads it already. Those that wait for one another share the first poll that begins after they asked.</summary>
    /// <returns>Why the stream could not be read; null when it was.</returns>
    public async Task<Failure?> PollNowAsync(Tool tool, StreamManifest stream, CancellationToken cancellationToken)
    {
        if (tool.LeftAlone(workspace.Clock.GetUtcNow()) is { } alone) return alone;
        var key = (tool.Name, stream.Name);
        var asked = Interlocked.Increment(ref moments);
        var turn = Alone(tool, stream);
        await workspace.Heartbeats.BehindAsync(turn.WaitAsync(cancellationToken));
        try
        {
            if (polledFrom.TryGetValue(key, out var whole) && whole > asked) return null;

            // Whoever was waited for may have met an outage.
            if (tool.LeftAlone(workspace.Clock.GetUtcNow()) is { } since) return since;
            var began = Interlocked.Increment(ref moments);
            if (await PollAsync(tool, stream, await StateAsync(tool, stream, cancellationToken), cancellationToken) is { } failure) return failure;
            polledFrom[key] = began;
            return null;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The scheduled full comparison with the tool.</summary>
    public async Task ReconcileAsync(Tool tool, StreamManifest stream, CancellationToken cancellationToken)
    {
        if (tool.Account is null || !tool.Health.MayCall(workspace.Clock.GetUtcNow())) return;
        var alone = Alone(tool, stream);
        await workspace.Heartbeats.BehindAsync(alone.WaitAsync(cancellationToken));
        try
        {
            using var use = tool.Quota.During(CallPurpose.Background);
            await ListAsync(tool, stream, await StateAsync(tool, stream, cancellationToken), cancellationToken);
        }
        finally
        {
            alone.Release();
        }
    }

    /// <summary>Asks for each record that a held comparison lacked. One at a time with whatever else reads the stream.</summary>
    /// <returns>How many were asked for, how many of them are not shown to us, and why no more were asked for, where it was stopped.</returns>
    public async Task<(int Asked, int Refused, Failure? Stopped)> AskForAbsentAsync(Tool tool, StreamManifest stream, CancellationToken cancellationToken)
    {
        if (tool.LeftAlone(workspace.Clock.GetUtcNow()) is { } alone) return (0, 0, alone);
        var turn = Alone(tool, stream);
        await turn.WaitAsync(cancellationToken);
        try
        {
            // Another comparison may have been made meanwhile: its word is newer.
            if ((await workspace.Store.ReadAsync(view => view.Reconciles(), cancellationToken)).FirstOrDefault(r => r.Tool == tool.Name && r.Stream == stream.Name) is not { Held: true } held)
                return (0, 0, null);
            var absent = (await workspace.Store.ReadAsync(
                view => view.RecordsNotSeenSince(tool.Config.Connector, tool.Account!, stream.Kind, held.Began, MostAbsent), cancellationToken))
                .Select(r => new RecordHint(r.Kind, r.Id)).ToList();
            if (await ReadEachAsync(tool, absent, cancellationToken) is { } stopped) return (0, 0, stopped);
            await workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.SaveReconcile(held with { Held = false }), cancellationToken);
            return (absent.Count, absent.Count(h => passed.Has(tool, h)), null);
        }
        finally
        {
            turn.Release();
        }
    }

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

    // Reads what a page hints at. A record that the tool refuses is told once, and passed over until it is due again: it must not stop its stream.
    private async Task<Failure?> ReadEachAsync(Tool tool, IReadOnlyList<RecordHint> hints, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        Failure? stopped = null;

        // Those that were refused before go last, and by themselves: what they cost is not spent on the others again.
        foreach (var some in hints.Distinct().GroupBy(h => passed.Has(tool, h)).OrderBy(some => some.Key))
            stopped ??= await ReadApartAsync(tool, [.. some], findings, null, cancellationToken);

        passed.Remove(tool, findings.Read);
        foreach (var (hint, why) in findings.Refusals) await PassOverAsync(tool, hint, why, cancellationToken);
        return stopped;
    }

    /// <summary>A record that was passed over because the tool doesn't show it, and whether that may still pass by itself; null where there is none.</summary>
    public (RecordHint Hint, bool MayPass)? PassedOver(Tool tool, RecordKind kind) => passed.Any(tool, kind);

    private async Task PassOverAsync(Tool tool, RecordHint hint, Failure why, CancellationToken cancellationToken)
    {
        var now = workspace.Clock.GetUtcNow();
        if (!passed.Add(tool, hint, now)) return;
        await WriteAsync(new JournalEntry
        {
            At = now, Level = JournalLevel.Warning, Event = "observing.record.refused", Tool = tool.Name, Record = tool.Ref(hint.Kind, hint.Id),
            Message = $"{Names.Of(hint.Kind)} {hint.Id} of {tool.Name} is not shown to us and passed over for now: {why.Message}",
        }, cancellationToken);
    }

    private async Task AloneAsync(Tool tool, StreamManifest stream, Func<Task> work, CancellationToken cancellationToken)
    {
        if (tool.Account is null || !tool.Health.MayCall(workspace.Clock.GetUtcNow())) return;
        var alone = Alone(tool, stream);
        if (!await alone.WaitAsync(0, cancellationToken)) return;
        try
        {
            await work();
        }
        finally
        {
            alone.Release();
        }
    }

    private SemaphoreSlim Alone(Tool tool, StreamManifest stream) =>
        running.GetOrAdd((tool.Name, stream.Name), static _ => new SemaphoreSlim(1));

    private Task<StreamState> StateAsync(Tool tool, StreamManifest stream, CancellationToken cancellationToken) =>
        workspace.Store.ReadAsync(view => view.FindStream(tool.Name, stream.Name), cancellationToken);

    private async Task<Failure?> PollAsync(Tool tool, StreamManifest stream, StreamState state, CancellationToken cancellationToken)
    {
        using var span = EngineTrace.Stream("poll", tool, stream.Name);
        var reads = (IReads)tool.Connector;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var polled = await reads.PollAsync(stream.Name, state.Poll ?? new Cursor(""), cancellationToken);
            var outcome = polled.Failure is { Kind: FailureKind.Malformed }
                ? await doctor.HeardApartAsync(tool, polled, stream.Name, stream.Kind, [], cancellationToken)
                : await doctor.HeardAsync(tool, polled, stream.Name, cancellationToken);
            if (outcome.Failure is not null) return outcome.Failure;
            var page = outcome.Value;
            if (page.Expired)
            {
                // The cursor that was refused is forgotten, or it would be refused after the list again.
                state = state with { Poll = null, List = page.Next, ListBegan = page.ReadBegan };
                await SaveAsync(state, cancellationToken);
                return await ListAsync(tool, stream, state, cancellationToken);
            }

            // What is only hinted at is read first: the cursor must not pass it before it is in the mirror.
            // What only stays away is no deletion: a few are asked for, and where they are many a full list tells what is archived, and holds the rest.
            var absent = page.Whole is { } whole ? await rounds.AbsentAsync(tool, stream, whole, cancellationToken) : new Absence([], 0);
            var missed = absent.IsMuch ? [] : absent.Ids.Select(id => new RecordHint(stream.Kind, id)).Where(h => !passed.Has(tool, h));
            if (await ReadEachAsync(tool, page.Hints, cancellationToken) is { } unread) return unread;
            var now = workspace.Clock.GetUtcNow();
            state = state with { Poll = page.Next, PolledAt = now, ChangedAt = page.Records.Count + page.Hints.Count > 0 ? now : state.ChangedAt };
            var next = state;
            var again = await observer.ObserveAsync(tool, page, Source.Poll, unit => unit.SaveStream(next), cancellationToken);
            if (again.Count > 0)
            {
                if (await ReadEachAsync(tool, again, cancellationToken) is { } unclear) return unclear;
                await SaveAsync(next, cancellationToken);
            }

            passed.Remove(tool, page.Records.Select(r => new RecordHint(r.Kind, r.Id)).Except(again));
            if (page.More) continue;

            // What the pages brought is taken in by now: trouble with these must not withhold it.
            var unasked = await ReadEachAsync(tool, [.. missed], cancellationToken);
            if (unasked is null) await ReadEachAsync(tool, passed.Due(tool, stream.Kind, now), cancellationToken);
            if (page.Whole is null) return null;
            if (unasked is not null) return unasked;
            if (absent.IsMuch && await ListAsync(tool, stream, next, cancellationToken) is { } unlisted) return unlisted;
            rounds.Accept(tool, stream, page.Whole);
            return null;
        }
    }

    private async Task<Failure?> ListAsync(Tool tool, StreamManifest stream, StreamState state, CancellationToken cancellationToken)
    {
        using var span = EngineTrace.Stream("list", tool, stream.Name);
        var reads = (IReads)tool.Connector;
        var (first, restarts) = (state.ListedAt is null, MostRestarts);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var outcome = await doctor.HeardAsync(
                tool, await reads.ListAsync(stream.Name, state.List, cancellationToken), $"list of {stream.Name}", cancellationToken);
            if (outcome.Failure is not null) return outcome.Failure;
            var page = outcome.Value;
            if (page.Expired)
            {
                // The tool no longer knows where the list was: what was read of it counts, and completeness doesn't. From the start, then.
                state = state with { List = null, ListBegan = null };
                await SaveAsync(state, cancellationToken);
                if (--restarts < 0) return new Failure(FailureKind.Unavailable, $"{tool.Name} forgets how far its list was read") { OneCall = true };
                continue;
            }

            if (await ReadEachAsync(tool, page.Hints, cancellationToken) is { } unread) return unread;
            var began = state.ListBegan ?? page.ReadBegan;
            state = page.More
                ? state with { List = page.Next, ListBegan = began }
                : state with
                {
                    List = null, ListBegan = null, ListedAt = workspace.Clock.GetUtcNow(), PolledAt = workspace.Clock.GetUtcNow(),

                    // A cursor that is known goes on: the list may be older than what polling has seen since.
                    Poll = first ? page.Next : state.Poll ?? page.Next,
                };
            var next = state;
            var again = await observer.ObserveAsync(tool, page, Source.FullList, unit => unit.SaveStream(next), cancellationToken);
            if (again.Count > 0)
            {
                if (await ReadEachAsync(tool, again, cancellationToken) is { } unclear) return unclear;
                await SaveAsync(next, cancellationToken);
            }

            passed.Remove(tool, page.Records.Select(r => new RecordHint(r.Kind, r.Id)).Except(again));
            if (page.More) continue;
            await CompareAsync(tool, stream, began, first, cancellationToken);
            workspace.Listed.Set();
            return null;
        }
    }

    // The list is complete: says what it found, and reads directly what it lacks.
    private async Task CompareAsync(Tool tool, StreamManifest stream, DateTimeOffset began, bool first, CancellationToken cancellationToken)
    {
        var (missing, known, seen) = await workspace.Store.ReadAsync(view => (
            view.RecordsNotSeenSince(tool.Config.Connector, tool.Account!, stream.Kind, began, MostAbsent),
            view.CountRecords(tool.Config.Connector, tool.Account!, stream.Kind),
            view.CountSeenSince(tool.Config.Connector, tool.Account!, stream.Kind, began)), cancellationToken);
        var hints = missing.Select(m => new RecordHint(m.Kind, m.Id)).ToList();
        passed.Listed(tool, stream.Kind, hints);

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

        if (await ReadEachAsync(tool, hints, cancellationToken) is null) return;

        // Stopped by an outage: the polls after it ask for them, and not the comparison of another day.
        foreach (var hint in hints) passed.Await(tool, hint, workspace.Clock.GetUtcNow());
    }

    private Task SaveAsync(StreamState state, CancellationToken cancellationToken) =>
        workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.SaveStream(state), cancellationToken);

    private Task WriteAsync(JournalEntry entry, CancellationToken cancellationToken) =>
        workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.Write(entry), cancellationToken);
}
