namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>Anything with a gid. <see cref="Fields"/> holds the full record: values, other resources, or lists of either.</summary>
internal abstract class AsanaResource(string gid, string type)
{
    public string Gid { get; } = gid;

    public string Type { get; } = type;

    public virtual string? Subtype => null;

    public string Name { get; set; } = "";

    /// <summary>Status updates, comments, webhooks and settings are not called anything.</summary>
    public virtual bool HasName => true;

    public bool Deleted { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Every field of the full record except gid, type and name.</summary>
    public abstract IEnumerable<(string Name, object? Value)> Fields { get; }
}

/// <summary>A part of a record that has no gid of its own, such as a membership of a task.</summary>
internal sealed class AsanaPart(params (string Name, object? Value)[] fields)
{
    public IReadOnlyList<(string Name, object? Value)> Fields { get; } = fields;
}

internal sealed class AsanaUser(string gid, string email) : AsanaResource(gid, "user")
{
    public string Email { get; } = email;

    public required AsanaWorkspace Workspace { get; init; }

    public override IEnumerable<(string Name, object? Value)> Fields =>
        [("email", Email), ("photo", null), ("workspaces", new AsanaResource[] { Workspace })];
}

internal sealed class AsanaWorkspace(string gid) : AsanaResource(gid, "workspace")
{
    public override IEnumerable<(string Name, object? Value)> Fields =>
        [("is_organization", true), ("email_domains", Array.Empty<object>())];
}

internal sealed class AsanaTeam(string gid) : AsanaResource(gid, "team")
{
    public required AsanaWorkspace Organization { get; init; }

    public override IEnumerable<(string Name, object? Value)> Fields => [("organization", Organization)];
}

internal sealed class AsanaSection(string gid, AsanaProject project) : AsanaResource(gid, "section")
{
    public AsanaProject Project { get; } = project;

    public override IEnumerable<(string Name, object? Value)> Fields =>
        [("created_at", CreatedAt), ("project", Project), ("projects", new AsanaResource[] { Project })];
}

internal sealed class AsanaStatusUpdate(string gid, AsanaProject project, string statusType, string text) : AsanaResource(gid, "status_update")
{
    public override string Subtype => "project_status_update";

    public override bool HasName => false;

    public AsanaProject Project { get; } = project;

    public required AsanaUser Author { get; init; }

    public override IEnumerable<(string Name, object? Value)> Fields =>
    [
        ("title", Name), ("text", text), ("status_type", statusType), ("author", Author), ("created_by", Author),
        ("created_at", CreatedAt), ("modified_at", CreatedAt), ("parent", Project), ("liked", false), ("num_likes", 0),
    ];
}

internal sealed class AsanaStory(string gid, AsanaTask task, string text) : AsanaResource(gid, "story")
{
    public override string Subtype => "comment_added";

    public override bool HasName => false;

    public AsanaTask Task { get; } = task;

    public required AsanaUser Author { get; init; }

    public override IEnumerable<(string Name, object? Value)> Fields =>
    [
        ("text", text), ("type", "comment"), ("created_at", CreatedAt), ("created_by", Author), ("target", Task),
        ("is_pinned", false), ("is_editable", true),
    ];
}
