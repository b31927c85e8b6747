using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Configuration;
using ClientFlow.Sync.Worker.Tests.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Docs;

/// <summary>docs/mapping.md has a row for whatever a mapping file can say, and what it shows is accepted.</summary>
public sealed partial class MappingDocumentTests
{
    // Where the page tells of each object of the schema. A new object needs a place here, and rows there.
    private static readonly Dictionary<string, string> Headings = new()
    {
        [""] = "The file",
        ["/properties/business"] = "business",
        ["/properties/access"] = "access",
        ["/properties/access/properties/users/items"] = "access",
        ["/properties/access/properties/oidc"] = "access",
        ["/definitions/tool"] = "tools",
        ["/definitions/tool/properties/quota/anyOf/0"] = "tools",
        ["/definitions/handoff"] = "handoffs",
        ["/definitions/handoff/properties/create"] = "handoffs",
        ["/definitions/when"] = "when: conditions",
        ["/definitions/test"] = "when: conditions",
        ["/definitions/project"] = "project",
        ["/definitions/project/properties/checklist/items/anyOf/1"] = "project",
        ["/definitions/invoice"] = "invoice",
        ["/definitions/invoice/properties/lines/items"] = "invoice",
        ["/definitions/reminder"] = "reminder",
    };

    public static TheoryData<RecordKind> Kinds => [.. Enum.GetValues<RecordKind>()];

    private static string Page => Repository.Text("docs/mapping.md").ReplaceLineEndings("\n");

    [Fact]
    public void Every_key_of_the_schema_has_a_row_in_its_section()
    {
        var schema = JsonNode.Parse(Repository.Text("config/clientflow.schema.json"))!;
        var sections = Sections();

        var lacking = Properties(schema, "")
            .Where(p => !FactPaths.Resolve(p.Name, null, out _).HasValue) // The facts have tables of their own.
            .Select(p => (p.Name, Heading: HeadingOf(p.Pointer)))
            .Where(p => p.Heading is not null && !(sections.TryGetValue(p.Heading, out var text) && HasRow(text, p.Name)))
            .Select(p => $"`{p.Name}` under \"{p.Heading}\"");

        lacking.ShouldBeEmpty("docs/mapping.md lacks rows");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_fact_stands_there_with_what_it_holds_and_where_it_is_read(RecordKind kind)
    {
        var streams = ConnectorTypes.All.SelectMany(t => t.Manifest.Streams.Where(s => s.Kind == kind).Select(s => (t.Manifest.Name, s.Mapping))).ToList();

        foreach (var field in RecordSchema.Of(kind))
        {
            var path = $"{Names.Of(kind)}.{field.Name}";
            if (streams.Count == 0)
            {
                Page.ShouldContain($"`{path}`", customMessage: "docs/mapping.md lacks this fact");
                continue;
            }

            var from = string.Join(", ", streams.SelectMany(s => s.Mapping.Where(m => m.Field == field.Name && !IsLink(field)).Select(m => $"{s.Name} `{m.From}`")));
            var row = $"| `{path}` | {Holds(field)} | {field.Says} | {from}{(from.Length > 0 ? " " : "")}|\n";
            Page.ShouldContain(row, customMessage: "docs/mapping.md lacks this row");
        }
    }

    [Fact]
    public void Every_filter_of_texts_has_a_row()
    {
        foreach (var filter in Enum.GetValues<TemplateFilter>().Where(f => f != TemplateFilter.None))
            HasRow(Sections()["Texts, dates, people, amounts"], filter.ToString().ToLowerInvariant()).ShouldBeTrue(filter.ToString());
    }

    [Fact]
    public void Each_yaml_block_that_is_a_whole_file_is_accepted()
    {
        var whole = YamlBlock().Matches(Page).Select(m => m.Groups["text"].Value).Where(text => text.StartsWith("version:", StringComparison.Ordinal)).ToList();

        whole.ShouldNotBeEmpty("the page begins with a whole file");
        foreach (var text in whole) Errors(text).ShouldBeEmpty();
    }

    [Fact]
    public void Each_condition_that_is_shown_is_accepted()
    {
        var shown = Condition().Matches(Page).Select(m => m.Value.Trim('`')).ToList();

        shown.Count.ShouldBeGreaterThan(10);
        foreach (var condition in shown)
        {
            Errors($$"""
                version: 1
                business: { name: My Business, timezone: Europe/London, currency: GBP }
                tools: { crm: { connector: hubspot, token: "${HUBSPOT_TOKEN}" }, calendar: { connector: google-calendar, credentials: /run/secrets/google.json } }
                handoffs: { rule: { {{condition}}, create: { reminder: { in: calendar, on: +1d, title: Look } } } }
                """).ShouldBeEmpty(condition);
        }
    }

    private static IEnumerable<string> Errors(string yaml) =>
        ConfigLoader.LoadText("docs/mapping.md", yaml, FakeConnectors.All, new FakeSecrets()).Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => $"{d.Code}: {d.Message}");

    private static bool IsLink(FieldDefinition field) => field.Type is FieldType.Reference or FieldType.References;

    private static string Holds(FieldDefinition field) => field.Type switch
    {
        FieldType.Text => "text",
        FieldType.Person => "person",
        FieldType.Number => "number",
        FieldType.Amount => "amount",
        FieldType.Day => "day",
        FieldType.Moment => "moment",
        FieldType.Flag => "`true` or `false`",
        FieldType.Choice => string.Join(", ", field.Choices.Select(c => $"`{c}`")),
        FieldType.Reference => "a record",
        FieldType.References => "records",
    };

    // A row's first cell names one key, or several that belong together.
    private static bool HasRow(string section, string key) => section.Split('\n').Any(line => line.StartsWith('|') && line.Split('|')[1].Contains($"`{key}`", StringComparison.Ordinal));

    private static string? HeadingOf(string pointer)
    {
        if (!pointer.StartsWith("/properties/mapping/patternProperties/", StringComparison.Ordinal)) return Headings[pointer];

        // Directly below a kind stand facts; below a fact stand `field` and `values`.
        return pointer.EndsWith('$') ? null : "mapping";
    }

    private static IEnumerable<(string Pointer, string Name)> Properties(JsonNode? node, string pointer)
    {
        if (node is JsonArray list) return list.SelectMany((item, i) => Properties(item, $"{pointer}/{i}"));
        if (node is not JsonObject map) return [];
        var own = map["properties"] is JsonObject properties ? properties.Select(p => (pointer, p.Key)) : [];
        return own.Concat(map.SelectMany(entry => Properties(entry.Value, $"{pointer}/{entry.Key}")));
    }

    private static Dictionary<string, string> Sections() =>
        Heading().Matches(Page).ToDictionary(m => m.Groups["title"].Value.Replace("`", "", StringComparison.Ordinal), m => m.Groups["text"].Value);

    [GeneratedRegex(@"^#{2,3} (?<title>.+)\n(?<text>(?:(?!#{2,3} ).*(?:\n|\z))*)", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^```yaml\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex YamlBlock();

    [GeneratedRegex("`when: [^`]+`")]
    private static partial Regex Condition();
}
