namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>Lines at the end of a description that say who made the thing and what it belongs to.</summary>
internal static class AsanaMarker
{
    private const string KeyWord = "ClientFlow-Key:";
    private const string DealWord = "ClientFlow-Deal:";

    /// <summary>A description with its marker as the last line.</summary>
    public static string With(string? notes, string key) =>
        string.IsNullOrWhiteSpace(notes) ? $"{KeyWord} {key}" : $"{notes.TrimEnd()}\n\n{KeyWord} {key}";

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
