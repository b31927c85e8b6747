using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>
/// Projects from a template. Asana takes a name and no description for them, and answers with a job: so the name carries our
/// marker until the job is over, and is put right, with everything else, in one call.
/// </summary>
internal sealed class AsanaTemplates(AsanaClient client, AsanaPeople people, AsanaReader reader, AsanaSettings settings, ToolContext context)
{
    // A job is queued, and nobody says for how long: its project may appear that late.
    private static readonly TimeSpan MaxCommit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ReadLag = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestJob = TimeSpan.FromHours(1);
    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromMinutes(1);

    // What a template calls the two dates of a project itself (API description of DateVariableRequest).
    private const string Starts = "1";
    private const string Ends = "2";

    // What the result of the first action tells the second.
    private const string Job = "job";
    private const string Project = "project";
    private const string Key = "key";
    private const string Asked = "asked";
    private const string Again = "again";

    public static IReadOnlyList<ActionTraits> Traits { get; } =
    [
        new("project.instantiate", KeyStrength.Marker, "the key in the project's name until it is set up", MaxCommit, ReadLag),
        new("project.set-up", KeyStrength.Repeatable, "a line in the project's description, read first", TimeSpan.FromSeconds(60), ReadLag),
    ];

    /// <summary>Readies the call for a job. Dates that the template asks for and the rule doesn't give are a person's to give.</summary>
    public async Task<Outcome<Preparation>> PrepareAsync(TemplateContent content, ActionCall call, CancellationToken cancellationToken)
    {
        if (call.Revision > 1)
        {
            // An earlier call may have come true later than anybody waited, or its job left something: a second project is never begun beside it.
            if (!(await FindAsync(content, call, cancellationToken)).Succeeded(out var there, out var trouble)) return trouble;
            if (there is not null) return new Preparation.Exists(there);
        }

        var read = await client.TemplateAsync(content.Template, cancellationToken);
        if (!read.Succeeded(out var template, out var failure))
        {
            return failure.Kind == FailureKind.Missing
                ? failure with { Message = $"Asana has no project template {content.Template} that the token's user can see. Correct `template` in the mapping file, or share the template, then retry." }
                : failure;
        }

        var begins = content.Project.StartsOn ?? LocalTime.DayAt(context.Clock.GetUtcNow(), context.Business.Zone);
        var dates = new List<AsanaRequestedDate>();
        foreach (var date in (template.Data?.RequestedDates ?? []).Where(date => date?.Gid is not null))
        {
            var value = date.Gid switch
            {
                Starts => AsanaActions.Day(begins),
                Ends => AsanaActions.Day(content.Project.EndsOn),
                _ => null,
            };
            if (value is not null) dates.Add(new AsanaRequestedDate(date.Gid!, value));
            else return new Preparation.Ask(Lacks(content, date));
        }

        // Asana refuses both dates of a project on one day, and would only do so when there is a project already.
        if (content.Project.EndsOn is { } ends && ends <= begins && dates.Exists(date => date.Gid == Starts)) return new Preparation.Ask(Reversed(content, begins, ends));

        return AsanaActions.Freeze("POST", AsanaClient.InstantiatePath(content.Template),
            new AsanaInstantiation(AsanaMarker.Named(content.Project.Name, call.Order.Key), settings.Team, IsStrict: true, dates.Count > 0 ? dates : null),
            AsanaJson.Default.AsanaEnvelopeAsanaInstantiation);
    }

