using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>Tasks, subtasks, comments and search, as in Asana's OpenAPI file.</summary>
internal sealed class AsanaTaskPaths(AsanaTool tool, AsanaStore store)
{
    private static readonly string[] UpdateFields =
        ["name", "resource_subtype", "approval_status", "assignee", "completed", "due_at", "due_on", "start_on", "external", "html_notes", "notes",
            "custom_fields", "liked", "assignee_section", "assignee_status"];

    private static readonly string[] CreateFields = [.. UpdateFields, "projects", "memberships", "parent", "followers", "tags", "workspace"];

    private static readonly string[] SearchParameters =
        ["text", "completed", "projects.any", "created_at.before", "created_at.after", "modified_at.before", "modified_at.after", "sort_by",
            "sort_ascending", "resource_subtype", "assignee.any", "opt_fields", "opt_pretty"];

    public void Map()
    {
        tool.Route("GET", "/tasks", ["assignee", "project", "section", "workspace", "completed_since", "modified_since", .. AsanaTool.List], List);
        tool.Route("GET", "/projects/{gid}/tasks", ["completed_since", .. AsanaTool.List], call => Listed(call, InProject(call.Part("gid"))));
        tool.Route("GET", "/sections/{gid}/tasks", ["completed_since", .. AsanaTool.List], call => Listed(call, InSection(call.Part("gid"))));
        tool.Route("POST", "/tasks", AsanaTool.Single, call => Create(call, null));
        tool.Route("GET", "/tasks/{gid}", AsanaTool.Single, call => tool.One(call, 200, Task(call)));
        tool.Route("PUT", "/tasks/{gid}", AsanaTool.Single, Update);
        tool.Route("DELETE", "/tasks/{gid}", ["opt_pretty"], call =>
        {
            store.Delete(store.Me, Task(call));
            return AsanaTool.Nothing();
        });
        tool.Route("GET", "/tasks/{gid}/subtasks", AsanaTool.List, call => tool.Page(call, Task(call).Subtasks));
        tool.Route("POST", "/tasks/{gid}/subtasks", AsanaTool.Single, call => Create(call, Task(call)));
        tool.Route("POST", "/tasks/{gid}/addProject", ["opt_pretty"], AddProject);
        tool.Route("GET", "/tasks/{gid}/stories", AsanaTool.List, call => tool.Page(call, Task(call).Stories));
        tool.Route("POST", "/tasks/{gid}/stories", AsanaTool.Single, Comment);
        tool.Route("GET", "/workspaces/{gid}/tasks/search", SearchParameters, Search);
    }

    private ApiAnswer List(ApiCall call)
    {
        IEnumerable<AsanaTask> tasks;
        if (call.Parameter("project") is { } project)
            tasks = InProject(project);
        else if (call.Parameter("section") is { } section)
            tasks = InSection(section);
        else if (call.Parameter("assignee") is { } assignee && call.Parameter("workspace") is not null)
            tasks = store.Of<AsanaTask>().Where(task => task.Assignee == store.User("assignee", assignee));
        else
            throw AsanaError.Refuse(400, "project: You should specify one of project, tag, section, or both assignee and workspace");
        return Listed(call, tasks);
    }

    private ApiAnswer Listed(ApiCall call, IEnumerable<AsanaTask> tasks)
    {
        if (AsanaBody.Moment("modified_since", call.Parameter("modified_since")) is { } modified)
            tasks = tasks.Where(task => task.ModifiedAt >= modified);
        string? completedSince = call.Parameter("completed_since");
        if (AsanaBody.Moment("completed_since", completedSince == "now" ? AsanaClock.Text(store.Now) : completedSince) is { } completed)
            tasks = tasks.Where(task => task.CompletedAt is null || task.CompletedAt >= completed);
        return tool.Page(call, tasks);
    }

    private IEnumerable<AsanaTask> InProject(string gid)
    {
        AsanaProject project = store.Get<AsanaProject>("project", gid);
        return store.Of<AsanaTask>().Where(task => task.Memberships.Any(at => at.Project == project));
    }

    private IEnumerable<AsanaTask> InSection(string gid)
    {
        AsanaSection section = store.Get<AsanaSection>("section", gid);
        return store.Of<AsanaTask>().Where(task => task.Memberships.Any(at => at.Section == section));
    }

