using System.Text.RegularExpressions;
using ClientFlow.Sync.Worker.Tests.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Docs;

/// <summary>What docs/reliability.md names as proof is there.</summary>
public sealed partial class ReliabilityDocumentTests
{
    [Fact]
    public void Every_test_that_it_names_exists()
    {
        var sources = Directory.EnumerateFiles(Repository.PathOf("tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Select(File.ReadAllText).ToList();

        var named = Named().Matches(File.ReadAllText(Repository.PathOf("docs/reliability.md"))).Select(m => (Class: m.Groups[1].Value, Test: m.Groups[2].Value)).Distinct().ToList();

        named.Count.ShouldBeGreaterThan(30);
        named.Where(n => !sources.Any(s => s.Contains($"class {n.Class}", StringComparison.Ordinal) && s.Contains($" {n.Test}(", StringComparison.Ordinal)))
            .Select(n => $"{n.Class}.{n.Test}").ShouldBeEmpty();
    }

    [GeneratedRegex(@"`(\w+(?:Tests|Contract))\.(\w+)`")]
    private static partial Regex Named();
}
