using System.Globalization;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.Asana;

internal sealed class AsanaEnumOption(string gid) : AsanaResource(gid, "enum_option")
{
    public override IEnumerable<(string Name, object? Value)> Fields => [("enabled", true), ("color", "none")];
}

/// <summary>A custom field of the workspace; on a project or task it is shown with a value.</summary>
internal sealed class AsanaCustomField(string gid, string valueType) : AsanaResource(gid, "custom_field")
{
    public string ValueType { get; } = valueType;

    public override string Subtype => ValueType;

    public string Description { get; init; } = "";

    public List<AsanaEnumOption> Options { get; } = [];

    public int? Precision { get; init; }

    public override IEnumerable<(string Name, object? Value)> Fields => [.. Definition(), ("description", Description)];

    /// <summary>The field with a value, as it stands in `custom_fields` of a project or task.</summary>
    public AsanaPart With(object? value) => new(
    [
        ("gid", Gid), ("resource_type", Type), ("name", Name), ("resource_subtype", ValueType), .. Definition(),
        ("display_value", Display(value)), .. Value(value),
    ]);

    /// <summary>Reads a value from a request: text, number, enum option gid or {"date": …}. Throws what the vendor answers.</summary>
    public object? Read(JsonNode? node) => (ValueType, node) switch
    {
        (_, null) => null,
        ("text", JsonValue value) when value.TryGetValue(out string? text) => text.Length == 0 ? null : text,
        ("number", JsonValue value) when value.TryGetValue(out decimal number) => number,
        ("enum", JsonValue value) when value.TryGetValue(out string? gid) =>
            Options.FirstOrDefault(option => option.Gid == gid) ?? throw AsanaError.Refuse(400, $"custom_fields: {gid} is not an enum option of {Gid}"),
        ("date", JsonObject date) => (string?)date["date"],
        _ => throw AsanaError.Refuse(400, $"custom_fields: the value of {Gid} does not fit its type {ValueType}"),
    };

    private static string? Display(object? value) => value switch
    {
        null => null,
        AsanaEnumOption option => option.Name,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    private IEnumerable<(string, object?)> Definition()
    {
        yield return ("type", ValueType);
        yield return ("enabled", true);
        yield return ("representation_type", ValueType);
        yield return ("is_formula_field", false);
        if (ValueType == "enum")
            yield return ("enum_options", Options.ToArray());
        if (ValueType == "number")
            yield return ("precision", Precision ?? 0);
    }

    private IEnumerable<(string, object?)> Value(object? value)
    {
        yield return ValueType switch
        {
            "number" => ("number_value", value),
            "enum" => ("enum_value", value),
            "date" => ("date_value", value is string date ? new AsanaPart(("date", date)) : null),
            _ => ("text_value", value),
        };
    }
}

internal sealed class AsanaCustomFieldSetting(string gid, AsanaProject project, AsanaCustomField field) : AsanaResource(gid, "custom_field_setting")
{
    public AsanaProject Project { get; } = project;

    public AsanaCustomField Field { get; } = field;

    public override bool HasName => false;

    public override IEnumerable<(string Name, object? Value)> Fields =>
        [("project", Project), ("parent", Project), ("custom_field", Field), ("is_important", false)];
}
