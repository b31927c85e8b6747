using System.Globalization;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>
/// Turns resources into JSON: compact in lists, full for one record, and with `opt_fields` nothing but gid and the named
/// fields.
/// </summary>
internal sealed class AsanaView(AsanaBehaviour behaviour)
{
    // Fields that the schema has and that only some records carry: asking for them elsewhere is no mistake.
    private static readonly HashSet<string> Optional = ["approval_status", "external", "team", "resource_subtype", "name", "gid", "resource_type",
        "text_value", "number_value", "enum_value", "date_value", "multi_enum_values", "people_value", "enum_options", "precision", "data", "label", "new_project"];

    public static JsonObject Compact(AsanaResource resource)
    {
        var json = new JsonObject { ["gid"] = resource.Gid, ["resource_type"] = resource.Type };
        if (resource.HasName)
            json["name"] = resource.Name;
        if (resource.Subtype is not null)
            json["resource_subtype"] = resource.Subtype;
        return json;
    }

    public JsonObject Full(AsanaResource resource)
    {
        JsonObject json = Compact(resource);
        foreach ((string name, object? value) in resource.Fields)
            json[name] = Whole(value);
        return json;
    }

    /// <summary>One record: everything, or what `opt_fields` names.</summary>
    public JsonObject One(AsanaResource resource, IReadOnlyList<string> fields) => fields.Count == 0 ? Full(resource) : Picked(resource, fields);

    /// <summary>A row of a list: compact, or what `opt_fields` names.</summary>
    public JsonObject Row(AsanaResource resource, IReadOnlyList<string> fields) => fields.Count == 0 ? Compact(resource) : Picked(resource, fields);

    private JsonObject Picked(AsanaResource resource, IReadOnlyList<string> fields)
    {
        var all = new List<(string Name, object? Value)>
        {
            ("gid", resource.Gid), ("resource_type", resource.Type), ("name", resource.Name), ("resource_subtype", resource.Subtype),
        };
        all.AddRange(resource.Fields.Where(field => field.Name is not "name"));
        JsonObject json = Pick(all, fields);
        json["gid"] = resource.Gid;
        return json;
    }

    private JsonObject Pick(IReadOnlyList<(string Name, object? Value)> all, IReadOnlyList<string> fields)
    {
        var json = new JsonObject();
        foreach (IGrouping<string, string> group in fields.GroupBy(path => path.Split('.')[0]))
        {
            List<string> deeper = [.. group.Where(path => path.Contains('.', StringComparison.Ordinal)).Select(path => path[(path.IndexOf('.', StringComparison.Ordinal) + 1)..])];
            int at = all.ToList().FindIndex(field => field.Name == group.Key);
            if (at >= 0 && (all[at].Value is not null || group.Key != "resource_subtype"))
                json[group.Key] = Chosen(all[at].Value, deeper);
            else if (at < 0 && !Optional.Contains(group.Key))
                throw AsanaError.Refuse(400, $"opt_fields: {group.Key} is not a field here");
        }

        // Whatever has a gid tells it, asked or not.
        if (all.FirstOrDefault(field => field.Name == "gid").Value is { } gid)
            json["gid"] ??= Whole(gid);

        return json;
    }

    private JsonNode? Chosen(object? value, IReadOnlyList<string> deeper) => value switch
    {
        AsanaResource resource when deeper.Count > 0 => Picked(resource, deeper),
        AsanaResource resource => behaviour.NamedReferences ? Compact(resource) : new JsonObject { ["gid"] = resource.Gid, ["resource_type"] = resource.Type },
        AsanaPart part when deeper.Count > 0 => Pick(part.Fields, deeper),
        object[] list => new JsonArray([.. list.Select(item => Chosen(item, deeper))]),
        _ => Whole(value),
    };

    private JsonNode? Whole(object? value) => value switch
    {
        null => null,
        AsanaResource resource => resource is AsanaCustomField or AsanaCustomFieldSetting ? Full(resource) : Compact(resource),
        AsanaPart part => new JsonObject(part.Fields.Select(field => KeyValuePair.Create(field.Name, Whole(field.Value)))),
        object[] list => new JsonArray([.. list.Select(Whole)]),
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        int number => JsonValue.Create(number),
        decimal number => JsonValue.Create(number),
        DateTimeOffset at => JsonValue.Create(AsanaClock.Text(at)),
        _ => throw new InvalidOperationException($"{value.GetType()} has no JSON form"),
    };
}

internal static class AsanaClock
{
    public static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static DateTimeOffset? Read(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at.ToUniversalTime() : null;
}
