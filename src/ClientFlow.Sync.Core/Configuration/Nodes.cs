namespace ClientFlow.Sync.Core.Configuration;

/// <summary>A place in the mapping file. Lines and columns count from 1; a span lies within one line.</summary>
public readonly record struct Span(int Line, int Column, int Length);

/// <summary>A piece of the mapping file with its place. Whatever text format it was written in, this is what is bound.</summary>
public abstract record ConfigNode(Span Span)
{
    /// <summary>What it is, for messages.</summary>
    public string Shape => this switch
    {
        ScalarNode => "a single value",
        SequenceNode => "a list",
        MappingNode => "keys and values",
        _ => throw new InvalidOperationException("a kind of node that Shape doesn't know"),
    };
}

/// <summary>A single value, as written; <paramref name="Quoted"/> values are always text.</summary>
public sealed record ScalarNode(string Value, bool Quoted, Span Span) : ConfigNode(Span)
{
    /// <summary>Nothing was written, or the YAML word for nothing.</summary>
    public bool IsNothing => !Quoted && Value is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>The place of a part of the value. Where escapes or line breaks hide it, the place of the whole.</summary>
    public Span Part(int start, int length)
    {
        var quote = Quoted ? 1 : 0;
        return Span.Length == Value.Length + (2 * quote)
            ? new Span(Span.Line, Span.Column + quote + start, Math.Max(1, length))
            : Span;
    }
}

/// <summary>A list.</summary>
public sealed record SequenceNode(IReadOnlyList<ConfigNode> Items, Span Span) : ConfigNode(Span);

/// <summary>Keys and their values, in file order.</summary>
public sealed record MappingNode(IReadOnlyList<ConfigEntry> Entries, Span Span) : ConfigNode(Span);

/// <summary>One key with its value.</summary>
public sealed record ConfigEntry(string Key, Span KeySpan, ConfigNode Value);
