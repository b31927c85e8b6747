using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Observing;

namespace ClientFlow.Sync.Engine.Dispatch;

/// <summary>Takes a confirmed result in: action, handoff, mirror, link and journal in one transaction.</summary>
public sealed class Completion(Workspace workspace, Observer observer, PlanWriter plans)
{
    /// <summary>A write is confirmed, or what it wants was found to be so.</summary>
    /// <param name="began">When the call or look-up began, UTC.</param>
    public async Task DoneAsync(Tool tool, HandoffAction action, ActionResult result, DateTimeOffset began, CancellationToken cancellationToken)
    {
        var trace = EngineTrace.Here;
        var planned = await workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
        {
            // Two that found the same (a look-up and a late answer) finish it once. One that was found to be so before anything was
            // sent may have been withdrawn or rewritten meanwhile: then it is not what is wanted any more.
            if (unit.ActionsOf(action.Handoff).FirstOrDefault(a => a.Position == action.Position) is not { State: not ActionState.Done } row) return Planned.Nothing;
            if (row.State == ActionState.Withdrawn || row.Order != action.Order) return Planned.Nothing;
            if (result.Adopted && row.Order.Content.NewProject() is not null)
            {
                // Two deals of one client may have found the same project at once: it is the first one's, and the second looks again.
                if (unit.LinksTo(tool.Ref(RecordKind.Project, result.Id)).Any(l => l.Role == LinkRole.Project && unit.FindRecord(l.From) is not { Gone: true }))
                {
                    unit.SaveAction(row with { NextAt = workspace.Clock.GetUtcNow() });
                    return Planned.Readied;
                }

                // Adopting adds no checklist.
                foreach (var later in unit.ActionsOf(action.Handoff).Where(a => a.State == ActionState.Pending && a.Order.Content is SectionContent or TaskContent))
                    unit.SaveAction(later with { State = ActionState.Withdrawn });

                // Nothing is asked of a template for what is there already.
                if (row.Order.Content is TemplateContent)
                {
                    unit.SaveAction(row with { State = ActionState.Withdrawn, Failure = null });
                    row = action = unit.ActionsOf(action.Handoff).First(a => a.Order.Content.MakesProject());
                }
            }

            unit.SaveAction(row with { State = ActionState.Done, Result = result, Failure = null, Owner = null, SendBy = null, DoneAt = workspace.Clock.GetUtcNow() });
            TakeIn(unit, tool, action, result, began);
            return Advance(unit, tool, action, result, trace);
        }, cancellationToken);
        workspace.Wake(planned);
    }

    /// <summary>A project that a person made is taken for the one that was wanted: it is linked, and gets no checklist.</summary>
    public Task AdoptAsync(Tool tool, HandoffAction action, Record project, string because, CancellationToken cancellationToken) =>
        DoneAsync(tool, action,
            new ActionResult(project.Ref.Id, project.Text("url")) { Adopted = true, Note = $"a project made by hand was adopted: {because}" },
            workspace.Clock.GetUtcNow(), cancellationToken);

    private void TakeIn(IUnitOfWork unit, Tool tool, HandoffAction action, ActionResult result, DateTimeOffset began)
    {
        var now = workspace.Clock.GetUtcNow();
        if (result.State is { } state)
        {
            observer.Take(unit, tool, state, began, Source.OwnWrite, null, result.Adopted ? null : now);

            // From here on whatever was read before this moment is older than what we know. An adopted record was not written.
            if (!result.Adopted && unit.FindRecord(tool.Ref(state.Kind, state.Id)) is { } row && row.LastWrite != now) unit.SaveRecord(row with { LastWrite = now });
        }

        if (unit.FindHandoff(action.Handoff) is not { } handoff) return;
        RecordLink? link = action.Order.Content switch
        {
            ProjectContent or ProjectSetUpContent => Link(handoff.Engagement, RecordKind.Project, LinkRole.Project),
            InvoiceContent => Link(handoff.Key.Subject, RecordKind.Invoice, LinkRole.Invoice),
            ReminderContent => Link(handoff.Key.Subject, RecordKind.Reminder, LinkRole.Reminder),
            CustomerContent customer => Link(RecordRef.Parse(customer.ClientKey), RecordKind.Client, LinkRole.Customer),
            _ => null,
        };
        if (link is not null) unit.AddLink(link);

        // A project that stood for itself until it was adopted is its deal's from here on.
        if (link is { Role: LinkRole.Project } adopted)
        {
            unit.SetLook(adopted.To, null);
            unit.RemoveEngagement(adopted.To);
        }

        RecordLink Link(RecordRef from, RecordKind made, LinkRole role) => new(from, tool.Ref(made, result.Id), role, handoff.Id, now);
    }

    private Planned Advance(IUnitOfWork unit, Tool tool, HandoffAction action, ActionResult result, string? trace)
    {
        var now = workspace.Clock.GetUtcNow();
        var handoff = unit.FindHandoff(action.Handoff)!;
        unit.Write(Entry(handoff, tool, JournalLevel.Detail, "dispatch.action.confirmed",
            $"{action.Order.Content.Kind} of {handoff.Title ?? handoff.Id} is confirmed{(result.Note is { } note ? $": {note}" : "")}", result, now));

        var actions = unit.ActionsOf(action.Handoff);
        if (actions.Any(a => a.State is not (ActionState.Done or ActionState.Withdrawn)))
        {
            if (handoff.State == HandoffState.Ready) unit.SaveHandoff(handoff with { State = HandoffState.Sending });
            Strays.Settle(workspace, unit, handoff.Id);
            return Planned.Readied;
        }

        var last = actions.Last(a => a.State == ActionState.Done);
        var taken = last.Order.Content is ReminderCancelContent;
        handoff = handoff with { State = taken ? HandoffState.Withdrawn : HandoffState.Done, DoneAt = now, NextLook = null };
        unit.SaveHandoff(handoff);
        EngineMeter.Came(unit, workspace.RuleName(handoff), handoff.State);
        var first = actions.FirstOrDefault(a => a.Result is not null && a.Order.Content is ProjectContent or ProjectSetUpContent or InvoiceContent or ReminderContent);
        var made = first?.Result ?? result;
        unit.Write(Entry(handoff, tool, JournalLevel.Information, taken ? "handoff.made.cancelled" : made.Adopted ? "handoff.made.adopted" : "handoff.made.done",
            Sentence(handoff, last, made, taken), made, now));

        // Facts may have changed while it was being sent: what follows from them was left alone until now.
        return plans.Plan(unit, handoff.Engagement, now, trace);
    }

    private static string Sentence(Handoff handoff, HandoffAction last, ActionResult made, bool taken)
    {
        var took = (handoff.DoneAt - handoff.ObservedAt)?.TotalSeconds;
        var verb = taken ? "taken out of the calendar" : last.Order.Content is ReminderMoveContent ? "moved" : made.Adopted ? "adopted" : "made";
        return $"{handoff.Title ?? handoff.Id} was {verb} {took:0.0} s after it was called for{(last.Result?.Note is { } note ? $" ({note})" : "")}";
    }

    private JournalEntry Entry(Handoff handoff, Tool tool, JournalLevel level, string name, string message, ActionResult result, DateTimeOffset now) => new()
    {
        At = now, Level = level, Event = name, Message = message, Tool = tool.Name, Handoff = handoff.Id, Record = handoff.Key.Subject,
        Client = handoff.Client, Rule = workspace.RuleName(handoff),
        Data = result.Url,
    };
}
