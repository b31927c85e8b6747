using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.Observing;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>Something that happened in an engagement, in whichever tool.</summary>
/// <param name="Where">The tool's name, or the rule's.</param>
/// <param name="Link">A page of ours about it.</param>
public sealed record TimelineItem(DateTimeOffset At, string Where, string What, string? Link);

/// <summary>One condition of a rule for one subject: what it looked at, and where that came from.</summary>
/// <param name="Holds">True, false, or null where it isn't clear.</param>
/// <param name="Source">The record that the value came from: <c>deal in crm</c>.</param>
public sealed record Checked(bool? Holds, string Text, string? Source, string? Link);

/// <summary>Why a rule has fired, or not, for one engagement.</summary>
public sealed record WhyRule(HandoffRule Rule, string About, Handoff? Handoff, IReadOnlyList<Checked> Conditions);

/// <summary>One piece of work for the client.</summary>
/// <param name="Ball">Who has to act next.</param>
/// <param name="Next">What they have to do.</param>
public sealed record EngagementCard(
    Engagement Engagement, string Title, Stage Stage, string StageReason, string Ball, string Next,
    IReadOnlyList<Handoff> Handoffs, IReadOnlyList<TimelineItem> Timeline, IReadOnlyList<WhyRule> Why);

/// <summary>How fresh what we know from one tool is.</summary>
/// <param name="At">When its streams were last polled with success, UTC; null: never.</param>
public sealed record Freshness(string Tool, string Product, DateTimeOffset? At);

/// <summary>The page of one client.</summary>
public sealed record ClientView
{
    private const int MostEngagements = 20;

    public required MirrorRow Client { get; init; }

    public required IReadOnlyList<Record> Contacts { get; init; }

    public required IReadOnlyList<EngagementCard> Engagements { get; init; }

    public required IReadOnlyList<Freshness> Sources { get; init; }

    /// <summary>What is invoiced and not paid, one amount for each currency.</summary>
    public required IReadOnlyList<Money> Outstanding { get; init; }

    public string Name => Client.Record.Text("name") ?? Client.Record.Text("email") ?? Client.Record.Ref.Id;

    /// <summary>Reads a client's page; null where no such record is known.</summary>
    public static ClientView? Read(IReadView view, Workspace workspace, EngagementReader engagements, Show show, RecordRef asked)
    {
        var reference = Resolve(view, asked);
        if (view.FindRecord(reference) is not { } row) return null;
        var cards = view.RecordsReferring(reference, RecordKind.Deal).OrderByDescending(d => d.ChangedAt).Take(MostEngagements)
            .Select(d => engagements.Read(view, d.Record.Ref)).OfType<Engagement>().Select(e => Card(view, workspace, show, e)).ToList();
        var invoices = cards.SelectMany(c => c.Engagement.Invoices.Concat(c.Engagement.LooseInvoices)).DistinctBy(i => i.Ref).Where(i => !i.Gone);
        return new ClientView
        {
            Client = row,
            Engagements = cards,
            Contacts = [.. cards.SelectMany(c => c.Engagement.Contacts).Where(c => !c.Gone).Select(c => c.Record).DistinctBy(c => c.Ref)],
            Sources =
            [
                .. workspace.Tools.Select(t => new Freshness(t.Name, t.Manifest.Name,
                    t.Manifest.Streams.Select(s => view.FindStream(t.Name, s.Name)).Select(s => s.PolledAt ?? s.ListedAt).Min())),
            ],
            Outstanding =
            [
                .. invoices.Where(i => i.Record.Text("status") == "open").Select(i => i.Record.Amount("remaining") ?? i.Record.Amount("total")).OfType<Money>()
                    .GroupBy(m => m.Currency).Select(g => g.Aggregate((a, b) => a + b)),
            ],
        };
    }

    /// <summary>Engagements, each with its client where that is known.</summary>
    public static IReadOnlyList<(EngagementRow Row, RecordRef? Client)> WithClients(IReadView view, IReadOnlyList<EngagementRow> rows) =>
        [.. rows.Select(row => (row, view.FindRecord(row.Root)?.Record is { } deal ? deal.Refs("client").Concat(deal.Refs("contact")).Select(c => (RecordRef?)c).FirstOrDefault() : null))];

