using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Observing;
using Microsoft.Extensions.Logging;

namespace ClientFlow.Sync.Engine.Inbox;

/// <summary>Accepts deliveries durably, and reads them afterwards: each is a hint at records, which are read afresh, many in one call.</summary>
public sealed class InboxReader(Workspace workspace, Streams streams, RecordReader reader, Observer observer, ILogger logger)
{
    private readonly Dictionary<string, Signal> delivered =
        workspace.Tools.ToDictionary(t => t.Name, _ => workspace.Delivered.Subscribe(), StringComparer.Ordinal);

    private readonly Rush rush = new(workspace.Clock);

    // What is left to read of deliveries that were read in part.
    private readonly ConcurrentDictionary<long, Rest> rests = new();

    // Records that their tool did not show, while deliveries wait for them.
    private readonly ConcurrentDictionary<(string Tool, RecordHint Hint), (int Tries, DateTimeOffset At, Failure Failure)> hidden = new();

    /// <summary>So often a read that a delivery hints at may be refused, within about twenty minutes, before a person is told.</summary>
    public const int MostRefusals = 5;

    /// <summary>How long a tool may fail at a record, though it shows others, before a person is told: a part that is down comes back by itself.</summary>
    public static readonly TimeSpan LongestTrouble = TimeSpan.FromDays(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>How long what was refused so many times is left alone.</summary>
    internal static TimeSpan PauseAfter(int tries) => tries >= MostRefusals ? LongestPause : TimeSpan.FromSeconds(15) * Math.Pow(4, tries - 1);

    private const int MostAtOnce = 100;
    private const int MostInRush = 12;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(5);

    /// <summary>When a delivery whose read was refused is tried again, UTC; null for all others.</summary>
    public DateTimeOffset? RetryAt(long delivery) => rests.GetValueOrDefault(delivery)?.At;

    /// <summary>Stores a delivery whose signature was found valid. When this returns it is on disk.</summary>
    /// <returns>False when the same delivery is stored already.</returns>
    public async Task<bool> AcceptAsync(Tool tool, Delivery delivery, CancellationToken cancellationToken)
    {
        var identity = ((IReceives)tool.Connector).Identify(delivery);
        using var span = EngineTrace.Accept(tool);
        if (span is not null) delivery = delivery with { Trace = span.Id };
        var isNew = await workspace.Store.AcceptAsync(delivery, identity, cancellationToken);
        tool.Health.LastDelivery = delivery.ReceivedAt;
        rush.Arrived();
        EngineMeter.Accepted(tool, isNew);
        EngineLog.DeliveryAccepted(logger, tool.Name);
        if (isNew) workspace.Delivered.Set();
        return isNew;
    }

    /// <summary>Reads one tool's deliveries until it is stopped: a slow tool holds up no other's.</summary>
    public async Task RunAsync(Tool tool, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            // What could not be read now waits in the inbox until its tool may be called again; the rest waits for the next signal.
            var until = await DrainAsync(tool, cancellationToken);
            await workspace.Heartbeats.SleepAsync(delivered[tool.Name], until, cancellationToken);
        }
    }

    /// <summary>Puts away the deliveries to tools that the file no longer has, once all that it has are known: one may have a new name.</summary>
    public async Task SettleStraysAsync(CancellationToken cancellationToken)
    {
        if (workspace.Tools.Any(t => t.Account is null)) return;
        long after = 0;
        while (true)
        {
            var position = after;
            var batch = await workspace.Store.ReadAsync(view => view.PendingDeliveries(position, MostAtOnce), cancellationToken);
            if (batch.Count == 0) return;
            after = batch[^1].Id;
            foreach (var ofTool in batch.Where(item => workspace.Find(item.Delivery.Tool) is not { Connector: IReceives }).GroupBy(item => item.Delivery.Tool))
                await SettleAsync([.. ofTool], $"no tool `{ofTool.Key}` in the mapping file takes webhooks any more", cancellationToken);
        }
    }

    // When to try again what could not be read now, UTC; null when nothing is left.
    private async Task<DateTimeOffset?> DrainAsync(Tool tool, CancellationToken cancellationToken)
    {
        long after = 0;
        DateTimeOffset? retry = null;
        while (true)
        {
            var most = await rush.LetPassAsync(cancellationToken) ? MostAtOnce : MostInRush;
            var position = after;
            var batch = await workspace.Store.ReadAsync(view => view.PendingDeliveries(tool.Name, position, most), cancellationToken);
            if (batch.Count == 0) return retry;
            after = batch[^1].Id;
            var ready = batch.Where(item => !(RetryAt(item.Id) > workspace.Clock.GetUtcNow())).ToList();
            var whole = true;

            // Those that were refused before go last, and by themselves: a read that hangs again holds up nothing new.
            foreach (var some in ready.GroupBy(item => RetryAt(item.Id) is not null).OrderBy(some => some.Key))
                whole = whole && await ReadAsync(tool, [.. some], cancellationToken);
            foreach (var item in batch)
                if (RetryAt(item.Id) is { } at && !(retry < at)) retry = at;
            if (whole) continue;

            // What keeps these from being read keeps the rest, too: thousands may wait, and are not gone through in vain.
            var now = workspace.Clock.GetUtcNow();
            var until = tool.Health.State.Until is { } named && named > now ? named : now + Pause;
            return tool.Quota.FreeAt(QuotaCall.Reading, now) is { } free && free > until ? free : until;
        }
    }

