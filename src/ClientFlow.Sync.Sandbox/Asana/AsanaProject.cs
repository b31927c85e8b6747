namespace ClientFlow.Sync.Sandbox.Asana;

internal sealed class AsanaProject(string gid, AsanaWorkspace workspace) : AsanaResource(gid, "project")
{
    public AsanaWorkspace Workspace { get; } = workspace;

    public AsanaTeam? Team { get; set; }

    public AsanaUser? Owner { get; set; }

    public List<AsanaUser> Members { get; } = [];

    public string Notes { get; set; } = "";

    public bool Archived { get; set; }

    public string? DueOn { get; set; }

    public string? StartOn { get; set; }

    public string PrivacySetting { get; set; } = "public_to_workspace";

    public string DefaultView { get; set; } = "list";

    public string? Color { get; set; }

    public string? Icon { get; set; }

    public DateTimeOffset ModifiedAt { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    public AsanaUser? CompletedBy { get; set; }

    /// <summary>The template that it was made from, if any.</summary>
    public AsanaProjectTemplate? Template { get; set; }

    public AsanaStatusUpdate? Status { get; set; }

    public List<AsanaSection> Sections { get; } = [];

    public List<AsanaCustomFieldSetting> Settings { get; } = [];

    public Dictionary<AsanaCustomField, object?> Values { get; } = [];

    public Func<string> Permalink { get; init; } = () => "";

    public override IEnumerable<(string Name, object? Value)> Fields =>
    [
        ("archived", Archived), ("color", Color), ("icon", Icon), ("completed", CompletedAt is not null), ("completed_at", CompletedAt),
        ("completed_by", CompletedBy), ("created_at", CreatedAt), ("modified_at", ModifiedAt), ("current_status_update", Status),
        ("custom_field_settings", Settings.ToArray()),
        ("custom_fields", Values.Select(pair => (object)pair.Key.With(pair.Value)).ToArray()),
        ("default_view", DefaultView), ("due_date", DueOn), ("due_on", DueOn), ("start_on", StartOn),
        ("html_notes", $"<body>{System.Net.WebUtility.HtmlEncode(Notes)}</body>"), ("notes", Notes),
        ("followers", Members.ToArray()), ("members", Members.ToArray()), ("owner", Owner), ("workspace", Workspace),
        ("created_from_template", Template),
        .. Team is null ? Array.Empty<(string, object?)>() : [("team", Team)],
        ("public", PrivacySetting == "public_to_workspace"), ("privacy_setting", PrivacySetting), ("permalink_url", Permalink()),
    ];
}