    /// <summary>Asks for the job. What comes back is its id: from now on it is asked about and never asked for again.</summary>
    public async Task<Outcome<ActionResult>> SendAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken)
    {
        var sent = await client.CreateAsync(frozen, AsanaJson.Default.AsanaEnvelopeAsanaJob, job => job.Gid, cancellationToken);
        if (sent.Succeeded(out var job, out var failure)) return Result(call, job.Gid!, job.Gid, job.NewProject?.Gid);

        // Few jobs may run at once: that holds nothing else up, and if it was the calls' own limit, the next call hears of it.
        return failure.Kind == FailureKind.RateLimited ? failure with { OneCall = true } : failure;
    }

    /// <summary>Looks for what came of a call whose answer was lost: a project that carries its key. One that could be it all the same is a person's to judge.</summary>
    public async Task<Outcome<ActionResult?>> LookUpAsync(TemplateContent content, ActionCall call, CancellationToken cancellationToken) =>
        await FindAsync(content, call, cancellationToken);

    /// <summary>Waits for the job, reads its project, and readies what it lacks. One that carries the description's marker is set up.</summary>
    public async Task<Outcome<Preparation>> PrepareAsync(ProjectSetUpContent content, ActionCall call, CancellationToken cancellationToken)
    {
        if (call.Results.GetValueOrDefault("template") is not { } begun)
            return new Failure(FailureKind.Rejected, "Nothing was asked of a template yet: the step that does has to come first.");
        if (!(await ProjectOfAsync(begun, cancellationToken)).Succeeded(out var gid, out var failure)) return failure;
        if (gid is null) return StillAt(begun);

        var read = await client.ProjectAsync(gid, reader.Fields, cancellationToken);
        if (read.Failure is { Kind: FailureKind.Missing })
            return Nothing("The project that Asana made from the template was deleted before it was set up. Skip it, or retry to have it made anew.");
        if (!read.Succeeded(out var envelope, out failure)) return failure;
        if (envelope.Data is not { Gid.Length: > 0 } project) return new Failure(FailureKind.Malformed, "Asana answered without the project that was asked for.");
        if (AsanaMarker.Carries(project.Notes, call.Order.Key)) return new Preparation.Exists(await reader.ResultAsync(project, null, cancellationToken));

        var wanted = content.Project;
        if (!(await people.FindAsync(wanted.Owner, cancellationToken)).Succeeded(out var owner, out failure)) return failure;
        var starts = wanted.StartsOn < wanted.EndsOn ? AsanaActions.Day(wanted.StartsOn) : null;
        var ends = AsanaActions.Day(wanted.EndsOn);
        var update = new AsanaProjectUpdate(
            AsanaMarker.KeyInName(project.Name) is null ? null : wanted.Name, // Somebody who named it otherwise meant it.
            AsanaMarker.With(string.Join("\n\n", new[] { wanted.Notes, project.Notes }.Where(text => !string.IsNullOrWhiteSpace(text))), call.Order.Key),
            starts,
            string.CompareOrdinal(ends, starts ?? project.StartOn) > 0 ? ends : null, // Refused where it isn't after the start.
            owner);
        return AsanaActions.Freeze("PUT", AsanaClient.ChangedProjectPath(gid, reader.Fields), update, AsanaJson.Default.AsanaEnvelopeAsanaProjectUpdate);
    }

    /// <summary>Sets the project up, in one call: it is either still marked by its name or whole.</summary>
    public async Task<Outcome<ActionResult>> SendAsync(ProjectSetUpContent content, FrozenCall frozen, CancellationToken cancellationToken)
    {
        var sent = await client.CreateAsync(frozen, AsanaJson.Default.AsanaEnvelopeAsanaProject, project => project.Gid, cancellationToken);
        if (!sent.Succeeded(out var project, out var failure)) return failure;
        return await reader.ResultAsync(project, AsanaActions.NoteOn(content.Project, frozen), cancellationToken);
    }

    // The project that came of it; null while Asana is at it.
    private async Task<Outcome<string?>> ProjectOfAsync(ActionResult begun, CancellationToken cancellationToken)
    {
        var known = begun.More.GetValueOrDefault(Project);
        if (begun.More.GetValueOrDefault(Job) is { } gid)
        {
            var read = await client.JobAsync(gid, cancellationToken);
            if (read.Failure is { Kind: not FailureKind.Missing } failure) return failure;

            // One that Asana has forgotten was over long ago.
            if (read.Failure is null)
            {
                var job = read.Value.Data;
                if (job?.Status == "failed")
                    return Nothing("Asana could not make the project from its template: the job failed. Look at the template, delete what it left half made (what is there is taken as it is), then retry.");
                if (job?.Status != "succeeded") return (string?)null;
                known = job.NewProject?.Gid ?? known;
            }
        }

        // Where it was asked for twice, the first may have come true after all: two are told of, and not passed over.
        if (known is not null && !begun.More.ContainsKey(Again)) return known;
        if (!(await client.AllProjectsAsync("name,permalink_url", cancellationToken)).Succeeded(out var projects, out var trouble)) return trouble;
        var ours = projects.Where(project => project is { Gid.Length: > 0 } && Carries(project, begun.More.GetValueOrDefault(Key))).ToList();
        return ours.Count > 1 ? Several(ours) : ours is [var one] ? one.Gid : known;
    }

    private Outcome<Preparation> StillAt(ActionResult begun)
    {
        var now = context.Clock.GetUtcNow();
        var asked = DateTimeOffset.TryParse(begun.More.GetValueOrDefault(Asked), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : now;
        var waited = now - asked;
        if (waited >= LongestJob)
            return new Preparation.Ask($"Asana has been making the project from its template since {asked:yyyy-MM-dd HH:mm} UTC and does not say that it is done. Look in Asana whether it is there, and retry when it is whole.");
        var pause = TimeSpan.FromSeconds(Math.Clamp(waited.TotalSeconds / 4, 1, 60));
        return new Failure(FailureKind.Unavailable, "Asana is still making the project from its template.") { OneCall = true, Reason = Failure.NotYet, RetryAt = now + pause };
    }

    private async Task<Outcome<ActionResult?>> FindAsync(TemplateContent content, ActionCall call, CancellationToken cancellationToken)
    {
        var listed = await client.AllProjectsAsync("name,notes,created_at,created_from_template,permalink_url", cancellationToken);
        if (!listed.Succeeded(out var projects, out var failure)) return failure;
        var key = call.Order.Key;
        var ours = projects.Where(project => project is { Gid.Length: > 0 } && (Carries(project, key) || AsanaMarker.Carries(project.Notes, key))).ToList();
        if (ours is [var one]) return Result(call, one.Gid!, null, one.Gid);
        if (ours.Count > 1) return Several(ours);

        // Ours with its marker edited away, or a colleague's: nothing in Asana tells them apart.
        var suspects = projects.Where(project => CouldBeOurs(project, content, call)).ToList();
        if (suspects.Count == 0) return (ActionResult?)null;
        return new Failure(FailureKind.Rejected,
            $"at that moment {Named(suspects)} came of the same template. If it is the one, put the line `{AsanaMarker.With(null, key)}` into its description, else " +
            $"a line `ClientFlow-Deal:` with its own deal's address; then retry") { Reason = Failure.Ambiguous };
    }

    private static bool CouldBeOurs(AsanaProject? project, TemplateContent content, ActionCall call) =>
        project is { Gid.Length: > 0 } && project.CreatedFromTemplate?.Gid == content.Template &&
        AsanaMarker.KeyInName(project.Name) is null && AsanaMarker.KeyIn(project.Notes) is null && AsanaMarker.DealIn(project.Notes) is null &&
        call.SentAfter is { } sent &&
        DateTimeOffset.TryParse(project.CreatedAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var made) &&
        made >= sent - ClocksDiffer && made <= sent + MaxCommit + ClocksDiffer;

    private ActionResult Result(ActionCall call, string id, string? job, string? project)
    {
        var more = new Dictionary<string, string> { [Key] = call.Order.Key, [Asked] = context.Clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture) };
        if (call.Revision > 1) more[Again] = "true";
        if (job is not null) more[Job] = job;
        if (project is not null) more[Project] = project;
        return new ActionResult(id, null) { More = more };
    }

    private static bool Carries(AsanaProject? project, string? key) => key is not null && AsanaMarker.KeyInName(project?.Name) == key;

    private static string Named(IEnumerable<AsanaProject> projects) =>
        string.Join(", ", projects.Select(project => $"{AsanaMarker.NameIn(project.Name)} ({AsanaMapper.UrlOf(project.Gid!, project.PermalinkUrl)})"));

    private static string Lacks(TemplateContent content, AsanaNamed date) => date.Gid == Ends
        ? $"The template {content.Template} asks for a due date and the rule gives none. Give the project one with `endsOn` (if it has, its fact is empty), then retry."
        : $"The template {content.Template} asks for the date {date.Name ?? date.Gid}, which a rule can't give: only start and due date. Take it out of the template, then retry.";

    private static string Reversed(TemplateContent content, DateOnly begins, DateOnly ends) =>
        $"The template {content.Template} asks for a start date, and the project would begin on {AsanaActions.Day(begins)} and end on {AsanaActions.Day(ends)}: Asana wants the end to be " +
        "later than the start. Correct `startsOn` (without one it is the day the project is made) or `endsOn` where they come from, then retry.";

    private static Failure Several(List<AsanaProject> ours) =>
        new(FailureKind.Rejected, $"Asana has {ours.Count} projects that were made for this one: {Named(ours)}. Delete all but one, then retry.") { Reason = Failure.Ambiguous };

    private static Failure Nothing(string why) => new(FailureKind.Rejected, why) { Reason = Failure.CameToNothing };
}
