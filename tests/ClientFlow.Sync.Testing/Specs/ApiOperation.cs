using System.Text.Json;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>One documented call, in the same words for OpenAPI and for Google's discovery format.</summary>
internal sealed record ApiOperation(string Id, string Method, PathTemplate Path, SpecDocument Document)
{
    /// <summary>The part of the path that the vendor's server address already holds, such as `/api/1.0`.</summary>
    public string BasePath { get; init; } = "";

    public IReadOnlyList<ApiParameter> Parameters { get; init; } = [];

    /// <summary>Schema per content type; empty when the call takes no body.</summary>
    public IReadOnlyDictionary<string, JsonElement> Bodies { get; init; } = new Dictionary<string, JsonElement>();

    public bool BodyRequired { get; init; }

    /// <summary>`200`, `4XX` or `default` to the schema of the JSON answer, or to null for an answer without a schema.</summary>
    public required IReadOnlyDictionary<string, JsonElement?> Responses { get; init; }

    /// <summary>The description names no error statuses at all (Google), so every status from 400 up is as good as another.</summary>
    public bool ErrorsUndocumented { get; init; }

    /// <summary>In this call a null clears a field, whatever the schema says about null.</summary>
    public bool NullClears { get; init; }
}

/// <summary>A parameter of a call; <paramref name="Nested"/> ones are written with brackets, as in `created[gte]=1`.</summary>
internal sealed record ApiParameter(string Name, string In, bool Required, JsonElement Schema, bool Nested);
