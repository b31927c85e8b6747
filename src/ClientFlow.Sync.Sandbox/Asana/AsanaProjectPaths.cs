using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>Projects, their sections and status updates, as in Asana's OpenAPI file.</summary>
internal sealed class AsanaProjectPaths(AsanaTool tool, AsanaStore store)
{
    private static readonly string[] Fields =
        ["name", "archived", "color", "icon", "default_view", "due_date", "due_on", "start_on", "html_notes", "notes", "public", "privacy_setting",
            "custom_fields", "owner", "team", "workspace", "followers"];

    private static readonly string[] StatusTypes = ["on_track", "at_risk", "off_track", "on_hold", "complete", "dropped"];

    public void Map()
    {
        tool.Route("GET", "/projects", ["workspace", "team", "archived", .. AsanaTool.List], call => List(call, call.Parameter("workspace"), call.Parameter("team")));
        tool.Route("GET", "/workspaces/{gid}/projects", ["archived", .. AsanaTool.List], call => List(call, call.Part("gid"), null));
        tool.Route("GET", "/teams/{gid}/projects", ["archived", .. AsanaTool.List], call => List(call, null, call.Part("gid")));
        tool.Route("POST", "/projects", AsanaTool.Single, call => Create(call, null, null));
        tool.Route("POST", "/workspaces/{gid}/projects", AsanaTool.Single, call => Create(call, call.Part("gid"), null));
        tool.Route("POST", "/teams/{gid}/projects", AsanaTool.Single, call => Create(call, null, call.Part("gid")));
        tool.Route("GET", "/projects/{gid}", AsanaTool.Single, call => tool.One(call, 200, Project(call)));
        tool.Route("PUT", "/projects/{gid}", AsanaTool.Single, Update);
        tool.Route("DELETE", "/projects/{gid}", ["opt_pretty"], call =>
        {
            store.Delete(store.Me, Project(call));
            return AsanaTool.Nothing();
        });
        tool.Route("GET", "/projects/{gid}/sections", AsanaTool.List, call => tool.Page(call, Project(call).Sections.Where(section => !section.Deleted)));
        tool.Route("POST", "/projects/{gid}/sections", AsanaTool.Single, call =>
            tool.One(call, 201, store.NewSection(store.Me, Project(call), AsanaBody.Required(AsanaBody.Data(call, "name", "insert_before", "insert_after"), "name"))));
        tool.Route("GET", "/sections/{gid}", AsanaTool.Single, call => tool.One(call, 200, store.Get<AsanaSection>("section", call.Part("gid"))));
        tool.Route("POST", "/sections/{gid}/addTask", ["opt_pretty"], AddTask);
        tool.Route("GET", "/status_updates", ["parent", "created_since", .. AsanaTool.List], ListStatus);
        tool.Route("POST", "/status_updates", ["limit", "offset", .. AsanaTool.Single], PostStatus);
        tool.Route("GET", "/status_updates/{gid}", AsanaTool.Single, call => tool.One(call, 200, store.Get<AsanaStatusUpdate>("status_update", call.Part("gid"))));
    }

    private ApiAnswer List(ApiCall call, string? workspace, string? team)
    {
        if (workspace is null && team is null)
            throw AsanaError.Refuse(400, "workspace: You should specify one of workspace or team");
        if (workspace is not null && workspace != store.Workspace.Gid)
            throw AsanaError.Unknown("workspace", workspace);
        if (team is not null)
            store.Get<AsanaTeam>("team", team);
        bool? archived = call.Parameter("archived") switch
        {
            null => null,
            "true" => true,
            "false" => false,
            var other => throw AsanaError.Refuse(400, $"archived: Value is not a boolean: {other}"),
        };
        return tool.Page(call, store.Of<AsanaProject>().Where(project =>
            (team is null || project.Team?.Gid == team) && (archived is null || project.Archived == archived) && !tool.Behaviour.Forbidden.Contains(project.Gid)));
    }

