using System.Text;
using System.Text.Json;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>One request against one documented call: the variables of its path, its query, its body.</summary>
internal static class RequestCheck
{
    public static IReadOnlyList<SpecViolation> Run(
        ApiOperation operation, IReadOnlyDictionary<string, string> variables, string query,
        string? contentType, ReadOnlyMemory<byte> body) =>
    [
        .. Variables(operation, variables),
        .. Query(operation, [.. BracketForm.Pairs(query)]),
        .. Body(operation, contentType, body),
    ];

    private static List<SpecViolation> Variables(ApiOperation operation, IReadOnlyDictionary<string, string> variables)
    {
        var check = Textual(operation);
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "path"))
            if (variables.TryGetValue(parameter.Name, out var value))
                check.Check(Text(value), parameter.Schema, $"path.{parameter.Name}");
        return check.Violations;
    }

    private static List<SpecViolation> Query(ApiOperation operation, List<(string Name, string Value)> pairs)
    {
        var check = Textual(operation);
        var known = operation.Parameters.Where(parameter => parameter.In == "query").ToList();

        var unknown = pairs.DistinctBy(pair => pair.Name).Where(pair => !known.Any(parameter => Belongs(pair.Name, parameter)));
        foreach (var (name, value) in unknown)
            check.Violations.Add(new SpecViolation($"query.{name}", $"is not in the description (value {value})"));

        foreach (var parameter in known)
        {
            var own = pairs.Where(pair => Belongs(pair.Name, parameter)).ToList();
            var where = $"query.{parameter.Name}";
            if (own.Count == 0 && parameter.Required)
                check.Violations.Add(new SpecViolation(where, "is required and missing"));
            else if (own.Count > 0 && parameter.Nested)
                check.Check(BracketForm.ToTree(own, "query", check.Violations).Child(parameter.Name) ?? Text(""), parameter.Schema, where);
            else if (own.Count > 0)
                CheckPlain(check, operation, parameter, [.. own.Select(pair => pair.Value)], where);
        }

        return check.Violations;
    }

    private static void CheckPlain(SchemaCheck check, ApiOperation operation, ApiParameter parameter, List<string> values, string where)
    {
        var isList = FlatSchema.Of(operation.Document, [parameter.Schema]).Types.Contains("array");
        if (!isList && values.Count > 1)
            check.Violations.Add(new SpecViolation(where, $"is given {values.Count} times"));

        if (!isList)
            check.Check(Text(values[0]), parameter.Schema, where);
        else if (parameter.Schema.IsTrue("repeated"))
            check.Check(JsonSerializer.SerializeToElement(values), parameter.Schema, where);
        else // Lists are written `a,b` or `x=a&x=b`; vendors with derived descriptions do not say which, and take both.
            check.Check(JsonSerializer.SerializeToElement(values.SelectMany(value => value.Split(','))), parameter.Schema, where);
    }

    private static bool Belongs(string name, ApiParameter parameter) =>
        name == parameter.Name || (parameter.Nested && BracketForm.RootOf(name) == parameter.Name);

    private static List<SpecViolation> Body(ApiOperation operation, string? contentType, ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            return operation.BodyRequired ? [new("body", "is required and missing")] : [];
        if (operation.Bodies.Count == 0)
            return [new("body", $"this call takes none, got {Start(body)}")];

        var mediaType = contentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";
        var found = operation.Bodies.FirstOrDefault(entry => entry.Key.Split(';')[0].Equals(mediaType, StringComparison.OrdinalIgnoreCase));
        if (found.Key is null)
            return [new("content-type", $"`{contentType}` is not one of {string.Join(", ", operation.Bodies.Keys)}")];

        return mediaType switch
        {
            "application/x-www-form-urlencoded" => Form(operation, found.Value, body),
            _ when mediaType.Contains("json", StringComparison.Ordinal) => Json(operation, found.Value, body),
            _ => [],
        };
    }

    private static List<SpecViolation> Form(ApiOperation operation, JsonElement schema, ReadOnlyMemory<byte> body)
    {
        var check = Textual(operation);
        var tree = BracketForm.ToTree(BracketForm.Pairs(Encoding.UTF8.GetString(body.Span)), "body", check.Violations);
        check.Check(tree, schema, "body");
        return check.Violations;
    }

    private static List<SpecViolation> Json(ApiOperation operation, JsonElement schema, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var parsed = JsonDocument.Parse(body);
            var check = new SchemaCheck(operation, SchemaCheck.Side.Request);
            check.Check(parsed.RootElement, schema, "body");
            return check.Violations;
        }
        catch (JsonException broken)
        {
            return [new("body", $"is not JSON: {broken.Message}")];
        }
    }

    private static SchemaCheck Textual(ApiOperation operation) => new(operation, SchemaCheck.Side.Request, asText: true);

    private static JsonElement Text(string value) => JsonSerializer.SerializeToElement(value);

    private static string Start(ReadOnlyMemory<byte> body) => Encoding.UTF8.GetString(body.Span[..Math.Min(80, body.Length)]);
}
