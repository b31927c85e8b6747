using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>What a deal belongs to.</summary>
/// <param name="Company">Its primary company.</param>
/// <param name="Contact">Its primary contact.</param>
/// <param name="Contacts">All its contacts, the primary one first.</param>
internal sealed record HubSpotLinks(string? Company, string? Contact, IReadOnlyList<string> Contacts)
{
    public static HubSpotLinks None { get; } = new(null, null, []);
}

/// <summary>What the account says beside its objects.</summary>
/// <param name="Owners">E-mail by owner id.</param>
/// <param name="Stages">The canonical stage by pipeline and stage id, where the pipeline's settings tell it.</param>
/// <param name="Portal">The portal id, null where it isn't known.</param>
internal sealed record HubSpotSurroundings(
    IReadOnlyDictionary<string, string> Owners, IReadOnlyDictionary<(string Pipeline, string Stage), string?> Stages, string? Portal);

/// <summary>From HubSpot's JSON to records before mapping. Pure.</summary>
internal static class HubSpotMapper
{
    // Deal to company, "Primary"; an account's own label may have the same number. https://developers.hubspot.com/docs/api/crm/associations, read 2026-11.
    private const int PrimaryCompany = 5;
    private const string HubSpotDefined = "HUBSPOT_DEFINED";

    /// <summary>The properties to ask for: the mapped ones and those that the connector reads.</summary>
    public static IReadOnlyList<string> Properties(HubSpotType type, RecordMapping? mapping) =>
    [
        .. (mapping?.SourceFields ?? []).Append(type.Modified).Concat(type.Needed)
            .Where(field => field is not (HubSpotType.OwnerEmail or HubSpotType.Url or HubSpotType.FullName))
            .Distinct(StringComparer.Ordinal),
    ];

    public static SourceRecord? Record(
        HubSpotType type, HubSpotObject source, RecordMapping? mapping, HubSpotSurroundings around, HubSpotLinks? links)
    {
        if (source.Id is not { Length: > 0 } id) return null;
        if (source.Archived == true) return Gone(type.Kind, id);

        var fields = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (name, value) in source.Properties ?? [])
        {
            if (!string.IsNullOrEmpty(value)) fields[name] = value;
        }

