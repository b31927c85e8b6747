using System.Text.RegularExpressions;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>
/// Reads one section of the mapping file by asking for its keys. What was never asked for is unknown, and
/// <see cref="Finish"/> reports it with the nearest known spelling.
/// </summary>
public sealed partial class SectionReader
{
    private readonly List<string> asked = [];
    private readonly HashSet<string> reported = new(StringComparer.Ordinal);

    public SectionReader(MappingNode node, DiagnosticBag diagnostics, ISecretSource secrets)
    {
        Node = node;
        Diagnostics = diagnostics;
        Secrets = secrets;
        At = node.Span;
    }

    public MappingNode Node { get; }

    public DiagnosticBag Diagnostics { get; }

    public ISecretSource Secrets { get; }

    /// <summary>Where the section is in the file, for messages: <c>tools.crm</c>; empty for the file as a whole.</summary>
    public string Path { get; init; } = "";

    /// <summary>The key that opens the section: what is missing is reported there.</summary>
    public Span At { get; init; }

    /// <summary>A key with its value, whatever its shape; null when it isn't there.</summary>
    public ConfigEntry? Entry(string key)
    {
        if (!asked.Contains(key, StringComparer.Ordinal)) asked.Add(key);
        return Node.Entries.FirstOrDefault(e => e.Key == key);
    }

    /// <summary>A key that must be there, whatever its shape.</summary>
    public ConfigEntry? RequiredEntry(string key, string? help = null)
    {
        if (Entry(key) is { } entry) return entry;

        // A misspelled key is one mistake, not one unknown key and one missing.
        var slip = Node.Entries.FirstOrDefault(e =>
            !asked.Contains(e.Key, StringComparer.Ordinal) && !reported.Contains(e.Key) && Suggestions.Nearest(e.Key, [key]) is not null);
        if (slip is not null) ReportUnknown(slip, $"did you mean `{key}`?");
        else if (reported.Add("missing " + key))
            Diagnostics.Error(Codes.MissingKey, At, $"{Here} lacks `{key}`", $"`{key}` is missing here", help);
        return null;
    }

    /// <summary>A text that must be there; null (and an error) when it isn't.</summary>
    public string? RequiredText(string key) => RequiredEntry(key) is { } entry ? Text(entry) : null;

    /// <summary>A text that may be there.</summary>
    public string? OptionalText(string key) => Entry(key) is { } entry ? Text(entry) : null;

    /// <summary>A secret that must be there, given as <c>${NAME}</c> or <c>file:PATH</c>.</summary>
    public Secret? RequiredSecret(string key) =>
        RequiredEntry(key, $"give it as `{key}: \"${{NAME}}\"` (an environment variable) or `{key}: file:PATH`") is { } entry ? SecretOf(entry) : null;

    /// <summary>A secret that may be there.</summary>
    public Secret? OptionalSecret(string key) => Entry(key) is { } entry ? SecretOf(entry) : null;

    /// <summary>The content of a file that the section names by path; null (and an error) when it is absent or unreadable.</summary>
    public Secret? RequiredFile(string key)
    {
        if (RequiredEntry(key) is not { } entry || Text(entry) is not { } path) return null;
        return FromFile(entry, path.StartsWith("file:", StringComparison.Ordinal) ? path["file:".Length..].Trim() : path);
    }

    /// <summary>An absolute http(s) address.</summary>
    public Uri? OptionalUrl(string key)
    {
        if (Entry(key) is not { } entry || Text(entry) is not { } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0)
        {
            if (url.UserInfo.Length == 0) return url;
            Diagnostics.Error(Codes.NotAUrl, entry.Value.Span, $"`{Name(key)}` has a user or password in its address", "remove what stands before the `@`");
            return null;
        }

        Diagnostics.Error(Codes.NotAUrl, entry.Value.Span, $"`{Name(key)}` is not a web address", "not an absolute http or https address",
            $"write it in full, as in `{key}: https://example.com/`");
        return null;
    }

    /// <summary>A duration such as <c>30s</c>, <c>5m</c>, <c>48h</c>, <c>14d</c>.</summary>
    public TimeSpan? OptionalDuration(string key)
    {
        if (Entry(key) is not { } entry || Text(entry) is not { } text) return null;
        if (Durations.TryParse(text, out var duration)) return duration;
        Diagnostics.Error(Codes.NotADuration, entry.Value.Span, $"`{Name(key)}` is not a duration", "not a duration", Durations.Help);
        return null;
    }

