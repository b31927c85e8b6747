using System.Globalization;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>Reads `{"data":{…}}` strictly: fields that the vendor's schema lacks, or that are read-only, are refused by name.</summary>
internal static class AsanaBody
{
    public static JsonObject Data(ApiCall call, params string[] fields)
    {
        JsonObject body = call.Json() as JsonObject ?? throw AsanaError.Refuse(400, "Could not parse request data, invalid JSON");
        if (body.Select(pair => pair.Key).FirstOrDefault(name => name != "data") is { } extra)
            throw AsanaError.Refuse(400, $"{extra}: Unrecognized body parameter");
        return Known(body["data"] ?? throw AsanaError.Refuse(400, "data: Missing input"), fields);
    }

    public static JsonObject Known(JsonNode? node, params string[] fields)
    {
        JsonObject json = node as JsonObject ?? throw AsanaError.Refuse(400, "an object was expected");
        string? stray = json.Select(pair => pair.Key).FirstOrDefault(name => !fields.Contains(name));
        return stray is null ? json : throw AsanaError.Refuse(400, $"{stray}: Cannot write this property");
    }

    public static string? Text(JsonObject data, string field) => data[field] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) => text,
        _ => throw AsanaError.Refuse(400, $"{field}: Value is not a string: {data[field]!.ToJsonString()}"),
    };

    public static string Required(JsonObject data, string field) =>
        Text(data, field) is { Length: > 0 } text ? text : throw AsanaError.Refuse(400, $"{field}: Missing input");

    public static bool Flag(JsonObject data, string field) =>
        data[field] is JsonValue value && value.TryGetValue(out bool flag) ? flag : throw AsanaError.Refuse(400, $"{field}: Value is not a boolean");

    /// <summary>A calendar day, or null to clear it.</summary>
    public static string? Day(JsonObject data, string field)
    {
        string? text = Text(data, field);
        return text is null || DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? text
            : throw AsanaError.Refuse(400, $"{field}: Value is not a valid date: {text}");
    }

    public static DateTimeOffset? Moment(string field, string? text) => text is null
        ? null
        : AsanaClock.Read(text) ?? throw AsanaError.Refuse(400, $"{field}: Not a valid time: {text}");

    public static string OneOf(JsonObject data, string field, params string[] allowed)
    {
        string value = Required(data, field);
        return allowed.Contains(value) ? value : throw AsanaError.Refuse(400, $"{field}: {value} is not one of {string.Join(", ", allowed)}");
    }
}
