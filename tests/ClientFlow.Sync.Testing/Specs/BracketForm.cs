using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>Form text with brackets (`lines[0][amount]=1`, `expand[]=customer`) to the tree it stands for, its leaves being text.</summary>
internal static class BracketForm
{
    /// <summary>The pairs in the order they were written, percent-decoded; a plus is a space.</summary>
    public static IEnumerable<(string Name, string Value)> Pairs(string text) =>
        from pair in text.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        let cut = pair.IndexOf('=', StringComparison.Ordinal)
        select cut < 0 ? (Decode(pair), "") : (Decode(pair[..cut]), Decode(pair[(cut + 1)..]));

    public static JsonElement ToTree(IEnumerable<(string Name, string Value)> pairs, string where, List<SpecViolation> problems)
    {
        var root = new JsonObject();
        foreach (var (name, value) in pairs)
            if (!Put(root, Steps(name), value))
                problems.Add(new SpecViolation($"{where}.{name}", "is given twice, or both as a value and as a group"));
        return JsonSerializer.SerializeToElement(root);
    }

    /// <summary>The name in front of the first bracket.</summary>
    public static string RootOf(string name) => name.IndexOf('[', StringComparison.Ordinal) is > 0 and var cut ? name[..cut] : name;

    private static List<string> Steps(string name) =>
        name.EndsWith(']') && name.Contains('[', StringComparison.Ordinal)
            ? [RootOf(name), .. name[(RootOf(name).Length + 1)..^1].Split("][")]
            : [name];

    private static bool Put(JsonNode parent, List<string> steps, string value)
    {
        if (parent is JsonArray list)
            return PutInList(list, steps, value);
        if (parent is not JsonObject group)
            return false;

        if (steps.Count == 1)
            return group.TryAdd(steps[0], value);

        var inner = group[steps[0]];
        if (inner is null)
            group[steps[0]] = inner = steps[1].Length == 0 ? new JsonArray() : new JsonObject();
        return Put(inner, steps[1..], value);
    }

    private static bool PutInList(JsonArray list, List<string> steps, string value)
    {
        if (steps[0].Length > 0)
            return false;
        if (steps.Count == 1)
        {
            list.Add(value);
            return true;
        }

        // `a[][x]=1&a[][y]=2&a[][x]=3`: the next entry begins where a name repeats.
        if (list.LastOrDefault() is JsonObject last && Put(last, steps[1..], value))
            return true;
        var next = new JsonObject();
        list.Add(next);
        return Put(next, steps[1..], value);
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
