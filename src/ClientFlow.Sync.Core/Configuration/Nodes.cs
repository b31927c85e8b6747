namespace ClientFlow.Sync.Core.Configuration;

/// <summary>A place in the mapping file. Lines and columns count from 1; a span lies within one line.</summary>
public readonly record struct Span(int Line, int Column, int Length);

/// <summary>A piece of the mapping file with its place. Whatever text format it was written in, this is what is bound.</summary>
public abstract record ConfigNode(Span Span);

/// <summary>A single value, as written; <paramref name="Quoted"/> values are always text.</summary>
public sealed record ScalarNode(string Value, bool Quoted, Span Span) : ConfigNode(Span);

/// <summary>A list.</summary>
public sealed record SequenceNode(IReadOnlyList<ConfigNode> Items, Span Span) : ConfigNode(Span);

/// <summary>Keys and their values, in file order.</summary>
public sealed record MappingNode(IReadOnlyList<ConfigEntry> Entries, Span Span) : ConfigNode(Span);

/// <summary>One key with its value.</summary>
public sealed record ConfigEntry(string Key, Span KeySpan, ConfigNode Value);
