using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Observing;

namespace ClientFlow.Sync.Engine.People;

/// <summary>A person's pause of a rule or of a tool, and its end. Everything is attributed in the journal.</summary>
public sealed class Pausing(Workspace workspace, PlanWriter plans)
{
    private const int AtOnce = 100;

    /// <summary>Nothing that the rule calls for, or that the tool is to be told, goes out until it is resumed; a call under way is waited for, and one in doubt looked up.</summary>
    public Task<(bool Done, string Message)> PauseAsync(PauseOf of, string name, Person who, CancellationToken cancellationToken) =>
        HoldAsync(of, name, who, paused: true, cancellationToken);

    /// <summary>A paused rule or tool goes on.</summary>
    public Task<(bool Done, string Message)> ResumeAsync(PauseOf of, string name, Person who, CancellationToken cancellationToken) =>
        HoldAsync(of, name, who, paused: false, cancellationToken);

    private async Task<(bool Done, string Message)> HoldAsync(PauseOf of, string name, Person who, bool paused, CancellationToken cancellationToken)
    {
        if (Powers.Settings(who.Role) is { } refusal) return (false, refusal);
        var rule = of == PauseOf.Rule ? workspace.Config.Rules.FirstOrDefault(r => r.Name == name || r.Identity == name) : null;
        if (of == PauseOf.Rule ? rule is null : workspace.Find(name) is null) return (false, $"there is no {of.ToString().ToLowerInvariant()} `{name}` in the mapping file");
        var key = rule?.Identity ?? name;
        var roots = await workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
        {
            if (unit.Pauses().Any(p => p.Of == of && p.Name == key) == paused) return null;
            var now = workspace.Clock.GetUtcNow();
            if (paused) unit.SavePause(new Pause(of, key, who.Name, now));
            else unit.RemovePause(of, key);
            var entry = new JournalEntry
            {
                At = now, Level = JournalLevel.Information, Event = "people.rule.resumed", Rule = rule?.Name, Tool = rule is null ? name : null,
                Message = paused
                    ? rule is null ? $"{who} paused writing to {name}: what needs it waits" : $"{who} paused {rule.Name}: what it calls for waits"
                    : $"{who} resumed {rule?.Name ?? name}",
            };
            unit.Write((of, paused) switch
            {
                (PauseOf.Rule, true) => entry with { Event = "people.rule.paused" },
                (PauseOf.Rule, false) => entry,
                (PauseOf.Tool, true) => entry with { Event = "people.tool.paused" },
                (PauseOf.Tool, false) => entry with { Event = "people.tool.resumed" },
            });
            return rule is null ? [] : unit.HandoffsIn([HandoffState.Waiting, HandoffState.Ready], int.MaxValue)
                .Where(h => h.Key.Rule == key).Select(h => h.Engagement).Distinct().ToList();
        }, cancellationToken);
        if (roots is null) return (false, $"{name} is {(paused ? "paused already" : "not paused")}");

        // Decided anew, each with the pause or without it.
        foreach (var some in roots.Chunk(AtOnce))
        {
            await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
            {
                foreach (var root in some) plans.Plan(unit, root, workspace.Clock.GetUtcNow());
            }, cancellationToken);
        }

        if (rule?.Create is ReminderBlueprint && !paused) await FollowAsync(rule, cancellationToken);
        workspace.Readied.Set();
        workspace.Looked.Set();
        return (true, paused ? $"{name} is paused" : $"{name} goes on");
    }

    // Dates may have moved meanwhile: the reminders that stand follow them now.
    private async Task FollowAsync(HandoffRule rule, CancellationToken cancellationToken)
    {
        var accounts = workspace.Tools.Where(t => t.Account is not null && t.Manifest.Streams.Any(s => s.Kind == rule.Subject))
            .Select(t => (t.Config.Connector, Account: t.Account!)).Distinct();
        foreach (var (connector, account) in accounts)
        {
            for (RecordRef? after = null; ;)
            {
                var from = after;
                after = await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
                {
                    var rows = unit.RecordsOfKind(connector, account, rule.Subject, from, AtOnce);
                    var roots = rows.SelectMany(r => unit.HandoffsAbout(r.Record.Ref)).Where(h => h.Key.Rule == rule.Identity && h.State == HandoffState.Done)
                        .Select(h => h.Engagement).Distinct().ToList();
                    foreach (var root in roots) plans.Plan(unit, root, workspace.Clock.GetUtcNow());
                    return rows.Count == 0 ? (RecordRef?)null : rows[^1].Record.Ref;
                }, cancellationToken);
                if (after is null) break;
            }
        }
    }
}
