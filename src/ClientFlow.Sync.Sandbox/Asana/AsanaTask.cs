namespace ClientFlow.Sync.Sandbox.Asana;

internal sealed class AsanaTask(string gid, AsanaWorkspace workspace) : AsanaResource(gid, "task")
{
    public override string Subtype => Kind;

    /// <summary>default_task, milestone or approval.</summary>
    public string Kind { get; set; } = "default_task";

    public AsanaWorkspace Workspace { get; } = workspace;

    /// <summary>Where the task stands: each project with its section.</summary>
    public List<(AsanaProject Project, AsanaSection Section)> Memberships { get; } = [];

    public AsanaTask? Parent { get; set; }

    public List<AsanaTask> Subtasks { get; } = [];

    public AsanaUser? Assignee { get; set; }

    public AsanaUser? CreatedBy { get; init; }

    public List<AsanaUser> Followers { get; } = [];

    public string Notes { get; set; } = "";

    public string? DueOn { get; set; }

    public DateTimeOffset? DueAt { get; set; }

    public string? StartOn { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    public AsanaUser? CompletedBy { get; set; }

    public string ApprovalStatus { get; set; } = "pending";

    public DateTimeOffset ModifiedAt { get; set; }

    public string? ExternalGid { get; set; }

    public string? ExternalData { get; set; }

    public Dictionary<AsanaCustomField, object?> Values { get; } = [];

    public List<AsanaStory> Stories { get; } = [];

    public Func<string> Permalink { get; init; } = () => "";

    public override IEnumerable<(string Name, object? Value)> Fields =>
    [
        .. Kind == "approval" ? [("approval_status", (object?)ApprovalStatus)] : Array.Empty<(string, object?)>(),
        ("assignee", Assignee), ("completed", CompletedAt is not null), ("completed_at", CompletedAt), ("completed_by", CompletedBy),
        ("created_at", CreatedAt), ("created_by", CreatedBy is null ? null : new AsanaPart(("gid", CreatedBy.Gid), ("resource_type", CreatedBy.Type))), ("modified_at", ModifiedAt), ("due_on", DueOn), ("due_at", DueAt), ("start_on", StartOn), ("start_at", null),
        .. ExternalGid is null ? Array.Empty<(string, object?)>() : [("external", new AsanaPart(("gid", ExternalGid), ("data", ExternalData ?? "")))],
        ("followers", Followers.ToArray()), ("html_notes", $"<body>{System.Net.WebUtility.HtmlEncode(Notes)}</body>"), ("notes", Notes),
        ("memberships", Memberships.Select(at => (object)new AsanaPart(("project", at.Project), ("section", at.Section))).ToArray()),
        ("projects", Memberships.Select(at => at.Project).ToArray()), ("parent", Parent), ("num_subtasks", Subtasks.Count),
        ("custom_fields", FieldsHere().Select(one => (object)one.With(Values.GetValueOrDefault(one))).ToArray()),
        ("tags", Array.Empty<object>()), ("liked", false), ("num_likes", 0), ("workspace", Workspace), ("permalink_url", Permalink()),
    ];

    /// <summary>A task shows the fields of the projects that it is in.</summary>
    public IEnumerable<AsanaCustomField> FieldsHere() =>
        Memberships.SelectMany(at => at.Project.Settings).Select(setting => setting.Field).Distinct();
}
