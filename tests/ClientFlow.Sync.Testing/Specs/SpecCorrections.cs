using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>
/// Places where a vendor's file contradicts its own prose or what the API is known to take. Each is one line with its reason;
/// whoever adds one says where the better knowledge comes from. A correction whose place is absent does nothing.
/// </summary>
internal static class SpecCorrections
{
    private const string Schemas = "components/schemas/";

    private static readonly Correction[] _all =
    [
        // The client package types a sort as text; the search guide writes an object, and the API takes both.
        new("hubspot-", Schemas + "PublicObjectSearchRequest/properties/sorts/items",
            """
            {"anyOf":[{"type":"string"},{"type":"object","required":["propertyName"],"properties":{
              "propertyName":{"type":"string"},"direction":{"type":"string","enum":["ASCENDING","DESCENDING"]}}}]}
            """),

        // The prose: values are "an enum GID, string, number, or object (depending on the custom field type)".
        new("asana", Schemas + "ProjectRequest/allOf/1/properties/custom_fields/additionalProperties", "{}"),
        new("asana", Schemas + "TaskRequestBase/allOf/1/properties/custom_fields/additionalProperties", "{}"),

        // The prose calls memberships create-only, the schema read-only; a create names project and section by their gids.
        new("asana", Schemas + "TaskBase/allOf/1/properties/memberships", null),
        new("asana", Schemas + "TaskResponse/allOf/1/properties/memberships",
            """
            {"type":"array","items":{"type":"object","properties":{
              "project":{"$ref":"#/components/schemas/ProjectCompact"},"section":{"$ref":"#/components/schemas/SectionCompact"}}}}
            """),
        new("asana", Schemas + "TaskCreateRequest/allOf/1/properties/memberships",
            """
            {"type":"array","items":{"type":"object","properties":{"project":{"type":"string"},"section":{"type":"string"}}}}
            """),

        // The prose: "takes a date with `YYYY-MM-DD` format"; and, of `is_strict`: "returns an \"Unprocessable Entity\" error".
        new("asana", Schemas + "DateVariableRequest/properties/value/format", "\"date\""),
        new("asana", "paths/~1project_templates~1{project_template_gid}~1instantiateProject/post/responses/422", """{"$ref":"#/components/responses/BadRequest"}"""),

        // The prose: "The parent will be `null` for other event types."
        new("asana", Schemas + "EventResponse/properties/parent/allOf/1/nullable", "true"),

        // "A time zone offset is required unless a time zone is explicitly specified in timeZone."
        new("google-calendar", "schemas/EventDateTime/properties/dateTime/format", "\"local-date-time\""),
    ];

    public static void Apply(string fileName, JsonNode root)
    {
        foreach (var correction in _all.Where(correction => fileName.StartsWith(correction.FilePrefix, StringComparison.Ordinal)))
            correction.Apply(root);
    }

    /// <summary>Puts <paramref name="Json"/> at the place, or takes away what is there when it is null.</summary>
    private sealed record Correction(string FilePrefix, string Place, string? Json)
    {
        public void Apply(JsonNode root)
        {
            string[] steps = [.. Place.Split('/').Select(step => step.Replace("~1", "/", StringComparison.Ordinal))];
            var parent = (JsonNode?)root;
            foreach (var step in steps[..^1])
                parent = parent is JsonArray array ? array.ElementAtOrDefault(int.Parse(step)) : (parent as JsonObject)?[step];

            if (parent is not JsonObject found)
                return;
            if (Json is null)
                found.Remove(steps[^1]);
            else
                found[steps[^1]] = JsonNode.Parse(Json);
        }
    }
}
