using System.Text.Json;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>One answer against one documented call.</summary>
internal static class ResponseCheck
{
    public static IReadOnlyList<SpecViolation> Run(ApiOperation operation, int status, ReadOnlyMemory<byte> body, ExtraFields extras)
    {
        if (!TryFind(operation, status, out var schema))
            return [new("status", $"{status} is not documented (only {string.Join(", ", operation.Responses.Keys)})")];
        if (schema is null)
            return status == 204 && !body.IsEmpty ? [new("answer", "a 204 carries no body")] : [];
        if (body.IsEmpty)
            return [new("answer", $"a {status} has a documented body, none was sent")];

        try
        {
            using var parsed = JsonDocument.Parse(body);
            var check = new SchemaCheck(operation, SchemaCheck.Side.Answer, refuseExtras: extras == ExtraFields.Refused);
            check.Check(parsed.RootElement, schema.Value, "answer");
            return check.Violations;
        }
        catch (JsonException broken)
        {
            return [new("answer", $"is not JSON: {broken.Message}")];
        }
    }

    /// <summary>Whether the status is in order, and the schema its body must follow (null: nothing to hold it against).</summary>
    private static bool TryFind(ApiOperation operation, int status, out JsonElement? schema)
    {
        if (operation.Responses.TryGetValue($"{status}", out schema) || operation.Responses.TryGetValue($"{status / 100}XX", out schema))
            return true;

        // `default` describes errors. A 429 or a 5xx comes from the gateway in front of the API: in no description, with a body of its own.
        if (status is 429 or >= 500 || (status >= 400 && operation.ErrorsUndocumented))
            return true;
        return status >= 400 && operation.Responses.TryGetValue("DEFAULT", out schema);
    }
}
