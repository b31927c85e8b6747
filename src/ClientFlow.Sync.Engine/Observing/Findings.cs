using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>What came of reading records, as far as it got.</summary>
public sealed class Findings
{
    /// <summary>Those that were observed, and those of kinds that the file maps nowhere.</summary>
    public HashSet<RecordHint> Read { get; } = [];

    /// <summary>Those that are not shown, and why.</summary>
    public List<(RecordHint Hint, Failure Failure)> Refusals { get; } = [];

    internal bool IsEmpty => Read.Count == 0 && Refusals.Count == 0;
}
