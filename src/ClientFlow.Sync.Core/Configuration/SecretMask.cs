using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>
/// Keeps a secret that was written into the mapping file by mistake out of what we print about it. Works on text, since it
/// must hold for a file that isn't even YAML.
/// </summary>
public static partial class SecretMask
{
    private static readonly FrozenSet<string> SecretKeys = FrozenSet.ToFrozenSet(
        ["token", "key", "secret", "password", "credentials", "webhookSecret", "apiKey", "api_key", "accessToken", "access_token", "clientSecret", "signingSecret"],
        StringComparer.OrdinalIgnoreCase);

    private static readonly string[] SecretWords = ["token", "secret", "passw", "credential"];

    /// <summary>A message without anything that looks like a vendor's secret.</summary>
    public static string InText(string text) =>
        LooksSecret().Replace(GluedValue().Replace(text, "***"), match => IsMixed(match) ? "***" : match.Value);

    /// <summary>A line of the file as it may be shown: as long as the line itself, stars where a secret stands.</summary>
    public static string InLine(SourceText source, int number)
    {
        var line = source.Line(number);
        if (line.Length > 0 && ContinuesSecret(source, number)) line = Stars(line, line.Length - line.TrimStart().Length, line.Length);
        foreach (Match match in Key().Matches(line))
        {
            if (!IsSecretKey(match.Groups["key"].Value)) continue;
            var start = match.Index + match.Length;
            var value = Value(line.AsSpan(start));

            // `key: { field: ... }` maps a record's own marker.
            if (MarkerMapping().IsMatch(value)) continue;
            if (!IsReference(value.ToString())) line = Stars(line, start, start + value.Length);
        }

        line = Torn().Replace(line, match => HarmlessRest().IsMatch(match.Groups["rest"].Value) || MarkerMapping().IsMatch(match.Groups["rest"].Value)
            ? match.Value
            : match.Groups["before"].Value + WordLike().Replace(match.Groups["rest"].Value, word => new string('*', word.Length)));
        return LooksSecret().Replace(line, match => IsMixed(match) ? new string('*', match.Length) : match.Value);
    }

    // A long word is a word; letters and digits through each other are a secret, or might be.
    private static bool IsMixed(Match match) => !match.Groups["long"].Success || (match.Value.Any(char.IsAsciiDigit) && match.Value.Any(char.IsAsciiLetter));

    // A misspelled key still stands before a secret, and so does one with a stray quote in it.
    private static bool IsSecretKey(string written)
    {
        var key = string.Concat(written.Where(char.IsAsciiLetter));
        return key.StartsWith("key", StringComparison.OrdinalIgnoreCase) || key.EndsWith("key", StringComparison.OrdinalIgnoreCase) || SecretWords.Any(w => key.Contains(w, StringComparison.OrdinalIgnoreCase)) ||
            Suggestions.Nearest(key, SecretKeys) is not null;
    }

    /// <summary>The value is no secret itself but says where it is: <c>${NAME}</c>, <c>file:PATH</c>, a path.</summary>
    private static bool IsReference(string value)
    {
        var bare = value.Trim('"', '\'', ' ', '\t');
        return bare.Length == 0 || bare is "|" or ">" or "|-" or ">-" or "true" or "false" || FileReference().IsMatch(bare) ||
            bare.StartsWith('/') || bare.StartsWith("./", StringComparison.Ordinal) || bare.EndsWith(".json", StringComparison.Ordinal) ||
            WholeReference().IsMatch(bare);
    }

    // Quoted values run to their closing quote, lists and mappings to their closing bracket, plain values to a comma, brace or
    // comment; where the end is lacking, to the line's end.
    private static ReadOnlySpan<char> Value(ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty) return rest;
        if (rest[0] is '"' or '\'')
        {
            for (var i = 1; i < rest.Length; i++)
            {
                if (rest[i] == '\\' && rest[0] == '"') i++;
                else if (rest[i] == rest[0]) return rest[..(i + 1)];
            }

            return rest.TrimEnd();
        }

