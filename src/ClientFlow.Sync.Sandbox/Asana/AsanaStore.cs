using System.Globalization;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>Something that happened. It reaches whoever watches a gid of the scope: the resource, its parents, its projects.</summary>
internal sealed record AsanaEvent(
    long Number, DateTimeOffset At, AsanaUser User, AsanaResource Resource, AsanaResource? Parent, string Action, string? Field, IReadOnlySet<string> Scope);

/// <summary>The workspace's state. Gids count up; deleted resources answer 404 and drop out of lists.</summary>
internal sealed class AsanaStore(TimeProvider clock)
{
    private readonly Dictionary<string, AsanaResource> _all = [];
    private long _lastGid = 1_209_000_000_000_000;

    public AsanaWorkspace Workspace { get; } = new("1200") { Name = "Northwind Consulting" };

    public List<AsanaEvent> Events { get; } = [];

    /// <summary>Events up to this number were handed to the webhooks.</summary>
    public int Delivered { get; set; }

    /// <summary>How far in the past things happen; not zero only while history is planted.</summary>
    public TimeSpan Ago { get; set; }

    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds((clock.GetUtcNow() - Ago).ToUnixTimeMilliseconds());

    /// <summary>The user behind the personal access token.</summary>
    public AsanaUser Me => Of<AsanaUser>().First();

    public string NextGid() => (++_lastGid).ToString(CultureInfo.InvariantCulture);

    public T Add<T>(T resource)
        where T : AsanaResource
    {
        _all[resource.Gid] = resource;
        return resource;
    }

    public IEnumerable<T> Of<T>()
        where T : AsanaResource => _all.Values.OfType<T>().Where(resource => !resource.Deleted);

    public T? Find<T>(string? gid)
        where T : AsanaResource =>
        gid is not null && _all.GetValueOrDefault(gid) is T { Deleted: false } found ? found : null;

    public T Get<T>(string kind, string gid)
        where T : AsanaResource => Find<T>(gid) ?? throw AsanaError.Unknown(kind, gid);

    /// <summary>A user by gid, e-mail address or `me`.</summary>
    public AsanaUser User(string field, string reference) => reference == "me"
        ? Me
        : Find<AsanaUser>(reference)
            ?? Of<AsanaUser>().FirstOrDefault(user => user.Email.Equals(reference, StringComparison.OrdinalIgnoreCase))
            ?? throw AsanaError.Refuse(400, $"{field}: Not a recognized ID: {reference}");

    public void Happened(AsanaUser user, AsanaResource resource, string action, AsanaResource? parent = null, string? field = null) =>
        Events.Add(new AsanaEvent(Events.Count + 1, Now, user, resource, parent, action, field, ScopeOf(resource, parent)));

    public void Changed(AsanaUser user, AsanaProject project, IEnumerable<string> fields)
    {
        foreach (string field in fields)
            Happened(user, project, "changed", null, field);
        project.ModifiedAt = Now;
    }

    public void Changed(AsanaUser user, AsanaTask task, IEnumerable<string> fields)
    {
        foreach (string field in fields)
            Happened(user, task, "changed", null, field);
        task.ModifiedAt = Now;
    }

    /// <summary>A new project with the one section that every project starts with.</summary>
    public AsanaProject NewProject(AsanaUser user, string name, AsanaTeam? team, Func<AsanaProject, string> permalink)
    {
        string gid = NextGid();
        AsanaProject? made = null;
        var project = Add(new AsanaProject(gid, Workspace)
        {
            Name = name, Team = team, Owner = user, CreatedAt = Now, ModifiedAt = Now, Permalink = () => permalink(made!),
        });
        made = project;
        project.Members.Add(user);
        NewSection(user, project, "Untitled section", quiet: true);
        Happened(user, project, "added", Workspace);
        return project;
    }

    public AsanaSection NewSection(AsanaUser user, AsanaProject project, string name, bool quiet = false)
    {
        var section = Add(new AsanaSection(NextGid(), project) { Name = name, CreatedAt = Now });
        project.Sections.Add(section);
        if (!quiet)
            Happened(user, section, "added", project);
        return section;
    }

    public AsanaTask NewTask(AsanaUser user, string name, Func<AsanaTask, string> permalink)
    {
        AsanaTask? made = null;
        var task = Add(new AsanaTask(NextGid(), Workspace)
        {
            Name = name, CreatedAt = Now, ModifiedAt = Now, CreatedBy = user, Permalink = () => permalink(made!),
        });
        made = task;
        task.Followers.Add(user);
        return task;
    }

    public void Place(AsanaUser user, AsanaTask task, AsanaProject project, AsanaSection? section)
    {
        section ??= project.Sections[0];
        bool known = task.Memberships.Any(at => at.Project == project);
        task.Memberships.RemoveAll(at => at.Project == project);
        task.Memberships.Add((project, section));
        if (!known)
            Happened(user, task, "added", project);
        Happened(user, task, "added", section);
    }

    public void Complete(AsanaUser user, AsanaProject project, bool completed)
    {
        if (completed == project.CompletedAt is not null)
            return;
        project.CompletedAt = completed ? Now : null;
        project.CompletedBy = completed ? user : null;
        Changed(user, project, ["completed", "completed_at"]);
    }

    public void Complete(AsanaUser user, AsanaTask task, bool completed)
    {
        if (completed == task.CompletedAt is not null)
            return;
        task.CompletedAt = completed ? Now : null;
        task.CompletedBy = completed ? user : null;
        Changed(user, task, ["completed"]);
    }

    public AsanaStatusUpdate Post(AsanaUser user, AsanaProject project, string statusType, string title, string text, bool completes)
    {
        var update = Add(new AsanaStatusUpdate(NextGid(), project, statusType, text) { Name = title, Author = user, CreatedAt = Now });
        project.Status = update;
        Happened(user, update, "added", project);
        Changed(user, project, ["current_status_update"]);
        if (completes)
            Complete(user, project, statusType == "complete");
        return update;
    }

    public void Delete(AsanaUser user, AsanaResource resource)
    {
        Happened(user, resource, "deleted");
        resource.Deleted = true;
        if (resource is not AsanaTask task)
            return;
        task.Parent?.Subtasks.Remove(task);
        foreach (AsanaTask subtask in task.Subtasks.ToArray())
            Delete(user, subtask);
    }

    private static HashSet<string> ScopeOf(AsanaResource resource, AsanaResource? parent)
    {
        var scope = new HashSet<string>(StringComparer.Ordinal) { resource.Gid };
        if (parent is not null)
            scope.Add(parent.Gid);
        IEnumerable<AsanaProject> projects = resource switch
        {
            AsanaProject project => [project],
            AsanaSection section => [section.Project],
            AsanaStatusUpdate update => [update.Project],
            AsanaTask task => ProjectsOf(task),
            AsanaStory story => ProjectsOf(story.Task),
            _ => [],
        };
        foreach (AsanaProject project in projects)
        {
            scope.Add(project.Gid);
            // Workspaces and teams hear about projects, not about the tasks in them (note on filters in the API description).
            if (resource is not AsanaProject)
                continue;
            scope.Add(project.Workspace.Gid);
            if (project.Team is not null)
                scope.Add(project.Team.Gid);
        }

        return scope;
    }

    private static IEnumerable<AsanaProject> ProjectsOf(AsanaTask task) =>
        task.Parent is null
            ? task.Memberships.Select(at => at.Project)
            : task.Memberships.Select(at => at.Project).Concat(ProjectsOf(task.Parent));
}
