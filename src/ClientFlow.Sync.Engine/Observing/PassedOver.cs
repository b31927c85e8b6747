using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine.Inbox;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>
/// Records that a tool didn't show and that their stream went on without: the polls ask for each a few times more, since access comes back
/// and passing trouble ends. After a restart, and where they are many, the daily comparison asks.
/// </summary>
internal sealed class PassedOver
{
    private const int Most = 100;

    private readonly ConcurrentDictionary<(string Tool, RecordHint Hint), (int Tries, DateTimeOffset At)> records = new();

    /// <summary>Whether a record was not shown when it was asked for last.</summary>
    public bool Has(Tool tool, RecordHint hint) => records.ContainsKey((tool.Name, hint));

    /// <summary>One of a kind that is not shown, and whether it is still asked for; null where there is none.</summary>
    public (RecordHint Hint, bool IsAskedFor)? Any(Tool tool, RecordKind kind)
    {
        foreach (var ((name, hint), (_, at)) in records)
            if (name == tool.Name && hint.Kind == kind) return (hint, at < DateTimeOffset.MaxValue);
        return null;
    }

    /// <summary>Those whose time has come.</summary>
    public IReadOnlyList<RecordHint> Due(Tool tool, RecordKind kind, DateTimeOffset now) =>
        [.. records.Where(r => r.Key.Tool == tool.Name && r.Key.Hint.Kind == kind && r.Value.At <= now).Select(r => r.Key.Hint)];

    /// <summary>It was refused: asked for again, ever more seldom, until it was refused as often as makes a delivery ask a person.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Add(Tool tool, RecordHint hint, DateTimeOffset now)
    {
        var key = (tool.Name, hint);
        var tries = records.TryGetValue(key, out var known) ? known.Tries + 1 : 1;
        var again = tries >= InboxReader.MostRefusals ? DateTimeOffset.MaxValue : now + (TimeSpan.FromMinutes(1) * Math.Pow(4, tries - 1));
        if (records.ContainsKey(key) || records.Count < Most) records[key] = (tries, again);
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
        foreach (var (key, (_, at)) in records)
            if (key.Tool == tool.Name && key.Hint.Kind == kind && at == DateTimeOffset.MaxValue && !absent.Contains(key.Hint)) records.TryRemove(key, out _);
    }
}
