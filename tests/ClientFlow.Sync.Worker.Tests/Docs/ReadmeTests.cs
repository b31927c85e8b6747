using System.Text.RegularExpressions;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Configuration;
using ClientFlow.Sync.Worker.Tests.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Docs;

/// <summary>What the documents show is what the files say, and what they point at is there.</summary>
public sealed partial class ReadmeTests
{
    public static TheoryData<string> Pages => [.. Documents()];

    [Fact]
    public void Each_mapping_snippet_names_its_file_and_is_contained_in_it()
    {
        var snippets = Documents().SelectMany(page => YamlBlock().Matches(Read(page)).Select(m => (Page: page, File: m.Groups["file"].Value, Text: m.Groups["text"].Value))).ToList();

        snippets.ShouldContain(s => s.Page == "README.md");
        foreach (var (page, file, text) in snippets)
        {
            file.ShouldNotBeEmpty($"a yaml block of {page} lacks the comment <!-- from FILE --> in the line above it");
            Read(file).ShouldContain(text, customMessage: $"{page} shows what {file} doesn't say");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_to_a_file_leads_somewhere(string page)
    {
        var folder = Path.GetDirectoryName(Repository.PathOf(page))!;

        var broken = Link().Matches(Read(page))
            .Select(m => m.Groups["to"].Value)
            .Where(to => !to.Contains("://", StringComparison.Ordinal) && !to.StartsWith("mailto:", StringComparison.Ordinal))
            .Where(to => !Leads(page, folder, to))
            .ToList();

        broken.ShouldBeEmpty($"{page} links to what isn't there");
    }

    [Fact]
    public void The_two_commands_of_the_first_screen_are_as_written()
    {
        var start = string.Join('\n', Read("README.md").Split('\n').Take(40));

        start.ShouldContain("\ndotnet run --project src/ClientFlow.Sync.Worker -- demo\n");
        start.ShouldContain("\ntests/run\n");
        File.Exists(Repository.PathOf("tests/run")).ShouldBeTrue();
    }

    [Fact]
    public void Every_write_of_every_connector_is_in_the_table_of_keys()
    {
        var table = Read("docs/architecture.md");

        foreach (var manifest in ConnectorTypes.All.Select(t => t.Manifest))
            foreach (var action in manifest.Actions)
                table.ShouldContain($"| {manifest.Name} | `{action.Action}` | {action.Strength.ToString().ToLowerInvariant()} | {action.How} | " +
                    $"{Durations.Show(action.MaxCommit)} | {Durations.Show(action.ReadLag)} |");
    }

    [Fact]
    public void Every_stream_of_every_connector_is_in_its_table()
    {
        var page = Read("docs/connectors.md");

        foreach (var manifest in ConnectorTypes.All.Select(t => t.Manifest))
            foreach (var stream in manifest.Streams)
                page.ShouldContain($"| {manifest.Name} | {stream.Name} | ", customMessage: "a stream without a line");
    }

    [Fact]
    public void The_smallest_file_of_the_README_is_good()
    {
        var loaded = ConfigLoader.LoadText("config/minimal.yaml", Read("config/minimal.yaml"), ConnectorTypes.All, new EverySecret());

        loaded.Diagnostics.Where(d => d.Severity == Severity.Error).ShouldBeEmpty();
    }

    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)
            .Prepend("README.md");

    private static string Read(string relative) => Repository.Text(relative).ReplaceLineEndings("\n");

    private static bool Leads(string page, string folder, string to)
    {
        var parts = to.Split('#', 2);
        var target = parts[0].Length == 0 ? Repository.PathOf(page) : Path.GetFullPath(Path.Combine(folder, parts[0]));
        if (!File.Exists(target) && !Directory.Exists(target)) return false;
        return parts.Length == 1 || !target.EndsWith(".md", StringComparison.Ordinal) || Anchors(target).Contains(parts[1]);
    }

    // As GitHub makes them: lower case, spaces to dashes, everything else but letters, digits, dashes and underscores dropped.
    private static IEnumerable<string> Anchors(string file) => Heading().Matches(File.ReadAllText(file).ReplaceLineEndings("\n"))
        .Select(m => string.Concat(m.Groups["text"].Value.Trim().ToLowerInvariant()
            .Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-'));

    [GeneratedRegex("(?:^<!-- from (?<file>[^ ]+) -->\n)?^```yaml\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex YamlBlock();

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    private sealed class EverySecret : ISecretSource
    {
        public string? FromEnvironment(string name) => "given";

        public string? FromFile(string path) => "given";
    }
}