    private ApiAnswer Create(ApiCall call, string? workspace, string? teamGid)
    {
        JsonObject data = AsanaBody.Data(call, Fields);
        workspace ??= AsanaBody.Text(data, "workspace");
        teamGid ??= AsanaBody.Text(data, "team");
        if (workspace is null && teamGid is null)
            throw AsanaError.Refuse(400, "workspace: Missing input");
        if (workspace is not null && workspace != store.Workspace.Gid)
            throw AsanaError.Refuse(400, $"workspace: Not a recognized ID: {workspace}");
        if (teamGid is null && tool.Behaviour.ProjectsNeedTeam)
            throw AsanaError.Refuse(400, "team: Missing input");
        AsanaTeam? team = teamGid is null ? null : store.Find<AsanaTeam>(teamGid) ?? throw AsanaError.Refuse(400, $"team: Not a recognized ID: {teamGid}");
        string name = AsanaBody.Required(data, "name");
        Check(data, null);
        AsanaProject project = store.NewProject(store.Me, name, team, tool.Permalink);
        Apply(project, data);
        return tool.One(call, 201, project);
    }

    private ApiAnswer Update(ApiCall call)
    {
        AsanaProject project = Project(call);
        JsonObject data = AsanaBody.Data(call, [.. Fields.Where(field => field is not ("workspace" or "followers"))]);
        Check(data, project);
        List<string> changed = Apply(project, data);
        if (changed.Count > 0)
            store.Changed(store.Me, project, changed);
        return tool.One(call, 200, project);
    }

    /// <summary>Everything that can be refused is, before anything is written.</summary>
    private void Check(JsonObject data, AsanaProject? project)
    {
        string? due = AsanaBody.Day(data, "due_on") ?? AsanaBody.Day(data, "due_date");
        if (AsanaBody.Day(data, "start_on") is { } start && due is null)
            throw AsanaError.Refuse(400, $"start_on: due_on must be set together with start_on {start}");
        if (data.ContainsKey("start_on") || due is not null)
            CheckOrder(data.ContainsKey("start_on") ? AsanaBody.Day(data, "start_on") : project?.StartOn, due ?? project?.DueOn);
        if (data.ContainsKey("name"))
            AsanaBody.Required(data, "name");
        if (AsanaBody.Text(data, "owner") is { } owner)
            store.User("owner", owner);
        if (data["custom_fields"] is JsonObject values)
        {
            foreach ((string gid, JsonNode? value) in values)
                Field(gid).Read(value);
        }
    }

    /// <summary>"`start_on` and `due_on` cannot be the same date": the description of a project's `start_on`.</summary>
    internal static void CheckOrder(string? start, string? due)
    {
        if (start is not null && due is not null && string.CompareOrdinal(start, due) >= 0)
            throw AsanaError.Refuse(400, $"start_on: start_on {start} must be before due_on {due}");
    }

    private List<string> Apply(AsanaProject project, JsonObject data)
    {
        var changed = new List<string>();
        foreach (string field in data.Select(pair => pair.Key).ToArray())
        {
            if (Set(project, data, field))
                changed.Add(field == "due_date" ? "due_on" : field);
        }

        return changed;
    }

