using System.Globalization;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>Pipelines, owners, properties, and who a token belongs to.</summary>
internal sealed class HubSpotSettingPaths(HubSpotTool tool, HubSpotStore store)
{
    private static readonly string[] ValueTypes = ["string", "number", "date", "datetime", "enumeration", "bool"];

    private static readonly string[] FieldTypes =
        ["textarea", "text", "date", "file", "number", "select", "radio", "checkbox", "booleancheckbox", "calculation_equation"];

    private static readonly string[] PropertyFields =
        ["name", "label", "type", "fieldType", "groupName", "description", "hasUniqueValue", "hidden", "displayOrder", "formField",
            "referencedObjectType", "options", "calculationFormula", "externalOptions"];

    private readonly string _since = HubSpotClock.Text(store.Now);

    public void Map()
    {
        tool.Route("GET", "/oauth/v1/access-tokens/{token}", [], Token);
        tool.Route("GET", "/crm/v3/owners", ["email", "after", "limit", "archived"], Owners);
        tool.Route("GET", "/crm/v3/owners/{id}", ["idProperty", "archived"], Owner);
        tool.Route("GET", "/crm/v3/pipelines/{type}", [], call =>
            ApiAnswer.Json(200, new JsonObject { ["results"] = new JsonArray([.. Pipelines(call).Select((pipeline, order) => pipeline.Json(order, _since))]) }));
        tool.Route("GET", "/crm/v3/pipelines/{type}/{id}", [], call => ApiAnswer.Json(200, Pipeline(call).Json(0, _since)));
        tool.Route("GET", "/crm/v3/pipelines/{type}/{id}/stages", [], call =>
            ApiAnswer.Json(200, new JsonObject { ["results"] = new JsonArray([.. Pipeline(call).Stages.Select((stage, order) => stage.Json(order, _since))]) }));
        tool.Route("GET", "/crm/v3/properties/{type}", ["archived", "properties"], Properties);
        tool.Route("POST", "/crm/v3/properties/{type}", [], CreateProperty);
        tool.Route("GET", "/crm/v3/properties/{type}/{name}", ["archived", "properties"], Property);
        tool.Route("DELETE", "/crm/v3/properties/{type}/{name}", [], DeleteProperty);
        tool.Route("POST", "/crm/v3/properties/{type}/batch/create", [], BatchCreate);
        tool.Route("POST", "/crm/v3/properties/{type}/batch/read", [], BatchRead);
    }

    private ApiAnswer Token(ApiCall call) => call.Part("token") == SandboxOptions.HubSpotToken
        ? ApiAnswer.Json(200, new JsonObject
        {
            ["token"] = SandboxOptions.HubSpotToken,
            ["hub_id"] = tool.Options.HubSpot.PortalId,
            ["app_id"] = HubSpotTool.AppId,
            ["user_id"] = store.Owners.FirstOrDefault()?.UserId ?? 1,
            ["user"] = store.Owners.FirstOrDefault()?.Email ?? "owner@example.com",
            ["hub_domain"] = "northwind.example",
            ["scopes"] = new JsonArray("crm.objects.contacts.read", "crm.objects.contacts.write", "crm.objects.companies.read",
                "crm.objects.companies.write", "crm.objects.deals.read", "crm.objects.deals.write", "crm.objects.owners.read",
                "crm.schemas.deals.read", "crm.schemas.deals.write", "tickets"),
            ["token_type"] = "access",
            ["expires_in"] = 1800,
        })
        : HubSpotError.NotFound("access token is unknown or expired").Answer();

    private ApiAnswer Owners(ApiCall call)
    {
        int limit = HubSpotTool.Limit(call, 100, 500);
        string? email = call.Parameter("email");
        long after = long.TryParse(call.Parameter("after"), NumberStyles.None, CultureInfo.InvariantCulture, out long token) ? token : 0;
        List<HubSpotOwner> found =
        [
            .. store.Owners.Where(owner => owner.Id > after && (email is null || owner.Email.Equals(email, StringComparison.OrdinalIgnoreCase))).Take(limit + 1),
        ];
        var body = new JsonObject { ["results"] = new JsonArray([.. found.Take(limit).Select(OwnerJson)]) };
        if (found.Count > limit)
            body["paging"] = HubSpotTool.Paging(tool, call, found[limit - 1].Id.ToString(CultureInfo.InvariantCulture));
        return ApiAnswer.Json(200, body);
    }

    private ApiAnswer Owner(ApiCall call)
    {
        bool byUser = call.Parameter("idProperty") == "userId";
        HubSpotOwner? owner = store.Owners.FirstOrDefault(one => (byUser ? one.UserId : one.Id).ToString(CultureInfo.InvariantCulture) == call.Part("id"));
        return owner is null ? HubSpotError.NotFound("resource not found").Answer() : ApiAnswer.Json(200, OwnerJson(owner));
    }

    private JsonNode OwnerJson(HubSpotOwner owner) => new JsonObject
    {
        ["id"] = owner.Id.ToString(CultureInfo.InvariantCulture),
        ["type"] = "PERSON",
        ["email"] = owner.Email,
        ["firstName"] = owner.FirstName,
        ["lastName"] = owner.LastName,
        ["userId"] = owner.UserId,
        ["userIdIncludingInactive"] = owner.UserId,
        ["createdAt"] = _since,
        ["updatedAt"] = _since,
        ["archived"] = false,
    };