    /// <summary>Yes or no: <c>true</c> or <c>false</c>.</summary>
    public bool? OptionalFlag(string key)
    {
        if (Entry(key) is not { } entry || Text(entry) is not { } text) return null;
        if (text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE" && entry.Value is ScalarNode node && (!node.Quoted || node.Value.Contains("${", StringComparison.Ordinal)))
            return text[0] is 't' or 'T';
        var meant = text.ToLowerInvariant() switch
        {
            "yes" or "y" or "on" or "1" or "true" => "write `true`",
            "no" or "n" or "off" or "0" or "false" => "write `false`",
            _ => "write `true` or `false`",
        };
        Diagnostics.Error(Codes.NotAFlag, entry.Value.Span, $"`{Name(key)}` is neither true nor false", "takes true or false, without quotes", meant);
        return null;
    }

    /// <summary>A whole number.</summary>
    public int? OptionalNumber(string key, int least, int most)
    {
        if (Entry(key) is not { } entry || Text(entry) is not { } text) return null;
        if (!int.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, null, out var number))
            Diagnostics.Error(Codes.NotANumber, entry.Value.Span, $"`{Name(key)}` is not a whole number", "takes a whole number");
        else if (number < least || number > most)
            Diagnostics.Error(Codes.OutOfRange, entry.Value.Span, $"`{Name(key)}` is out of range", $"takes {least} to {most}");
        else return number;
        return null;
    }

    /// <summary>A section within this one; null when it isn't there or is something else.</summary>
    public SectionReader? Section(ConfigEntry? entry)
    {
        if (entry is null) return null;
        if (entry.Value is MappingNode mapping)
            return new SectionReader(mapping, Diagnostics, Secrets) { Path = Name(entry.Key), At = entry.KeySpan };
        Wrong(entry, "keys and values");
        return null;
    }

    /// <summary>A list's items; null when it is something else. A single value stands for a list of one where <paramref name="orOne"/> says so.</summary>
    public IReadOnlyList<ConfigNode>? Items(ConfigEntry? entry, bool orOne = false)
    {
        switch (entry?.Value)
        {
            case null: return null;
            case SequenceNode list: return list.Items;
            case ScalarNode scalar when orOne && !scalar.IsNothing: return [scalar];
            default:
                Wrong(entry, "a list");
                return null;
        }
    }

    /// <summary>A single value as it is written, without looking into the environment.</summary>
    public ScalarNode? Scalar(ConfigEntry? entry)
    {
        if (entry is null) return null;
        if (entry.Value is not ScalarNode scalar)
        {
            Wrong(entry, "a single value");
            return null;
        }

        if (!scalar.IsNothing) return scalar;
        Diagnostics.Error(Codes.NoValue, entry.KeySpan, $"`{Name(entry.Key)}` has no value", "nothing follows", "give it a value, or leave the key out");
        return null;
    }

    /// <summary>Reports the keys that nobody asked for.</summary>
    public void Finish() => Finish(misspelledOnly: false);

    /// <summary>Reports keys that nobody asked for. Whoever gave up half way has not asked for all: then only for what is surely misspelled.</summary>
    internal void Finish(bool misspelledOnly)
    {
        foreach (var entry in Node.Entries.Where(e => !asked.Contains(e.Key, StringComparer.Ordinal) && !reported.Contains(e.Key)))
        {
            var meant = Suggestions.DidYouMean(entry.Key, asked);
            if (meant is not null || !misspelledOnly) ReportUnknown(entry, meant ?? Suggestions.DidYouMeanOrOneOf(entry.Key, asked));
        }
    }

    /// <summary>A key's full name, for messages: <c>tools.crm.token</c>.</summary>
    public string Name(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    private string Here => Path.Length == 0 ? "the file" : $"`{Path}`";

    private void ReportUnknown(ConfigEntry entry, string? help)
    {
        if (!reported.Add(entry.Key)) return;
        Diagnostics.Error(Codes.UnknownKey, entry.KeySpan, Path.Length == 0 ? $"unknown key `{entry.Key}`" : $"unknown key `{entry.Key}` in `{Path}`",
            Path.Length == 0 ? "not a key of the mapping file" : $"not a key of `{Path}`", help);
    }

    private void Wrong(ConfigEntry entry, string wanted)
    {
        if (entry.Value is ScalarNode { IsNothing: true })
            Diagnostics.Error(Codes.NoValue, entry.KeySpan, $"`{Name(entry.Key)}` has no value", $"{wanted} should follow");
        else
            Diagnostics.Error(Codes.WrongShape, entry.KeySpan, $"`{Name(entry.Key)}` takes {wanted}, not {entry.Value.Shape}", $"takes {wanted}");
    }

    // Messages show what is written, never what a variable holds: that may be a secret in the wrong place.
    private string? Text(ConfigEntry entry)
    {
        if (Scalar(entry) is not { } scalar) return null;
        var complete = true;
        var text = Variable().Replace(scalar.Value, match =>
        {
            if (match.Value == "$${") return "${";
            var name = match.Groups["name"].Value;
            if (match.Value.EndsWith('}') && VariableName().IsMatch(name))
            {
                if (Secrets.FromEnvironment(name) is { } value) return value;
                ReportUnset(name, scalar.Part(match.Index, match.Length), entry.Key);
            }
            else
            {
                Diagnostics.Error(Codes.BadVariable, scalar.Part(match.Index, match.Length), $"`{Name(entry.Key)}` names no environment variable",
                    "not the name of a variable", "write `${NAME}`: letters, digits and underscores between the braces");
            }

            complete = false;
            return "";
        });
        if (!complete) return null;
        if (!string.IsNullOrWhiteSpace(text)) return text.Trim();
        Diagnostics.Error(Codes.NoValue, scalar.Span, $"`{Name(entry.Key)}` is empty", "nothing in it", "give it a value, or leave the key out");
        return null;
    }

    private Secret? SecretOf(ConfigEntry entry)
    {
        if (Scalar(entry) is not { } scalar) return null;
        var value = scalar.Value.Trim();
        if (value.StartsWith("file:", StringComparison.Ordinal)) return FromFile(entry, value["file:".Length..].Trim());
        if (Variable().Match(value) is { Success: true } match && match.Value != "$${")
        {
            var name = match.Groups["name"].Value;
            if (match.Length != value.Length || !value.EndsWith('}') || !VariableName().IsMatch(name))
            {
                Diagnostics.Error(Codes.BadVariable, scalar.Span, $"the secret `{Name(entry.Key)}` is not given by one variable", "takes `${NAME}` and nothing beside it");
                return null;
            }

            if (Secrets.FromEnvironment(name) is { } secret) return new Secret(secret.Trim());
            ReportUnset(name, scalar.Part(0, scalar.Value.Length), entry.Key);
            return null;
        }

        var variable = VariableFor(entry.Key);
        Diagnostics.Error(Codes.LiteralSecret, scalar.Span, $"the secret `{Name(entry.Key)}` is written into the file", "a secret never stands here",
            $"put it into an environment variable and write `{entry.Key}: \"${{{variable}}}\"`, or into a file and write `{entry.Key}: file:PATH`; " +
            "if this file was ever shared, replace the secret");
        return null;
    }

    private Secret? FromFile(ConfigEntry entry, string path)
    {
        var content = path.Length == 0 ? null : Secrets.FromFile(path)?.Trim();
        if (!string.IsNullOrEmpty(content)) return new Secret(content);
        Diagnostics.Error(Codes.SecretFile, entry.Value.Span, content is null ? $"the file that `{Name(entry.Key)}` names can't be read" : $"the file that `{Name(entry.Key)}` names is empty",
            content is null ? "absent, or not readable for this program" : "empty",
            "paths are taken from the folder of the mapping file; check the path and who may read it");
        return null;
    }

    private void ReportUnset(string name, Span span, string key) =>
        Diagnostics.Error(Codes.VariableUnset, span, $"the environment variable `{name}` is not set", $"`{Name(key)}` takes its value from it",
            $"set it where the program starts (`export {name}=...`, `-e {name}`, `Environment=`), or name a file: `{key}: file:PATH`");

    private string VariableFor(string key)
    {
        var words = Path.Split('.')[^1] + "_" + WordStart().Replace(key, "_$0");
        return NotInName().Replace(words, "_").Trim('_').ToUpperInvariant();
    }

    [GeneratedRegex(@"\$\$\{|\$\{(?<name>[^}]*)\}?")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex VariableName();

    [GeneratedRegex("(?<=[a-z])[A-Z]")]
    private static partial Regex WordStart();

    [GeneratedRegex("[^A-Za-z0-9]+")]
    private static partial Regex NotInName();
}

/// <summary>Where secrets come from: the environment and files, never the mapping file itself.</summary>
public interface ISecretSource
{
    /// <summary>The environment variable's value, null when it is not set or empty.</summary>
    string? FromEnvironment(string name);

    /// <summary>A file's content, null when it can't be read.</summary>
    string? FromFile(string path);
}
