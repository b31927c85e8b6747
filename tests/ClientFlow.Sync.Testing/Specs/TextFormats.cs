using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>The formats that are cheap to check; an unknown format is no problem.</summary>
internal static partial class TextFormats
{
    private const NumberStyles Plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;

    /// <summary>What is wrong with the text, or null.</summary>
    public static string? Problem(string? format, string text) => format switch
    {
        "date" when !DateOnly.TryParseExact(text, "yyyy-MM-dd", out _) => "is not a date as in 2026-01-31",
        "date-time" when !IsTime(text, Instant()) => "is not an instant as in 2026-01-31T08:00:00Z",
        "local-date-time" when !IsTime(text, LocalInstant()) => "is not a time as in 2026-01-31T08:00:00",
        "uuid" when !Guid.TryParse(text, out _) => "is not a UUID",
        "uri" or "url" when !Uri.TryCreate(text, UriKind.Absolute, out _) => "is not an absolute address",
        "decimal" when !decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out _) => "is not a decimal number",
        "int64" or "uint64" when !Int128.TryParse(text, CultureInfo.InvariantCulture, out _) => "is not a whole number written as text",
        _ => null,
    };

    /// <summary>Vendors write patterns for other engines; one that .NET cannot read counts as matched.</summary>
    public static bool Matches(string pattern, string text)
    {
        try
        {
            return Regex.IsMatch(text, pattern, RegexOptions.None, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    public static bool IsNumber(JsonElement value, out decimal number)
    {
        number = 0;
        return value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDecimal(out number),
            JsonValueKind.String => decimal.TryParse(value.GetString(), Plain, CultureInfo.InvariantCulture, out number),
            _ => false,
        };
    }

    public static bool IsInteger(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? Int128.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
        : IsNumber(value, out var number) && decimal.IsInteger(number);

    private static bool IsTime(string text, Regex form) => form.IsMatch(text) && DateTimeOffset.TryParse(text, out _);

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$")]
    private static partial Regex Instant();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$")]
    private static partial Regex LocalInstant();
}
