using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Core.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Configuration;

public sealed partial class DiagnosticsDocumentTests
{
    [Fact]
    public void Every_code_has_an_entry_and_every_entry_a_code()
    {
        var entries = Heading().Matches(Repository.Text("docs/diagnostics.md")).Select(m => m.Groups[1].Value).ToList();

        entries.ShouldBe(Declared(), ignoreOrder: true);
        entries.ShouldBeUnique();
        entries.ShouldBeInOrder();
    }

    [Fact]
    public void No_code_is_used_that_is_not_declared()
    {
        var used = Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(f => Code().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).Distinct();

        used.Except(Declared()).ShouldBeEmpty();
    }

    [Fact]
    public void The_page_shows_each_mistake_as_the_program_does() => Page().ShouldBeApproved(Repository.PathOf("docs/diagnostics.md"));

    [Fact]
    public void Each_example_holds_that_mistake_and_no_other()
    {
        foreach (var mistake in Mistakes.All.Where(m => m.Code != Codes.TooMany))
        {
            var loaded = mistake.Make();
            loaded.Diagnostics.Select(d => d.Code).ShouldBe([mistake.Code], DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source));
        }
    }

    private static List<string> Declared() =>
        [.. typeof(Codes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!).Order(StringComparer.Ordinal)];

    private static string Page()
    {
        var page = new StringBuilder();
        page.Append("# What is wrong with my mapping file?\n\n");
        page.Append("Every mistake that `clientflow check` can find, by its code. The examples are what the program prints: a test makes each\n");
        page.Append("mistake in `config/northwind.yaml` and approves this page (`Mistakes.cs` in the worker's tests holds the words).\n");
        var chapter = "";
        foreach (var mistake in Mistakes.All)
        {
            var title = Chapter(mistake.Code);
            if (title != chapter) page.Append($"\n## {title}\n");
            chapter = title;
            page.Append($"\n### {mistake.Code}: {mistake.Title}\n\n```text\n{mistake.Render()}\n```\n\n**Cause.** {mistake.Cause}\n\n**Cure.** {mistake.Cure}\n");
        }

        return page.ToString();
    }

    private static string Chapter(string code) => code[..4] switch
    {
        "CF01" => "01xx: the file and its shape",
        "CF02" => "02xx: names and values",
        "CF03" => "03xx: mapping and templates",
        "CF04" => "04xx: handoffs and gates",
        "CF05" => "05xx: tools and secrets",
        "CF06" => "06xx: who may sign in",
        _ => throw new InvalidOperationException(code),
    };

    [GeneratedRegex("^### (CF[0-9]{4})", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("\"(CF[0-9]{4})\"")]
    private static partial Regex Code();
}
