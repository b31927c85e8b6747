namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>What a new project starts with: dates and roles that are asked for, sections and tasks.</summary>
internal sealed class AsanaProjectTemplate(string gid) : AsanaResource(gid, "project_template")
{
    /// <summary>The gids that every template gives to the two dates of a project (API description).</summary>
    public const string StartDate = "1";
    public const string DueDate = "2";

    public AsanaTeam? Team { get; init; }

    public AsanaUser? Owner { get; init; }

    public string Description { get; init; } = "";

    public List<AsanaTemplatePart> Dates { get; } = [];

    public List<AsanaTemplatePart> Roles { get; } = [];

    /// <summary>Sections with the names of their tasks.</summary>
    public List<(string Section, IReadOnlyList<string> Tasks)> Sections { get; } = [];

    public override IEnumerable<(string Name, object? Value)> Fields =>
    [
        ("description", Description), ("html_description", $"<body>{System.Net.WebUtility.HtmlEncode(Description)}</body>"), ("public", true),
        ("color", null), ("owner", Owner), .. Team is null ? Array.Empty<(string, object?)>() : [("team", Team)],
        ("requested_dates", Dates.Select(date => (object)new AsanaPart(("gid", date.Gid), ("name", date.Name), ("description", $"Choose a {date.Name}."))).ToArray()),
        ("requested_roles", Roles.Select(role => (object)new AsanaPart(("gid", role.Gid), ("resource_type", "template_role"), ("name", role.Name))).ToArray()),
    ];
}

/// <summary>A date or a role that is filled in when a template is used; its gid counts within the template.</summary>
internal sealed record AsanaTemplatePart(string Gid, string Name);

/// <summary>Work that goes on after its call was answered.</summary>
internal sealed class AsanaJob(string gid, AsanaProjectTemplate template) : AsanaResource(gid, "job")
{
    public override string Subtype => "instantiate_project";

    public override bool HasName => false;

    public AsanaProjectTemplate Template { get; } = template;

    public string Status { get; set; } = "not_started";

    /// <summary>Null until there is one.</summary>
    public AsanaProject? Project { get; set; }

    /// <summary>Makes the project, still without anything in it.</summary>
    public required Func<AsanaProject> Begin { get; init; }

    /// <summary>Puts in what the template holds.</summary>
    public required Action<AsanaProject> Fill { get; init; }

    public bool Over => Status is "succeeded" or "failed";

    public override IEnumerable<(string Name, object? Value)> Fields =>
        [("status", Status), .. Project is null ? Array.Empty<(string, object?)>() : [("new_project", Project)]];
}
