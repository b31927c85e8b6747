using System.Globalization;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.Health;

/// <summary>What waits for one tool: the handoffs whose next write goes to it, and the money that hangs on them.</summary>
/// <param name="Count">How many handoffs.</param>
/// <param name="AtStake">Their money, one amount for each currency, largest first.</param>
public sealed record HeldWork(int Count, IReadOnlyList<Money> AtStake)
{
    /// <summary>What waits for a tool now.</summary>
    public static HeldWork On(IReadView view, Tool tool)
    {
        var waiting = view.HandoffsWaitingFor(tool.Name);
        return new HeldWork(waiting.Count,
            [.. waiting.OfType<Money>().GroupBy(m => m.Currency).Select(g => new Money(g.Sum(m => m.Amount), g.Key)).OrderByDescending(m => m.Amount)]);
    }

    /// <summary>One sentence: <c>7 handoffs worth GBP 9,300.00 wait for it.</c></summary>
    public override string ToString() =>
        $"{Count.ToString(CultureInfo.InvariantCulture)} {(Count == 1 ? "handoff" : "handoffs")}" +
        $"{(AtStake.Count == 0 ? "" : $" worth {string.Join(" and ", AtStake)}")} {(Count == 1 ? "waits" : "wait")} for it.";
}