    private List<HubSpotPipeline> Pipelines(ApiCall call) =>
        store.Pipelines.GetValueOrDefault(HubSpotTool.TypeOf(call.Part("type")).Name) ?? [];

    private HubSpotPipeline Pipeline(ApiCall call) =>
        Pipelines(call).FirstOrDefault(pipeline => pipeline.Id == call.Part("id")) ?? throw HubSpotError.NotFound("resource not found").Refusal();

    private ApiAnswer Properties(ApiCall call)
    {
        HubSpotType type = HubSpotTool.TypeOf(call.Part("type"));
        IEnumerable<HubSpotProperty> all = call.Parameter("archived") == "true" ? [] : store.Properties(type).Values;
        return ApiAnswer.Json(200, new JsonObject { ["results"] = new JsonArray([.. all.Select(PropertyJson)]) });
    }

    private ApiAnswer Property(ApiCall call) => ApiAnswer.Json(200, PropertyJson(PropertyOf(HubSpotTool.TypeOf(call.Part("type")), call.Part("name"))));

    private ApiAnswer CreateProperty(ApiCall call)
    {
        HubSpotType type = tool.WritableType(call.Part("type"));
        return ApiAnswer.Json(201, Define(type, HubSpotBody.Object(call, PropertyFields)));
    }

    private ApiAnswer DeleteProperty(ApiCall call)
    {
        HubSpotType type = tool.WritableType(call.Part("type"));
        HubSpotProperty property = PropertyOf(type, call.Part("name"));
        if (property.Defined)
            throw HubSpotError.Invalid($"{property.Name} is a default property and cannot be archived").Refusal();
        store.Undefine(type, property.Name);
        return ApiAnswer.Empty();
    }

    private ApiAnswer BatchCreate(ApiCall call)
    {
        HubSpotType type = tool.WritableType(call.Part("type"));
        IReadOnlyList<JsonObject> inputs = HubSpotBody.Inputs(HubSpotBody.Object(call, "inputs"), tool.Options.HubSpot.BatchLimit, PropertyFields);
        return HubSpotBatch.Run(store.Now, inputs, 201, input => Define(type, input), Named);
    }

    private ApiAnswer BatchRead(ApiCall call)
    {
        HubSpotType type = HubSpotTool.TypeOf(call.Part("type"));
        IReadOnlyList<JsonObject> inputs = HubSpotBody.Inputs(HubSpotBody.Object(call, "inputs", "archived"), tool.Options.HubSpot.BatchLimit, "name");
        return HubSpotBatch.Run(store.Now, inputs, 200, input => PropertyJson(PropertyOf(type, HubSpotBody.Required(input, "name"))), Named);
    }

    private static JsonObject Named(JsonObject input) => new() { ["name"] = new JsonArray(HubSpotBody.Text(input, "name") ?? "") };

    private JsonObject Define(HubSpotType type, JsonObject body)
    {
        var property = new HubSpotProperty(
            HubSpotBody.Required(body, "name"), HubSpotBody.Required(body, "label"), OneOf(body, "type", ValueTypes),
            OneOf(body, "fieldType", FieldTypes), HubSpotBody.Required(body, "groupName"))
        {
            Description = HubSpotBody.Text(body, "description") ?? "",
            Unique = (bool?)body["hasUniqueValue"] ?? false,
            Options = [.. (body["options"] as JsonArray ?? []).Select(Option)],
        };
        if (property.Group != type.Group)
            throw HubSpotError.Invalid($"Property group '{property.Group}' does not exist on {type.Name}").Refusal();
        store.Define(type, property);
        return PropertyJson(store.Properties(type)[property.Name]);
    }

    private static (string Value, string Label) Option(JsonNode? node)
    {
        JsonObject option = HubSpotBody.Known(node, "value", "label", "hidden", "displayOrder", "description");
        return (HubSpotBody.Required(option, "value"), HubSpotBody.Required(option, "label"));
    }

    private static string OneOf(JsonObject body, string field, string[] allowed)
    {
        string value = HubSpotBody.Required(body, field);
        return allowed.Contains(value) ? value : throw HubSpotError.Invalid($"{value} is not a {field} of a property").Refusal();
    }

    private HubSpotProperty PropertyOf(HubSpotType type, string name) =>
        store.Properties(type).TryGetValue(name, out HubSpotProperty? property)
            ? property
            : throw HubSpotError.NotFound($"property '{name}' does not exist on {type.Name}").Refusal();

    private JsonObject PropertyJson(HubSpotProperty property) => new()
    {
        ["name"] = property.Name,
        ["label"] = property.Label,
        ["type"] = property.Type,
        ["fieldType"] = property.FieldType,
        ["groupName"] = property.Group,
        ["description"] = property.Description,
        ["options"] = new JsonArray([.. property.Options.Select((option, order) => new JsonObject
        {
            ["value"] = option.Value, ["label"] = option.Label, ["displayOrder"] = order, ["hidden"] = false,
        })]),
        ["hasUniqueValue"] = property.Unique,
        ["hubspotDefined"] = property.Defined,
        ["calculated"] = property.ReadOnly,
        ["archived"] = false,
        ["createdAt"] = property.Defined ? _since : HubSpotClock.Text(property.CreatedAt),
        ["modificationMetadata"] = new JsonObject
        {
            ["archivable"] = !property.Defined, ["readOnlyDefinition"] = property.Defined, ["readOnlyValue"] = property.ReadOnly,
        },
    };
}