    private bool Set(AsanaProject project, JsonObject data, string field)
    {
        switch (field)
        {
            case "name":
                return Differs(project.Name, project.Name = AsanaBody.Required(data, field));
            case "notes":
                return Differs(project.Notes, project.Notes = AsanaBody.Text(data, field) ?? "");
            case "html_notes":
                return Differs(project.Notes, project.Notes = AsanaTool.PlainText(AsanaBody.Text(data, field) ?? ""));
            case "archived":
                return Differs(project.Archived, project.Archived = AsanaBody.Flag(data, field));
            case "due_on" or "due_date":
                return Differs(project.DueOn, project.DueOn = AsanaBody.Day(data, field));
            case "start_on":
                return Differs(project.StartOn, project.StartOn = AsanaBody.Day(data, field));
            case "owner":
                return Differs(project.Owner, project.Owner = AsanaBody.Text(data, field) is { } owner ? store.User(field, owner) : null);
            case "color":
                return Differs(project.Color, project.Color = AsanaBody.Text(data, field));
            case "icon":
                return Differs(project.Icon, project.Icon = AsanaBody.Text(data, field));
            case "default_view":
                return Differs(project.DefaultView, project.DefaultView = AsanaBody.OneOf(data, field, "list", "board", "calendar", "timeline"));
            case "privacy_setting":
                return Differs(project.PrivacySetting, project.PrivacySetting = AsanaBody.OneOf(data, field, "public_to_workspace", "private_to_team", "private"));
            case "public":
                return Differs(project.PrivacySetting, project.PrivacySetting = AsanaBody.Flag(data, field) ? "public_to_workspace" : "private");
            case "followers":
                foreach (string follower in (AsanaBody.Text(data, field) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
                    project.Members.Add(store.User(field, follower));
                return true;
            case "custom_fields":
                return SetCustomFields(project, data[field]);
            default:
                return false;
        }
    }

    private bool SetCustomFields(AsanaProject project, JsonNode? node)
    {
        bool changed = false;
        foreach ((string gid, JsonNode? value) in node as JsonObject ?? throw AsanaError.Refuse(400, "custom_fields: Value is not an object"))
        {
            AsanaCustomField field = Field(gid);
            object? read = field.Read(value);
            changed |= !Equals(project.Values.GetValueOrDefault(field), read);
            project.Values[field] = read;
        }

        return changed;
    }

    private AsanaCustomField Field(string gid) =>
        store.Find<AsanaCustomField>(gid) ?? throw AsanaError.Refuse(400, $"custom_fields: Custom field with ID {gid} is not on given object");

    private ApiAnswer AddTask(ApiCall call)
    {
        AsanaSection section = store.Get<AsanaSection>("section", call.Part("gid"));
        JsonObject data = AsanaBody.Data(call, "task", "insert_before", "insert_after");
        store.Place(store.Me, store.Get<AsanaTask>("task", AsanaBody.Required(data, "task")), section.Project, section);
        return AsanaTool.Nothing();
    }

    private ApiAnswer ListStatus(ApiCall call)
    {
        AsanaProject project = Project(call.Parameter("parent") ?? throw AsanaError.Refuse(400, "parent: Missing input"));
        DateTimeOffset? since = AsanaBody.Moment("created_since", call.Parameter("created_since"));
        return tool.Page(call, store.Of<AsanaStatusUpdate>().Where(update => update.Project == project && (since is null || update.CreatedAt >= since)));
    }

    private ApiAnswer PostStatus(ApiCall call)
    {
        JsonObject data = AsanaBody.Data(call, "parent", "text", "html_text", "title", "status_type");
        AsanaProject project = Project(AsanaBody.Required(data, "parent"));
        string text = AsanaBody.Text(data, "text") ?? AsanaTool.PlainText(AsanaBody.Required(data, "html_text"));
        return tool.One(call, 201, store.Post(store.Me, project, AsanaBody.OneOf(data, "status_type", StatusTypes),
            AsanaBody.Text(data, "title") ?? "Status update", text, tool.Behaviour.CompleteStatusCompletesProject));
    }

    private AsanaProject Project(ApiCall call) => Project(call.Part("gid"));

    private AsanaProject Project(string gid) => tool.Behaviour.Forbidden.Contains(gid)
        ? throw AsanaError.Refuse(403, "project: You do not have access to this project")
        : store.Get<AsanaProject>("project", gid);

    // The new value is computed while the call's arguments are, after the old one was read.
    private static bool Differs<T>(T before, T after) => !EqualityComparer<T>.Default.Equals(before, after);
}