    /// <summary>The client behind a record: who a customer or a contact is in the CRM.</summary>
    public static RecordRef Resolve(IReadView view, RecordRef reference)
    {
        if (view.LinksTo(reference).FirstOrDefault(l => l.Role == LinkRole.Customer) is { } link) return link.From;
        if (reference.Kind != RecordKind.Contact) return reference;
        return view.RecordsReferring(reference, RecordKind.Deal).SelectMany(d => d.Record.Refs("client")).Select(r => (RecordRef?)r).FirstOrDefault() ?? reference;
    }

    private static EngagementCard Card(IReadView view, Workspace workspace, Show show, Engagement engagement)
    {
        var (stage, reason) = LifecycleStage.Of(engagement);
        var handoffs = new[] { engagement.Root }.Concat(engagement.Projects.Select(p => p.Ref)).Distinct()
            .SelectMany(view.HandoffsAbout).DistinctBy(h => h.Id).OrderByDescending(h => h.PlannedAt).ToList();
        var (ball, next) = Next(workspace, NeedsView.HeldRules(view, workspace), engagement, stage, handoffs);
        var title = engagement.Deal?.Record.Text("name") ?? engagement.Projects.Select(p => p.Record.Text("name")).FirstOrDefault() ?? engagement.Root.Id;
        return new EngagementCard(engagement, title, stage, reason, ball, next, handoffs, Timeline(view, workspace, show, engagement, handoffs), Why(workspace, show, engagement, handoffs));
    }

    private static (string Ball, string Next) Next(Workspace workspace, IReadOnlySet<string> heldRules, Engagement engagement, Stage stage, IReadOnlyList<Handoff> handoffs)
    {
        if (handoffs.FirstOrDefault(h => h.State == HandoffState.Dead || h is { State: HandoffState.Waiting, Hold: not (Hold.Facts or Hold.None) } || h.Flag is not null) is { } needs)
            return ("you", $"{needs.Title ?? needs.Key.Rule}: {needs.Flag ?? needs.Reason}");
        var deal = engagement.Deal?.Record;
        var manager = deal?.Text("owner") ?? "the account manager";
        if (handoffs.Where(h => h is { State: HandoffState.Waiting, Hold: Hold.Facts }).OrderBy(h => heldRules.Contains(h.Key.Rule)).FirstOrDefault() is { } waiting)
            return (heldRules.Contains(waiting.Key.Rule) ? "you" : manager, waiting.Reason);
        var invoices = engagement.Invoices.Where(i => !i.Gone).Select(i => i.Record).ToList();
        return stage switch
        {
            Stage.Intake => (manager, "bring the deal to its proposal"),
            Stage.Proposal => (manager, "win or lose the deal"),
            Stage.Onboarding => handoffs.FirstOrDefault(h => workspace.RuleOf(h)?.Create is ProjectBlueprint)?.State switch
            {
                HandoffState.Baseline => ("you", "make the project, if there is to be one: the deal was won before the rule was armed, so none is made by itself"),
                HandoffState.Skipped => ("you", "make the project, if there is to be one: its handoff was skipped"),
                _ => ("ClientFlow.Sync", "make the project, as soon as a rule calls for it"),
            },
            Stage.Delivery when engagement.Projects.FirstOrDefault(p => !p.Gone && p.Record.Text("status") == "open")?.Record is { } project =>
                (project.Text("owner") ?? "the project lead", $"finish {project.Text("name")}{(project.Day("endsOn") is { } ends ? $" by {ends:yyyy-MM-dd}" : "")}"),
            Stage.Billing when invoices.FirstOrDefault(i => i.Text("status") == "draft") is { } draft => ("you", $"check and send the draft invoice {draft.Text("number") ?? draft.Text("text")}"),
            Stage.Billing when invoices.FirstOrDefault(i => i.Text("status") == "open") is { } open =>
                ("the client", $"pay invoice {open.Text("number")}{(open.Day("dueOn") is { } due ? $" by {due:yyyy-MM-dd}" : "")}"),
            Stage.Billing => ("you", "invoice the work"),
            Stage.Delivery => ("the project lead", "finish the project"),
            Stage.Offboarding => ("nobody", "everything is settled"),
        };
    }

