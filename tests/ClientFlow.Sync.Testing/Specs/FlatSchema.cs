using System.Text.Json;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>
/// A schema with its `$ref` and `allOf` opened up: the parts that must all hold, and the choices (`oneOf`, `anyOf`) still to be
/// made. Only the parts together know which fields exist, and only so can a field that none of them names be refused.
/// </summary>
internal sealed class FlatSchema
{
    private readonly List<JsonElement> _parts = [];
    private readonly List<IReadOnlyList<JsonElement>> _choices = [];
    private readonly SpecDocument _document;

    private FlatSchema(SpecDocument document) => _document = document;

    public IReadOnlyList<JsonElement> Parts => _parts;

    public IReadOnlyList<JsonElement> FirstChoice => _choices.Count == 0 ? [] : _choices[0];

    public static FlatSchema Of(SpecDocument document, IEnumerable<JsonElement> schemas)
    {
        var flat = new FlatSchema(document);
        foreach (var schema in schemas)
            flat.Add(schema);
        return flat;
    }

    /// <summary>The same schema with the first choice made.</summary>
    public FlatSchema Choosing(JsonElement variant)
    {
        var chosen = new FlatSchema(_document);
        chosen._parts.AddRange(_parts);
        chosen._choices.AddRange(_choices.Skip(1));
        chosen.Add(variant);
        return chosen;
    }

    /// <summary>Whether a part raises the flag and none lowers it again, as `readOnly: false` in a request's schema does.</summary>
    public bool Is(string flag) =>
        _parts.Any(part => part.IsTrue(flag)) && !_parts.Any(part => part.Child(flag) is { ValueKind: JsonValueKind.False });

    public bool TakesNull => _parts.Any(part => part.IsTrue("nullable")) || _parts.All(AllowsNull);

    /// <summary>The types that every part agrees on; empty when no part names one.</summary>
    public IReadOnlyList<string> Types
    {
        get
        {
            var stated = _parts.Select(TypesOf).Where(types => types.Count > 0).ToList();
            return stated.Count == 0 ? [] : [.. stated.Aggregate((left, right) => [.. left.Intersect(right)])];
        }
    }

    public IReadOnlyDictionary<string, List<JsonElement>> Fields => field ??= _parts
        .SelectMany(part => part.Child("properties").Members())
        .GroupBy(member => member.Name, member => member.Value)
        .ToDictionary(group => group.Key, group => group.ToList());

    public IEnumerable<string> Required => _parts.SelectMany(part => part.Child("required").Items())
        .Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!).Distinct();

    public IEnumerable<JsonElement> Items => _parts.Select(part => part.Child("items")).OfType<JsonElement>();

    /// <summary>What a field that is not listed must look like, where the schema says so: a map such as `metadata`.</summary>
    public JsonElement? Others => _parts.Select(part => part.Child("additionalProperties")).OfType<JsonElement>()
        .Where(stated => stated.ValueKind is JsonValueKind.Object or JsonValueKind.True)
        .Select(stated => stated.ValueKind == JsonValueKind.True ? JsonElements.Anything : stated)
        .Select(stated => (JsonElement?)stated)
        .FirstOrDefault();

    public bool IsClosed => _parts.Any(part => part.Child("additionalProperties") is { ValueKind: JsonValueKind.False });

    private void Add(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            return;

        if (schema.TextOf("$ref") is not null)
        {
            Add(_document.Resolve(schema));
            _parts.Add(JsonSerializer.SerializeToElement(schema.EnumerateObject()
                .Where(member => member.Name is "nullable" or "readOnly" or "annotations") // What vendors write beside a reference.
                .ToDictionary(member => member.Name, member => member.Value)));
            return;
        }

        _parts.Add(schema);
        foreach (var inner in schema.Child("allOf").Items())
            Add(inner);
        foreach (var keyword in (string[])["oneOf", "anyOf"])
            if (schema.Child(keyword).Items().ToList() is { Count: > 0 } variants)
                _choices.Add(variants);
    }

    private static bool AllowsNull(JsonElement part) => TypesOf(part) is { Count: > 0 } types
        ? types.Contains("null")
        : part.Child("enum") is null && part.Child("const") is null;

    private static List<string> TypesOf(JsonElement part) => part.Child("type") switch
    {
        { ValueKind: JsonValueKind.String } one => one.GetString() == "any" ? [] : [one.GetString()!],
        { ValueKind: JsonValueKind.Array } many => [.. many.EnumerateArray().Select(type => type.GetString()!)],
        _ when part.Child("properties") is not null => ["object"],
        _ when part.Child("items") is not null => ["array"],
        _ => [],
    };
}
