using System.Globalization;
using System.Net;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>A form with brackets as a tree: <c>metadata[cf_key]=x</c>, <c>types[]=a</c>, <c>lines[0][amount]=5</c>.</summary>
internal sealed class StripeForm
{
    private readonly Dictionary<string, StripeForm> _children = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    private StripeForm(string path) => Path = path;

    /// <summary>The name as Stripe prints it in <c>param</c>: <c>metadata[cf_key]</c>.</summary>
    public string Path { get; }

    public string? Text { get; private set; }

    public bool IsLeaf => _order.Count == 0;

    public IReadOnlyList<string> Names => _order;

    public StripeForm? this[string name] => _children.GetValueOrDefault(name);

    public IEnumerable<StripeForm> Items => _order.Select(name => _children[name]);

    /// <summary>Reads a form body, or a query string with or without its question mark.</summary>
    public static StripeForm Parse(string encoded)
    {
        var root = new StripeForm("");
        foreach (var pair in encoded.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = WebUtility.UrlDecode(equals < 0 ? pair : pair[..equals]);
            var value = equals < 0 ? "" : WebUtility.UrlDecode(pair[(equals + 1)..]);
            var node = root;
            foreach (var segment in Segments(name))
            {
                if (node.Text is not null)
                    throw Ambiguous(node);
                node = node.Child(segment);
            }

            if (node._order.Count > 0)
                throw Ambiguous(node);
            node.Text = value;
        }

        return root;
    }

    /// <summary>Everything in it, in one order whatever order it was sent in: two forms are the same call when this is equal.</summary>
    public string Canonical() => string.Join('&', Leaves().Order(StringComparer.Ordinal));

    private static StripeException Ambiguous(StripeForm node) =>
        StripeException.Invalid($"Invalid object: '{node.Path}' is given both as a value and as a hash", node.Path);

    private IEnumerable<string> Leaves() =>
        IsLeaf ? [$"{Path}={Text}"] : Items.SelectMany(item => item.Leaves());

    private StripeForm Child(string segment)
    {
        var name = segment.Length > 0 ? segment : _order.Count.ToString(CultureInfo.InvariantCulture);
        if (_children.TryGetValue(name, out var known))
            return known;

        var child = new StripeForm(Path.Length == 0 ? name : $"{Path}[{name}]");
        _children.Add(name, child);
        _order.Add(name);
        return child;
    }

    private static IEnumerable<string> Segments(string name)
    {
        var open = name.IndexOf('[', StringComparison.Ordinal);
        if (open < 0 || !name.EndsWith(']'))
            return [name];
        return [name[..open], .. name[(open + 1)..^1].Split("][")];
    }
}
