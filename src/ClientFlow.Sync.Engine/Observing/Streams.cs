using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Health;
using ClientFlow.Sync.Engine.Inbox;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>Reads streams: in full at first and once a day, and by polling in between.</summary>
public sealed class Streams(Workspace workspace, Observer observer, ToolDoctor doctor, RecordReader reader, PassedOver passed)
{
    // How often one run begins a full list anew whose place the tool forgot; the next tick goes on.
    private const int MostRestarts = 2;

    // The schedule asks for it each day. One that was missed (the worker was off, the tool was down) is made up for by the next poll.
    private static readonly TimeSpan Overdue = TimeSpan.FromHours(25);

    private readonly ConcurrentDictionary<(string Tool, string Stream), SemaphoreSlim> running = new();
    private readonly Rounds rounds = observer.Rounds;
    private readonly Comparison comparison = new(workspace, reader, passed);
    private readonly ConcurrentDictionary<string, DateTimeOffset> listened = new(StringComparer.Ordinal);

    // When the last whole poll of a stream began, counted in moments of our own: clocks have no two that are surely apart.
    private readonly ConcurrentDictionary<(string Tool, string Stream), long> polledFrom = new();
    private long moments;

    /// <summary>Takes up what an earlier life left. Records that were read by another mapping than the file's are read in full anew.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await passed.LoadAsync(cancellationToken);
        await workspace.Store.WriteAsync(WritePriority.Bulk, TakeUp, cancellationToken);
    }

    private void TakeUp(IUnitOfWork unit)
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
    }

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
        await workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.Write(new JournalEntry
        {
            At = now, Level = JournalLevel.Warning, Event = "observing.tool.silent", Tool = tool.Name,
            Message = $"{silence.Say(tool.Name)}: look whether its credential still sees everything",
        }), cancellationToken);
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
            return await comparison.AskAsync(tool, stream, cancellationToken);
        }
        finally
        {
            turn.Release();
        }
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
            if (await reader.ReadEachAsync(tool, page.Hints, cancellationToken) is { } unread) return unread;
            var now = workspace.Clock.GetUtcNow();
            state = state with { Poll = page.Next, PolledAt = now, ChangedAt = page.Records.Count + page.Hints.Count > 0 ? now : state.ChangedAt };
            var next = state;
            var again = await observer.ObserveAsync(tool, page, Source.Poll, unit => unit.SaveStream(next), cancellationToken);
            if (again.Count > 0)
            {
                if (await reader.ReadEachAsync(tool, again, cancellationToken) is { } unclear) return unclear;
                await SaveAsync(next, cancellationToken);
            }

            await passed.RemoveAsync(tool, page.Records.Select(r => new RecordHint(r.Kind, r.Id)).Except(again), cancellationToken);
            if (page.More) continue;

            // What the pages brought is taken in by now: trouble with these must not withhold it.
            var unasked = await reader.ReadEachAsync(tool, [.. missed], cancellationToken);
            if (unasked is null) await reader.ReadEachAsync(tool, passed.Due(tool, stream.Kind, now), cancellationToken);
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

            if (await reader.ReadEachAsync(tool, page.Hints, cancellationToken) is { } unread) return unread;
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
                if (await reader.ReadEachAsync(tool, again, cancellationToken) is { } unclear) return unclear;
                await SaveAsync(next, cancellationToken);
            }

            await passed.RemoveAsync(tool, page.Records.Select(r => new RecordHint(r.Kind, r.Id)).Except(again), cancellationToken);
            if (page.More) continue;
            await comparison.MakeAsync(tool, stream, began, first, cancellationToken);
            workspace.Listed.Set();
            return null;
        }
    }

    private Task SaveAsync(StreamState state, CancellationToken cancellationToken) =>
        workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.SaveStream(state), cancellationToken);
}
