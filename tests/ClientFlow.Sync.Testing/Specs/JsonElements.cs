using System.Text.Json;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>Reading a description without asking at each step whether the property is there.</summary>
internal static class JsonElements
{
    /// <summary>The schema that takes any value.</summary>
    public static readonly JsonElement Anything = JsonSerializer.SerializeToElement(new Dictionary<string, string>());

    public static JsonElement? Child(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var child) ? child : null;

    public static string? TextOf(this JsonElement element, string name) =>
        element.Child(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public static bool IsTrue(this JsonElement element, string name) =>
        element.Child(name) is { ValueKind: JsonValueKind.True };

    /// <summary>A number, also where it is written as text (discovery does that).</summary>
    public static decimal? NumberOf(this JsonElement element, string name) => element.Child(name) switch
    {
        { ValueKind: JsonValueKind.Number } number when number.TryGetDecimal(out var value) => value,
        { ValueKind: JsonValueKind.String } text when decimal.TryParse(text.GetString(), out var value) => value,
        _ => null,
    };

    public static IEnumerable<JsonProperty> Members(this JsonElement? element) =>
        element is { ValueKind: JsonValueKind.Object } found ? found.EnumerateObject() : [];

    public static IEnumerable<JsonElement> Items(this JsonElement? element) =>
        element is { ValueKind: JsonValueKind.Array } found ? found.EnumerateArray() : [];

    /// <summary>A piece of the offending value, short enough for a line of a report.</summary>
    public static string Fragment(this JsonElement value)
    {
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length <= 80 ? text : text[..77] + "...";
    }
}
