using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Mapping;

/// <summary>A mistake in a piece of text: where in the text, and what to say about it.</summary>
public sealed record Problem(string Code, int Start, int Length, string Message, string? Label = null, string? Help = null)
{
    /// <summary>Reports it at its place in the file.</summary>
    public void Report(DiagnosticBag diagnostics, ScalarNode node) => diagnostics.Error(Code, node.Part(Start, Length), Message, Label, Help);

    /// <summary>The same mistake in a longer text that holds this one.</summary>
    public Problem Shift(int by) => this with { Start = Start + by };
}

/// <summary>Finds facts by their names.</summary>
public static class FactPaths
{
    /// <summary>The kinds of records that a rule about a subject can know: its own, and what its engagement has one of.</summary>
    public static IReadOnlyList<RecordKind> KnownTo(RecordKind subject) =>
        [.. new[] { RecordKind.Client, RecordKind.Contact, RecordKind.Deal, RecordKind.Project, subject }.Distinct()];

    /// <summary>Reads a name such as <c>deal.endsOn</c>; null, and what is wrong with it, when there is no such fact.</summary>
    public static (FactPath Path, FieldDefinition Field)? Resolve(string text, IReadOnlyList<RecordKind>? known, out Problem? problem)
    {
        problem = null;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0 || dot == text.Length - 1)
        {
            var likely = AllPaths().Where(p => p.EndsWith("." + text.Trim('.'), StringComparison.Ordinal)).ToList();
            problem = new Problem(Codes.UnknownFact, 0, text.Length, $"`{text}` is not a fact", "not of the form `kind.field`",
                likely.Count is > 0 and < 5 ? $"did you mean {Suggestions.List(likely)}?".Replace(" and ", " or ", StringComparison.Ordinal) : "a fact is written as in `deal.endsOn`");
            return null;
        }

        var (word, field) = (text[..dot], text[(dot + 1)..]);
        if (!Names.TryKind(word, out var kind))
        {
            var kinds = Enum.GetValues<RecordKind>().Select(Names.Of).ToList();
            problem = new Problem(Codes.UnknownFact, 0, dot, $"unknown kind of record `{word}`", "not a kind of record", Suggestions.DidYouMeanOrOneOf(word, kinds));
            return null;
        }

        if (RecordSchema.Find(kind, field) is not { } definition)
        {
            problem = new Problem(Codes.UnknownFact, dot + 1, field.Length, $"unknown field `{field}` of {Article(kind)}", $"not a field of {Article(kind)}",
                Suggestions.DidYouMeanOrOneOf(field, [.. RecordSchema.Of(kind).Select(f => f.Name)]));
            return null;
        }

        if (known is not null && !known.Contains(kind))
        {
            problem = new Problem(Codes.FactOutOfReach, 0, text.Length, $"`{text}` can't be known here", $"the rule doesn't know which {word} is meant",
                $"known here: {Suggestions.List([.. known.Select(Names.Of)])}");
            return null;
        }

        return (new FactPath(kind, field), definition);
    }

    /// <summary>A kind with its article: a deal, an invoice.</summary>
    public static string Article(RecordKind kind) => kind == RecordKind.Invoice ? "an invoice" : $"a {Names.Of(kind)}";

    private static IEnumerable<string> AllPaths() =>
        Enum.GetValues<RecordKind>().SelectMany(k => RecordSchema.Of(k).Select(f => $"{Names.Of(k)}.{f.Name}"));
}
