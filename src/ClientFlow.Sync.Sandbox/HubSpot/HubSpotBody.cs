using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>Reads request bodies strictly: a field that the vendor's schema does not have is refused by name.</summary>
internal static class HubSpotBody
{
    public static JsonObject Object(ApiCall call, params string[] fields) =>
        Known(call.Json() as JsonObject ?? throw Bad("Invalid input JSON: an object was expected"), fields);

    public static JsonObject Known(JsonNode? node, params string[] fields)
    {
        JsonObject json = node as JsonObject ?? throw Bad("Invalid input JSON: an object was expected");
        string? stray = json.Select(pair => pair.Key).FirstOrDefault(name => !fields.Contains(name));
        return stray is null ? json : throw Bad($"Invalid input JSON: unrecognized field \"{stray}\"");
    }

    public static IReadOnlyList<JsonObject> Inputs(JsonObject body, int limit, params string[] fields)
    {
        JsonArray inputs = body["inputs"] as JsonArray ?? throw Bad("Invalid input JSON: \"inputs\" is required");
        if (inputs.Count > limit)
            throw HubSpotError.Invalid($"The maximum number of inputs supported in a batch request is {limit}; there are {inputs.Count}").Refusal();
        return [.. inputs.Select(input => Known(input, fields))];
    }

    public static string? Text(JsonObject json, string field) => json[field] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) => text,
        _ => throw Bad($"Invalid input JSON: \"{field}\" must be a string"),
    };

    public static string Required(JsonObject json, string field) =>
        Text(json, field) is { Length: > 0 } text ? text : throw Bad($"Invalid input JSON: \"{field}\" is required");

    public static int? Number(JsonObject json, string field) => json[field] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out int number) => number,
        _ => throw Bad($"Invalid input JSON: \"{field}\" must be an integer"),
    };

    public static IReadOnlyList<string> Texts(JsonObject json, string field) => json[field] switch
    {
        null => [],
        JsonArray array => [.. array.Select(item => item is JsonValue value && value.TryGetValue(out string? text) ? text : throw Bad($"Invalid input JSON: \"{field}\" must be strings"))],
        _ => throw Bad($"Invalid input JSON: \"{field}\" must be an array"),
    };

    /// <summary>Property values are strings, numbers and dates too.</summary>
    public static IReadOnlyDictionary<string, string> Properties(JsonObject json)
    {
        JsonObject values = json["properties"] as JsonObject ?? throw Bad("Invalid input JSON: \"properties\" is required");
        return values.ToDictionary(pair => pair.Key, pair => Text(values, pair.Key) ?? throw Bad($"Invalid input JSON: \"{pair.Key}\" must be a string"));
    }

    public static RefusedException Bad(string message) => HubSpotError.Invalid(message).Refusal();
}
