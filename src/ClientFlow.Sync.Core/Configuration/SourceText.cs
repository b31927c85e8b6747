namespace ClientFlow.Sync.Core.Configuration;

/// <summary>The mapping file's text, in lines, as diagnostics show it.</summary>
public sealed class SourceText
{
    public SourceText(string path, string text)
    {
        Path = path;
        Text = text.Length > 0 && text[0] == '\uFEFF' ? text[1..] : text;
        Lines = Split(Text);
    }

    /// <summary>The path as the user gave it.</summary>
    public string Path { get; }

    /// <summary>The whole text, without a byte order mark.</summary>
    public string Text { get; }

    /// <summary>Its lines without their ends; the first is line 1.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>A line by its number from 1; empty where there is none.</summary>
    public string Line(int number) => number >= 1 && number <= Lines.Count ? Lines[number - 1] : "";

    // YAML 1.1 knows more line ends than most editors; lines are counted here as its reader counts them.
    private static List<string> Split(string text)
    {
        var lines = new List<string>();
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\r' or '\u0085' or '\u2028' or '\u2029')) continue;
            lines.Add(text[start..i]);
            if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n') i++;
            start = i + 1;
        }

        lines.Add(text[start..]);
        return lines;
    }
}
