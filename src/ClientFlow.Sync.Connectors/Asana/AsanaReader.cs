using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>Polls, lists and reads projects. Asana has no feed of changed projects: a poll lists the unarchived ones, 100 a call.</summary>
internal sealed class AsanaReader(AsanaClient client, AsanaPeople people, ToolContext context)
{
    private readonly AsanaRounds rounds = new();

    /// <summary>The fields of a project that we ask for.</summary>
    public string Fields { get; } = AsanaMapper.FieldsFor(context.Mappings.GetValueOrDefault(RecordKind.Project));

    public Task<Outcome<StreamPage>> PollAsync(string stream, Cursor cursor, CancellationToken cancellationToken) =>
        PageAsync(stream, archived: false, cursor.Text, cancellationToken);

    // The archived ones too: what a full list lacks would be read one by one.
    public Task<Outcome<StreamPage>> ListAsync(string stream, Cursor? from, CancellationToken cancellationToken) =>
        PageAsync(stream, archived: null, from?.Text, cancellationToken);

    public async Task<Outcome<StreamPage>> ReadAsync(RecordKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        if (kind != RecordKind.Project) return NoSuch(Names.Of(kind));
        var began = context.Clock.GetUtcNow();
        var records = new List<SourceRecord>();
        var refused = new List<(string Id, Failure Failure)>();
        foreach (var gid in ids.Where(id => id.Length > 0).Distinct())
        {
            var answer = await client.ProjectAsync(gid, Fields, cancellationToken);
            if (answer.Succeeded(out var envelope, out var failure) && envelope.Data is { Gid.Length: > 0 } project)
            {
                if (!(await RecordAsync(project, cancellationToken)).Succeeded(out var record, out failure)) return failure;
                records.Add(record);
            }
            else if (failure is { Kind: FailureKind.Missing })
            {
                records.Add(AsanaMapper.Gone(gid));
            }
            else if (failure is { Status: 402 or 403 or 451 })
            {
                refused.Add((gid, failure)); // Access was taken away: that is no deletion, and no reason to withhold the others.
            }
            else
            {
                return failure ?? Malformed();
            }
        }

        return new StreamPage { ReadBegan = began, Records = records, Refused = refused, Next = default, More = false };
    }

    /// <summary>A project as a record, with what has to be asked for beside it.</summary>
    public async Task<Outcome<SourceRecord>> RecordAsync(AsanaProject project, CancellationToken cancellationToken)
    {
        if (!(await people.EmailOfAsync(project.Owner, cancellationToken)).Succeeded(out var owner, out var failure)) return failure;
        if (!(await people.StatusTypeOfAsync(project, cancellationToken)).Succeeded(out var status, out failure)) return failure;
        return AsanaMapper.Record(project, owner, status);
    }

    /// <summary>What a write made of a project. The write is done: what can't be read beside it only costs the mirror a fresh read.</summary>
    public async Task<ActionResult> ResultAsync(AsanaProject project, string? note, CancellationToken cancellationToken)
    {
        var whole = project is { ModifiedAt: not null, Notes: not null, Name: not null };
        var state = whole ? await RecordAsync(project, cancellationToken) : default;
        return new ActionResult(project.Gid!, AsanaMapper.UrlOf(project.Gid!, project.PermalinkUrl))
        {
            Note = note,
            State = whole && state.Failure is null ? state.Value : null,
        };
    }

    private async Task<Outcome<StreamPage>> PageAsync(string stream, bool? archived, string? offset, CancellationToken cancellationToken)
    {
        if (stream != "projects") return NoSuch(stream);
        var began = context.Clock.GetUtcNow();
        if (string.IsNullOrEmpty(offset)) offset = null;
        var answer = await client.ProjectsAsync(archived, offset, Fields, cancellationToken);
        if (!answer.Succeeded(out var page, out var failure))
        {
            // An offset that has expired is refused with a 400: the listing starts anew.
            return offset is not null && failure is { Status: 400 }
                ? new StreamPage { ReadBegan = began, Next = new Cursor(""), More = false, Expired = true }
                : failure;
        }

        var records = new List<SourceRecord>();
        foreach (var project in page.Data ?? [])
        {
            if (project is not { Gid.Length: > 0 }) continue;
            if (!(await RecordAsync(project, cancellationToken)).Succeeded(out var record, out failure)) return failure;
            records.Add(record);
        }

        var next = page.NextPage?.Offset;
        var more = !string.IsNullOrEmpty(next) && next != offset;
        return new StreamPage
        {
            ReadBegan = began,
            Records = records,
            Whole = archived is false ? rounds.Note(offset, more ? next : null, records.Select(record => record.Id)) : null,
            Next = new Cursor(more ? next! : ""),
            More = more,
        };
    }

    private static Failure Malformed() => new(FailureKind.Malformed, "Asana answered without the project that was asked for.");

    private static Failure NoSuch(string what) => new(FailureKind.Rejected, $"Asana has no stream of {what} here.");
}