    private static List<TimelineItem> Timeline(IReadView view, Workspace workspace, Show show, Engagement engagement, IReadOnlyList<Handoff> handoffs)
    {
        KnownRecord?[] some = [engagement.Deal, .. engagement.Projects, .. engagement.Invoices, .. engagement.Reminders];
        var items = new List<TimelineItem>();
        foreach (var record in some.OfType<KnownRecord>())
        {
            var name = $"{Names.Of(record.Ref.Kind)} {record.Record.Text("name") ?? record.Record.Text("title") ?? record.Record.Text("number") ?? record.Ref.Id}";
            var where = workspace.ToolOf(record.Ref)?.Name ?? record.Ref.Connector;
            if (view.FindRecord(record.Ref) is { } row) items.Add(new TimelineItem(record.Record.Moment("createdAt") ?? row.FirstSeen, where, $"{name} was made", null));

            // Addresses and our own marks say nothing to people.
            items.AddRange(view.ChangesOf(record.Ref, 20).Where(c => !c.Change.First)
                .Select(c => (c.ObservedAt, Fields: c.Change.Fields.Where(f => f.Field is not ("url" or "projectUrl" or "dealUrl" or "key")).Take(4).ToList()))
                .Where(c => c.Fields.Count > 0)
                .Select(c => new TimelineItem(c.ObservedAt, where, $"{name}: {string.Join(", ", c.Fields.Select(f => $"{f.Field} {show.Value(f.Before)} → {show.Value(f.After)}"))}", null)));
        }

        items.AddRange(handoffs.Select(h => new TimelineItem(h.DoneAt ?? h.ReadyAt ?? h.PlannedAt, workspace.RuleName(h),
            $"{h.Title ?? some.FirstOrDefault(r => r?.Ref == h.Key.Subject)?.Record.Text("name") ?? "handoff"}: {Standing(h)}", $"/handoffs/{h.Id}")));
        return [.. items.OrderByDescending(i => i.At).Take(60)];
    }

    private static string Standing(Handoff handoff) => handoff.State switch
    {
        HandoffState.Done => "done",
        HandoffState.Baseline => $"left alone, {handoff.Reason}",
        var state => $"{state.ToString().ToLowerInvariant()}, {handoff.Reason}",
    };

    private static List<WhyRule> Why(Workspace workspace, Show show, Engagement engagement, IReadOnlyList<Handoff> handoffs)
    {
        var context = new PlanContext { Business = workspace.Config.Business, Now = show.Now, ObservedAt = show.Now, ConfigHash = workspace.Config.Hash };
        var rules = new List<WhyRule>();
        foreach (var rule in workspace.Config.Rules)
        {
            var subjects = engagement.Subjects(rule.Subject).ToList();
            if (subjects.Count == 0) rules.Add(new WhyRule(rule, "", null, [new Checked(false, $"there is no {Names.Of(rule.Subject)} yet", null, null)]));
            foreach (var subject in subjects)
            {
                var checks = Planner.Applies(rule, engagement, subject, context).Reasons
                    .Select(r => new Checked(r.Unclear ? null : r.Holds, r.Text, SourceOf(r.Source), PageOf(r.Source))).ToList();
                checks.AddRange(rule.Require.Select(path => (Path: path, Found: engagement.Find(path, subject.Ref))).Select(f => new Checked(
                    f.Found.Ambiguous ? null : f.Found.Value is not null, f.Found.Value is { } value ? $"{f.Path} is {value.Show()}" : f.Found.Why ?? $"{f.Path} has no value",
                    SourceOf(f.Found.Source), PageOf(f.Found.Source))));
                if (rule.Approve) checks.Add(new Checked(handoffs.Any(h => Is(h) && h.ApprovedBy is not null), "a person says yes", null, null));
                rules.Add(new WhyRule(rule, subject.Record.Text("name") ?? subject.Ref.Id, handoffs.FirstOrDefault(Is), checks));
                bool Is(Handoff handoff) => handoff.Key.Rule == rule.Identity && handoff.Key.Subject == subject.Ref;
            }
        }

        return rules;

        string? SourceOf(RecordRef? source) => source is { } s ? $"{Names.Of(s.Kind)} in {workspace.ToolOf(s)?.Name ?? s.Connector}" : null;
        string? PageOf(RecordRef? source) => source is not { } s ? null
            : Dashboard.Show.Web(new[] { engagement.Deal, engagement.Client }.Concat(engagement.Contacts).Concat(engagement.Projects).FirstOrDefault(r => r?.Ref == s)?.Record.Text("url"));
    }
}
