using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>Projects, sections and tasks. Asana has no idempotency key: what is made carries our marker, and is found by it.</summary>
internal sealed class AsanaActions(AsanaClient client, AsanaPeople people, AsanaReader reader, AsanaSettings settings, AsanaTemplates templates)
{
    // Lists are read from the database itself; the lag is for replicas.
    private static readonly TimeSpan MaxCommit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReadLag = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<ActionTraits> Traits { get; } =
    [
        new("project.create", KeyStrength.Marker, "a line in the project's description", MaxCommit, ReadLag),
        .. AsanaTemplates.Traits,
        new("section.create", KeyStrength.Marker, "the section's name in its project", MaxCommit, ReadLag),
        new("task.create", KeyStrength.Marker, "a line in the task's description", MaxCommit, ReadLag),
    ];

    public async Task<Outcome<Preparation>> PrepareAsync(ActionCall call, CancellationToken cancellationToken)
    {
        switch (call.Order.Content)
        {
            case ProjectContent project:
            {
                if (!(await people.FindAsync(project.Owner, cancellationToken)).Succeeded(out var owner, out var failure)) return failure;
                var create = new AsanaNewProject(
                    project.Name,
                    settings.Workspace,
                    settings.Team,
                    AsanaMarker.With(project.Notes, call.Order.Key),
                    project.StartsOn < project.EndsOn ? Day(project.StartsOn) : null, // Refused without a later due date.
                    Day(project.EndsOn),
                    owner);
                return Post(AsanaClient.NewProjectPath(reader.Fields), create, AsanaJson.Default.AsanaEnvelopeAsanaNewProject);
            }

            case TemplateContent template:
                return await templates.PrepareAsync(template, call, cancellationToken);

            case ProjectSetUpContent setUp:
                return await templates.PrepareAsync(setUp, call, cancellationToken);

            case SectionContent section when ProjectOf(call) is { } project:
                return Post(AsanaClient.NewSectionPath(project), new AsanaNewSection(section.Name), AsanaJson.Default.AsanaEnvelopeAsanaNewSection);

            case TaskContent task when ProjectOf(call) is { } project:
            {
                if (!(await people.FindAsync(task.Assignee, cancellationToken)).Succeeded(out var assignee, out var failure)) return failure;
                var section = call.Results.GetValueOrDefault("section")?.Id;
                var create = new AsanaNewTask(
                    task.Name,
                    AsanaMarker.With(task.Notes, call.Order.Key),
                    [project],
                    section is null ? null : [new AsanaMembership(project, section)],
                    Day(task.DueOn),
                    assignee);
                return Post(AsanaClient.NewTaskPath, create, AsanaJson.Default.AsanaEnvelopeAsanaNewTask);
            }

            case SectionContent or TaskContent:
                return NoProject();

            default:
                return Unknown(call);
        }
    }