    private ApiAnswer Create(ApiCall call, AsanaTask? parent)
    {
        JsonObject data = AsanaBody.Data(call, CreateFields);
        string name = AsanaBody.Required(data, "name");
        parent ??= AsanaBody.Text(data, "parent") is { } gid ? store.Get<AsanaTask>("parent", gid) : null;
        List<(AsanaProject Project, AsanaSection? Section)> places = [.. Places(data)];
        if (places.Count == 0 && parent is null && AsanaBody.Text(data, "workspace") != store.Workspace.Gid)
            throw AsanaError.Refuse(400, "You should specify one of workspace, parent, projects");
        Check(data, null);

        AsanaTask task = store.NewTask(store.Me, name, tool.Permalink);
        foreach ((AsanaProject project, AsanaSection? section) in places)
            store.Place(store.Me, task, project, section);
        if (parent is not null)
        {
            task.Parent = parent;
            parent.Subtasks.Add(task);
            store.Happened(store.Me, task, "added", parent);
            parent.ModifiedAt = store.Now;
        }

        Apply(task, data);
        return tool.One(call, 201, task);
    }

    private IEnumerable<(AsanaProject Project, AsanaSection? Section)> Places(JsonObject data)
    {
        var sections = new Dictionary<string, AsanaSection?>();
        foreach (JsonNode? project in data["projects"] as JsonArray ?? [])
            sections[(string?)project ?? ""] = null;
        foreach (JsonNode? node in data["memberships"] as JsonArray ?? [])
        {
            JsonObject membership = AsanaBody.Known(node, "project", "section");
            sections[AsanaBody.Required(membership, "project")] =
                AsanaBody.Text(membership, "section") is { } section ? store.Get<AsanaSection>("section", section) : null;
        }

        foreach ((string gid, AsanaSection? section) in sections)
        {
            AsanaProject project = store.Find<AsanaProject>(gid) ?? throw AsanaError.Refuse(400, $"projects: Not a recognized ID: {gid}");
            if (section is not null && section.Project != project)
                throw AsanaError.Refuse(400, $"memberships: section {section.Gid} is not in project {gid}");
            yield return (project, section);
        }
    }

    private ApiAnswer Update(ApiCall call)
    {
        AsanaTask task = Task(call);
        JsonObject data = AsanaBody.Data(call, UpdateFields);
        Check(data, task);
        List<string> changed = Apply(task, data);
        if (changed.Count > 0)
            store.Changed(store.Me, task, changed);
        return tool.One(call, 200, task);
    }

    private void Check(JsonObject data, AsanaTask? existing)
    {
        if (data.ContainsKey("due_on") && data.ContainsKey("due_at"))
            throw AsanaError.Refuse(400, "due_on: You may only provide one of due_on or due_at");
        AsanaBody.Moment("due_at", AsanaBody.Text(data, "due_at"));
        string? due = AsanaBody.Day(data, "due_on") ?? AsanaBody.Text(data, "due_at");
        if (AsanaBody.Day(data, "start_on") is not null && due is null)
            throw AsanaError.Refuse(400, "start_on: due_on or due_at must be present in the request when setting start_on");
        if (AsanaBody.Text(data, "assignee") is { } assignee)
            store.User("assignee", assignee);
        if (data["external"] is { } node)
            CheckExternal(AsanaBody.Known(node, "gid", "data"), existing);
        if (data["custom_fields"] is JsonObject values)
        {
            foreach ((string gid, JsonNode? value) in values)
                Field(gid).Read(value);
        }
    }

    private void CheckExternal(JsonObject external, AsanaTask? existing)
    {
        if (!tool.Behaviour.ExternalWithPersonalToken)
            throw AsanaError.Refuse(403, "external: This field is only available to OAuth apps");
        string gid = AsanaBody.Required(external, "gid");
        if (tool.Behaviour.UniqueExternalIds && store.Of<AsanaTask>().Any(task => task != existing && task.ExternalGid == gid))
            throw AsanaError.Refuse(400, $"external: {gid} is in use already");
    }

    private List<string> Apply(AsanaTask task, JsonObject data) => [.. data.Select(pair => pair.Key).ToArray().Where(field => Set(task, data, field))];

    private bool Set(AsanaTask task, JsonObject data, string field)
    {
        switch (field)
        {
            case "name":
                return Differs(task.Name, task.Name = AsanaBody.Required(data, field));
            case "notes":
                return Differs(task.Notes, task.Notes = AsanaBody.Text(data, field) ?? "");
            case "html_notes":
                return Differs(task.Notes, task.Notes = AsanaTool.PlainText(AsanaBody.Text(data, field) ?? ""));
            case "resource_subtype":
                return Differs(task.Kind, task.Kind = AsanaBody.OneOf(data, field, "default_task", "milestone", "approval"));
            case "approval_status":
                return Differs(task.ApprovalStatus, task.ApprovalStatus = AsanaBody.OneOf(data, field, "pending", "approved", "rejected", "changes_requested"));
            case "assignee":
                return Differs(task.Assignee, task.Assignee = AsanaBody.Text(data, field) is { } user ? store.User(field, user) : null);
            case "completed":
                store.Complete(store.Me, task, AsanaBody.Flag(data, field));
                return false;
            case "due_on":
                task.DueAt = null;
                return Differs(task.DueOn, task.DueOn = AsanaBody.Day(data, field));
            case "due_at":
                task.DueAt = AsanaBody.Moment(field, AsanaBody.Text(data, field));
                task.DueOn = task.DueAt is { } at ? AsanaClock.Text(at)[..10] : null;
                return true;
            case "start_on":
                return Differs(task.StartOn, task.StartOn = AsanaBody.Day(data, field));
            case "external":
                task.ExternalGid = AsanaBody.Text(data[field]!.AsObject(), "gid");
                task.ExternalData = AsanaBody.Text(data[field]!.AsObject(), "data");
                return false;
            case "followers":
                foreach (JsonNode? follower in data[field] as JsonArray ?? [])
                    task.Followers.Add(store.User(field, (string?)follower ?? ""));
                return false;
            case "custom_fields":
                return SetCustomFields(task, data[field]);
            default:
                return false;
        }
    }

