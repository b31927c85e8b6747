using System.Globalization;
using System.Text.Json;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>
/// Holds a value against a schema and says what is wrong. `oneOf` is read as `anyOf`: vendors use it for variants that overlap.
/// </summary>
internal sealed class SchemaCheck(ApiOperation operation, SchemaCheck.Side side, bool asText = false, bool refuseExtras = true)
{
    /// <summary>Read-only fields are refused in a request and expected in an answer.</summary>
    internal enum Side { Request, Answer }

    public List<SpecViolation> Violations { get; } = [];

    public void Check(JsonElement value, JsonElement schema, string where) =>
        Check(value, FlatSchema.Of(operation.Document, [schema]), where);

    private void Check(JsonElement value, FlatSchema schema, string where)
    {
        if (schema.Is("x-trimmed"))
            return; // A stub: our copy of the file leaves out what is behind it.

        if (schema.FirstChoice.Count > 0)
        {
            CheckVariants(value, schema, where);
            return;
        }

        if (value.ValueKind == JsonValueKind.Null)
        {
            if (!schema.TakesNull && !(side == Side.Request && operation.NullClears))
                Refuse(where, $"null, but it must be {Expected(schema)}");
            return;
        }

        if (!Admits(schema, value))
        {
            Refuse(where, $"expected {Expected(schema)}, got {value.Fragment()}");
            return;
        }

        if (value.ValueKind == JsonValueKind.Object && !(asText && schema.Types.Contains("array")))
            CheckFields(value, schema, where);
        else if (value.ValueKind is JsonValueKind.Array or JsonValueKind.Object)
            CheckItems(value, schema, where);
        else
            CheckScalar(value, schema, where);
    }

    private void CheckVariants(JsonElement value, FlatSchema schema, string where)
    {
        if (value.ValueKind == JsonValueKind.Null && schema.Parts.Any(part => part.IsTrue("nullable")))
            return;

        var fitting = schema.FirstChoice.Select(schema.Choosing)
            .Where(variant => value.ValueKind == JsonValueKind.Null ? variant.TakesNull : Admits(variant, value))
            .ToList();
        if (fitting.Count == 0)
        {
            Refuse(where, $"{value.Fragment()} is none of the {schema.FirstChoice.Count} documented variants");
            return;
        }

        var attempts = fitting.Select(variant =>
        {
            var attempt = new SchemaCheck(operation, side, asText, refuseExtras);
            attempt.Check(value, variant, where);
            return attempt.Violations;
        });
        Violations.AddRange(attempts.MinBy(violations => violations.Count)!); // The nearest variant is the one that was meant.
    }

    private void CheckFields(JsonElement value, FlatSchema schema, string where)
    {
        foreach (var name in RequiredIn(schema).Where(name => value.Child(name) is null))
            Refuse($"{where}.{name}", "is required and missing");

        foreach (var member in value.EnumerateObject())
        {
            var inner = $"{where}.{member.Name}";
            if (schema.Fields.TryGetValue(member.Name, out var declared))
            {
                var field = FlatSchema.Of(operation.Document, declared);
                if (side == Side.Request && field.Is("readOnly"))
                    Refuse(inner, $"is read-only, yet the request sets it to {member.Value.Fragment()}");
                else
                    Check(member.Value, field, inner);
            }
            else if (schema.Others is { } others)
            {
                Check(member.Value, others, inner);
            }
            else if (schema.IsClosed || (refuseExtras && schema.Fields.Count > 0))
            {
                Refuse(inner, $"is not in the description (value {member.Value.Fragment()})");
            }
        }
    }

    private IEnumerable<string> RequiredIn(FlatSchema schema)
    {
        var annotated = side == Side.Answer ? [] : schema.Fields
            .Where(field => field.Value.Any(declared => declared.Child("annotations")?.Child("required").Items()
                .Any(id => id.GetString() == operation.Id) ?? false))
            .Select(field => field.Key); // Discovery says per method what is required.

        var ignored = side == Side.Request ? "readOnly" : "writeOnly";
        return schema.Required.Union(annotated)
            .Where(name => !schema.Fields.TryGetValue(name, out var declared) || !FlatSchema.Of(operation.Document, declared).Is(ignored));
    }