    private async Task<bool> ReadAsync(Tool tool, List<InboxItem> items, CancellationToken cancellationToken)
    {
        if (tool.Connector is not IReceives receives) return true;
        if (tool.Account is null || !tool.Health.MayCall(workspace.Clock.GetUtcNow())) return false;
        var readings = items.Select(item => (Item: item, Reading: receives.Read(item.Delivery))).ToList();
        foreach (var (item, reading) in readings.Where(r => r.Reading.Unreadable is not null))
            await SettleAsync([item], reading.Unreadable!, cancellationToken);

        var readable = readings.Where(r => r.Reading.Unreadable is null).ToList();
        foreach (var (item, reading) in readable)
        {
            var told = tool.Manifest.Streams.Where(s => reading.Streams.Contains(s.Name)).Select(s => s.Kind);
            foreach (var kind in reading.Hints.Select(h => h.Kind).Concat(reading.Records.Select(r => r.Kind)).Concat(told).Distinct())
                tool.Health.Delivered(kind, item.Delivery.ReceivedAt);
        }

        return readable.Count == 0 || await TakeAsync(tool, readable, cancellationToken);
    }

    private async Task<bool> TakeAsync(Tool tool, List<(InboxItem Item, DeliveryReading Reading)> readable, CancellationToken cancellationToken)
    {
        string trouble;
        using var spans = EngineTrace.Read(tool, readable);
        using var scope = EngineLog.OfDelivery(logger, string.Join(',', readable.Select(r => r.Item.Id)));
        try
        {
            return await ReadLeftAsync(tool, await TakeInAsync(tool, readable, cancellationToken), cancellationToken);
        }
#pragma warning disable CA1031 // One delivery that meets a bug must not keep the others from being read: it is kept, and the journal says so.
        catch (Exception e) when (e is not (StoreException or OperationCanceledException))
#pragma warning restore CA1031
        {
            trouble = $"a bug of this program was met ({e.GetType().Name} in {e.TargetSite?.DeclaringType?.Name}.{e.TargetSite?.Name})";
        }

        // It would go wrong again at each try. One by one, those beside it are read.
        if (readable.Count == 1)
        {
            await SettleAsync([readable[0].Item], trouble, cancellationToken);
            return true;
        }

        var all = true;
        foreach (var one in readable) all &= await TakeAsync(tool, [one], cancellationToken);
        return all;
    }

    // What came with the deliveries, and what is left to read. That was taken in already of those that were read in part.
    private async Task<List<Left>> TakeInAsync(Tool tool, List<(InboxItem Item, DeliveryReading Reading)> readable, CancellationToken cancellationToken)
    {
        var fresh = readable.Where(r => !rests.ContainsKey(r.Item.Id)).ToList();

        // A poll that fails now is made up for by the next one on schedule: its cursor stays.
        foreach (var stream in tool.Manifest.Streams.Where(s => fresh.Exists(r => r.Reading.Streams.Contains(s.Name))))
            await streams.PollNowAsync(tool, stream, cancellationToken);

        // A state is at least as old as the delivery that carried it.
        var states = fresh.SelectMany(r => r.Reading.Records.Select(record => (record, r.Item.Delivery.ReceivedAt))).ToList();
        var unclear = states.Count == 0 ? [] : await observer.ObserveAsync(tool, states, Source.Webhook, null, cancellationToken);
        return [.. readable.Select(r => new Left(r.Item, rests.TryGetValue(r.Item.Id, out var rest) ? rest.Hints
            : [.. r.Reading.Hints.Concat(r.Reading.Records.Select(record => new RecordHint(record.Kind, record.Id)).Where(unclear.Contains)).Distinct()]))];
    }

    private async Task<bool> ReadLeftAsync(Tool tool, List<Left> left, CancellationToken cancellationToken)
    {
        // A record that was refused is asked for again when its time has come, and not in the midst of fresh ones.
        var (again, now) = (left.Exists(l => RetryAt(l.Item.Id) is not null), workspace.Clock.GetUtcNow());
        var asked = left.SelectMany(l => l.Hints)
            .Where(h => !hidden.TryGetValue((tool.Name, h), out var known) || (again && known.At <= now)).ToHashSet();
        var whole = left.Where(l => l.Hints.All(asked.Contains)).ToList();
        var settled = false;
        var findings = new Findings();
        var stopped = await reader.ReadApartAsync(tool, asked, findings, unit =>
        {
            foreach (var (item, _) in whole) unit.Settle(item.Id, InboxState.Read, null);
            settled = true;
        }, cancellationToken);

        // What was read and found counts, also where something stopped the rest: the next round goes on from there.
        var read = left.Where(l => l.Hints.All(findings.Read.Contains)).ToList();
        if (!settled && read.Count > 0)
        {
            await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
            {
                foreach (var (item, _) in read) unit.Settle(item.Id, InboxState.Read, null);
            }, cancellationToken);
        }

