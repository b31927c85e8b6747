using System.Globalization;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>One value that a property has or had.</summary>
internal sealed record HubSpotValue(string Value, DateTimeOffset At, string Source);

/// <summary>One record with the history of its properties.</summary>
internal sealed class HubSpotObject(HubSpotType type, long id, DateTimeOffset createdAt)
{
    private readonly Dictionary<string, List<HubSpotValue>> _history = new(StringComparer.Ordinal);

    public HubSpotType Type { get; } = type;

    public long Id { get; } = id;

    public string Key { get; } = id.ToString(CultureInfo.InvariantCulture);

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public DateTimeOffset UpdatedAt { get; set; } = createdAt;

    public DateTimeOffset? ArchivedAt { get; set; }

    public bool Archived => ArchivedAt is not null;

    public IEnumerable<string> PropertyNames => _history.Keys;

    public string? this[string property] => _history.TryGetValue(property, out var values) && values[^1].Value.Length > 0 ? values[^1].Value : null;

    /// <summary>Newest first, as the vendor lists it.</summary>
    public IEnumerable<HubSpotValue> History(string property) =>
        _history.TryGetValue(property, out var values) ? values.AsEnumerable().Reverse() : [];

    /// <summary>What search knows: the value at a moment that may lie a little in the past.</summary>
    public string? ValueAt(string property, DateTimeOffset moment)
    {
        string? value = _history.TryGetValue(property, out var values) ? values.LastOrDefault(entry => entry.At <= moment)?.Value : null;
        return string.IsNullOrEmpty(value) ? null : value;
    }

    /// <summary>An empty value clears the property. False when nothing changed.</summary>
    public bool Set(string property, string value, DateTimeOffset at, string source)
    {
        if (!_history.TryGetValue(property, out var values))
        {
            if (value.Length == 0)
                return false;
            _history[property] = values = [];
        }

        if (values.Count > 0 && values[^1].Value == value)
            return false;
        values.Add(new HubSpotValue(value, at, source));
        return true;
    }

    /// <summary>
    /// The record as a read returns it: the asked properties (absent values as null) or the type's defaults, always with
    /// id and clocks. <paramref name="asked"/> null is what a write answers: everything that has a value.
    /// </summary>
    public JsonObject Json(IReadOnlyCollection<string>? asked, Func<string, bool> exists, Func<HubSpotObject, string, string?>? read = null)
    {
        read ??= (item, name) => item[name];
        var properties = new JsonObject();
        IEnumerable<string> names = asked is null
            ? PropertyNames.Where(name => this[name] is not null)
            : (asked.Count == 0 ? Type.Defaults : asked).Where(exists);
        foreach (string name in names.Concat([Type.Created, Type.Modified, "hs_object_id"]).Distinct().Order(StringComparer.Ordinal))
            properties[name] = read(this, name);
        var json = new JsonObject
        {
            ["id"] = Key,
            ["properties"] = properties,
            ["createdAt"] = HubSpotClock.Text(CreatedAt),
            ["updatedAt"] = HubSpotClock.Text(UpdatedAt),
            ["archived"] = Archived,
        };
        if (ArchivedAt is { } archivedAt)
            json["archivedAt"] = HubSpotClock.Text(archivedAt);
        return json;
    }

    public JsonObject HistoryJson(IEnumerable<string> names) =>
        new(names.Select(name => KeyValuePair.Create<string, JsonNode?>(name, new JsonArray([.. History(name).Select(entry => new JsonObject
        {
            ["value"] = entry.Value,
            ["timestamp"] = HubSpotClock.Text(entry.At),
            ["sourceType"] = entry.Source,
        })]))));
}

/// <summary>Times as the vendor writes and reads them.</summary>
internal static class HubSpotClock
{
    public static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A moment as epoch milliseconds, an ISO instant or a date; null when it is none of them.</summary>
    public static DateTimeOffset? Read(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long milliseconds))
            return milliseconds is > -62_135_596_800_000 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at)
            ? at.ToUniversalTime()
            : null;
    }

    public static DateTimeOffset ToMilliseconds(DateTimeOffset at) => DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());
}
