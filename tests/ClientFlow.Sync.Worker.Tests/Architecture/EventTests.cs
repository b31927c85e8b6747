using System.Text.RegularExpressions;
using ClientFlow.Sync.Worker.Tests.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Architecture;

/// <summary>Names and ids of events are an interface: alerts and searches hang on them, and <c>docs/events.md</c> lists them all.</summary>
public sealed partial class EventTests
{
    private static readonly string[] Projects = ["Core", "Engine", "Connectors", "Storage", "Worker"];

    [Fact]
    public void Every_log_message_has_an_id_and_a_name()
    {
        var messages = Messages();

        messages.ShouldNotBeEmpty();
        messages.ShouldAllBe(m => m.Id != null, "the id comes first: [LoggerMessage(1104, LogLevel.Warning, …)]");
        messages.ShouldAllBe(m => m.Name != null, "each has an EventName");
    }

    [Fact]
    public void No_id_and_no_name_stands_for_two_messages()
    {
        Messages().Select(m => m.Id).ShouldBeUnique();
        Messages().Select(m => m.Name).ShouldBeUnique();
    }

    [Fact]
    public void Every_name_is_area_subject_and_verb()
    {
        foreach (var name in Messages().Select(m => m.Name!).Concat(JournalNames()))
            EventName().IsMatch(name).ShouldBeTrue($"`{name}` is not of the form area.subject.verb");
    }

    [Fact]
    public void The_page_lists_every_log_message_and_no_other() =>
        Rows("Log messages").Select(r => (r[0], r[1], r[2]))
            .ShouldBe(Messages().OrderBy(m => m.Id, StringComparer.Ordinal).Select(m => (m.Id!, m.Level, $"`{m.Name}`")), "docs/events.md, in the order of the ids");

    [Fact]
    public void The_page_lists_every_event_of_the_journal_and_no_other() =>
        Rows("Journal").Select(r => r[0].Trim('`')).ShouldBe(JournalNames(), "docs/events.md, in the order of the alphabet");

    [Fact]
    public void Each_event_on_the_page_has_its_meaning() =>
        Rows("Log messages").Concat(Rows("Journal")).Where(r => r[^1].Length < 10).ShouldBeEmpty();

    private static List<(string? Id, string Level, string? Name)> Messages() =>
    [
        .. from file in SourceFiles.In(Projects)
           from attribute in LoggerMessage().Matches(File.ReadAllText(file)).Select(m => m.Value)
           select (Group(Id(), attribute), Group(Level(), attribute) ?? "", Group(NameOf(), attribute)),
    ];

    // Where a name is chosen by a condition, each of the two is a literal of its own.
    private static List<string> JournalNames() =>
    [
        .. SourceFiles.In(Projects)
            .SelectMany(f => Literal().Matches(LoggerMessage().Replace(File.ReadAllText(f), "")).Select(m => m.Groups[1].Value)
                .Concat(Assigned().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)))
            .Where(n => !n.EndsWith(".json", StringComparison.Ordinal) && !n.EndsWith(".yaml", StringComparison.Ordinal))

            // Metrics and the tags of spans have such names, too; docs/operating.md lists the metrics.
            .Where(n => !n.StartsWith("clientflow.", StringComparison.Ordinal) && !n.StartsWith("http.", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    private static List<string[]> Rows(string heading)
    {
        var page = Repository.Text("docs/events.md");
        var from = page.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        from.ShouldBeGreaterThan(0, heading);
        var to = page.IndexOf("\n## ", from + 4, StringComparison.Ordinal);
        return [.. page[from..(to < 0 ? page.Length : to)].Split('\n').Where(l => l.StartsWith('|')).Skip(2)
            .Select(l => l.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries))];
    }

    private static string? Group(Regex regex, string text) => regex.Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"\[LoggerMessage\((?:[^""\)]|""(?:[^""\\]|\\.)*"")*\)\]")]
    private static partial Regex LoggerMessage();

    [GeneratedRegex(@"^\[LoggerMessage\(\s*(\d{4})\s*,")]
    private static partial Regex Id();

    [GeneratedRegex(@"LogLevel\.(\w+)")]
    private static partial Regex Level();

    [GeneratedRegex(@"EventName\s*=\s*""([^""]*)""")]
    private static partial Regex NameOf();

    [GeneratedRegex(@"^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$")]
    private static partial Regex EventName();

    [GeneratedRegex(@"""([a-z]+\.[a-z]+\.[a-z]+)""")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\bEvent = ""([^""]*)""")]
    private static partial Regex Assigned();
}
