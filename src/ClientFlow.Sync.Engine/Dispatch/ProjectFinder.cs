using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Observing;

namespace ClientFlow.Sync.Engine.Dispatch;

/// <summary>
/// Knows the projects that nobody linked, as of a moment. Right before a create they are listed afresh; handoffs that became
/// ready together share one listing.
/// </summary>
public sealed class ProjectFinder(Workspace workspace, Streams streams, RecordReader reader) : IDisposable
{
    // As long as handoffs of one moment take to get their turn. What a person makes meanwhile is seen by the next.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim one = new(1);
    private readonly Dictionary<string, DateTimeOffset> listed = new(StringComparer.Ordinal);

    public void Dispose() => one.Dispose();

    /// <summary>The projects without a deal, read from the tool after <paramref name="since"/>.</summary>
    public async Task<Outcome<List<KnownRecord>>> UnlinkedAsync(Tool tool, DateTimeOffset since, CancellationToken cancellationToken)
    {
        if (tool.Manifest.Streams.FirstOrDefault(s => s.Kind == RecordKind.Project) is not { } stream) return new List<KnownRecord>();
        await workspace.Heartbeats.BehindAsync(one.WaitAsync(cancellationToken));
        try
        {
            if (!listed.TryGetValue(tool.Name, out var at) || at <= since || workspace.Clock.GetUtcNow() - at > Fresh)
            {
                var began = workspace.Clock.GetUtcNow();
                if (await streams.PollNowAsync(tool, stream, cancellationToken) is { } failure) return failure;
                listed[tool.Name] = began;
            }
        }
        finally
        {
            one.Release();
        }

        return await workspace.Store.ReadAsync(view => view.ProjectsWithoutDeal(tool.Config.Connector, tool.Account!)
            .Select(r => new KnownRecord(r.Record, r.Gone)).ToList(), cancellationToken);
    }

    /// <summary>
    /// What a deal inherits. A CRM that merges deals may give the result a new id, with the fields of both, and say whom it was merged
    /// from: their project is its own when they are gone. A copy of a deal may say the same; then the other deal is still there.
    /// </summary>
    public async Task<Inheritance> InheritedAsync(Tool tool, Record deal, CancellationToken cancellationToken)
    {
        var page = deal.Text("projectUrl");
        var former = (deal.Text("mergedFrom") ?? "").Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(id => deal.Ref with { Id = id }).ToHashSet();
        if (page is null && former.Count == 0) return Inheritance.None;
        var (named, others) = await workspace.Store.ReadAsync(view =>
        {
            var project = page is null ? null : WithPage(view, tool, page);
            var owners = project is null ? [] : view.LinksTo(project.Ref).Where(l => l.Role == LinkRole.Project && l.From != deal.Ref).Select(l => l.From);
            return (project, owners.Concat(former.Where(f => f != deal.Ref && view.FindRecord(f) is not null)).Distinct().ToList());
        }, cancellationToken);
        foreach (var ofTool in others.GroupBy(workspace.ToolOf).Where(g => g.Key is not null))
        {
            if (ofTool.Key!.LeftAlone(workspace.Clock.GetUtcNow()) is { } alone) return new Inheritance.NotYet(alone);
            var hints = ofTool.Select(other => new RecordHint(other.Kind, other.Id));
            if (await reader.ReadAsync(ofTool.Key!, hints, Source.Read, null, cancellationToken) is { } unread)
                return new Inheritance.NotYet(unread with { Message = $"{ofTool.Key!.Name} does not show the deal that it was merged from: {unread.Message}" });
        }

        return await workspace.Store.ReadAsync(view => Judge(view, others, former, named), cancellationToken);
    }

    private static Inheritance Judge(IReadView view, List<RecordRef> others, HashSet<RecordRef> former, Record? named)
    {
        // One that others own whose deal is still there is theirs.
        var gone = others.Where(other => view.FindRecord(other) is { Gone: true }).ToHashSet();
        var writes = gone.Where(former.Contains).SelectMany(view.HandoffsAbout).SelectMany(h => view.ActionsOf(h.Id))
            .Where(a => a.Order.Content.NewProject() is not null || a.Order.Content.MakesProject()).ToList();

        // What is under way for a deal that went is waited for: it may be there, or will be.
        if (writes.Any(a => a.State is ActionState.Sending or ActionState.Uncertain || IsBeingMade(a, writes))) return Inheritance.Later;
        if (writes.Any(a => a is { State: ActionState.Dead, Failure.Reason: Attempt.LookUpRefused } or { State: ActionState.Dead, Order.Content: ProjectSetUpContent }))
            return new Inheritance.Ask("it was merged from a deal whose project may or may not have been made: look by hand, then mark this done, or approve to have a new one made");

        var projects = gone.SelectMany(view.LinksFrom).Where(l => l.Role == LinkRole.Project).Select(l => l.To).Distinct()
            .Where(p => view.LinksTo(p).All(l => l.Role != LinkRole.Project || gone.Contains(l.From)))
            .Select(view.FindRecord).OfType<MirrorRow>().Where(p => !p.Gone).Select(p => p.Record).ToList();
        if (projects.Find(p => p.Ref == named?.Ref) is { } carried) return new Inheritance.One(carried);
        return projects switch
        {
            [] => Inheritance.None,
            [var one] => new Inheritance.One(one),
            _ => new Inheritance.Ask("it was merged from deals that have a project each: " +
                string.Join(", ", projects.Select(p => $"{p.Text("name")} ({p.Text("url") ?? p.Ref.Id})")) +
                ". Write the right one's address onto the deal and retry, or approve to have a new one made"),
        };
    }

    // A job that was asked for goes on, whatever became of the deal.
    private static bool IsBeingMade(HandoffAction action, List<HandoffAction> writes) =>
        action is { State: ActionState.Pending, Order.Content: ProjectSetUpContent } &&
        writes.Any(a => a.Handoff == action.Handoff && a is { State: ActionState.Done, Order.Content: TemplateContent });

    private static Record? WithPage(IReadView view, Tool tool, string page)
    {
        RecordRef? after = null;
        while (view.RecordsOfKind(tool.Config.Connector, tool.Account!, RecordKind.Project, after, 500) is { Count: > 0 } rows)
        {
            if (rows.FirstOrDefault(r => !r.Gone && r.Record.Text("url") == page) is { } found) return found.Record;
            after = rows[^1].Record.Ref;
        }

        return null;
    }
}

/// <summary>What a deal has from those that were merged into it.</summary>
public abstract record Inheritance
{
    private Inheritance()
    {
    }

    public static Inheritance None { get; } = new Nothing();

    public static Inheritance Later { get; } = new NotYet(null);

    public sealed record Nothing : Inheritance;

    /// <summary>It can't be told yet.</summary>
    /// <param name="Unread">What could not be read for it; null where it waits for work under way.</param>
    public sealed record NotYet(Failure? Unread) : Inheritance;

    /// <summary>This project is its own.</summary>
    public sealed record One(Record Project) : Inheritance;

    /// <summary>Only a person can say.</summary>
    public sealed record Ask(string Question) : Inheritance;
}
