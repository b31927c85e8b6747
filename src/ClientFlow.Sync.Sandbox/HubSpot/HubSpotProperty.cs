namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>The definition of a property on an object type.</summary>
internal sealed record HubSpotProperty(string Name, string Label, string Type, string FieldType, string Group)
{
    public string Description { get; init; } = "";

    public bool ReadOnly { get; init; }

    public bool Unique { get; init; }

    public bool Defined { get; init; } = true;

    public IReadOnlyList<(string Value, string Label)> Options { get; init; } = [];

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The properties that every account has, as far as a hub meets them.</summary>
internal static class HubSpotStandardProperties
{
    public static IEnumerable<HubSpotProperty> Of(HubSpotType type)
    {
        yield return Fixed(type, "hs_object_id", "number");
        yield return Fixed(type, type.Created, "datetime");
        yield return Fixed(type, type.Modified, "datetime");
        yield return Field(type, "hubspot_owner_id", "string");
        foreach (HubSpotProperty property in Own(type))
            yield return property;
    }

    private static IEnumerable<HubSpotProperty> Own(HubSpotType type) => type.Name switch
    {
        "contacts" =>
        [
            Field(type, "email", "string") with { Unique = true },
            .. Texts(type, "firstname", "lastname", "phone", "company", "jobtitle", "website", "city", "country", "hs_timezone"),
            Choice(type, "lifecyclestage", "subscriber", "lead", "opportunity", "customer", "evangelist", "other"),
        ],
        "companies" =>
        [
            .. Texts(type, "name", "domain", "phone", "website", "address", "city", "zip", "country", "timezone", "industry", "description"),
            Choice(type, "lifecyclestage", "subscriber", "lead", "opportunity", "customer", "evangelist", "other"),
        ],
        "deals" =>
        [
            .. Texts(type, "dealname", "description", "dealstage", "pipeline", "hs_next_step", "closed_won_reason", "closed_lost_reason"),
            Field(type, "amount", "number"),
            Field(type, "closedate", "datetime"),
            Choice(type, "deal_currency_code", "GBP", "EUR", "USD", "JPY", "KWD", "NZD"),
            Choice(type, "dealtype", "newbusiness", "existingbusiness"),
            Choice(type, "hs_priority", "low", "medium", "high"),
            Fixed(type, "hs_is_closed", "bool"),
            Fixed(type, "hs_is_closed_won", "bool"),
            Fixed(type, "hs_deal_stage_probability", "number"),
        ],
        "tickets" =>
        [
            .. Texts(type, "subject", "content", "hs_pipeline", "hs_pipeline_stage"),
            Choice(type, "hs_ticket_priority", "LOW", "MEDIUM", "HIGH", "URGENT"),
            Choice(type, "hs_ticket_category", "PRODUCT_ISSUE", "BILLING_ISSUE", "FEATURE_REQUEST", "GENERAL_INQUIRY"),
            Fixed(type, "closed_date", "datetime"),
        ],
        "tasks" =>
        [
            Field(type, "hs_timestamp", "datetime"),
            .. Texts(type, "hs_task_subject", "hs_task_body", "hs_task_reminders"),
            Choice(type, "hs_task_status", "NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"),
            Choice(type, "hs_task_priority", "NONE", "LOW", "MEDIUM", "HIGH"),
            Choice(type, "hs_task_type", "TODO", "CALL", "EMAIL"),
        ],
        "notes" => [Field(type, "hs_timestamp", "datetime"), .. Texts(type, "hs_note_body", "hs_attachment_ids")],
        _ => [],
    };

    private static IEnumerable<HubSpotProperty> Texts(HubSpotType type, params string[] names) =>
        names.Select(name => Field(type, name, "string"));

    private static HubSpotProperty Field(HubSpotType type, string name, string valueType) =>
        new(name, LabelOf(name), valueType, FieldTypeOf(valueType), type.Group);

    private static HubSpotProperty Fixed(HubSpotType type, string name, string valueType) =>
        Field(type, name, valueType) with { ReadOnly = true };

    private static HubSpotProperty Choice(HubSpotType type, string name, params string[] values) =>
        new(name, LabelOf(name), "enumeration", "select", type.Group) { Options = [.. values.Select(value => (value, value))] };

    private static string FieldTypeOf(string valueType) => valueType switch
    {
        "number" => "number",
        "date" or "datetime" => "date",
        "bool" => "booleancheckbox",
        _ => "text",
    };

    private static string LabelOf(string name)
    {
        string words = name.Replace("hs_", "", StringComparison.Ordinal).Replace('_', ' ');
        return char.ToUpperInvariant(words[0]) + words[1..];
    }
}
