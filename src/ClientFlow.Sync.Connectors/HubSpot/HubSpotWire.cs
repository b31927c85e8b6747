using System.Text.Json;
using System.Text.Json.Serialization;
using ClientFlow.Sync.Connectors.Http;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>A deal, company or contact: every property is text, whatever it means.</summary>
internal sealed record HubSpotObject
{
    public string? Id { get; init; }

    public Dictionary<string, string?>? Properties { get; init; }

    public string? UpdatedAt { get; init; }

    public bool? Archived { get; init; }
}

/// <summary>A page of objects, of a list, a search or a batch; a batch may carry errors (207).</summary>
internal sealed record HubSpotObjects
{
    public List<HubSpotObject>? Results { get; init; }

    public HubSpotPaging? Paging { get; init; }

    public List<HubSpotError>? Errors { get; init; }
}

internal sealed record HubSpotPaging(HubSpotNext? Next);

internal sealed record HubSpotNext(string? After);

/// <summary>A refusal, or one error of a batch. Every field is optional.</summary>
internal sealed record HubSpotError
{
    public string? Message { get; init; }

    public string? Category { get; init; }

    public string? ErrorType { get; init; }

    public string? PolicyName { get; init; }

    /// <summary>What it consists of, such as the scopes that are missing.</summary>
    public List<HubSpotError>? Errors { get; init; }

    /// <summary>What it is about, such as <c>{"ids":["1"]}</c>; taken as it comes, for its shape varies.</summary>
    public JsonElement? Context { get; init; }

    /// <summary>The texts of one list in what it is about; none where there is no such list.</summary>
    public IEnumerable<string> Listed(string name) =>
        Context is { ValueKind: JsonValueKind.Object } told && told.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(item => item.ToString())
            : [];
}

internal sealed record HubSpotSearch(
    IReadOnlyList<HubSpotFilterGroup> FilterGroups, IReadOnlyList<HubSpotSort> Sorts, IReadOnlyList<string> Properties, int Limit, string? After);

internal sealed record HubSpotFilterGroup(IReadOnlyList<HubSpotFilter> Filters);

internal sealed record HubSpotFilter(string PropertyName, string Operator, string Value);

internal sealed record HubSpotSort(string PropertyName, string Direction);

internal sealed record HubSpotBatchRead(
    IReadOnlyList<string> Properties, IReadOnlyList<string> PropertiesWithHistory, IReadOnlyList<HubSpotInput> Inputs);

internal sealed record HubSpotBatchReadAssociations(IReadOnlyList<HubSpotInput> Inputs);

internal sealed record HubSpotInput(string? Id, string? After = null);

/// <summary>A batch of associations; it may carry errors (207).</summary>
internal sealed record HubSpotAssociations(List<HubSpotAssociation>? Results, List<HubSpotError>? Errors);

/// <summary>What one object is associated with.</summary>
internal sealed record HubSpotAssociatedPage(List<HubSpotAssociated>? Results, HubSpotPaging? Paging);

internal sealed record HubSpotAssociation(HubSpotInput? From, List<HubSpotAssociated>? To, HubSpotPaging? Paging);

internal sealed record HubSpotAssociated(string? ToObjectId, List<HubSpotAssociationType>? AssociationTypes);

/// <param name="Category">Whose type it is. The numbers of HubSpot's own types, an account's and an app's overlap.</param>
internal sealed record HubSpotAssociationType(int? TypeId, string? Category, string? Label);

internal sealed record HubSpotOwners(List<HubSpotOwner>? Results, HubSpotPaging? Paging);

internal sealed record HubSpotOwner(string? Id, string? Email);

internal sealed record HubSpotPipelines(List<HubSpotPipeline>? Results);

internal sealed record HubSpotPipeline(string? Id, List<HubSpotStage>? Stages);

/// <param name="Metadata"><c>probability</c> from "0.0" to "1.0" and <c>isClosed</c>; either may be absent.</param>
internal sealed record HubSpotStage(string? Id, Dictionary<string, string?>? Metadata);

internal sealed record HubSpotProperty(string? Name, string? Label, string? Type, string? FieldType, string? GroupName, string? Description);

internal sealed record HubSpotPatch(Dictionary<string, string> Properties);

internal sealed record HubSpotTokenInfo([property: JsonPropertyName("hub_id")] string? HubId);

/// <summary>One event of a webhook. Ids are numbers there and texts here.</summary>
internal sealed record HubSpotEvent
{
    public string? SubscriptionType { get; init; }

    public string? SubscriptionId { get; init; }

    public string? PortalId { get; init; }

    public string? ObjectId { get; init; }

    public string? ObjectTypeId { get; init; }

    public string? OccurredAt { get; init; }

    public string? PropertyName { get; init; }

    public string? AssociationType { get; init; }

    public string? FromObjectId { get; init; }

    public string? ToObjectId { get; init; }

    public string? PrimaryObjectId { get; init; }

    public List<string?>? MergedObjectIds { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(LooseText)])]
[JsonSerializable(typeof(HubSpotObject))]
[JsonSerializable(typeof(HubSpotObjects))]
[JsonSerializable(typeof(HubSpotError))]
[JsonSerializable(typeof(HubSpotSearch))]
[JsonSerializable(typeof(HubSpotBatchRead))]
[JsonSerializable(typeof(HubSpotBatchReadAssociations))]
[JsonSerializable(typeof(HubSpotAssociations))]
[JsonSerializable(typeof(HubSpotAssociatedPage))]
[JsonSerializable(typeof(HubSpotOwners))]
[JsonSerializable(typeof(HubSpotPipelines))]
[JsonSerializable(typeof(HubSpotProperty))]
[JsonSerializable(typeof(HubSpotPatch))]
[JsonSerializable(typeof(HubSpotTokenInfo))]
[JsonSerializable(typeof(List<HubSpotEvent>))]
internal sealed partial class HubSpotJson : JsonSerializerContext;
