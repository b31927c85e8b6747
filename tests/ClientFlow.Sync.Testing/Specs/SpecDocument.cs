using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>One description file: its root, and the finding of what a `$ref` in it means.</summary>
internal sealed class SpecDocument
{
    private SpecDocument(string name, JsonElement root)
    {
        Name = name;
        Root = root;
    }

    public string Name { get; }

    public JsonElement Root { get; }

    public bool IsDiscovery => Root.TryGetProperty("discoveryVersion", out _);

    public static SpecDocument Read(string file)
    {
        var name = Path.GetFileName(file);
        var root = JsonNode.Parse(File.ReadAllBytes(file))
            ?? throw new InvalidDataException($"{name} is empty");
        SpecCorrections.Apply(name, root);
        return new SpecDocument(name, JsonSerializer.SerializeToElement(root));
    }

    /// <summary>The element itself, or what it refers to.</summary>
    public JsonElement Resolve(JsonElement element)
    {
        for (var hops = 0; element.TextOf("$ref") is { } reference; hops++)
        {
            if (hops > 20)
                throw new InvalidDataException($"{Name}: {reference} refers to itself");
            element = Follow(reference);
        }

        return element;
    }

    private JsonElement Follow(string reference)
    {
        // Discovery names a schema (`Event`), OpenAPI points at it (`#/components/schemas/deal`).
        var steps = reference.StartsWith("#/", StringComparison.Ordinal) ? reference[2..].Split('/') : ["schemas", reference];
        var found = Root;
        foreach (var step in steps)
        {
            var key = Uri.UnescapeDataString(step).Replace("~1", "/").Replace("~0", "~");
            if (found.ValueKind == JsonValueKind.Array && int.TryParse(key, out var index) && index < found.GetArrayLength())
                found = found[index];
            else if (found.Child(key) is { } child)
                found = child;
            else
                return JsonElements.Anything; // Some vendors' files refer to schemas that they do not contain.
        }

        return found;
    }
}
