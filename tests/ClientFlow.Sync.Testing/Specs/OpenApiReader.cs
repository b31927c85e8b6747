using System.Text.Json;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>OpenAPI 3 to operations.</summary>
internal static class OpenApiReader
{
    private static readonly string[] _methods = ["get", "put", "post", "delete", "patch", "head", "options"];

    public static IEnumerable<ApiOperation> Read(SpecDocument document)
    {
        var prefix = BasePath(document.Root);
        foreach (var path in document.Root.Child("paths").Members())
        {
            var shared = path.Value.Child("parameters").Items().ToList();
            foreach (var method in path.Value.EnumerateObject().Where(member => _methods.Contains(member.Name)))
            {
                var template = new PathTemplate(prefix + path.Name);
                yield return ReadOperation(document, method.Name.ToUpperInvariant(), template, method.Value, shared) with
                {
                    BasePath = prefix,
                };
            }
        }
    }

    private static ApiOperation ReadOperation(
        SpecDocument document, string method, PathTemplate path, JsonElement operation, IEnumerable<JsonElement> shared)
    {
        var body = operation.Child("requestBody") is { } stated ? document.Resolve(stated) : (JsonElement?)null;
        return new ApiOperation(operation.TextOf("operationId") ?? path.Text, method, path, document)
        {
            Parameters =
            [
                .. operation.Child("parameters").Items().Concat(shared) // The call's own word comes first and wins over the path's.
                    .Select(parameter => ReadParameter(document, document.Resolve(parameter)))
                    .DistinctBy(parameter => (parameter.Name, parameter.In)),
            ],
            Bodies = body?.Child("content").Members()
                .ToDictionary(content => content.Name, content => content.Value.Child("schema") ?? JsonElements.Anything) ?? [],
            BodyRequired = body?.IsTrue("required") ?? false,
            Responses = operation.Child("responses").Members()
                .ToDictionary(response => response.Name.ToUpperInvariant(), response => AnswerSchema(document.Resolve(response.Value))),
        };
    }

    private static ApiParameter ReadParameter(SpecDocument document, JsonElement parameter) => new(
        parameter.TextOf("name") ?? throw new InvalidDataException($"{document.Name}: a parameter without a name"),
        parameter.TextOf("in") ?? "query",
        parameter.IsTrue("required"),
        parameter.Child("schema") ?? JsonElements.Anything,
        Nested: parameter.TextOf("style") == "deepObject");

    private static JsonElement? AnswerSchema(JsonElement response)
    {
        var content = response.Child("content").Members().ToList();
        return content.FindIndex(entry => IsJson(entry.Name)) is >= 0 and var json
            ? content[json].Value.Child("schema") ?? JsonElements.Anything
            : content.Count > 0 ? JsonElements.Anything : null;
    }

    private static bool IsJson(string contentType) => contentType.Contains("json", StringComparison.OrdinalIgnoreCase);

    private static string BasePath(JsonElement root)
    {
        var url = root.Child("servers").Items().FirstOrDefault().TextOf("url");
        var path = Uri.TryCreate(url, UriKind.Absolute, out var absolute) ? absolute.AbsolutePath : url ?? "";
        return path.TrimEnd('/');
    }
}
