using System.Text.RegularExpressions;
using ClientFlow.Sync.Core.Configuration;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ClientFlow.Sync.Worker.Configuration;

/// <summary>YAML text to config nodes with their places. The only code that knows YAML; never throws.</summary>
public static partial class YamlReader
{
    private const int Deepest = 24;

    /// <summary>What a minimal file needs, for whoever starts with an empty one.</summary>
    private const string Minimal =
        "a file begins with `version: 1` and has `business:`, `tools:` and `handoffs:`; copy config/minimal.yaml and go from there";

    /// <summary>Reads the file; null when it isn't usable YAML, with the reasons in the bag.</summary>
    public static MappingNode? Read(SourceText source, DiagnosticBag diagnostics)
    {
        var reading = new Reading(source, diagnostics);
        try
        {
            return reading.Document();
        }
        catch (YamlException trouble)
        {
            SyntaxError(source, diagnostics, trouble.Start, trouble.End, Say(trouble.Message));
        }
#pragma warning disable CA1031 // YamlDotNet throws bare exceptions of several types on broken input; the user gets a message in any case.
        catch (Exception)
#pragma warning restore CA1031
        {
            SyntaxError(source, diagnostics, reading.At, reading.At, "something is not closed or not in its place");
        }

        return null;
    }

    // The parser's words, and where the cause is a common slip, the cause itself.
    private static void SyntaxError(SourceText source, DiagnosticBag diagnostics, Mark start, Mark end, string what)
    {
        var line = (int)Math.Clamp(start.Line, 1, source.Lines.Count);
        var last = (int)Math.Clamp(end.Line, line, Math.Min(source.Lines.Count, line + 1));
        // The parser reports a tab where the mapping around it begins.
        if (TabIndents(source, diagnostics, upTo: what.Contains("tab", StringComparison.Ordinal) ? source.Lines.Count : last)) return;
        for (var near = last; near >= Math.Max(1, line - 1); near--)
        {
            if (Unquoted().Match(source.Line(near)) is not { Success: true } slip) continue;
            var brace = slip.Groups["text"];
            var template = brace.Value.StartsWith("{{", StringComparison.Ordinal);
            diagnostics.Error(Codes.NeedsQuotes, new Span(near, brace.Index + 1, 2), $"a value with `{(template ? "{{" : "${")}` is not quoted", "YAML takes the brace for the start of a mapping",
                template ? "put the whole value into quotes, as in `name: \"{{deal.name}}\"`" : "put the whole value into quotes, as in `token: \"${NAME}\"`");
            return;
        }

        var column = (int)Math.Clamp(start.Column, 1, source.Line(line).Length + 1);
        var length = end.Line == start.Line ? (int)Math.Clamp(end.Column - start.Column, 1, source.Line(line).Length + 1) : 1;
        var help = what switch
        {
            _ when what.Contains("invalid mapping", StringComparison.Ordinal) => "a value with `: ` in it needs quotes; keys of one section stand in one column",
            _ when what.Contains("cannot start any token", StringComparison.Ordinal) => "a value that begins with `@`, a backtick or `%` needs quotes",
            _ when what.Contains("indentation", StringComparison.Ordinal) || what.Contains("expected key", StringComparison.Ordinal) => "look at the indentation and at quotes, braces and brackets that are not closed, here and in the line above",
            _ when what.Contains("escape", StringComparison.Ordinal) => "between single quotes a backslash is just a backslash",
            _ => "look for quotes, braces and brackets that are not closed, here and in the lines above",
        };
        diagnostics.Error(Codes.Syntax, new Span(line, column, length), "this is not valid YAML", what, help);
    }

    private static bool TabIndents(SourceText source, DiagnosticBag diagnostics, int upTo)
    {
        var first = 0;
        var count = 0;
        for (var line = 1; line <= source.Lines.Count; line++)
        {
            if (!IndentedByTab(source.Line(line))) continue;
            if (line <= upTo && first == 0) first = line;
            count++;
        }

        if (first == 0) return false;
        ReportTab(source, diagnostics, first, count);
        return true;
    }

    private static bool IndentedByTab(string line)
    {
        var text = line.TrimStart(' ', '\t');
        return text.Length > 0 && text[0] != '#' && line.AsSpan(0, line.Length - text.Length).Contains('\t');
    }

    private static void ReportTab(SourceText source, DiagnosticBag diagnostics, int line, int count) =>
        diagnostics.Error(Codes.TabIndent, new Span(line, source.Line(line).IndexOf('\t', StringComparison.Ordinal) + 1, 1), "a line is indented by a tab",
            count == 1 ? "a tab" : $"a tab, as in {count} lines of this file", "YAML indents by spaces: two for each step");

    private static string Say(string message)
    {
        var text = message.Trim().TrimEnd('.');
        return text.Length == 0 ? "not valid here" : char.ToLowerInvariant(text[0]) + text[1..];
    }

    // A plain value that begins with a template or a variable; in a flow collection a plain one can't hold braces at all.
    [GeneratedRegex("""(?:[:\[,]|^\s*-)\s+(?<text>\{\{|\$\{)""")]
    private static partial Regex Unquoted();

    private sealed class Reading(SourceText source, DiagnosticBag diagnostics)
    {
        private readonly Parser parser = new(new Scanner(new StringReader(source.Text), skipComments: true));
        private readonly HashSet<int> inText = [];

        // A value is unknown (an alias, a mapping in place of a text): binding the rest would report what follows from that.
        private bool incomplete;

        /// <summary>How far it came.</summary>
        public Mark At => parser.Current?.End ?? Mark.Empty;

        public MappingNode? Document()
        {
            Next();
            if (Next() is not DocumentStart) return Empty();
            var node = Node(Next(), 1);
            if (node is null) return null;
            while (Next() is not (StreamEnd or null))
            {
                if (parser.Current is not DocumentStart another) continue;
                diagnostics.Error(Codes.SeveralDocuments, Place(another), "the file holds several YAML documents", "a second one begins here", "one file is one business: remove the `---`, or make another file");
                return null;
            }

            for (var line = 1; line <= source.Lines.Count; line++)
            {
                if (inText.Contains(line) || !IndentedByTab(source.Line(line))) continue;
                ReportTab(source, diagnostics, line, 1);
            }

            if (incomplete) return null;
            switch (node)
            {
                case MappingNode mapping when mapping.Entries.Count > 0: return mapping;
                case MappingNode or ScalarNode { IsNothing: true }: return Empty();
                default:
                    diagnostics.Error(Codes.WrongShape, node.Span, $"the file holds {node.Shape} where keys and values should be", "not a key with a value", Minimal);
                    return null;
            }
        }

        private MappingNode? Empty()
        {
            diagnostics.Error(Codes.Empty, new Span(0, 0, 0), "the mapping file is empty", null, Minimal);
            return null;
        }

        private ParsingEvent? Next() => parser.MoveNext() ? parser.Current : null;

        // Null: reading can't go on. What is merely not allowed is reported and read as nothing, so that other mistakes show too.
        private ConfigNode? Node(ParsingEvent? begin, int depth)
        {
            if (begin is null) return null;
            if (depth > Deepest)
            {
                diagnostics.Error(Codes.TooDeep, Place(begin), $"the file is nested deeper than {Deepest} levels", "too deep");
                return null;
            }

            if (begin is NodeEvent node) Refuse(node);
            return begin switch
            {
                Scalar scalar => Scalar(scalar),
                SequenceStart list => Sequence(list, depth),
                MappingStart mapping => Mapping(mapping, depth),
                _ => new ScalarNode("", false, Place(begin)),
            };
        }

        private void Refuse(NodeEvent node)
        {
            var (what, help) = node switch
            {
                _ when !node.Anchor.IsEmpty => ("an anchor (`&`)", "write the value out each time; a text that begins with `&` needs quotes"),
                _ when !node.Tag.IsEmpty && !node.Tag.IsNonSpecific => ("a tag (`!`)", "leave it out; a text that begins with `!` needs quotes"),
                _ => ("", ""),
            };
            if (what.Length > 0) diagnostics.Error(Codes.YamlFeature, Place(node), $"{what} can't be used in a mapping file", "not supported", help);
        }

        private ScalarNode Scalar(Scalar scalar)
        {
            var quoted = scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any);
            if (scalar.End.Line > scalar.Start.Line)
                for (var line = (int)scalar.Start.Line + 1; line <= scalar.End.Line; line++) inText.Add(line);
            for (var i = 0; i < scalar.Value.Length; i += char.IsSurrogatePair(scalar.Value, i) ? 2 : 1)
            {
                if (!char.IsSurrogate(scalar.Value[i]) || char.IsSurrogatePair(scalar.Value, i)) continue;
                diagnostics.Error(Codes.NotText, Place(scalar), "a value holds half of a character", "an escape that stands for no character");
                break;
            }

            return new ScalarNode(scalar.Value, quoted, Place(scalar));
        }

        private SequenceNode? Sequence(SequenceStart begin, int depth)
        {
            var items = new List<ConfigNode>();
            while (Next() is { } next and not SequenceEnd)
            {
                if (Alias(next)) continue;
                if (Node(next, depth + 1) is not { } item) return null;
                items.Add(item);
            }

            return new SequenceNode(items, Place(begin));
        }

        private MappingNode? Mapping(MappingStart begin, int depth)
        {
            var entries = new List<ConfigEntry>();
            var lines = new Dictionary<string, int>(StringComparer.Ordinal);
            while (Next() is { } next and not MappingEnd)
            {
                var place = Place(next);
                var usable = !Alias(next);
                string? key = null;
                if (next is Scalar scalar)
                {
                    Refuse(scalar);
                    key = scalar.Value;
                }
                else if (usable)
                {
                    incomplete = true;
                    if (next is MappingStart && source.Line(place.Line).AsSpan(Math.Max(0, place.Column - 2)).StartsWith("{{", StringComparison.Ordinal))
                        diagnostics.Error(Codes.NeedsQuotes, place with { Column = place.Column - 1, Length = 2 }, "a value with `{{` is not quoted", "YAML takes the brace for the start of a mapping",
                            "put the whole value into quotes, as in `name: \"{{deal.name}}\"`");
                    else
                        diagnostics.Error(Codes.WrongShape, place, "a key is a list or has keys itself", "takes a word");
                    if (Node(next, depth + 1) is null) return null;
                }

                var value = Next();
                ConfigNode? node = value is null ? null : Alias(value) ? new ScalarNode("", true, Place(value)) : Node(value, depth + 1);
                if (node is null) return null;
                if (key is null) continue;
                if (key == "<<")
                {
                    incomplete = true;
                    diagnostics.Error(Codes.YamlFeature, place, "a merge key (`<<`) can't be used in a mapping file", "not supported", "write the keys out each time");
                }
                else if (!lines.TryAdd(key, place.Line))
                {
                    diagnostics.Error(Codes.DuplicateKey, place, $"the key `{key}` is given twice", $"first given in line {lines[key]}", "keep one of the two");
                }
                else
                {
                    entries.Add(new ConfigEntry(key, place, node));
                }
            }

            return new MappingNode(entries, Place(begin));
        }

        private bool Alias(ParsingEvent next)
        {
            if (next is not AnchorAlias) return false;
            incomplete = true;
            diagnostics.Error(Codes.YamlFeature, Place(next), "an alias (`*`) can't be used in a mapping file", "not supported", "write the value out each time; a text that begins with `*` needs quotes");
            return true;
        }

        // Within its first line: a span never goes over a line's end.
        private Span Place(ParsingEvent at)
        {
            var line = (int)Math.Clamp(at.Start.Line, 1, source.Lines.Count);
            var column = line < at.Start.Line ? source.Line(line).Length + 1 : (int)at.Start.Column;
            var toEnd = Math.Max(1, source.Line(line).TrimEnd().Length - column + 1);
            var length = at.End.Line == at.Start.Line ? (int)(at.End.Column - at.Start.Column) : toEnd;
            if (at is Scalar { Style: ScalarStyle.Literal or ScalarStyle.Folded }) length = 1;
            return new Span(line, column, Math.Max(1, length));
        }
    }
}
