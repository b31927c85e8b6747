namespace ClientFlow.Sync.Testing.Specs;

/// <summary>`/crm/v3/objects/{objectType}` cut into segments. A slash at the end means nothing, neither here nor in a request.</summary>
internal sealed class PathTemplate
{
    private readonly string[] _segments;

    public PathTemplate(string text)
    {
        Text = "/" + text.Trim('/');
        _segments = Cut(Text);
        Shape = string.Join('/', _segments.Select(segment => IsVariable(segment) ? "{}" : segment));
    }

    public string Text { get; }

    /// <summary>The path without the names of its variables: two documents may name the same one differently.</summary>
    public string Shape { get; }

    /// <summary>Sorts before others where a literal segment stands and they have a variable.</summary>
    public string Preference => string.Concat(_segments.Select(segment => IsVariable(segment) ? '1' : '0'));

    /// <summary>The values of the variables, or null when the path is another one.</summary>
    public IReadOnlyDictionary<string, string>? Match(string path)
    {
        var given = Cut(path);
        if (given.Length != _segments.Length)
            return null;

        var values = new Dictionary<string, string>();
        foreach (var (template, value) in _segments.Zip(given))
        {
            if (IsVariable(template))
                values[template.Trim('{', '}', '+')] = Uri.UnescapeDataString(value);
            else if (template != value)
                return null;
        }

        return values.Values.Any(value => value.Length == 0) ? null : values;
    }

    private static string[] Cut(string path) => path.Trim('/').Split('/');

    private static bool IsVariable(string segment) => segment.StartsWith('{') && segment.EndsWith('}');
}
