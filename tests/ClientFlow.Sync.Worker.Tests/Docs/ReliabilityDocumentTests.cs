using System.Text.RegularExpressions;
using ClientFlow.Sync.Worker.Tests.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Docs;

/// <summary>What docs/reliability.md names as proof is there, and no complaint is passed over.</summary>
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

    [Fact]
    public void Each_complaint_has_one_row_with_a_test_or_a_word_on_what_is_not_covered()
    {
        var rows = Repository.Text("docs/reliability.md").Split('\n').Where(line => line.StartsWith("| P", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();

        rows.SelectMany(row => row[1].Split(", ")).ShouldBe(Enumerable.Range(1, 39).Select(n => $"P{n:00}"));
        foreach (var row in rows)
        {
            row.Length.ShouldBe(6, $"{row[1]}: complaint, held by, not covered");
            (Named().IsMatch(row[3]) || row[4].Length > 0).ShouldBeTrue(row[1]);
        }
    }

    [GeneratedRegex(@"`(\w+(?:Tests|Contract))\.(\w+)`")]
    private static partial Regex Named();
}
