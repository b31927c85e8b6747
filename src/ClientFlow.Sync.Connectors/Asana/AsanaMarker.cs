namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>Lines at the end of a description that say who made the thing and what it belongs to.</summary>
internal static class AsanaMarker
{
    private const string KeyWord = "ClientFlow-Key:";
    private const string DealWord = "ClientFlow-Deal:";

    /// <summary>A description with its marker as the last line.</summary>
    public static string With(string? notes, string key) =>
        string.IsNullOrWhiteSpace(notes) ? $"{KeyWord} {key}" : $"{notes.TrimEnd()}\n\n{KeyWord} {key}";

    // Told to whoever sees it, for it stands there for as long as Asana takes.
    private const string SettingUp = " (being set up, " + KeyWord + " ";

    /// <summary>A name that carries the key where there is no description yet. <see cref="NameIn"/> takes it off.</summary>
    public static string Named(string name, string key) => $"{name}{SettingUp}{key})";

    /// <summary>The name without a key.</summary>
    public static string? NameIn(string? name) => KeyInName(name) is null ? name : name![..name!.LastIndexOf(SettingUp, StringComparison.Ordinal)];

    /// <summary>The key that a name carries.</summary>
    public static string? KeyInName(string? name)
    {
        var at = name?.LastIndexOf(SettingUp, StringComparison.Ordinal) ?? -1;
        return at < 0 || !name!.EndsWith(')') ? null : name[(at + SettingUp.Length)..^1];
    }

    public static string? KeyIn(string? notes) => ValueIn(notes, KeyWord);

    public static string? DealIn(string? notes) => ValueIn(notes, DealWord);

    /// <summary>A description carries this very key, on a line of its own.</summary>
    public static bool Carries(string? notes, string key) => Lines(notes).Any(line => Value(line, KeyWord) == key);

    // The last one counts: people copy a project with its description and we add our line after it.
    private static string? ValueIn(string? notes, string word) =>
        Lines(notes).Select(line => Value(line, word)).LastOrDefault(value => !string.IsNullOrEmpty(value));

    private static IEnumerable<string> Lines(string? notes) => (notes ?? "").Split('\n').Select(line => line.Trim());

    private static string? Value(string line, string word) =>
        line.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? line[word.Length..].Trim() : null;
}
