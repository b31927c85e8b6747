using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Engine;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>Finds the page, for people, of what a handoff made.</summary>
/// <param name="fallback">Asked where the tool told no page.</param>
public sealed class PageLinks(Func<RecordRef, string?> fallback)
{
    /// <summary>The page of the last project, invoice or reminder among a handoff's writes; null where nobody knows one.</summary>
    public string? Of(Workspace workspace, IEnumerable<HandoffAction> actions)
    {
        var made = actions.LastOrDefault(a => a.Result is not null && a.Order.Content is ProjectContent or ProjectSetUpContent or InvoiceContent or ReminderContent);
        if (made?.Result is not { } result) return null;
        if (result.Url is { } url) return url;
        var kind = made.Order.Content switch
        {
            ProjectContent or ProjectSetUpContent => RecordKind.Project,
            InvoiceContent => RecordKind.Invoice,
            _ => RecordKind.Reminder,
        };
        return workspace.Find(made.Order.Tool) is { Account: not null } tool ? fallback(tool.Ref(kind, result.Id)) : null;
    }
}
