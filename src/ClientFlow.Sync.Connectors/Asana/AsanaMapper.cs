using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>From Asana's JSON to records before mapping. Pure.</summary>
internal static class AsanaMapper
{
    /// <summary>Fields that are ours: Asana has none of that name.</summary>
    public const string State = "state";

    public const string OwnerEmail = "owner.email";

    public const string Key = "clientflow_key";

    public const string Deal = "clientflow_deal";

    private const string Custom = "custom.";

    // Only fields that the description lists: an e-mail or a status type below an object isn't among them (see NOTES.md).
    private const string ProjectFields =
        "name,notes,completed,completed_at,archived,due_on,start_on,created_at,modified_at,permalink_url," +
        "owner,current_status_update";

    private const string CustomFields =
        ",custom_fields.name,custom_fields.display_value,custom_fields.text_value,custom_fields.number_value," +
        "custom_fields.date_value,custom_fields.date_value.date,custom_fields.date_value.date_time,custom_fields.enum_value,custom_fields.enum_value.name";

    public static IReadOnlyList<StreamManifest> Streams { get; } =
    [
        new("projects", RecordKind.Project, TimeSpan.FromMinutes(1),
        [
            new("name", "name"),
            new("status", State, new Dictionary<string, string> { ["open"] = "open", ["complete"] = "closed", ["dropped"] = "dropped" }),
            new("archived", "archived"),
            new("owner", OwnerEmail),
            new("startsOn", "start_on"),
            new("endsOn", "due_on"),
            new("closedAt", "completed_at"),
            new("notes", "notes"),
            new("createdAt", "created_at"),
            new("dealUrl", Deal),
            new("key", Key),
            new("url", "permalink_url"),
        ]),
    ];

    /// <summary>What to ask for: custom fields only where the file maps one.</summary>
    public static string FieldsFor(RecordMapping? mapping) =>
        (mapping?.SourceFields ?? []).Any(field => field.StartsWith(Custom, StringComparison.Ordinal)) ? ProjectFields + CustomFields : ProjectFields;

    public static SourceRecord Record(AsanaProject project, string? ownerEmail, string? statusType)
    {
        var state = StateOf(project, statusType);
        var fields = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["name"] = AsanaMarker.NameIn(project.Name),
            ["notes"] = project.Notes,
            ["completed"] = Flag(project.Completed),
            ["completed_at"] = project.CompletedAt,
            ["archived"] = Flag(project.Archived),
            ["due_on"] = project.DueOn,
            ["start_on"] = project.StartOn,
            ["created_at"] = project.CreatedAt,
            ["modified_at"] = project.ModifiedAt,
            ["permalink_url"] = UrlOf(project.Gid!, project.PermalinkUrl),
            [OwnerEmail] = ownerEmail,
            ["current_status_update.status_type"] = statusType,
            [State] = state,
            [Key] = AsanaMarker.KeyIn(project.Notes) ?? AsanaMarker.KeyInName(project.Name),
            [Deal] = AsanaMarker.DealIn(project.Notes),
        };
        foreach (var custom in project.CustomFields ?? [])
        {
            if (custom?.Name is { Length: > 0 } name) fields[Custom + name] = ValueOf(custom);
        }

        foreach (var (name, value) in fields.ToList())
        {
            if (string.IsNullOrEmpty(value)) fields.Remove(name);
        }

        return new SourceRecord
        {
            Kind = RecordKind.Project,
            Id = project.Gid!,
            Fields = fields,
            Meaning = new Dictionary<string, string> { ["status"] = state switch { "complete" => "closed", _ => state } },
            Order = DateTimeOffset.TryParse(project.ModifiedAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var modified)
                ? modified.ToUnixTimeMilliseconds()
                : null,
        };
    }

    public static SourceRecord Gone(string gid) => new() { Kind = RecordKind.Project, Id = gid, Gone = true };

    /// <summary>The page for people; Asana finds the rest of the address from the gid.</summary>
    public static string UrlOf(string gid, string? permalink) => string.IsNullOrEmpty(permalink) ? $"https://app.asana.com/0/{gid}" : permalink;

    // Completed rules: a status says what people think of a project, the completed mark that it is done.
    private static string StateOf(AsanaProject project, string? statusType) =>
        project.Completed == true ? "complete"
        : statusType == "dropped" ? "dropped"
        : project.Completed is null && statusType == "complete" ? "complete"
        : "open";

    private static string? ValueOf(AsanaCustomField custom) =>
        custom.DateValue?.Date ?? custom.DateValue?.DateTime ?? custom.NumberValue ?? custom.EnumValue?.Name ?? custom.TextValue ?? custom.DisplayValue;

    private static string? Flag(bool? value) => value switch { true => "true", false => "false", null => null };
}
