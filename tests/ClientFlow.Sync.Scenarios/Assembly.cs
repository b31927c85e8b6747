using ClientFlow.Sync.Scenarios;
using Xunit.Sdk;
using Xunit.v3;

// The scenarios wait for processes and polls far more than they compute.
[assembly: CollectionBehavior(MaxParallelThreads = 6)]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace ClientFlow.Sync.Scenarios;

/// <summary>What waits longest begins first, and the others pass meanwhile.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest = [nameof(KilledWorkerTests), nameof(TemplateTests), nameof(DeliveryTests), nameof(SimulatedDayTests), nameof(ChaosTests),
        nameof(ClosedProjectTests), nameof(WonDealTests), nameof(ApprovalTests), nameof(FirstStartTests), nameof(StartingTests)];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(one => Array.FindIndex(Longest, name => one.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)) is >= 0 and var at ? at : Longest.Length)
            .ThenBy(one => one.TestCollectionDisplayName, StringComparer.Ordinal)];
}
