using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Observing;
using Microsoft.Extensions.Logging;

namespace ClientFlow.Sync.Engine.Inbox;

/// <summary>Accepts deliveries durably, and reads them afterwards: each is a hint at records, which are read afresh, many in one call.</summary>
public sealed class InboxReader(Workspace workspace, Streams streams, Observer observer, ILogger logger)
{
    private readonly Dictionary<string, Signal> delivered =
        workspace.Tools.ToDictionary(t => t.Name, _ => workspace.Delivered.Subscribe(), StringComparer.Ordinal);

    private readonly Rush rush = new(workspace.Clock);

    private readonly ConcurrentDictionary<long, (int Tries, DateTimeOffset At)> refused = new();

    /// <summary>So often a read that a delivery hints at may be refused, within about twenty minutes, before a person is told.</summary>
    public const int MostRefusals = 5;

    /// <summary>How long what was refused so many times is left alone.</summary>
    internal static TimeSpan PauseAfter(int tries) => TimeSpan.FromSeconds(15) * Math.Pow(4, tries - 1);

    private const int MostAtOnce = 100;
    private const int MostInRush = 20;
    private static readonly QuotaCall Reading = new(false, null, "");
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(5);

    /// <summary>When a delivery whose read was refused is tried again, UTC; null for all others.</summary>
    public DateTimeOffset? RetryAt(long delivery) => refused.TryGetValue(delivery, out var known) ? known.At : null;

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
            foreach (var some in ready.GroupBy(item => refused.ContainsKey(item.Id)).OrderBy(some => some.Key))
                whole = whole && await ReadAsync(tool, [.. some], cancellationToken);
            foreach (var item in batch)
                if (RetryAt(item.Id) is { } at && !(retry < at)) retry = at;
            if (whole) continue;

            // What keeps these from being read keeps the rest, too: thousands may wait, and are not gone through in vain.
            var now = workspace.Clock.GetUtcNow();
            var until = tool.Health.State.Until is { } named && named > now ? named : now + Pause;
            return tool.Quota.FreeAt(Reading, now) is { } free && free > until ? free : until;
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
            // A poll that fails now is made up for by the next one on schedule: its cursor stays.
            foreach (var stream in tool.Manifest.Streams.Where(s => readable.Any(r => r.Reading.Streams.Contains(s.Name))))
                await streams.PollNowAsync(tool, stream, cancellationToken);

            // A state is at least as old as the delivery that carried it.
            var states = readable.SelectMany(r => r.Reading.Records.Select(record => (record, r.Item.Delivery.ReceivedAt))).ToList();
            var unclear = states.Count == 0 ? [] : await observer.ObserveAsync(tool, states, Source.Webhook, null, cancellationToken);
            var hints = readable.SelectMany(r => r.Reading.Hints).Concat(unclear).Distinct().ToList();
            var failure = await streams.ReadAsync(tool, hints, Source.Webhook, unit =>
            {
                foreach (var (item, _) in readable) unit.Settle(item.Id, InboxState.Read, null);
            }, cancellationToken);
            var refusals = new List<(RecordHint Hint, Failure Failure)>();
            if (failure is not null)
            {
                if (await streams.ReadApartAsync(tool, hints, failure, refusals, cancellationToken) is not null) return false;
                readable = await SetApartAsync(readable, refusals, cancellationToken);
            }

            foreach (var (item, _) in readable) refused.TryRemove(item.Id, out _);
            if (readable.Count > 0) EngineLog.DeliveriesRead(logger, tool.Name, readable.Count);
            return true;
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

    // Those that hint at a record which is not shown wait for it, each for a while; the others are read.
    private async Task<List<(InboxItem Item, DeliveryReading Reading)>> SetApartAsync(
        List<(InboxItem Item, DeliveryReading Reading)> readable, List<(RecordHint Hint, Failure Failure)> refusals, CancellationToken cancellationToken)
    {
        var read = readable.Where(r => !HintsAt(r.Reading, refusals)).ToList();
        await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
        {
            foreach (var (item, _) in read) unit.Settle(item.Id, InboxState.Read, null);
        }, cancellationToken);
        foreach (var (item, reading) in readable.Where(r => HintsAt(r.Reading, refusals)))
        {
            if (WaitsOn(item)) continue;
            var (hint, failure) = refusals.First(r => HintsAt(reading, [r]));
            await SettleAsync([item], $"{Names.Of(hint.Kind)} {hint.Id} is not shown to us: {failure.Message}", cancellationToken);
        }

        return read;
    }

    private static bool HintsAt(DeliveryReading reading, List<(RecordHint Hint, Failure Failure)> refusals) => refusals.Exists(
        r => reading.Hints.Contains(r.Hint) || reading.Records.Any(record => new RecordHint(record.Kind, record.Id) == r.Hint));

    // A right that is missing, a record that is locked: it may pass, as it may for a write. Those that were refused together are tried
    // together; a new life counts anew.
    private bool WaitsOn(InboxItem item)
    {
        var tries = refused.GetValueOrDefault(item.Id).Tries + 1;
        if (tries >= MostRefusals) return false;
        var at = workspace.Clock.GetUtcNow() + PauseAfter(tries);
        refused[item.Id] = (tries, new DateTimeOffset((at.Ticks / Together.Ticks + 1) * Together.Ticks, TimeSpan.Zero));
        return true;
    }

    private Task SettleAsync(List<InboxItem> items, string reason, CancellationToken cancellationToken) =>
        workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
        {
            foreach (var item in items)
            {
                refused.TryRemove(item.Id, out _);
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
}
