using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Mapping;

/// <summary>Reads templates: words with <c>{{path}}</c> and <c>{{path | filter}}</c> in them. Every name is checked here, once.</summary>
public static class TemplateParser
{
    private static readonly string[] Filters = ["date", "money"];

    /// <summary>Reads a template from the file; null, with its mistakes reported, when something is wrong.</summary>
    public static Template? Parse(ScalarNode node, IReadOnlyList<RecordKind> known, DiagnosticBag diagnostics)
    {
        var template = Parse(node.Value, known, out var problems);
        foreach (var problem in problems) problem.Report(diagnostics, node);
        return template;
    }

    /// <summary>Reads a template; null, with all that is wrong, when something is wrong.</summary>
    public static Template? Parse(string text, IReadOnlyList<RecordKind> known, out IReadOnlyList<Problem> problems)
    {
        var found = new List<Problem>();
        var parts = new List<TemplatePart>();
        var at = 0;
        while (at < text.Length)
        {
            var open = text.IndexOf("{{", at, StringComparison.Ordinal);
            Words(text, at, open < 0 ? text.Length : open, parts, found);
            if (open < 0) break;

            var close = text.IndexOf("}}", open + 2, StringComparison.Ordinal);
            var again = text.IndexOf("{{", open + 2, StringComparison.Ordinal);
            if (close < 0 || (again >= 0 && again < close))
            {
                found.Add(new Problem(Codes.TemplateSyntax, open, 2, "`{{` is never closed", "no `}}` follows", "write the fact as in `{{deal.name}}`"));
                at = again >= 0 ? again : text.Length;
                continue;
            }

            if (Fact(text, open + 2, close, known, found) is { } part) parts.Add(part);
            at = close + 2;
        }

        problems = found;
        return found.Count == 0 ? new Template(text, parts) : null;
    }

    private static void Words(string text, int from, int to, List<TemplatePart> parts, List<Problem> found)
    {
        if (from == to) return;
        var words = text[from..to];
        for (var stray = words.IndexOf("}}", StringComparison.Ordinal); stray >= 0; stray = words.IndexOf("}}", stray + 2, StringComparison.Ordinal))
            found.Add(new Problem(Codes.TemplateSyntax, from + stray, 2, "`}}` closes nothing", "no `{{` before it", "write the fact as in `{{deal.name}}`"));
        var variable = words.IndexOf("${", StringComparison.Ordinal);
        if (variable >= 0)
        {
            var end = words.IndexOf('}', variable);
            found.Add(new Problem(Codes.VariableInText, from + variable, (end < 0 ? words.Length : end + 1) - variable,
                "an environment variable can't stand in a text", "not filled in here", "a text is made of words and of facts such as `{{deal.name}}`"));
        }

        parts.Add(new TemplatePart.Words(words));
    }

    private static TemplatePart? Fact(string text, int from, int to, IReadOnlyList<RecordKind> known, List<Problem> found)
    {
        var pipe = text.IndexOf('|', from, to - from);
        var (start, length) = Trim(text, from, pipe < 0 ? to : pipe);
        if (length == 0)
        {
            found.Add(new Problem(Codes.TemplateSyntax, from - 2, to - from + 4, "a fact is missing between `{{` and `}}`", "names no fact", "write the fact as in `{{deal.name}}`"));
            return null;
        }

        var path = text.Substring(start, length);
        if (path == "business.name" && pipe < 0) return new TemplatePart.BusinessName();
        if (path == "business.name")
        {
            found.Add(new Problem(Codes.FilterMisfit, pipe, to - pipe, "`business.name` takes no filter", "not a date and not an amount"));
            return null;
        }

        if (FactPaths.Resolve(path, known, out var problem) is not { } fact)
        {
            found.Add(problem!.Shift(start));
            return null;
        }

        if (fact.Field.Type is FieldType.Reference or FieldType.References)
        {
            var help = Names.TryKind(fact.Field.Name, out var kind) && RecordSchema.Find(kind, "name") is not null
                ? $"name one of its fields, such as `{fact.Field.Name}.name`"
                : "name a field that holds words, a date or an amount";
            found.Add(new Problem(Codes.NotShowable, start, length, $"`{path}` is another record and has no text of its own", "can't be shown", help));
            return null;
        }

        if (pipe < 0) return new TemplatePart.Fact(fact.Path, TemplateFilter.None);
        return Filter(text, pipe + 1, to, fact.Field, path, found) is { } filter ? new TemplatePart.Fact(fact.Path, filter) : null;
    }

    private static TemplateFilter? Filter(string text, int from, int to, FieldDefinition field, string path, List<Problem> found)
    {
        var (start, length) = Trim(text, from, to);
        var word = text.Substring(start, length);
        switch (word)
        {
            case "date" when field.Type is FieldType.Day or FieldType.Moment:
                return TemplateFilter.Date;
            case "money" when field.Type is FieldType.Amount:
                return TemplateFilter.Money;
            case "date" or "money":
                found.Add(new Problem(Codes.FilterMisfit, start, length, $"the filter `{word}` doesn't fit `{path}`",
                    word == "date" ? $"`{path}` is not a date" : $"`{path}` is not an amount", "leave the filter out"));
                return null;
            default:
                found.Add(new Problem(Codes.UnknownFilter, Math.Min(start, Math.Max(0, to - 1)), Math.Max(1, length), word.Length == 0 ? "a filter is missing after `|`" : $"unknown filter `{word}`",
                    "not a filter", Suggestions.DidYouMeanOrOneOf(word, Filters)));
                return null;
        }
    }

    private static (int Start, int Length) Trim(string text, int from, int to)
    {
        while (from < to && char.IsWhiteSpace(text[from])) from++;
        while (to > from && char.IsWhiteSpace(text[to - 1])) to--;
        return (from, to - from);
    }
}