        foreach (var (item, _) in read) rests.TryRemove(item.Id, out _);
        if (read.Count > 0) EngineLog.DeliveriesRead(logger, tool.Name, read.Count);
        if (!hidden.IsEmpty)
        {
            foreach (var hint in findings.Read) hidden.TryRemove((tool.Name, hint), out _);
        }

        foreach (var (hint, failure) in findings.Refusals) Hide(tool, hint, failure);
        foreach (var one in read.Count == left.Count ? [] : left.Except(read))
            await SetApartAsync(tool, one, findings, stopped is { IsAboutOne: false, Kind: not FailureKind.RateLimited }, cancellationToken);
        Reveal(tool);
        return stopped is null;
    }

    // A right that is missing, a record that is locked: it may pass, as it may for a write. Those that were refused together are tried
    // together; a new life counts anew.
    private void Hide(Tool tool, RecordHint hint, Failure failure)
    {
        var tries = hidden.GetValueOrDefault((tool.Name, hint)).Tries + 1;
        var at = workspace.Clock.GetUtcNow() + PauseAfter(tries);
        hidden[(tool.Name, hint)] = (tries, new DateTimeOffset((at.Ticks / Together.Ticks + 1) * Together.Ticks, TimeSpan.Zero), failure);
    }

    // A record that nobody waits for any more is news when it is hinted at again.
    private void Reveal(Tool tool)
    {
        if (hidden.IsEmpty) return;
        var awaited = rests.Values.SelectMany(rest => rest.Hints).ToHashSet();
        foreach (var key in hidden.Keys.Where(key => key.Tool == tool.Name && !awaited.Contains(key.Hint))) hidden.TryRemove(key, out _);
    }

    // A delivery that could not be read in full waits for what is not shown, and asks for nothing else again; in the end a person is told.
    private async Task SetApartAsync(Tool tool, Left one, Findings findings, bool outage, CancellationToken cancellationToken)
    {
        var (item, now) = (one.Item, workspace.Clock.GetUtcNow());
        var hints = one.Hints.Where(h => !findings.Read.Contains(h)).ToList();
        var rest = rests.GetValueOrDefault(item.Id) ?? new Rest(hints);

        // What passed while the whole tool was away is not this record's time.
        if (outage) rest = rest with { Since = null };
        var waits = hints.Where(h => hidden.ContainsKey((tool.Name, h))).Select(h => (Hint: h, Known: hidden[(tool.Name, h)])).ToList();

        // Whoever asked for it: it was refused to all that wait for it.
        var refusals = waits.Where(w => findings.Refusals.Exists(r => r.Hint == w.Hint) || w.Known.At > rest.At).OrderBy(w => Passes(w.Known.Failure)).ToList();
        if (refusals.Count > 0)
        {
            var (hint, (_, _, failure)) = refusals[0];
            var passes = Passes(failure);
            rest = rest with { Since = rest.Since ?? now, Refusals = passes ? rest.Refusals : rest.Refusals + 1 };
            if (passes ? now - rest.Since >= LongestTrouble : rest.Refusals >= MostRefusals)
            {
                await SettleAsync([item], $"{Names.Of(hint.Kind)} {hint.Id} is not shown to us: {failure.Message}", cancellationToken);
                return;
            }
        }

        if (waits.Count > 0 || hints.Count < one.Hints.Count)
            rests[item.Id] = rest with { Hints = hints, At = waits.Count == 0 ? null : waits.Max(w => w.Known.At) };
    }

    // Where the tool or a part of it has trouble, waiting helps; a missing right is a refusal whatever it is called.
    private static bool Passes(Failure failure) =>
        failure.NextMove is NextMove.Retry or NextMove.LookUp && failure.Reason != Failure.NotTheCredential;

    private Task SettleAsync(List<InboxItem> items, string reason, CancellationToken cancellationToken) =>
        workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
        {
            foreach (var item in items)
            {
                rests.TryRemove(item.Id, out _);
                EngineMeter.Unreadable(unit, item.Delivery.Tool);
                unit.Settle(item.Id, InboxState.Dead, reason);
                unit.Write(new JournalEntry
                {
                    At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Error, Event = "inbox.delivery.unreadable", Tool = item.Delivery.Tool,
                    Message = $"a delivery to {item.Delivery.Tool} can't be read and is kept (delivery-{item.Id}): {reason}. " +
                        "What it spoke of is found by polling; once the cause is mended, `replay` has it read again",
                });
            }
        }, cancellationToken);

    // A delivery and the records that it still hints at.
    private sealed record Left(InboxItem Item, IReadOnlyList<RecordHint> Hints);

    // What is left of a delivery: since when something was refused, how often it was no passing trouble, and when it is tried again.
    private sealed record Rest(IReadOnlyList<RecordHint> Hints)
    {
        public int Refusals { get; init; }

        public DateTimeOffset? Since { get; init; }

        public DateTimeOffset? At { get; init; }
    }
}
