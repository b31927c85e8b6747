using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>Shows mistakes as a good compiler does: the message, the place, the user's own line with carets, the way out.</summary>
public static class DiagnosticRenderer
{
    private const int TabStop = 4;
    private const int Widest = 120;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All mistakes as text, an empty line after each.</summary>
    public static string Render(IEnumerable<Diagnostic> diagnostics, SourceText source, bool colour = false)
    {
        var text = new StringBuilder();
        foreach (var diagnostic in diagnostics) Block(text, diagnostic, source, new Ink(colour));
        return text.ToString();
    }

    /// <summary>All mistakes as JSON, for editors and pipelines.</summary>
    public static string Json(IEnumerable<Diagnostic> diagnostics, SourceText source)
    {
        var all = diagnostics.ToList();
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteString("file", Clean(source.Path));
            json.WriteBoolean("ok", !all.Exists(d => d.Severity == Severity.Error));
            json.WriteStartArray("diagnostics");
            foreach (var diagnostic in all)
            {
                json.WriteStartObject();
                json.WriteString("code", diagnostic.Code);
                json.WriteString("severity", Word(diagnostic.Severity));
                json.WriteString("message", Clean(diagnostic.Message));
                json.WriteNumber("line", diagnostic.Span.Line);
                json.WriteNumber("column", diagnostic.Span.Column);
                json.WriteNumber("length", diagnostic.Span.Length);
                if (diagnostic.Label is { } label) json.WriteString("label", Clean(label));
                if (diagnostic.Help is { } help) json.WriteString("help", Clean(help));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Block(StringBuilder text, Diagnostic diagnostic, SourceText source, Ink ink)
    {
        var line = diagnostic.Span.Line;
        var loud = diagnostic.Severity == Severity.Error ? Ink.Red : Ink.Yellow;
        text.Append(ink.Of(loud, $"{Word(diagnostic.Severity)}[{diagnostic.Code}]")).Append(ink.Of(Ink.Bold, ": " + Clean(diagnostic.Message))).Append('\n');
        if (line < 1 || line > source.Lines.Count)
        {
            text.Append(ink.Of(Ink.Blue, " --> ")).Append(Clean(source.Path)).Append('\n');
            if (diagnostic.Help is { } way) text.Append(ink.Of(Ink.Blue, "  = ")).Append("help: ").Append(Clean(way)).Append('\n');
            text.Append('\n');
            return;
        }

        var digits = line.ToString(CultureInfo.InvariantCulture).Length;
        var margin = new string(' ', digits);
        text.Append(ink.Of(Ink.Blue, $"{margin}--> ")).Append(Clean(source.Path)).Append(':').Append(line).Append(':').Append(diagnostic.Span.Column).Append('\n');
        text.Append(ink.Of(Ink.Blue, $"{margin} |")).Append('\n');
        if (KeyAbove(source, line) is { } above)
        {
            Source(text, ink, digits, above, Laid.Out(Near(SecretMask.InLine(source, above), 0).Line).Cut(0, 1).Shown);
            if (above < line - 1) text.Append(ink.Of(Ink.Blue, "...")).Append('\n');
        }

        var (whole, start) = Near(SecretMask.InLine(source, line), diagnostic.Span.Column - 1);
        var (shown, from, length) = Laid.Out(whole).Cut(start, diagnostic.Span.Length);
        Source(text, ink, digits, line, shown);
        text.Append(ink.Of(Ink.Blue, $"{margin} |")).Append(' ', from + 1).Append(ink.Of(loud, new string('^', length)));
        if (diagnostic.Label is { } label) text.Append(' ').Append(ink.Of(loud, Clean(label)));
        text.Append('\n');
        if (diagnostic.Help is { } help) text.Append(ink.Of(Ink.Blue, $"{margin} = ")).Append("help: ").Append(Clean(help)).Append('\n');
        text.Append('\n');
    }

    private static void Source(StringBuilder text, Ink ink, int digits, int number, string line)
    {
        var gutter = number.ToString(CultureInfo.InvariantCulture).PadLeft(digits);
        text.Append(ink.Of(Ink.Blue, $"{gutter} |"));
        if (line.Length > 0) text.Append(' ').Append(line);
        text.Append('\n');
    }

    // A line of a megabyte isn't laid out whole to show a hundred columns of it.
    private static (string Line, int Start) Near(string line, int start)
    {
        const int around = 2_000;
        if (line.Length <= 2 * around) return (line, start);
        start = Math.Clamp(start, 0, line.Length);
        var from = Math.Max(0, start - around);
        return (line.Substring(from, Math.Min(2 * around, line.Length - from)), start - from);
    }

    // The nearest line above that holds this one: indented less, and neither empty nor a comment.
    private static int? KeyAbove(SourceText source, int line)
    {
        var indent = Indent(source.Line(line));
        if (indent == 0) return null;
        for (var above = line - 1; above >= 1; above--)
        {
            var text = source.Line(above);
            var start = text.TrimStart(' ', '\t');
            if (start.Length == 0 || start[0] == '#') continue;
            if (Indent(text) < indent) return above;
        }

        return null;
    }

    private static int Indent(string line) => line.Length - line.TrimStart(' ', '\t').Length;

    private static string Word(Severity severity) => severity switch
    {
        Severity.Error => "error",
        Severity.Warning => "warning",
    };

    private static string Clean(string text) => Laid.Out(text).Shown;

    /// <summary>A line in cells: what is shown for each character, how wide it is, and where it stood.</summary>
    private sealed class Laid
    {
        private readonly List<(string Glyph, int Width, int From)> cells = [];
        private int end;

        public string Shown => string.Concat(cells.Select(c => c.Glyph));

        public static Laid Out(string line)
        {
            var laid = new Laid { end = line.Length };
            var column = 0;
            for (var i = 0; i < line.Length;)
            {
                var whole = Rune.TryGetRuneAt(line, i, out var rune);
                var (glyph, width) = !whole ? ("\uFFFD", 1) : rune.Value == '\t' ? Tab(column) : Glyph(rune);
                laid.cells.Add((glyph, width, i));
                column += width;
                i += whole ? rune.Utf16SequenceLength : 1;
            }

            return laid;
        }

        /// <summary>The line as shown, cut around the span where it is long, with the span's place in it.</summary>
        public (string Shown, int From, int Length) Cut(int start, int length)
        {
            start = Math.Clamp(start, 0, end);
            var stop = (int)Math.Clamp((long)start + Math.Max(0, length), start, end);
            var first = cells.TakeWhile(c => c.From < start).Count();
            var last = cells.TakeWhile(c => c.From < stop).Count();
            if (cells.Sum(c => c.Width) <= Widest) return (Shown, Width(0, first), Math.Max(1, Width(first, last)));

            // As much of the line's beginning as leaves room for the span and a little after it.
            var stopAt = Width(0, last) + (Widest / 5);
            var left = 0;
            while (left < first && Width(left, cells.Count) > Widest && stopAt - Width(0, left) > Widest) left++;
            var right = left;
            for (var used = 0; right < cells.Count && used + cells[right].Width <= Widest; right++) used += cells[right].Width;
            var before = left > 0 ? "…" : "";
            var shown = before + string.Concat(cells[left..right].Select(c => c.Glyph)) + (right < cells.Count ? "…" : "");
            return (shown, before.Length + Width(left, first), Math.Max(1, Width(first, Math.Min(last, right))));
        }

        private int Width(int from, int to)
        {
            var width = 0;
            for (var i = from; i < to && i < cells.Count; i++) width += cells[i].Width;
            return width;
        }

        private static (string, int) Tab(int column)
        {
            var width = TabStop - (column % TabStop);
            return (new string(' ', width), width);
        }

        // What would move the cursor, hide text or reverse it is shown as a replacement: a terminal must not obey the file.
        private static (string, int) Glyph(Rune rune) => Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => ("\uFFFD", 1),
            UnicodeCategory.Format when rune.Value is not (0x200D or 0x200C) => ("\uFFFD", 1),
            UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => (rune.ToString(), 0),
            _ => (rune.ToString(), IsWide(rune.Value) ? 2 : 1),
        };

        // East Asian wide and fullwidth blocks, and emoji: two columns in a terminal (Unicode Standard Annex 11).
        private static bool IsWide(int value) => value is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0x303E) or (>= 0x3041 and <= 0xA4CF)
            or (>= 0xA960 and <= 0xA97C) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F)
            or (>= 0xFF01 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) or (>= 0x1F300 and <= 0x1F64F) or (>= 0x1F680 and <= 0x1F6FF)
            or (>= 0x1F900 and <= 0x1F9FF) or (>= 0x1FA70 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFD);
    }

    private readonly struct Ink(bool colour)
    {
        public const string Red = "\e[1;31m";
        public const string Yellow = "\e[1;33m";
        public const string Blue = "\e[1;34m";
        public const string Bold = "\e[1m";

        public string Of(string code, string text) => colour ? $"{code}{text}\e[0m" : text;
    }
}
