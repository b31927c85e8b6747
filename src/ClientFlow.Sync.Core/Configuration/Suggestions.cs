namespace ClientFlow.Sync.Core.Configuration;

/// <summary>Finds the word that was probably meant.</summary>
public static class Suggestions
{
    /// <summary>The nearest of the candidates, or null when none is near enough to be meant.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        if (word.Length is 0 or > 100) return null;
        var folded = Fold(word);
        string? best = null;
        var bestDistance = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var other = Fold(candidate);
            var allowed = Math.Max(1, (Math.Max(folded.Length, other.Length) + 1) / 3);
            if (Math.Abs(folded.Length - other.Length) > allowed) continue;

            // A wrong word that shares nothing but its length is no misspelling.
            var distance = Distance(folded, other);
            if (distance > allowed || distance >= Math.Max(folded.Length, other.Length) || distance >= bestDistance) continue;
            (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary>The advice "did you mean `x`?", or null.</summary>
    public static string? DidYouMean(string word, IEnumerable<string> candidates) =>
        Nearest(word, candidates) is { } nearest ? $"did you mean `{nearest}`?" : null;

    /// <summary>The advice "did you mean `x`?", else the whole choice while it is short.</summary>
    public static string? DidYouMeanOrOneOf(string word, IReadOnlyList<string> candidates) =>
        DidYouMean(word, candidates) ?? (candidates.Count is > 0 and <= 20 ? $"one of {List(candidates)}" : null);

    /// <summary>Words as `a`, `b` and `c`.</summary>
    public static string List(IReadOnlyList<string> words) => words.Count switch
    {
        0 => "none",
        1 => $"`{words[0]}`",
        _ => string.Join(", ", words.Take(words.Count - 1).Select(w => $"`{w}`")) + $" and `{words[^1]}`",
    };

    /// <summary>How many letters must be added, dropped, changed or swapped with a neighbour (Damerau-Levenshtein, adjacent swaps).</summary>
    public static int Distance(string left, string right)
    {
        var (before, last, row) = (new int[right.Length + 1], new int[right.Length + 1], new int[right.Length + 1]);
        for (var j = 0; j <= right.Length; j++) last[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var change = left[i - 1] == right[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1] + 1, last[j] + 1), last[j - 1] + change);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }

            (before, last, row) = (last, row, before);
        }

        return last[right.Length];
    }

    // `time_zone`, `timeZone` and `timezone` are one word to whoever types them.
    private static string Fold(string word) => word.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
}
