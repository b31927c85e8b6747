using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;

namespace ClientFlow.Sync.Worker.Commands;

/// <summary>Tells on the console what the demo's worker does: one line for each handoff that is done, and in full mode the journal besides.</summary>
internal sealed class DemoStory(Workspace workspace, IReadOnlyList<string> wanted, bool brief)
{
    private readonly HashSet<string> told = [];
    private readonly HashSet<string> rules = [];
    private long after;

    /// <summary>The rules of which no handoff was done yet.</summary>
    public IReadOnlyList<string> Missing => [.. wanted.Except(rules)];

    public async Task TellAsync(TextWriter output, CancellationToken cancellationToken)
    {
        var (entries, done) = await workspace.Store.ReadAsync(view => (
            view.Journal(new JournalQuery { After = after, AtLeast = JournalLevel.Information, Max = 200 }),
            view.HandoffsIn([HandoffState.Done], 100)
                .Select(h => (Handoff: h, Made: view.ActionsOf(h.Id).FirstOrDefault(a => a.Result?.Url is not null && a.Order.Name.Split('@')[0] is "project" or "invoice" or "reminder")?.Result,
                    From: view.FindRecord(h.Key.Subject)?.Record)).ToList()), cancellationToken);
        foreach (var entry in entries)
        {
            after = Math.Max(after, entry.Id);
            if (!brief && !entry.Event.StartsWith("handoff.made.", StringComparison.Ordinal))
                await output.WriteLineAsync($"{entry.At.ToLocalTime():HH:mm:ss}  {entry.Message}");
        }

        foreach (var (handoff, made, from) in done.OrderBy(d => d.Handoff.DoneAt))
        {
            var rule = workspace.Config.Rules.FirstOrDefault(r => r.Identity == handoff.Key.Rule)?.Name ?? handoff.Key.Rule;
            if (!told.Add(handoff.Id + handoff.DoneAt) || (brief && rules.Contains(rule))) continue;
            rules.Add(rule);
            var source = $"{Names.Of(handoff.Key.Subject.Kind)} {from?.Text("name") ?? handoff.Key.Subject.Id} ({handoff.Key.Subject.Connector} {handoff.Key.Subject.Id})";
            var took = (handoff.DoneAt - handoff.ObservedAt)?.TotalSeconds ?? 0;
            await output.WriteLineAsync($"{(brief ? "" : $"{handoff.DoneAt?.ToLocalTime():HH:mm:ss}  ")}{rule}: {source} -> {handoff.Title} ({made?.Url ?? made?.Id}) in {took:0.0} s");
        }
    }

    /// <summary>What stands in the way, for a demo that didn't come to its end.</summary>
    public async Task<string> WhyAsync()
    {
        var stuck = await workspace.Store.ReadAsync(static view => view.HandoffsIn([HandoffState.Dead, HandoffState.Waiting, HandoffState.Sending, HandoffState.Ready], 5), CancellationToken.None);
        var reasons = stuck.Select(h => $"{h.Title ?? h.Key.Rule}: {h.Reason}")
            .Concat(workspace.Tools.Select(t => t.Health.State.Message).OfType<string>()).ToList();
        return reasons.Count == 0 ? "nothing called for it" : string.Join("; ", reasons);
    }
}
