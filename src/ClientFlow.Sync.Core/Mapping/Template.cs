using ClientFlow.Sync.Core.Handoffs;

namespace ClientFlow.Sync.Core.Mapping;

/// <summary>A text with facts in it: <c>{{client.name}} – {{deal.amount | money}}</c>. Parsed and checked when the file is loaded.</summary>
/// <param name="Source">As written in the file.</param>
/// <param name="Parts">Its pieces, in order.</param>
public sealed record Template(string Source, IReadOnlyList<TemplatePart> Parts)
{
    /// <summary>The facts that it names.</summary>
    public IEnumerable<FactPath> Paths => Parts.OfType<TemplatePart.Fact>().Select(p => p.Path);
}

/// <summary>A piece of a template.</summary>
public abstract record TemplatePart
{
    private TemplatePart()
    {
    }

    /// <summary>Words as they are.</summary>
    public sealed record Words(string Text) : TemplatePart;

    /// <summary>A fact's value, shown by a filter.</summary>
    public sealed record Fact(FactPath Path, TemplateFilter Filter) : TemplatePart;

    /// <summary>The business's name: <c>{{business.name}}</c>.</summary>
    public sealed record BusinessName : TemplatePart;
}

/// <summary>How a fact is shown in a text.</summary>
public enum TemplateFilter
{
    /// <summary>As it is by nature.</summary>
    None,

    /// <summary>A day or moment as <c>1 November 2026</c>.</summary>
    Date,

    /// <summary>An amount as <c>GBP 1,250.00</c>.</summary>
    Money,
}
