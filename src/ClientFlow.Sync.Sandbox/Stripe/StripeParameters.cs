using System.Globalization;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>Reads a call's parameters and refuses what Stripe refuses. An empty text unsets what may be unset.</summary>
internal sealed class StripeParameters(StripeForm form)
{
    public StripeForm Form => form;

    public bool Has(string name) => form[name] is not null;

    /// <summary>Refuses all but the simulated names; those that only Stripe itself plays get an answer of their own.</summary>
    public void Allow(IReadOnlyCollection<string> simulated, IReadOnlyCollection<string>? onlyAtStripe = null)
    {
        string[] unknown = [.. form.Names.Where(name => !simulated.Contains(name) && onlyAtStripe?.Contains(name) != true)];
        if (unknown.Length > 0)
            throw StripeException.Unknown(unknown);
        if (form.Names.FirstOrDefault(name => !simulated.Contains(name)) is { } other)
            throw StripeException.NotSimulated(other);
    }

    public string? Text(string name, int longest = 5000)
    {
        if (form[name] is not { } node)
            return null;
        if (node.Text is not { } text)
            throw StripeException.Invalid($"Invalid string: {name} must be a string", node.Path);
        return text.Length <= longest
            ? text
            : throw StripeException.Invalid($"Invalid string: {text[..20]}...; must be at most {longest} characters", node.Path, "parameter_invalid_string");
    }

    public string Required(string name) => Text(name) switch
    {
        null => throw StripeException.Missing(name),
        "" => throw Empty(name),
        var text => text,
    };

    public long? Integer(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (text.Length == 0)
            throw Empty(name);
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw StripeException.Invalid($"Invalid integer: {text}", name, "parameter_invalid_integer");
    }

    public bool? Flag(string name) => Text(name) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        var text => throw StripeException.Invalid($"Invalid boolean: {text}", name),
    };

    public string? OneOf(string name, params string[] values)
    {
        var text = Text(name);
        return text is null || values.Contains(text)
            ? text
            : throw StripeException.Invalid($"Invalid {name}: must be one of {string.Join(", ", values[..^1])}, or {values[^1]}", name);
    }

    public IReadOnlyList<string> Texts(string name)
    {
        if (form[name] is not { } node)
            return [];
        if (node.IsLeaf)
            throw StripeException.Invalid("Invalid array", name);
        return [.. node.Items.Select(item => item.Text ?? throw StripeException.Invalid("Invalid string", item.Path))];
    }

    /// <summary>`created=5` or `created[gte]=5`: a test of a moment.</summary>
    public Func<long?, bool> Range(string name)
    {
        if (form[name] is not { } node)
            return _ => true;
        if (node.IsLeaf)
            return Integer(name) is var exact ? value => value == exact : _ => true;

        var bounds = new List<Func<long, bool>>();
        foreach (var part in node.Names)
        {
            if (part is not ("gt" or "gte" or "lt" or "lte"))
                throw StripeException.Unknown([$"{name}[{part}]"]);
            if (!long.TryParse(node[part]!.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var bound))
                throw StripeException.Invalid($"Invalid integer: {node[part]!.Text}", $"{name}[{part}]", "parameter_invalid_integer");
            bounds.Add(part switch
            {
                "gt" => value => value > bound,
                "gte" => value => value >= bound,
                "lt" => value => value < bound,
                _ => value => value <= bound,
            });
        }

        return value => value is { } known && bounds.TrueForAll(within => within(known));
    }

    /// <summary>The metadata after this call: given keys are set, empty values remove a key, an empty `metadata` removes all.</summary>
    public Dictionary<string, string> Metadata(IReadOnlyDictionary<string, string> before)
    {
        if (form["metadata"] is not { } node)
            return new(before);
        if (node.IsLeaf)
            return node.Text is "" ? [] : throw StripeException.Invalid("Invalid hash", "metadata");

        var after = new Dictionary<string, string>(before, StringComparer.Ordinal);
        foreach (var item in node.Names)
        {
            if (item.Length > 40)
                throw StripeException.Invalid($"Invalid metadata key '{item}': keys can be up to 40 characters", $"metadata[{item}]");
            var value = node[item]!.Text ?? throw StripeException.Invalid("Metadata values must be strings", $"metadata[{item}]");
            if (value.Length > 500)
                throw StripeException.Invalid($"Metadata values can have up to 500 characters, but you passed in a value that is {value.Length} characters.", $"metadata[{item}]");
            if (value.Length == 0)
                after.Remove(item);
            else
                after[item] = value;
        }

        return after.Count <= 50
            ? after
            : throw StripeException.Invalid("You can have up to 50 metadata keys.", "metadata");
    }

    /// <summary>A hash of texts with fixed names, such as an address; null when it is unset.</summary>
    public JsonObject? Hash(string name, params string[] keys)
    {
        if (form[name] is not { } node || (node.IsLeaf && node.Text is ""))
            return null;
        if (node.Names.FirstOrDefault(key => !keys.Contains(key)) is { } unknown)
            throw StripeException.Unknown([$"{name}[{unknown}]"]);
        return new JsonObject([.. keys.Select(key => KeyValuePair.Create(key, (JsonNode?)(node[key]?.Text is { Length: > 0 } text ? text : null)))]);
    }

    private static StripeException Empty(string name) => StripeException.Invalid(
        $"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however '{name}' cannot be unset. " +
        $"You should remove '{name}' from your request or supply a non-empty value.",
        name,
        "parameter_invalid_empty");
}
