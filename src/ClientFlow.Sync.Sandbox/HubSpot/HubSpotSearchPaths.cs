using System.Globalization;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>`POST /crm/v3/objects/{type}/search`: an index that lags, capped at 10,000 results.</summary>
internal sealed class HubSpotSearchPaths(HubSpotTool tool, HubSpotStore store)
{
    private const int Cap = 10_000;

    public void Map() => tool.Route("POST", "/crm/v3/objects/{type}/search", [], Search);

    private ApiAnswer Search(ApiCall call)
    {
        HubSpotType type = HubSpotTool.TypeOf(call.Part("type"));
        JsonObject body = HubSpotBody.Object(call, "query", "limit", "after", "sorts", "properties", "filterGroups");
        int limit = HubSpotBody.Number(body, "limit") ?? 10;
        if (limit is < 1 or > 200)
            throw HubSpotError.Invalid($"limit must be between 1 and 200, not {limit}").Refusal();
        int after = After(body);
        if (after + limit > Cap)
            throw HubSpotError.Invalid($"There was a problem with the request: paging past {Cap} results is not possible").Refusal();

        DateTimeOffset moment = store.Now - tool.Options.HubSpot.SearchLag;
        IReadOnlyList<string> properties = HubSpotBody.Texts(body, "properties");
        Func<HubSpotObject, bool> matches = Matcher(type, body, moment);
        IEnumerable<HubSpotObject> found = store.Live(type).Where(item => item.CreatedAt <= moment && matches(item));
        List<HubSpotObject> sorted = [.. Sorted(type, body, found, moment)];

        JsonObject Shown(HubSpotObject item)
        {
            JsonObject json = item.Json(properties, name => store.Exists(type, name), (one, name) => one.ValueAt(name, moment));
            json["updatedAt"] = item.ValueAt(type.Modified, moment);
            return json;
        }

        var answer = new JsonObject
        {
            ["total"] = sorted.Count,
            ["results"] = new JsonArray([.. sorted.Skip(after).Take(limit).Select(Shown)]),
        };
        if (after + limit < sorted.Count)
            answer["paging"] = new JsonObject { ["next"] = new JsonObject { ["after"] = (after + limit).ToString(CultureInfo.InvariantCulture) } };
        return ApiAnswer.Json(200, answer);
    }

