using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>The search query language: `metadata['k']:'v' AND created>5`; AND and OR don't mix, `-` negates, `~` is a substring.</summary>
internal sealed partial class StripeSearch
{
    private readonly List<Func<JsonObject, bool>> _clauses = [];
    private bool _any;

    public static StripeSearch Parse(string query, IReadOnlyCollection<string> fields)
    {
        var search = new StripeSearch();
        string? join = null;
        var at = 0;
        while (at < query.Length)
        {
            var match = Clause().Match(query, at);
            if (!match.Success)
                throw StripeException.Invalid("We were unable to parse your search query. Try using the format `metadata[\"key\"]:\"value\"` to query for metadata or key:\"value\" to query for other fields.", "query");
            var field = match.Groups["field"].Value;
            if (!fields.Contains(field))
                throw StripeException.Invalid($"Field `{field}` is an unsupported search field for this resource. See the list of supported fields at https://stripe.com/docs/search.", "query");
            search._clauses.Add(Test(match, field));

            var next = match.Groups["join"].Value.ToUpperInvariant();
            at = match.Index + match.Length;
            if (next.Length == 0)
                break;
            if (at >= query.Length || (join is not null && join != next))
                throw StripeException.Invalid("You cannot combine AND and OR in one query, nor end with one.", "query");
            join = next;
            search._any = next == "OR";
        }

        return search._clauses.Count > 0 ? search : throw StripeException.Missing("query");
    }

    public bool Finds(JsonObject candidate) =>
        _any ? _clauses.Exists(clause => clause(candidate)) : _clauses.TrueForAll(clause => clause(candidate));

    private static Func<JsonObject, bool> Test(Match match, string field)
    {
        var key = match.Groups["key"].Success ? match.Groups["key"].Value[1..^1] : null;
        var quoted = match.Groups["text"].Success;
        var wanted = quoted ? Regex.Unescape(match.Groups["text"].Value[1..^1]) : match.Groups["bare"].Value;
        var absent = !quoted && wanted == "null";
        Func<string?, bool> holds = match.Groups["op"].Value switch
        {
            ":" when absent => value => value is null,
            ":" => value => string.Equals(value, wanted, StringComparison.OrdinalIgnoreCase),
            "~" when quoted && wanted.Length >= 3 => value => value?.Contains(wanted, StringComparison.OrdinalIgnoreCase) == true,
            "~" => throw StripeException.Invalid("Substring match requires a text of at least three characters.", "query"),
            var op => value => long.TryParse(value, CultureInfo.InvariantCulture, out var number) &&
                long.TryParse(wanted, CultureInfo.InvariantCulture, out var bound) && op switch
                {
                    ">" => number > bound,
                    ">=" => number >= bound,
                    "<" => number < bound,
                    _ => number <= bound,
                },
        };
        var negated = match.Groups["not"].Success;
        return candidate => holds((key is null ? candidate[field] : candidate[field]?[key])?.ToString()) != negated;
    }

    [GeneratedRegex("""
        \G\s*(?<not>-)?(?<field>[a-z_]+)(?:\[(?<key>"[^"]*"|'[^']*')\])?\s*(?<op>:|~|>=|<=|>|<)\s*(?:(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<bare>-?\d+|null))(?:\s+(?<join>AND|OR)\s+|\s*$)
        """, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Clause();
}
