using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace ClientFlow.Sync.Benchmarks;

/// <summary>Every benchmark by its name, and how a figure is told.</summary>
internal static class Suite
{
    public static IReadOnlyList<(string Name, Func<bool, Task> Run)> All { get; } =
    [
        ("ack", Acknowledgement.RunAsync),
        ("handoff", HandoffSpeed.RunAsync),
        ("memory", Memory.RunAsync),
        ("mirror", MirrorCost.RunAsync),
        ("calls", ApiCalls.RunAsync),
        ("journal", JournalSearch.RunAsync),
    ];

    public static bool IsRelease => Assembly.GetExecutingAssembly().GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    /// <summary>One figure, one line: what it is, what it should be.</summary>
    public static void Tell(string name, double value, string unit, string goal = "-") =>
        Console.WriteLine($"{name}={value.ToString(value >= 100 ? "0" : "0.##", CultureInfo.InvariantCulture)}{unit} goal={goal}");

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[sorted.Count / 2];
    }

    public static double Percentile(IReadOnlyList<double> sorted, double share) =>
        sorted.Count == 0 ? double.NaN : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
}