    private static int After(JsonObject body)
    {
        string text = HubSpotBody.Text(body, "after") ?? "0";
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int after)
            ? after
            : throw HubSpotError.Invalid($"after must be an integer offset, not {text}").Refusal();
    }

    private IEnumerable<HubSpotObject> Sorted(HubSpotType type, JsonObject body, IEnumerable<HubSpotObject> found, DateTimeOffset moment)
    {
        JsonArray sorts = body["sorts"] as JsonArray ?? [];
        if (sorts.Count > 1)
            throw HubSpotError.Invalid("Only one sort rule is possible").Refusal();
        if (sorts.Count == 0)
            return found;
        // The vendor takes {"propertyName", "direction"}, a bare name, and "-name" for descending.
        (string name, bool descending) = sorts[0] is JsonObject rule
            ? (HubSpotBody.Required(HubSpotBody.Known(rule, "propertyName", "direction"), "propertyName"), HubSpotBody.Text(rule, "direction") == "DESCENDING")
            : ((string)sorts[0]!).TrimStart('-') is var bare && ((string)sorts[0]!).StartsWith('-') ? (bare, true) : (bare, false);
        HubSpotProperty property = PropertyOf(type, name);
        Comparer<string?> order = Comparer<string?>.Create((left, right) => Compare(property, left, right));
        string? Key(HubSpotObject item) => item.ValueAt(name, moment);
        return descending
            ? found.OrderByDescending(Key, order).ThenBy(item => item.Id)
            : found.OrderBy(Key, order).ThenBy(item => item.Id);
    }

    private Func<HubSpotObject, bool> Matcher(HubSpotType type, JsonObject body, DateTimeOffset moment)
    {
        JsonArray groups = body["filterGroups"] as JsonArray ?? [];
        List<List<Func<HubSpotObject, bool>>> compiled =
        [
            .. groups.Select(group => (HubSpotBody.Known(group, "filters")["filters"] as JsonArray ?? []).Select(filter => Filter(type, filter, moment)).ToList()),
        ];
        if (compiled.Count > 5 || compiled.Any(group => group.Count > 6) || compiled.Sum(group => group.Count) > 18)
            throw HubSpotError.Invalid("At most 5 filter groups, 6 filters in a group and 18 filters in all are possible").Refusal();
        string? query = HubSpotBody.Text(body, "query");
        return item => (compiled.Count == 0 || compiled.Any(group => group.All(filter => filter(item))))
            && (query is null || type.Defaults.Any(name => item.ValueAt(name, moment)?.Contains(query, StringComparison.OrdinalIgnoreCase) == true));
    }

    private Func<HubSpotObject, bool> Filter(HubSpotType type, JsonNode? node, DateTimeOffset moment)
    {
        JsonObject filter = HubSpotBody.Known(node, "propertyName", "operator", "value", "highValue", "values");
        string name = HubSpotBody.Required(filter, "propertyName");
        HubSpotProperty property = PropertyOf(type, name);
        string value = Operand(property, filter, "value");
        string high = Operand(property, filter, "highValue");
        IReadOnlyList<string> values = HubSpotBody.Texts(filter, "values");
        int Against(HubSpotObject item, string operand) => Compare(property, item.ValueAt(name, moment), operand);
        bool Has(HubSpotObject item) => item.ValueAt(name, moment) is not null;
        bool Holds(HubSpotObject item, string token) =>
            item.ValueAt(name, moment)?.Contains(token.Trim('*'), StringComparison.OrdinalIgnoreCase) == true;

        return HubSpotBody.Required(filter, "operator") switch
        {
            "EQ" => item => Has(item) && Against(item, value) == 0,
            "NEQ" => item => !Has(item) || Against(item, value) != 0,
            "LT" => item => Has(item) && Against(item, value) < 0,
            "LTE" => item => Has(item) && Against(item, value) <= 0,
            "GT" => item => Has(item) && Against(item, value) > 0,
            "GTE" => item => Has(item) && Against(item, value) >= 0,
            "BETWEEN" => item => Has(item) && Against(item, value) >= 0 && Against(item, high) <= 0,
            "IN" => item => Has(item) && values.Any(one => Against(item, one) == 0),
            "NOT_IN" => item => Has(item) && values.All(one => Against(item, one) != 0),
            "HAS_PROPERTY" => Has,
            "NOT_HAS_PROPERTY" => item => !Has(item),
            "CONTAINS_TOKEN" => item => Holds(item, value),
            "NOT_CONTAINS_TOKEN" => item => !Holds(item, value),
            var other => throw HubSpotError.Invalid($"{other} is not a search operator").Refusal(),
        };
    }

    private static string Operand(HubSpotProperty property, JsonObject filter, string field)
    {
        string value = HubSpotBody.Text(filter, field) ?? "";
        if (value.Length > 0 && property.Type is "date" or "datetime" && !long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            throw HubSpotError.Invalid($"The value of {property.Name} must be epoch milliseconds, not {value}").Refusal();
        return value;
    }

    private HubSpotProperty PropertyOf(HubSpotType type, string name) =>
        store.Properties(type).TryGetValue(name, out HubSpotProperty? property)
            ? property
            : throw HubSpotError.Invalid($"There was a problem with the request: property {name} does not exist").Refusal();

    private static int Compare(HubSpotProperty property, string? left, string? right)
    {
        if (left is null || right is null)
            return (left is null ? 0 : 1) - (right is null ? 0 : 1);
        return property.Type switch
        {
            "number" => Number(left).CompareTo(Number(right)),
            "date" or "datetime" => Nullable.Compare(HubSpotClock.Read(left), HubSpotClock.Read(right)),
            _ => string.Compare(left, right, StringComparison.OrdinalIgnoreCase),
        };
    }

    private static decimal Number(string text) => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) ? number : 0;
}