        var end = rest[0] switch
        {
            '[' => rest.IndexOf(']'),
            '{' => rest.IndexOf('}'),
            _ => PlainEnd(rest),
        };
        return (end < 0 ? rest : rest[..end]).TrimEnd();
    }

    private static int PlainEnd(ReadOnlySpan<char> rest)
    {
        for (var i = 0; i < rest.Length; i++)
        {
            if (rest[i..].StartsWith("${") && rest[i..].IndexOf('}') is > 0 and var close) i += close;
            else if (rest[i] is ',' or '}' || (rest[i] == '#' && i > 0 && rest[i - 1] is ' ' or '\t')) return i;
        }

        return -1;
    }

    // A value on the lines below its key: `token: |`, or just `token:`.
    private static bool ContinuesSecret(SourceText source, int number)
    {
        var indent = Indent(source.Line(number));
        for (var above = number - 1; above >= Math.Max(1, number - 200); above--)
        {
            var line = source.Line(above);
            if (string.IsNullOrWhiteSpace(line)) continue;
            var opens = KeyAtEnd().Match(line) is { Success: true } opening && IsSecretKey(opening.Groups["key"].Value);
            if (opens) return !AnyKey().IsMatch(source.Line(number));
            if (indent == 0 || Indent(line) < indent) return false;
        }

        return false;
    }

    private static int Indent(string line) => line.Length - line.TrimStart(' ', '\t').Length;

    private static string Stars(string line, int from, int to) => string.Concat(line.AsSpan(0, from), new string('*', to - from), line.AsSpan(to));

    // In a line that isn't YAML any more (a stray quote or brace at the colon), what stands between a secret's name and the next comma.
    [GeneratedRegex(@"(?<before>(token|secret|passw|credential|(?<![A-Za-z])key)[^\s:,]*[ \t]*:)(?<rest>(\$\{[^}]*\}|[^,#])*)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Torn();

    [GeneratedRegex("""^\s*["']?(\$\{\w+\}|file:[^\s"']+|\.?/[^\s"']+|[^\s"']+\.json|true|false|[|>][-+0-9]*)?["']?[\s\]}*]*$""", RegexOptions.ExplicitCapture)]
    private static partial Regex HarmlessRest();

    [GeneratedRegex(@"\w{2,}")]
    private static partial Regex WordLike();

    [GeneratedRegex(@"^\s*\{\s*(field|values)\b")]
    private static partial Regex MarkerMapping();

    // Begins only where a word does, and gives nothing back: a line of a megabyte is read once.
    [GeneratedRegex(@"(?<![^\s,{}\[\]:])(?>(?<key>[^\s,{}\[\]:]+))[ \t]*:[ \t]*", RegexOptions.ExplicitCapture)]
    private static partial Regex Key();

    [GeneratedRegex("""(^|[\s{,"'])["']?(?<key>[A-Za-z_]+)[^\w\s,]*[ \t]*:?[ \t]*([|>][-+0-9]*)?[ \t]*(\#.*)?$""", RegexOptions.ExplicitCapture)]
    private static partial Regex KeyAtEnd();

    [GeneratedRegex("""^\s*["']?[\w.-]+["']?\s*:(\s|$)""")]
    private static partial Regex AnyKey();

    [GeneratedRegex(@"^file:\S+$")]
    private static partial Regex FileReference();

    // A key and its value without the space that YAML wants between them are one word.
    [GeneratedRegex(@"(?<=(token|secret|passw\w*|credentials?|\bkey):)[^\s`]+", RegexOptions.IgnoreCase)]
    private static partial Regex GluedValue();

    [GeneratedRegex(@"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$")]
    private static partial Regex WholeReference();

    // The shapes of secrets that vendors hand out, and whatever is long and without a space.
    [GeneratedRegex(@"\b(sk|rk|pk)_(live|test)_\w+|\bwhsec_\S+|\bpat-[a-z0-9]+-[0-9a-fA-F-]{8,}|\bxox[a-z]-[\w-]+|\bgh[pousr]_\w+|\beyJ[\w-]+\.[\w.-]+|\bya29\.[\w-]+|\bAIza[\w-]{10,}|\b\d/\d{8,}(/\d+)?:[0-9a-f]{16,}|-----BEGIN[^-]*-----.*|\bclientflow\d\.\d+\.[\w.-]+|(?<long>[A-Za-z0-9+=]{36,})")]
    private static partial Regex LooksSecret();
}