    private void CheckItems(JsonElement value, FlatSchema schema, string where)
    {
        var items = value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().ToList()
            : value.EnumerateObject().Select(member => member.Value).ToList(); // `lines[0]`, `lines[1]`: a list written as a map.

        foreach (var part in schema.Parts)
        {
            if (part.NumberOf("maxItems") is { } most && items.Count > most)
                Refuse(where, $"has {items.Count} items, at most {most} are allowed");
            if (part.NumberOf("minItems") is { } least && items.Count < least)
                Refuse(where, $"has {items.Count} items, at least {least} are needed");
        }

        var itemSchema = FlatSchema.Of(operation.Document, schema.Items);
        for (var index = 0; index < items.Count; index++)
            Check(items[index], itemSchema, $"{where}[{index}]");
    }

    private void CheckScalar(JsonElement value, FlatSchema schema, string where)
    {
        foreach (var part in schema.Parts)
        {
            if (part.Child("enum") is { ValueKind: JsonValueKind.Array } allowed && !allowed.EnumerateArray().Any(one => Same(one, value)))
                Refuse(where, $"{value.Fragment()} is not one of {Listed(allowed)}");
            if (part.Child("const") is { } only && !Same(only, value))
                Refuse(where, $"{value.Fragment()} is not {only.Fragment()}");

            if (value.ValueKind == JsonValueKind.String && TextProblem(part, value.GetString()!) is { } textProblem)
                Refuse(where, $"{value.Fragment()} {textProblem}");
            if (schema.Types.Any(type => type is "integer" or "number") && NumberProblem(part, value) is { } numberProblem)
                Refuse(where, $"{value.Fragment()} {numberProblem}");
        }
    }

    private static string? TextProblem(JsonElement part, string text)
    {
        if (part.TextOf("type") is null or "string" && TextFormats.Problem(part.TextOf("format"), text) is { } problem)
            return problem;
        var length = new StringInfo(text).LengthInTextElements;
        if (part.NumberOf("maxLength") is { } most && length > most)
            return $"is {length} characters long, at most {most} are allowed";
        if (part.NumberOf("minLength") is { } least && length < least)
            return $"is {length} characters long, at least {least} are needed";
        return part.TextOf("pattern") is { } pattern && !TextFormats.Matches(pattern, text) ? $"does not match {pattern}" : null;
    }

    private static string? NumberProblem(JsonElement part, JsonElement value)
    {
        if (!TextFormats.IsNumber(value, out var number))
            return null;
        if (part.NumberOf("minimum") is { } least && number < least)
            return $"is below {least}";
        return part.NumberOf("maximum") is { } most && number > most ? $"is above {most}" : null;
    }

    private bool Admits(FlatSchema schema, JsonElement value) =>
        schema.Types.Count == 0
            ? !schema.Parts.Any(part => part.Child("type") is not null) // Parts that contradict each other admit nothing.
            : schema.Types.Any(type => Admits(type, value));

    private bool Admits(string type, JsonElement value) => (type, value.ValueKind) switch
    {
        ("object", JsonValueKind.Object) => true,
        ("array", JsonValueKind.Array) => true,
        ("array", JsonValueKind.Object) => asText && value.EnumerateObject().All(member => member.Name.All(char.IsAsciiDigit)),
        ("string", JsonValueKind.String) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("boolean", JsonValueKind.String) => asText && value.GetString() is "true" or "false",
        ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => TextFormats.IsInteger(value),
        ("number", JsonValueKind.String) => asText && TextFormats.IsNumber(value, out _),
        ("integer", JsonValueKind.String) => asText && TextFormats.IsInteger(value),
        _ => false,
    };

    private bool Same(JsonElement documented, JsonElement given) =>
        JsonElement.DeepEquals(documented, given)
        || (asText && given.ValueKind == JsonValueKind.String && documented.ToString() == given.GetString());

    private static string Expected(FlatSchema schema) => schema.Types.Count == 0 ? "something else" : string.Join(" or ", schema.Types);

    private static string Listed(JsonElement allowed)
    {
        var values = allowed.EnumerateArray().Select(value => value.ToString()).ToList();
        return string.Join(", ", values.Take(12)) + (values.Count > 12 ? $" and {values.Count - 12} more" : "");
    }

    private void Refuse(string where, string message) => Violations.Add(new SpecViolation(where, message));
}
