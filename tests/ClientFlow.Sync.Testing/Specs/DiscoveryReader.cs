using System.Text.Json;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>Google's discovery format to operations. It names no error answers, and required fields only in annotations.</summary>
internal static class DiscoveryReader
{
    public static IEnumerable<ApiOperation> Read(SpecDocument document)
    {
        var prefix = document.Root.TextOf("basePath") is { Length: > 0 } basePath ? basePath : "/" + document.Root.TextOf("servicePath");
        return Methods(document.Root).Select(method => ReadMethod(document, prefix.TrimEnd('/'), method));
    }

    private static IEnumerable<JsonElement> Methods(JsonElement resource) =>
        resource.Child("methods").Members().Select(method => method.Value)
            .Concat(resource.Child("resources").Members().SelectMany(inner => Methods(inner.Value)));

    private static ApiOperation ReadMethod(SpecDocument document, string prefix, JsonElement method)
    {
        var verb = method.TextOf("httpMethod") ?? "GET";
        return new ApiOperation(
            method.TextOf("id") ?? "", verb, new PathTemplate($"{prefix}/{method.TextOf("path")}"), document)
        {
            BasePath = prefix,
            Parameters =
            [
                .. method.Child("parameters").Members()
                    .Concat(document.Root.Child("parameters").Members()) // `fields`, `alt`, `key`: any call takes them.
                    .Select(ReadParameter)
                    .DistinctBy(parameter => (parameter.Name, parameter.In)),
            ],
            Bodies = method.Child("request") is { } request
                ? new Dictionary<string, JsonElement> { ["application/json"] = request }
                : [],
            BodyRequired = method.Child("request") is not null,
            Responses = method.Child("response") is { } response
                ? new Dictionary<string, JsonElement?> { ["200"] = response }
                : new Dictionary<string, JsonElement?> { ["200"] = null, ["204"] = null },
            ErrorsUndocumented = true,
            NullClears = verb == "PATCH",
        };
    }

    private static ApiParameter ReadParameter(JsonProperty parameter) => new(
        parameter.Name,
        parameter.Value.TextOf("location") ?? "query",
        parameter.Value.IsTrue("required"),
        parameter.Value.IsTrue("repeated") ? Repeated(parameter.Value) : parameter.Value,
        Nested: false);

    private static JsonElement Repeated(JsonElement item) =>
        JsonSerializer.SerializeToElement(new Dictionary<string, object> { ["type"] = "array", ["items"] = item, ["repeated"] = true });
}