    private bool SetCustomFields(AsanaTask task, JsonNode? node)
    {
        foreach ((string gid, JsonNode? value) in node as JsonObject ?? throw AsanaError.Refuse(400, "custom_fields: Value is not an object"))
        {
            AsanaCustomField field = Field(gid);
            // A value needs the field on one of the task's projects.
            if (!task.FieldsHere().Contains(field))
                throw AsanaError.Refuse(400, $"custom_fields: Custom field with ID {gid} is not on given object");
            task.Values[field] = field.Read(value);
        }

        return true;
    }

    private AsanaCustomField Field(string gid) =>
        store.Find<AsanaCustomField>(gid) ?? throw AsanaError.Refuse(400, $"custom_fields: Custom field with ID {gid} is not on given object");

    private ApiAnswer AddProject(ApiCall call)
    {
        AsanaTask task = Task(call);
        JsonObject data = AsanaBody.Data(call, "project", "section", "insert_after", "insert_before");
        AsanaProject project = store.Get<AsanaProject>("project", AsanaBody.Required(data, "project"));
        store.Place(store.Me, task, project, AsanaBody.Text(data, "section") is { } section ? store.Get<AsanaSection>("section", section) : null);
        task.ModifiedAt = store.Now;
        return AsanaTool.Nothing();
    }

    private ApiAnswer Comment(ApiCall call)
    {
        AsanaTask task = Task(call);
        JsonObject data = AsanaBody.Data(call, "text", "html_text", "is_pinned");
        string text = AsanaBody.Text(data, "text") ?? AsanaTool.PlainText(AsanaBody.Required(data, "html_text"));
        var story = store.Add(new AsanaStory(store.NextGid(), task, text) { Name = text, Author = store.Me, CreatedAt = store.Now });
        task.Stories.Add(story);
        store.Happened(store.Me, story, "added", task);
        return tool.One(call, 201, story);
    }

    // Behind by minutes at times, not paged, and for paying customers only.
    private ApiAnswer Search(ApiCall call)
    {
        if (!tool.Behaviour.Premium)
            return AsanaError.Answer(402, "Search is only available to premium users.");
        DateTimeOffset moment = store.Now - tool.Behaviour.SearchLag;
        bool Between(string field, DateTimeOffset at) =>
            (AsanaBody.Moment(field, call.Parameter(field + ".after")) is not { } after || at > after)
            && (AsanaBody.Moment(field, call.Parameter(field + ".before")) is not { } before || at < before);
        IReadOnlyList<string> projects = call.Listed("projects.any");
        IEnumerable<AsanaTask> found = store.Of<AsanaTask>().Where(task =>
            task.CreatedAt <= moment
            && (call.Parameter("text") is not { } text || task.Name.Contains(text, StringComparison.OrdinalIgnoreCase))
            && (call.Parameter("completed") is not { } completed || (task.CompletedAt is not null) == (completed == "true"))
            && (projects.Count == 0 || task.Memberships.Any(at => projects.Contains(at.Project.Gid)))
            && Between("created_at", task.CreatedAt) && Between("modified_at", task.ModifiedAt));
        IReadOnlyList<string> fields = call.Listed("opt_fields");
        return ApiAnswer.Json(200, new JsonObject { ["data"] = new JsonArray([.. found.Reverse().Take(100).Select(task => tool.View.Row(task, fields))]) });
    }

    private AsanaTask Task(ApiCall call)
    {
        string gid = Uri.UnescapeDataString(call.Part("gid"));
        return gid.StartsWith("external:", StringComparison.Ordinal)
            ? store.Of<AsanaTask>().FirstOrDefault(task => task.ExternalGid == gid["external:".Length..]) ?? throw AsanaError.Unknown("task", gid)
            : store.Get<AsanaTask>("task", gid);
    }

    private static bool Differs<T>(T before, T after) => !EqualityComparer<T>.Default.Equals(before, after);
}
