using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Inbox;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>
/// Records that a tool didn't show and that their stream went on without: the polls ask for each again, ever more seldom, since access comes
/// back and passing trouble ends. After a restart the daily comparison asks.
/// </summary>
internal sealed class PassedOver
{
    // More than so many are asked for by the hour only.
    private const int Most = 100;
    private const int MostAtOnce = 20;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(string Tool, RecordHint Hint), (int Tries, DateTimeOffset At)> records = new();

    /// <summary>Whether a record was not shown when it was asked for last.</summary>
    public bool Has(Tool tool, RecordHint hint) => records.ContainsKey((tool.Name, hint));

    /// <summary>One of a kind that is not shown, and whether that may still pass by itself; null where there is none.</summary>
    public (RecordHint Hint, bool MayPass)? Any(Tool tool, RecordKind kind)
    {
        foreach (var ((name, hint), (tries, _)) in records)
            if (name == tool.Name && hint.Kind == kind) return (hint, tries < InboxReader.MostRefusals);
        return null;
    }

    /// <summary>Some of those whose time has come.</summary>
    public IReadOnlyList<RecordHint> Due(Tool tool, RecordKind kind, DateTimeOffset now) =>
        [.. records.Where(r => r.Key.Tool == tool.Name && r.Key.Hint.Kind == kind && r.Value.At <= now).Take(MostAtOnce).Select(r => r.Key.Hint)];

    /// <summary>It was refused: asked for again, ever more seldom, and by the hour once it was refused as often as makes a delivery ask a person.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Add(Tool tool, RecordHint hint, DateTimeOffset now)
    {
        var key = (tool.Name, hint);
        var tries = records.TryGetValue(key, out var known) ? known.Tries + 1 : 1;
        var pause = tries >= InboxReader.MostRefusals || records.Count >= Most ? Hour : TimeSpan.FromMinutes(1) * Math.Pow(4, tries - 1);
        records[key] = (Math.Min(tries, InboxReader.MostRefusals), now + pause);
        return tries == 1;
    }

    /// <summary>It could not be asked for yet: the next poll does.</summary>
    public void Await(Tool tool, RecordHint hint, DateTimeOffset now)
    {
        if (records.Count < Most) records.TryAdd((tool.Name, hint), (0, now));
    }

    /// <summary>They were read.</summary>
    public void Remove(Tool tool, IEnumerable<RecordHint> hints)
    {
        if (records.IsEmpty) return;
        foreach (var hint in hints) records.TryRemove((tool.Name, hint), out _);
    }

    /// <summary>A full list is complete: those that it didn't lack, and are not shown all the same, are none of ours.</summary>
    /// <param name="absent">Those that are known here and that it lacked.</param>
    public void Listed(Tool tool, RecordKind kind, IReadOnlyCollection<RecordHint> absent)
    {
        foreach (var (key, (tries, _)) in records)
            if (key.Tool == tool.Name && key.Hint.Kind == kind && tries == InboxReader.MostRefusals && !absent.Contains(key.Hint)) records.TryRemove(key, out _);
    }
}
