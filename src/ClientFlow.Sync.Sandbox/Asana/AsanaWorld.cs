using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>What a project manager does in the app. Everything here causes the same events as the API.</summary>
public sealed class AsanaWorld
{
    private readonly AsanaTool _tool;
    private readonly AsanaStore _store;

    internal AsanaWorld(AsanaTool tool, AsanaStore store)
    {
        _tool = tool;
        _store = store;
        Actions =
        [
            new("complete-project", "a project is marked complete: {gid} or {name}, or the newest open one",
                args => Named(args) is { } gid ? Answer(CompleteProject(gid)) : null),
            new("reopen-project", "a project is open again: {gid} or {name}", args => Answer(ReopenProject(Wanted(args)))),
            new("archive-project", "a project is archived: {gid} or {name}", args => Answer(ArchiveProject(Wanted(args)))),
            new("set-due-date", "a project's due date is moved, or cleared with an empty date: {gid|name, date}",
                args => Answer(SetDueDate(Wanted(args), (string?)args["date"]))),
            new("rename-project", "a project gets another name: {gid|name, to}", args => Answer(RenameProject(Wanted(args), Required(args, "to")))),
            new("delete-project", "a project is deleted: {gid} or {name}", args => Answer(DeleteProject(Wanted(args)))),
            new("create-project", "a project is made by hand: {name, notes?, due?, owner?}",
                args => Answer(CreateProject(Required(args, "name"), (string?)args["owner"], (string?)args["due"], (string?)args["notes"]))),
            new("create-task", "a task is added: {project, name, milestone?}",
                args => Answer(CreateTask(Required(args, "project"), Required(args, "name"), milestone: (bool?)args["milestone"] ?? false))),
            new("complete-task", "a task is ticked off: {gid}", args => Answer(CompleteTask(Required(args, "gid")))),
            new("delete-task", "a task is deleted: {gid}", args => Answer(DeleteTask(Required(args, "gid")))),
            new("heartbeat", "every webhook gets an empty delivery", _ =>
            {
                tool.Heartbeat();
                return null;
            }),
        ];
    }

    public IReadOnlyList<WorldAction> Actions { get; }

    public string WorkspaceGid => _store.Workspace.Gid;

    /// <summary>Open projects that are not archived, oldest first.</summary>
    public IReadOnlyList<(string Gid, string Name, DateTimeOffset CreatedAt)> OpenProjects
    {
        get
        {
            lock (_tool.Lock)
            {
                _tool.Advance();
                return [.. Projects().Where(project => project.CompletedAt is null && !project.Archived).Select(project => (project.Gid, project.Name, project.CreatedAt))];
            }
        }
    }

    /// <summary>Tasks of a project in the order they were made.</summary>
    public IReadOnlyList<(string Gid, string Name, bool Completed)> TasksOf(string project)
    {
        lock (_tool.Lock)
        {
            _tool.Advance();
            return [.. _store.Of<AsanaTask>().Where(task => task.Memberships.Any(at => at.Project.Gid == project))
                .Select(task => (task.Gid, task.Name, task.CompletedAt is not null))];
        }
    }

    /// <summary>Names of a project's sections.</summary>
    public IReadOnlyList<string> SectionsOf(string project)
    {
        lock (_tool.Lock)
        {
            _tool.Advance();
            return [.. Project(project).Sections.Where(section => !section.Deleted).Select(section => section.Name)];
        }
    }

    /// <summary>Adds someone with a login; the first user owns the access token.</summary>
    public string AddUser(string name, string email) => Do(() =>
        _store.Add(new AsanaUser(_store.NextGid(), email) { Name = name, Workspace = _store.Workspace }).Gid);

    public string AddTeam(string gid, string name) => Do(() => _store.Add(new AsanaTeam(gid) { Name = name, Organization = _store.Workspace }).Gid);

    /// <summary>A template of sections and their tasks. It asks for a start and a due date where it is told to, and for somebody in each role.</summary>
    public string AddTemplate(
        string name, IReadOnlyDictionary<string, string[]> sections, bool start = false, bool due = false, string description = "", params string[] roles) => Do(() =>
    {
        var template = _store.Add(new AsanaProjectTemplate(_store.NextGid())
        {
            Name = name, Team = _store.Of<AsanaTeam>().FirstOrDefault(), Owner = _store.Me, CreatedAt = _store.Now, Description = description,
        });
        if (start)
            template.Dates.Add(new AsanaTemplatePart(AsanaProjectTemplate.StartDate, "Start Date"));
        if (due)
            template.Dates.Add(new AsanaTemplatePart(AsanaProjectTemplate.DueDate, "Due Date"));
        template.Roles.AddRange(roles.Select((role, index) => new AsanaTemplatePart($"{index + 1}", role)));
        template.Sections.AddRange(sections.Select(section => (section.Key, (IReadOnlyList<string>)section.Value)));
        return template.Gid;
    });

