using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>What the page shows, read in one view.</summary>
public sealed record PageView
{
    public required DateTimeOffset Now { get; init; }

    public required IReadOnlyList<Handoff> NeedsYou { get; init; }

    public required IReadOnlyList<Handoff> Handoffs { get; init; }

    /// <summary>What each handoff made, by its short id.</summary>
    public required IReadOnlyDictionary<string, ActionResult?> Results { get; init; }

    public required IReadOnlyList<(string Rule, HandoffState State, int Count)> Counts { get; init; }

    public required IReadOnlyList<JournalEntry> Journal { get; init; }

    public required IReadOnlyList<UnmappedValue> Unmapped { get; init; }
}
