namespace ClientFlow.Sync.Core.Configuration;

/// <summary>How bad a mistake in the mapping file is.</summary>
public enum Severity
{
    Error,
    Warning,
}

/// <summary>One mistake in the mapping file, with its place.</summary>
/// <param name="Code">Stable for ever: <c>CF0204</c>. See docs/diagnostics.md.</param>
/// <param name="Message">What is wrong; stands alone. Lower case, no full stop, never a secret's value.</param>
/// <param name="Span">The smallest piece that shows it.</param>
public sealed record Diagnostic(string Code, Severity Severity, string Message, Span Span)
{
    /// <summary>What stands under the carets.</summary>
    public string? Label { get; init; }

    /// <summary>The way out.</summary>
    public string? Help { get; init; }
}

/// <summary>Collects the mistakes of one load.</summary>
public sealed class DiagnosticBag
{
    private readonly List<Diagnostic> items = [];
    private readonly HashSet<(string, Span, string)> seen = [];

    /// <summary>All mistakes so far, in file order.</summary>
    public IReadOnlyList<Diagnostic> Items => [.. items.OrderBy(d => d.Span.Line).ThenBy(d => d.Span.Column)];

    /// <summary>How many there are.</summary>
    public int Count => items.Count;

    /// <summary>How many errors there are.</summary>
    public int Errors => items.Count(d => d.Severity == Severity.Error);

    public bool HasErrors => Errors > 0;

    /// <summary>Takes one in, once; whatever in it looks like a secret is masked.</summary>
    public void Add(Diagnostic diagnostic)
    {
        if (!seen.Add((diagnostic.Code, diagnostic.Span, diagnostic.Message))) return;
        items.Add(diagnostic with
        {
            Message = SecretMask.InText(diagnostic.Message),
            Label = diagnostic.Label is { } label ? SecretMask.InText(label) : null,
            Help = diagnostic.Help is { } help ? SecretMask.InText(help) : null,
        });
    }

    /// <summary>Reports an error.</summary>
    public void Error(string code, Span span, string message, string? label = null, string? help = null) =>
        Add(new Diagnostic(code, Severity.Error, message, span) { Label = label, Help = help });

    /// <summary>Reports what works and is probably not meant.</summary>
    public void Warning(string code, Span span, string message, string? label = null, string? help = null) =>
        Add(new Diagnostic(code, Severity.Warning, message, span) { Label = label, Help = help });
}
