using System.Globalization;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Mapping;

/// <summary>Reads the typed expressions of a rule: dates, people, amounts.</summary>
public static partial class ExpressionParser
{
    private const string DateHelp = "write it as in `\"{{project.endsOn}} - 30d\"` or `+3d`; the units are `d`, `w`, `m` (months) and `y`";

    /// <summary>A date: a fact's, or the day the handoff is done, moved by days, weeks, months or years.</summary>
    public static DateExpression? Date(string text, IReadOnlyList<RecordKind> known, out Problem? problem)
    {
        var match = DateForm().Match(text);
        if (!match.Success)
        {
            var what = FixedDate().IsMatch(text.Trim()) ? "a fixed date would be the same for every record" : "not understood";
            problem = new Problem(Codes.BadDateExpression, 0, text.Length, $"`{text}` is not a date expression", what, DateHelp);
            return null;
        }

        FactPath? from = null;
        if (match.Groups["path"] is { Success: true } path)
        {
            if (FactPaths.Resolve(path.Value, known, out problem) is not { } fact)
            {
                problem = problem!.Shift(path.Index);
                return null;
            }

            if (fact.Field.Type is not (FieldType.Day or FieldType.Moment))
            {
                problem = new Problem(Codes.NotADateFact, path.Index, path.Length, $"`{path.Value}` is not a date", "holds no date",
                    Suggestions.DidYouMeanOrOneOf(fact.Field.Name, [.. RecordSchema.Of(fact.Path.Kind).Where(f => f.Type is FieldType.Day or FieldType.Moment).Select(f => f.Name)]));
                return null;
            }

            from = fact.Path;
        }

        var (days, months) = (0, 0);
        for (var i = 0; i < match.Groups["count"].Captures.Count; i++)
        {
            var count = int.Parse(match.Groups["count"].Captures[i].Value, CultureInfo.InvariantCulture);
            if (match.Groups["sign"].Captures[i].Value == "-") count = -count;
            switch (match.Groups["unit"].Captures[i].Value)
            {
                case "d": days += count; break;
                case "w": days += 7 * count; break;
                case "m": months += count; break;
                case "y": months += 12 * count; break;
            }
        }

        problem = Math.Abs(days) > 36_525 || Math.Abs(months) > 1200
            ? new Problem(Codes.OutOfRange, 0, text.Length, "a date is moved by more than a century", "too far away")
            : null;
        return problem is null ? new DateExpression(from, days, months) : null;
    }

    /// <summary>A person: a fact that holds an e-mail, or an e-mail as it is.</summary>
    public static PersonExpression? Person(string text, IReadOnlyList<RecordKind> known, out Problem? problem)
    {
        problem = null;
        var match = FactForm().Match(text);
        if (!match.Success)
        {
            if (Email().IsMatch(text.Trim())) return new PersonExpression(null, text.Trim().ToLowerInvariant());
            problem = new Problem(Codes.BadPerson, 0, text.Length, $"`{text}` is not a person", "neither a fact nor an e-mail address",
                "name a fact, as in `\"{{deal.owner}}\"`, or write an e-mail address");
            return null;
        }

        var path = match.Groups["path"];
        if (FactPaths.Resolve(path.Value, known, out problem) is not { } fact)
        {
            problem = problem!.Shift(path.Index);
            return null;
        }

        if (fact.Field.Type == FieldType.Person || fact.Field.Name == "email") return new PersonExpression(fact.Path, null);
        problem = new Problem(Codes.BadPerson, path.Index, path.Length, $"`{path.Value}` is not a person", "holds no e-mail address",
            "`deal.owner` and `project.owner` are people");
        return null;
    }

    /// <summary>An amount: <c>remaining</c>, a fact's, or a number.</summary>
    public static AmountExpression? Amount(string text, IReadOnlyList<RecordKind> known, out Problem? problem)
    {
        problem = null;
        if (text.Trim() == "remaining") return new AmountExpression.Remaining();
        if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) &&
            Math.Abs(number) < 1_000_000_000_000m)
        {
            if (number != 0) return new AmountExpression.Fixed(number);
            problem = new Problem(Codes.BadAmount, 0, text.Length, "a line without an amount", "zero is not asked for");
            return null;
        }

        var match = FactForm().Match(text);
        if (!match.Success)
        {
            problem = new Problem(Codes.BadAmount, 0, text.Length, $"`{text}` is not an amount", "not understood",
                Suggestions.DidYouMean(text, ["remaining"]) ?? "write `remaining`, a fact as in `\"{{deal.amount}}\"`, or a plain number as in `1200.50`");
            return null;
        }

        var path = match.Groups["path"];
        if (FactPaths.Resolve(path.Value, known, out problem) is not { } fact)
        {
            problem = problem!.Shift(path.Index);
            return null;
        }

        if (fact.Field.Type == FieldType.Amount) return new AmountExpression.OfFact(fact.Path);
        problem = new Problem(Codes.BadAmount, path.Index, path.Length, $"`{path.Value}` is not an amount", "holds no amount", "`deal.amount` is an amount");
        return null;
    }

    // With a fact every step has its sign; without one the first may lack it: `3d` is `+3d`.
    [GeneratedRegex(@"^\s*(?:\{\{\s*(?<path>[^\s|{}]+)\s*\}\}(?:\s*(?<sign>[+-])\s*(?<count>\d{1,6})(?<unit>[dwmy]))*|(?<sign>[+-]?)\s*(?<count>\d{1,6})(?<unit>[dwmy])(?:\s*(?<sign>[+-])\s*(?<count>\d{1,6})(?<unit>[dwmy]))*)\s*$")]
    private static partial Regex DateForm();

    [GeneratedRegex(@"^\s*\{\{\s*(?<path>[^\s|{}]+)\s*\}\}\s*$")]
    private static partial Regex FactForm();

    [GeneratedRegex(@"^\d{4}-\d{1,2}-\d{1,2}$")]
    private static partial Regex FixedDate();

    [GeneratedRegex(@"^[^@\s{}""'<>,;]+@[^@\s{}""'<>,;]+\.[^@\s{}""'<>,;]+$")]
    private static partial Regex Email();
}
