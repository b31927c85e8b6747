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

    /// <summary>All mistakes so far, in file order.</summary>
    public IReadOnlyList<Diagnostic> Items => [.. items.OrderBy(d => d.Span.Line).ThenBy(d => d.Span.Column)];

    public bool HasErrors => items.Exists(d => d.Severity == Severity.Error);

    public void Add(Diagnostic diagnostic) => items.Add(diagnostic);

    /// <summary>Reports an error.</summary>
    public void Error(string code, Span span, string message, string? label = null, string? help = null) =>
        items.Add(new Diagnostic(code, Severity.Error, message, span) { Label = label, Help = help });
}