    /// <summary>A project that somebody makes by hand from a template, in the app: it is there at once and whole.</summary>
    public string CreateProjectFrom(string template, string name) => Do(() =>
    {
        AsanaProject project = _store.NewProject(_store.Me, name, _store.Of<AsanaTeam>().FirstOrDefault(), _tool.Permalink);
        project.Template = _store.Get<AsanaProjectTemplate>("project_template", template);
        return project.Gid;
    });

    /// <summary>A project that somebody makes by hand; the owner is an e-mail address.</summary>
    public string CreateProject(string name, string? owner = null, string? dueOn = null, string? notes = null) => Do(() =>
    {
        AsanaUser user = owner is null ? _store.Me : _store.User("owner", owner);
        AsanaProject project = _store.NewProject(user, name, _store.Of<AsanaTeam>().FirstOrDefault(), _tool.Permalink);
        project.DueOn = dueOn;
        project.Notes = notes ?? "";
        return project.Gid;
    });

    public string CreateTask(string project, string name, string? dueOn = null, bool milestone = false) => Do(() =>
    {
        AsanaProject place = _store.Get<AsanaProject>("project", project);
        AsanaUser user = place.Owner ?? _store.Me;
        AsanaTask task = _store.NewTask(user, name, _tool.Permalink);
        task.Kind = milestone ? "milestone" : "default_task";
        task.DueOn = dueOn;
        _store.Place(user, task, place, null);
        return task.Gid;
    });

    public string CompleteTask(string gid) => Do(() =>
    {
        AsanaTask task = _store.Get<AsanaTask>("task", gid);
        _store.Complete(task.Assignee ?? _store.Me, task, true);
        return gid;
    });

    public string DeleteTask(string gid) => Do(() =>
    {
        _store.Delete(_store.Me, _store.Get<AsanaTask>("task", gid));
        return gid;
    });

    /// <summary>"Mark complete" in the app, which posts a status update too.</summary>
    public string CompleteProject(string gid) => Do(() =>
    {
        AsanaProject project = Project(gid);
        _store.Post(project.Owner ?? _store.Me, project, "complete", "Complete", "This project is complete.", completes: true);
        return gid;
    });

    public string ReopenProject(string gid) => Do(() =>
    {
        _store.Complete(_store.Me, Project(gid), false);
        return gid;
    });

    public string ArchiveProject(string gid) => Do(() =>
    {
        AsanaProject project = Project(gid);
        project.Archived = true;
        _store.Changed(_store.Me, project, ["archived"]);
        return gid;
    });

    /// <summary>Moves the due date, or clears it with null or an empty text.</summary>
    public string SetDueDate(string gid, string? date) => Do(() =>
    {
        AsanaProject project = Project(gid);
        project.DueOn = string.IsNullOrEmpty(date) ? null : date;
        _store.Changed(_store.Me, project, ["due_on"]);
        return gid;
    });

    public string RenameProject(string gid, string name) => Do(() =>
    {
        AsanaProject project = Project(gid);
        project.Name = name;
        _store.Changed(_store.Me, project, ["name"]);
        return gid;
    });

    public string DeleteProject(string gid) => Do(() =>
    {
        _store.Delete(_store.Me, Project(gid));
        return gid;
    });

    /// <summary>The first project with this name, or null.</summary>
    public string? ProjectNamed(string name)
    {
        lock (_tool.Lock)
            return Projects().FirstOrDefault(project => project.Name == name)?.Gid;
    }

    private static JsonObject Answer(string gid) => new() { ["gid"] = gid };

    private static string Required(JsonObject args, string name) =>
        (string?)args[name] ?? throw new WorldActionException($"{name} is missing");

    private string Wanted(JsonObject args) => (string?)args["gid"] ?? ProjectNamed(Required(args, "name")) ?? throw new WorldActionException($"no project is called {args["name"]}");

    private string? Named(JsonObject args) => args.ContainsKey("gid") || args.ContainsKey("name") ? Wanted(args) : OpenProjects is [.., var newest] ? newest.Gid : null;

    private IEnumerable<AsanaProject> Projects() => _store.Of<AsanaProject>();

    private AsanaProject Project(string gid) => _store.Get<AsanaProject>("project", gid);

    private string Do(Func<string> work)
    {
        lock (_tool.Lock)
        {
            try
            {
                _tool.Advance();
                string gid = work();
                _tool.Flush();
                return gid;
            }
            catch (RefusedException refused)
            {
                throw new WorldActionException(refused.Message);
            }
        }
    }
}
