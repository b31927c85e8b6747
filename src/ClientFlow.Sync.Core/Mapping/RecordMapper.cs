using System.Collections.Immutable;
using System.Globalization;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Mapping;

/// <summary>A vendor's value that the mapping doesn't know: shown to the user, never dropped in silence.</summary>
/// <param name="Field">The canonical field that stays without a value.</param>
/// <param name="Value">The vendor's value.</param>
public readonly record struct UnmappedValue(string Field, string Value);

/// <summary>From a tool's own object to the canonical record. Pure, and total: what can't be converted is reported, never thrown.</summary>
public static class RecordMapper
{
    private const long LeastMilliseconds = 100_000_000_000;
    private const long MostMilliseconds = 99_999_999_999_999;

    /// <summary>Converts every mapped field by its type in <see cref="RecordSchema"/>. A field without a value, or with one that means nothing, is absent.</summary>
    public static (Record Record, IReadOnlyList<UnmappedValue> Unmapped) Map(
        SourceRecord source, RecordMapping mapping, string connector, string account, Business business, DateTimeOffset readBegan)
    {
        var fields = ImmutableSortedDictionary.CreateBuilder<string, FieldValue>(StringComparer.Ordinal);
        var unmapped = new List<UnmappedValue>();
        foreach (var field in RecordSchema.Of(source.Kind))
        {
            if (field.Type is FieldType.Reference or FieldType.References)
            {
                if (Reference(source, field, connector, account) is { } reference) fields[field.Name] = reference;
                continue;
            }

            var from = mapping.Fields.GetValueOrDefault(field.Name);
            var raw = from is null ? null : source.Fields.GetValueOrDefault(from.From);
            if (from is null || string.IsNullOrWhiteSpace(raw))
            {
                // What the vendor says by other means than a field of its own, such as the list that a card is in.
                if (source.Meaning.TryGetValue(field.Name, out var meant) && Convert(meant, field, source, business) is { } told) fields[field.Name] = told;
                continue;
            }

            if (Convert(Translate(raw, from, source, field), field, source, business) is { } value) fields[field.Name] = value;
            else unmapped.Add(new UnmappedValue(field.Name, raw));
        }

        var record = new Record
        {
            Ref = new RecordRef(connector, account, source.Kind, source.Id),
            Fields = fields.ToImmutable(),
            Version = new RecordVersion(source.Order, readBegan),
        };
        return (record, unmapped);
    }

    // The mapping's word, else the vendor's own meaning, else the value itself.
    private static string Translate(string raw, FieldMapping from, SourceRecord source, FieldDefinition field)
    {
        var key = raw.Trim();
        if (from.Values is { } values)
        {
            if (values.TryGetValue(key, out var word)) return word;
            foreach (var (name, meant) in values)
                if (string.Equals(name.Trim(), key, StringComparison.OrdinalIgnoreCase)) return meant;
        }

        return source.Meaning.GetValueOrDefault(field.Name) ?? raw;
    }

    private static FieldValue? Convert(string raw, FieldDefinition field, SourceRecord source, Business business)
    {
        var text = raw.Trim();
        if (text.Length == 0) return null;
        return field.Type switch
        {
            FieldType.Text => new FieldValue.Text(text),
            FieldType.Person => new FieldValue.Text(text.ToLowerInvariant()),
            FieldType.Number => Number(text) is { } number ? new FieldValue.Number(number) : null,
            FieldType.Amount => Amount(text, source.Currency, business) is { } money ? new FieldValue.Amount(money) : null,
            FieldType.Day => Day(text, business) is { } day && IsOfOurTime(day) ? new FieldValue.Day(day) : null,
            FieldType.Moment => Moment(text, business) is { } moment && IsOfOurTime(DateOnly.FromDateTime(moment.UtcDateTime)) ? new FieldValue.Moment(moment) : null,
            FieldType.Flag => Flag(text) is { } flag ? new FieldValue.Flag(flag) : null,
            FieldType.Choice => field.Choices.FirstOrDefault(c => string.Equals(c, text, StringComparison.OrdinalIgnoreCase)) is { } choice ? new FieldValue.Text(choice) : null,
            FieldType.Reference or FieldType.References => throw new InvalidOperationException("references come from the tool, not from a text"),
        };
    }

    // 9999-12-31 for "no end" and 0001-01-01 for "none" are no dates to reckon with: they are shown as values that nobody knows.
    private static bool IsOfOurTime(DateOnly day) => day.Year is >= 1900 and < 2200;

    private static FieldValue? Reference(SourceRecord source, FieldDefinition field, string connector, string account)
    {
        var refs = source.References.Where(r => r.Field == field.Name)
            .SelectMany(r => r.Ids.Where(id => !string.IsNullOrWhiteSpace(id)).Select(id => new RecordRef(connector, account, r.Kind, id))).Distinct().ToList();
        if (refs.Count == 0) return null;
        return field.Type == FieldType.Reference ? new FieldValue.Reference(refs[0]) : new FieldValue.References(refs);
    }

    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static Money? Amount(string text, string? currency, Business business)
    {
        var code = string.IsNullOrWhiteSpace(currency) ? business.Currency : currency.Trim().ToUpperInvariant();
        return Currencies.All.Contains(code) && Number(text) is { } number ? new Money(number, code) : null;
    }

    private static bool? Flag(string text) => text.ToLowerInvariant() switch
    {
        "true" => true,
        "false" => false,
        _ => null,
    };

    private static DateOnly? Day(string text, Business business)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return day;
        if (Instant(text) is not { } instant) return null;

        // Vendors keep a date as midnight UTC: that is the date itself, in whatever zone the business is. Other instants are moments.
        return instant.TimeOfDay == TimeSpan.Zero ? DateOnly.FromDateTime(instant.UtcDateTime) : LocalDay(instant, business.Zone);
    }

    private static DateOnly? LocalDay(DateTimeOffset instant, TimeZoneInfo zone) =>
        instant.Year is > 1 and < 9999 ? LocalTime.DayAt(instant, zone) : null;

    private static DateTimeOffset? Moment(string text, Business business)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return day.Year is > 1 and < 9999 ? LocalTime.InstantOf(day, TimeOnly.MinValue, business.Zone) : null;
        return Instant(text);
    }

    // ISO 8601 with an offset (none means UTC), or milliseconds since 1970 (from 1973 on). Fewer digits would be seconds, or a date without dashes.
    private static DateTimeOffset? Instant(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds))
            return milliseconds is >= LeastMilliseconds and <= MostMilliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

        if (text.Length < 11 || text[4] != '-' || text[7] != '-' || text[10] is not ('T' or 't' or ' ')) return null;
        const DateTimeStyles styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, styles, out var instant) ? instant.ToUniversalTime() : null;
    }
}
