using System.Text.Json;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Worker.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Configuration;

public sealed class SchemaDocumentTests
{
    [Fact]
    public void The_published_schema_is_the_one_that_the_tables_make() =>
        SchemaDocument.Text().ShouldBeApproved(Repository.PathOf("config/clientflow.schema.json"));

    [Theory]
    [InlineData("config/northwind.yaml")]
    [InlineData("config/minimal.yaml")]
    public void The_examples_use_only_keys_that_the_schema_knows(string file)
    {
        var schema = JsonDocument.Parse(SchemaDocument.Text()).RootElement;
        var root = YamlReader.Read(new SourceText(file, Repository.Text(file)), new DiagnosticBag()).ShouldNotBeNull();

        Unknown(root, schema, schema, "").ShouldBeEmpty();
    }

    // As much of JSON Schema as says which keys a mapping may have.
    private static IEnumerable<string> Unknown(ConfigNode node, JsonElement schema, JsonElement root, string path)
    {
        if (schema.TryGetProperty("$ref", out var reference)) schema = root.GetProperty("definitions").GetProperty(reference.GetString()!.Split('/')[^1]);
        if (node is SequenceNode list && schema.TryGetProperty("items", out var items)) return list.Items.SelectMany(i => Unknown(i, items, root, path + "[]"));
        if (schema.TryGetProperty("anyOf", out var any)) return any.EnumerateArray().Select(s => Unknown(node, s, root, path).ToList()).MinBy(u => u.Count) ?? [];
        if (node is not MappingNode mapping || !schema.TryGetProperty("additionalProperties", out var others)) return [];
        return mapping.Entries.SelectMany(entry =>
        {
            var here = $"{path}.{entry.Key}";
            if (schema.TryGetProperty("properties", out var known) && known.TryGetProperty(entry.Key, out var found)) return Unknown(entry.Value, found, root, here);
            if (schema.TryGetProperty("patternProperties", out var patterns))
                foreach (var pattern in patterns.EnumerateObject())
                    if (System.Text.RegularExpressions.Regex.IsMatch(entry.Key, pattern.Name)) return Unknown(entry.Value, pattern.Value, root, here);
            return others.ValueKind switch { JsonValueKind.False => [here], JsonValueKind.Object => Unknown(entry.Value, others, root, here), _ => [] };
        });
    }
}
