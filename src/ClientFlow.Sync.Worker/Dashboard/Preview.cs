using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.Observing;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>Says in a few words what a waiting handoff would make, as the facts are now.</summary>
public sealed class Preview(IReadView view, Workspace workspace, EngagementReader engagements, Show show)
{
    /// <summary>What it would make: <c>the reminder “Renewal: Acme” for …</c>. Null where it doesn't wait, lacks a fact, or waits for a choice that isn't a yes.</summary>
    public string? Of(Handoff handoff)
    {
        if (handoff.State != HandoffState.Waiting || workspace.RuleOf(handoff) is not { } rule) return null;
        if (engagements.Read(view, handoff.Engagement) is not { } engagement || engagement.Subjects(rule.Subject).All(s => s.Ref != handoff.Key.Subject)) return null;
        var contents = new ContentWriter(engagement, handoff.Key.Subject, workspace.Config.Business, show.Now).Write(rule.Create, approved: true, handoff.Generation);
        var writes = contents.Writes.Select(w => Edits.Apply(w.Name, w.Content, handoff.Edits)).ToList();
        return writes.Select(w => w.NewProject()).FirstOrDefault(p => p is not null) is { } project ? Words(project, writes)
            : writes.OfType<InvoiceContent>().FirstOrDefault() is { } invoice ? Words(invoice, contents.AtStake, engagement, writes)
            : writes.OfType<ReminderContent>().FirstOrDefault() is { } reminder ? Words(reminder)
            : null;
    }

    /// <summary>The same need, with what a yes would make.</summary>
    public Need With(Need need) => need.Handoff is { } handoff ? need with { Makes = Of(handoff) } : need;

    private static string Words(ProjectContent project, List<ActionContent> writes)
    {
        var tasks = writes.OfType<TaskContent>().Count();
        return $"the project “{project.Name}”{(tasks > 0 ? $" with {Show.Count(tasks, "checklist task", "checklist tasks")}" : "")}" +
            $"{(project.EndsOn is { } ends ? $", ending on {ends.ToString("d MMM yyyy", CultureInfo.InvariantCulture)}" : "")}{(project.Owner is { } owner ? $", led by {owner}" : "")}";
    }

    private static string Words(InvoiceContent invoice, Money? total, Engagement engagement, List<ActionContent> writes)
    {
        var customer = writes.OfType<CustomerContent>().FirstOrDefault() is { } made ? $"{made.Name}, a new customer,"
            : engagement.Customer?.Record.Text("name") ?? engagement.ClientName ?? invoice.CustomerId;
        var lines = writes.OfType<InvoiceLineContent>().Select(l => $"{l.Text} {l.Amount}");
        return $"an invoice to {customer} over {total} ({string.Join(", ", lines)}), due in {Show.Count(invoice.DueInDays, "day", "days")}";
    }

    private string Words(ReminderContent reminder) =>
        $"the reminder “{reminder.Title}”{(reminder.For is { } person ? $" for {person}" : "")} on {show.Appointment(reminder.At)}";
}