    public async Task<Outcome<ActionResult>> SendAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken)
    {
        switch (call.Order.Content)
        {
            case ProjectContent content:
            {
                var sent = await client.CreateAsync(frozen, AsanaJson.Default.AsanaEnvelopeAsanaProject, made => made.Gid, cancellationToken);
                if (!sent.Succeeded(out var project, out var failure)) return failure;
                return await reader.ResultAsync(project, NoteOn(content, frozen), cancellationToken);
            }

            case TemplateContent:
                return await templates.SendAsync(call, frozen, cancellationToken);

            case ProjectSetUpContent setUp:
                return await templates.SendAsync(setUp, frozen, cancellationToken);

            case SectionContent:
            case TaskContent:
            {
                var sent = await client.CreateAsync(frozen, AsanaJson.Default.AsanaEnvelopeAsanaItem, made => made.Gid, cancellationToken);
                return sent.Then<ActionResult>(made => ResultOf(made) with { Note = NoteOn(call.Order.Content, frozen) });
            }

            default:
                return Unknown(call);
        }
    }

    public async Task<Outcome<ActionResult?>> LookUpAsync(ActionCall call, FrozenCall frozen, CancellationToken cancellationToken)
    {
        switch (call.Order.Content)
        {
            case ProjectContent content:
            {
                var found = await FindProjectAsync(call.Order.Key, cancellationToken);
                if (!found.Succeeded(out var project, out var failure)) return failure;
                if (project is null) return (ActionResult?)null;
                return (ActionResult?)await reader.ResultAsync(project, NoteOn(content, frozen), cancellationToken);
            }

            case TemplateContent template:
                return await templates.LookUpAsync(template, call, cancellationToken);

            case SectionContent section when ProjectOf(call) is { } project:
                return (await client.SectionsAsync(project, cancellationToken)).Then<ActionResult?>(sections =>
                    sections.FirstOrDefault(one => one.Name == section.Name && one.Gid is not null) is { } made ? ResultOf(made) : null);

            case TaskContent task when ProjectOf(call) is { } project:
                return (await client.TasksAsync(project, cancellationToken)).Then<ActionResult?>(tasks =>
                    tasks.FirstOrDefault(one => one.Gid is not null && AsanaMarker.Carries(one.Notes, call.Order.Key)) is { } made
                        ? ResultOf(made) with { Note = NoteOn(task, frozen) }
                        : null);

            case SectionContent or TaskContent:
                return NoProject();

            default:
                return Unknown(call);
        }
    }

    private async Task<Outcome<AsanaProject?>> FindProjectAsync(string key, CancellationToken cancellationToken)
    {
        foreach (var archived in (bool[])[false, true])
        {
            string? offset = null;
            do
            {
                var answer = await client.ProjectsAsync(archived, offset, reader.Fields, cancellationToken);
                if (!answer.Succeeded(out var page, out var failure)) return failure;
                var found = (page.Data ?? []).FirstOrDefault(project => project is { Gid.Length: > 0 } && AsanaMarker.Carries(project.Notes, key));
                if (found is not null) return found;
                var next = page.NextPage?.Offset;
                offset = next == offset ? null : next;
            }
            while (!string.IsNullOrEmpty(offset));
        }

        return (AsanaProject?)null;
    }

    private static ActionResult ResultOf(AsanaItem made) => new(made.Gid!, made.PermalinkUrl);

    // What was frozen tells what could be given when it was readied.
    internal static string? NoteOn(ActionContent content, FrozenCall frozen)
    {
        var (person, field, left) = content switch
        {
            ProjectContent project => (project.Owner, "owner", "The project was left without a lead"),
            TaskContent task => (task.Assignee, "assignee", "The task was left open for anyone"),
            _ => (null, "", ""),
        };
        if (frozen.Body is null) return null;
        using var body = JsonDocument.Parse(frozen.Body);
        var notes = new List<string>();
        if (!string.IsNullOrWhiteSpace(person) && Lacks(field)) notes.Add($"{left}: Asana's workspace has nobody with the e-mail {person}.");
        if (content is ProjectContent { EndsOn: { } ends } && Lacks("due_on"))
            notes.Add($"The due date {Day(ends)} was left out: it is not after the project's start in Asana.");
        return notes.Count > 0 ? string.Join(" ", notes) : null;

        bool Lacks(string name) => !body.RootElement.TryGetProperty("data", out var data) || !data.TryGetProperty(name, out _);
    }

    private static Outcome<Preparation> Post<T>(string path, T data, JsonTypeInfo<AsanaEnvelope<T>> type) => Freeze("POST", path, data, type);

    internal static Outcome<Preparation> Freeze<T>(string method, string path, T data, JsonTypeInfo<AsanaEnvelope<T>> type) => new Preparation.Send(new FrozenCall(
        method, path, "application/json", JsonSerializer.Serialize(new AsanaEnvelope<T>(data), type), new Dictionary<string, string>()));

    private static string? ProjectOf(ActionCall call) => call.Results.GetValueOrDefault("project")?.Id;

    internal static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static Failure NoProject() => new(FailureKind.Rejected, "There is no project yet to put it into: the step that makes the project has to come first.");

    private static Failure Unknown(ActionCall call) => new(FailureKind.Rejected, $"Asana has no action {call.Order.Content.Kind} here.");
}
