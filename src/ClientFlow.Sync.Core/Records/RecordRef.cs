using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ClientFlow.Sync.Core.Records;

/// <summary>
/// Who a record is: the product, the account in it, what kind of thing it is and the vendor's id. The tool's name in the
/// YAML file is not part of it, so renaming a tool changes no key.
/// </summary>
/// <param name="Connector">The product's id, such as <c>hubspot</c>.</param>
/// <param name="Account">The vendor's id of the account, such as a HubSpot portal id.</param>
/// <param name="Kind">What the record is.</param>
/// <param name="Id">The vendor's id of the record, unique for its kind in the account.</param>
public readonly record struct RecordRef(string Connector, string Account, RecordKind Kind, string Id)
{
    /// <summary>The stored form, <c>hubspot:62515:deal:678</c>; colons and percent signs in a part are escaped.</summary>
    public override string ToString() =>
        $"{Escape(Connector)}:{Escape(Account)}:{Names.Of(Kind)}:{Escape(Id)}";

    /// <summary>Reads the stored form back.</summary>
    /// <exception cref="FormatException">The text was not written by <see cref="ToString"/>.</exception>
    public static RecordRef Parse(string text) =>
        TryParse(text, out var parsed) ? parsed.Value : throw new FormatException($"not a record reference: {text}");

    /// <summary>Reads the stored form back, or says that the text is none.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out RecordRef? parsed)
    {
        parsed = null;
        var parts = text?.Split(':');
        if (parts is not { Length: 4 } || !Names.TryKind(parts[2], out var kind)) return false;
        parsed = new RecordRef(Unescape(parts[0]), Unescape(parts[1]), kind, Unescape(parts[3]));
        return true;
    }

    private static string Escape(string part) => part.AsSpan().ContainsAny(':', '%')
        ? new StringBuilder(part).Replace("%", "%25").Replace(":", "%3A").ToString()
        : part;

    private static string Unescape(string part) => part.Contains('%') ? part.Replace("%3A", ":").Replace("%25", "%") : part;
}
