namespace ClientFlow.Sync.Sandbox.Pages;

/// <summary>A page for people: a title and tables. Texts are encoded when they are written out.</summary>
public sealed record ToolPage(string Title, IReadOnlyList<PageTable> Tables)
{
    public string? Note { get; init; }
}

public sealed record PageTable(string Heading, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<PageCell>> Rows);

/// <summary>A text, with a link when <paramref name="Href"/> is set.</summary>
public sealed record PageCell(string? Text, string? Href = null)
{
    public static implicit operator PageCell(string? text) => new(text);

    public static PageCell FromString(string? text) => new(text);
}