        Normalise(fields, type.Kind, mapping);
        if (around.Portal is { } portal) fields[HubSpotType.Url] = UrlOf(type, portal, id);
        if (type == HubSpotType.Contact && NameOf(fields) is { } fullName) fields[HubSpotType.FullName] = fullName;
        var record = new SourceRecord
        {
            Kind = type.Kind,
            Id = id,
            Fields = fields,
            Order = ModifiedOf(type, source),
        };
        return type == HubSpotType.Deal ? Deal(record, fields, around, links ?? HubSpotLinks.None) : record;
    }

    public static SourceRecord Gone(RecordKind kind, string id) => new() { Kind = kind, Id = id, Gone = true };

    public static string UrlOf(HubSpotType type, string portal, string id) =>
        $"https://app.hubspot.com/contacts/{portal}/record/{type.TypeId}/{id}";

    /// <summary>When it was modified, in epoch milliseconds: HubSpot's own order of an object's states.</summary>
    public static long? ModifiedOf(HubSpotType type, HubSpotObject source) =>
        Milliseconds(source.Properties?.GetValueOrDefault(type.Modified)) ?? Milliseconds(source.UpdatedAt);

    /// <summary>What a pipeline's settings say about its stages: null for an open stage.</summary>
    public static Dictionary<(string Pipeline, string Stage), string?> Stages(IEnumerable<HubSpotPipeline> pipelines)
    {
        var stages = new Dictionary<(string, string), string?>();
        foreach (var pipeline in pipelines)
        {
            foreach (var stage in pipeline.Stages ?? [])
            {
                if (pipeline.Id is { } pipelineId && stage.Id is { } stageId) stages[(pipelineId, stageId)] = MeaningOf(stage);
            }
        }

        return stages;
    }

    /// <summary>Chooses a deal's primary company and contact: by label, else the one with the lowest id, so that it stays the same.</summary>
    public static HubSpotLinks Links(IReadOnlyList<HubSpotAssociated> companies, IReadOnlyList<HubSpotAssociated> contacts)
    {
        var contact = Primary(contacts, SaysPrimary);
        var others = contacts.Select(one => one.ToObjectId).OfType<string>().Where(id => id != contact).Distinct().OrderBy(Numeric);
        return new HubSpotLinks(
            Primary(companies, static type => type is { TypeId: PrimaryCompany, Category: HubSpotDefined }),
            contact,
            contact is null ? [] : [contact, .. others]);
    }

    /// <summary>An instant, whether HubSpot wrote it in ISO 8601 or in epoch milliseconds.</summary>
    public static long? Milliseconds(string? value)
    {
        if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)) return milliseconds;
        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant.ToUnixTimeMilliseconds()
            : null;
    }

    private static SourceRecord Deal(SourceRecord record, Dictionary<string, string?> fields, HubSpotSurroundings around, HubSpotLinks links)
    {
        if (fields.GetValueOrDefault("hubspot_owner_id") is { } owner && around.Owners.TryGetValue(owner, out var email))
            fields[HubSpotType.OwnerEmail] = email;

        var references = new List<SourceReference>();
        if (links.Company is { } company) references.Add(new SourceReference("client", RecordKind.Client, [company]));
        else if (links.Contact is { } person) references.Add(new SourceReference("client", RecordKind.Contact, [person]));
        if (links.Contact is { } contact)
        {
            references.Add(new SourceReference("contact", RecordKind.Contact, [contact]));
            references.Add(new SourceReference("contacts", RecordKind.Contact, links.Contacts));
        }

        return record with
        {
            Currency = fields.GetValueOrDefault("deal_currency_code")?.ToUpperInvariant(),
            Meaning = MeaningOf(fields, around) is { } stage ? new Dictionary<string, string> { ["stage"] = stage } : record.Meaning,
            References = references,
        };
    }

    private static string? MeaningOf(Dictionary<string, string?> fields, HubSpotSurroundings around)
    {
        var key = (fields.GetValueOrDefault("pipeline") ?? "default", fields.GetValueOrDefault("dealstage") ?? "");
        if (around.Stages.TryGetValue(key, out var told) && told is not null) return told;

        // HubSpot computes these from the stage itself; they follow it where the pipeline's settings can't be read.
        return fields.GetValueOrDefault("hs_is_closed_won") == "true" ? "won"
            : fields.GetValueOrDefault("hs_is_closed") == "true" ? "lost"
            : null;
    }

    private static string? MeaningOf(HubSpotStage stage)
    {
        if (!bool.TryParse(stage.Metadata?.GetValueOrDefault("isClosed"), out var closed) || !closed) return null;
        if (!decimal.TryParse(stage.Metadata?.GetValueOrDefault("probability"), NumberStyles.Number, CultureInfo.InvariantCulture, out var odds))
            return null;
        return odds switch { 1m => "won", 0m => "lost", _ => null };
    }

    private static string? Primary(IReadOnlyList<HubSpotAssociated> candidates, Func<HubSpotAssociationType, bool> isPrimary) =>
        candidates
            .Where(one => !string.IsNullOrEmpty(one.ToObjectId))
            .OrderBy(one => (one.AssociationTypes ?? []).Any(isPrimary) ? 0 : 1)
            .ThenBy(one => Numeric(one.ToObjectId!))
            .FirstOrDefault()?.ToObjectId;

    // HubSpot has no primary contact of a deal: there the account's own label is the only word on it.
    private static bool SaysPrimary(HubSpotAssociationType type) => string.Equals(type.Label, "Primary", StringComparison.OrdinalIgnoreCase);

    private static (decimal Number, string Text) Numeric(string id) =>
        (decimal.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : decimal.MaxValue, id);

    private static string? NameOf(Dictionary<string, string?> fields)
    {
        var name = $"{fields.GetValueOrDefault("firstname")?.Trim()} {fields.GetValueOrDefault("lastname")?.Trim()}".Trim();
        return name.Length == 0 ? null : name;
    }

    // Some accounts' date properties still come as epoch milliseconds (midnight UTC for a date).
    private static void Normalise(Dictionary<string, string?> fields, RecordKind kind, RecordMapping? mapping)
    {
        foreach (var map in mapping?.Fields.Values ?? [])
        {
            if (fields.GetValueOrDefault(map.From) is not { Length: >= 11 } value || !value.All(char.IsAsciiDigit)) continue;
            var type = RecordSchema.Find(kind, map.Field)?.Type;
            if (type is not (FieldType.Day or FieldType.Moment)) continue;
            if (Milliseconds(value) is not { } milliseconds || milliseconds > 253402300799999) continue;
            var instant = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
            var isDate = type == FieldType.Day && milliseconds % 86_400_000 == 0;
            fields[map.From] = instant.ToString(isDate ? "yyyy-MM-dd" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        }
    }
}
