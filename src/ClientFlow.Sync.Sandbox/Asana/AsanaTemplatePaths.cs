using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>Project templates and the jobs that make projects from them, as in Asana's OpenAPI file.</summary>
internal sealed class AsanaTemplatePaths(AsanaTool tool, AsanaStore store)
{
    public void Map()
    {
        tool.Route("GET", "/project_templates", ["workspace", "team", .. AsanaTool.List], call => List(call, call.Parameter("workspace"), call.Parameter("team")));
        tool.Route("GET", "/teams/{gid}/project_templates", AsanaTool.List, call => List(call, null, call.Part("gid")));
        tool.Route("GET", "/project_templates/{gid}", AsanaTool.Single, call => tool.One(call, 200, Template(call)));
        tool.Route("POST", "/project_templates/{gid}/instantiateProject", AsanaTool.Single, Instantiate);
        tool.Route("GET", "/jobs/{gid}", AsanaTool.Single, call => tool.One(call, 200, store.Get<AsanaJob>("job", call.Part("gid"))));
    }

    /// <summary>Carries every job on to where it stands by now. Called under the lock before anything is looked at.</summary>
    public void Advance()
    {
        foreach (AsanaJob job in store.Of<AsanaJob>().Where(job => !job.Over).ToArray())
        {
            TimeSpan age = store.Now - job.CreatedAt;
            if (age < tool.Behaviour.JobWaits)
                continue;
            job.Status = "in_progress";
            if (age < tool.Behaviour.JobWaits + tool.Behaviour.JobTakes)
                continue;
            if (tool.Behaviour.JobsFail)
            {
                job.Status = "failed";
                continue;
            }

            job.Project ??= job.Begin();
            if (!job.Project.Deleted)
                job.Fill(job.Project);
            job.Status = "succeeded";
        }
    }

    private ApiAnswer List(ApiCall call, string? workspace, string? team)
    {
        if (workspace is null && team is null)
            throw AsanaError.Refuse(400, "workspace: You should specify one of workspace or team");
        if (workspace is not null && workspace != store.Workspace.Gid)
            throw AsanaError.Unknown("workspace", workspace);
        if (team is not null)
            store.Get<AsanaTeam>("team", team);
        return tool.Page(call, store.Of<AsanaProjectTemplate>().Where(template => team is null || template.Team?.Gid == team));
    }

    private AsanaProjectTemplate Template(ApiCall call) => store.Get<AsanaProjectTemplate>("project_template", call.Part("gid"));

    // Everything that can be refused is, before there is a job.
    private ApiAnswer Instantiate(ApiCall call)
    {
        AsanaProjectTemplate template = Template(call);
        JsonObject data = AsanaBody.Data(call, "name", "team", "public", "privacy_setting", "is_strict", "requested_dates", "requested_roles");
        string name = AsanaBody.Required(data, "name");
        AsanaTeam? team = AsanaBody.Text(data, "team") is { } gid
            ? store.Find<AsanaTeam>(gid) ?? throw AsanaError.Refuse(400, $"team: Not a recognized ID: {gid}")
            : template.Team;
        string privacy = data.ContainsKey("privacy_setting")
            ? AsanaBody.OneOf(data, "privacy_setting", "public_to_workspace", "private_to_team", "private")
            : "public_to_workspace";
        bool? strict = data.ContainsKey("is_strict") ? AsanaBody.Flag(data, "is_strict") : null;
        Dictionary<string, string> dates = Chosen(data, "requested_dates", template.Dates, chosen =>
            AsanaBody.Day(chosen, "value") ?? throw AsanaError.Refuse(400, "requested_dates: Missing input"));
        Dictionary<string, AsanaUser> roles = Chosen(data, "requested_roles", template.Roles, chosen =>
            store.User("requested_roles", AsanaBody.Required(chosen, "value")));
        if (template.Dates.Count > 0 && strict is null && !data.ContainsKey("requested_dates"))
            throw AsanaError.Refuse(400, "requested_dates: Missing input");
        if (strict is true && template.Dates.Find(date => !dates.ContainsKey(date.Gid)) is { } missing)
            throw AsanaError.Refuse(422, $"requested_dates: {missing.Name} has no value");
        AsanaProjectPaths.CheckOrder(dates.GetValueOrDefault(AsanaProjectTemplate.StartDate), dates.GetValueOrDefault(AsanaProjectTemplate.DueDate));
        if (store.Of<AsanaJob>().Count(job => !job.Over) >= tool.Behaviour.ConcurrentJobs)
            throw new RefusedException(AsanaError.Answer(429, "You have too many duplication or instantiation jobs in progress.").With("Retry-After", "5"));

        var job = store.Add(new AsanaJob(store.NextGid(), template)
        {
            CreatedAt = store.Now,
            Begin = () =>
            {
                AsanaProject project = store.NewProject(store.Me, name, team, tool.Permalink);
                project.PrivacySetting = privacy;
                project.Template = template;
                return project;
            },
            Fill = project => Fill(template, project, dates, roles.Values.FirstOrDefault()),
        });
        if (tool.Behaviour.ProjectAppearsWithJob)
            job.Project = job.Begin();
        return tool.One(call, 201, job);
    }

    private void Fill(AsanaProjectTemplate template, AsanaProject project, Dictionary<string, string> dates, AsanaUser? assignee)
    {
        // What somebody wrote meanwhile stays.
        project.Notes = project.Notes.Length > 0 ? project.Notes : template.Description;
        project.StartOn ??= dates.GetValueOrDefault(AsanaProjectTemplate.StartDate);
        project.DueOn ??= dates.GetValueOrDefault(AsanaProjectTemplate.DueDate);
        foreach ((string name, IReadOnlyList<string> tasks) in template.Sections)
        {
            AsanaSection section = store.NewSection(store.Me, project, name);
            foreach (string title in tasks)
            {
                AsanaTask task = store.NewTask(store.Me, title, tool.Permalink);
                task.Assignee = assignee;
                store.Place(store.Me, task, project, section);
            }
        }

        store.Changed(store.Me, project, ["notes", "start_on", "due_on"]);
    }

    private static Dictionary<string, T> Chosen<T>(JsonObject data, string field, List<AsanaTemplatePart> offered, Func<JsonObject, T> read)
    {
        var chosen = new Dictionary<string, T>(StringComparer.Ordinal);
        if (data[field] is not { } node)
            return chosen;
        foreach (JsonNode? one in node as JsonArray ?? throw AsanaError.Refuse(400, $"{field}: Value is not an array"))
        {
            JsonObject pair = AsanaBody.Known(one, "gid", "value");
            string gid = AsanaBody.Required(pair, "gid");
            if (!offered.Exists(part => part.Gid == gid))
                throw AsanaError.Refuse(400, $"{field}: Not a recognized ID: {gid}");
            chosen[gid] = read(pair);
        }

        return chosen;
    }
}
