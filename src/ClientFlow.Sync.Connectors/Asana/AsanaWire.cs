using System.Text.Json.Serialization;
using ClientFlow.Sync.Connectors.Http;

namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>Asana wraps whatever it sends and takes into <c>data</c>.</summary>
internal sealed record AsanaEnvelope<T>(T? Data);

internal sealed record AsanaList<T>(List<T>? Data, AsanaNextPage? NextPage);

internal sealed record AsanaNextPage(string? Offset);

internal sealed record AsanaProject
{
    public string? Gid { get; init; }

    public string? Name { get; init; }

    public string? Notes { get; init; }

    public bool? Completed { get; init; }

    public string? CompletedAt { get; init; }

    public bool? Archived { get; init; }

    public string? DueOn { get; init; }

    public string? StartOn { get; init; }

    public string? CreatedAt { get; init; }

    public string? ModifiedAt { get; init; }

    public string? PermalinkUrl { get; init; }

    public AsanaUser? Owner { get; init; }

    public AsanaNamed? CreatedFromTemplate { get; init; }

    public AsanaStatusUpdate? CurrentStatusUpdate { get; init; }

    public List<AsanaCustomField>? CustomFields { get; init; }
}

internal sealed record AsanaStatusUpdate(string? Gid, string? StatusType);

internal sealed record AsanaCustomField
{
    public string? Name { get; init; }

    public string? DisplayValue { get; init; }

    public string? TextValue { get; init; }

    public string? NumberValue { get; init; }

    public AsanaDate? DateValue { get; init; }

    public AsanaNamed? EnumValue { get; init; }
}

internal sealed record AsanaDate(string? Date, string? DateTime);

internal sealed record AsanaNamed(string? Gid, string? Name);

internal sealed record AsanaUser(string? Gid, string? Email, List<AsanaNamed>? Workspaces);

/// <summary>A task or a section, as far as we look at it.</summary>
internal sealed record AsanaItem(string? Gid, string? Name, string? Notes, string? PermalinkUrl);

internal sealed record AsanaNewProject(
    string Name, string Workspace, string? Team, string Notes, string? StartOn, string? DueOn, string? Owner);

internal sealed record AsanaTemplate(List<AsanaNamed>? RequestedDates);

internal sealed record AsanaInstantiation(string Name, string? Team, bool IsStrict, IReadOnlyList<AsanaRequestedDate>? RequestedDates);

internal sealed record AsanaRequestedDate(string Gid, string Value);

internal sealed record AsanaJob(string? Gid, string? Status, AsanaNamed? NewProject);

internal sealed record AsanaProjectUpdate(string? Name, string Notes, string? StartOn, string? DueOn, string? Owner);

internal sealed record AsanaNewSection(string Name);

internal sealed record AsanaNewTask(
    string Name, string Notes, IReadOnlyList<string> Projects, IReadOnlyList<AsanaMembership>? Memberships, string? DueOn, string? Assignee);

internal sealed record AsanaMembership(string Project, string Section);

internal sealed record AsanaNewWebhook(string Resource, string Target, IReadOnlyList<AsanaFilter> Filters);

internal sealed record AsanaFilter(string ResourceType, string Action);

internal sealed record AsanaWebhookRecord(string? Gid, string? Target, bool? Active);

internal sealed record AsanaErrors(List<AsanaError>? Errors);

internal sealed record AsanaError(string? Message, string? Phrase);

internal sealed record AsanaEvents(List<AsanaEvent>? Events);

internal sealed record AsanaEvent(string? Action, AsanaResource? Resource, AsanaResource? Parent);

internal sealed record AsanaResource(string? Gid, string? ResourceType);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(LooseText)])]
[JsonSerializable(typeof(AsanaList<AsanaProject>))]
[JsonSerializable(typeof(AsanaList<AsanaUser>))]
[JsonSerializable(typeof(AsanaList<AsanaItem>))]
[JsonSerializable(typeof(AsanaList<AsanaWebhookRecord>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaProject>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaUser>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaItem>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaStatusUpdate>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaWebhookRecord>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaNewProject>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaTemplate>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaInstantiation>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaJob>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaProjectUpdate>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaNewSection>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaNewTask>))]
[JsonSerializable(typeof(AsanaEnvelope<AsanaNewWebhook>))]
[JsonSerializable(typeof(AsanaErrors))]
[JsonSerializable(typeof(AsanaEvents))]
internal sealed partial class AsanaJson : JsonSerializerContext;
