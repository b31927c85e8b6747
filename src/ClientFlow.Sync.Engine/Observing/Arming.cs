using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>
/// Arms rules. Years of history must not fire: once every stream that a rule reads was read in full, one resumable pass writes
/// a baseline row for each subject for which the rule holds already. Whatever has no row fires from then on.
/// </summary>
public sealed class Arming(Workspace workspace, PlanWriter plans)
{
    private const int AtOnce = 100;

    /// <summary>Takes up what an earlier life left: rules that were armed, and rules that are no longer in the file.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var states = await workspace.Store.ReadAsync(view => view.Rules(), cancellationToken);
        foreach (var rule in workspace.Config.Rules)
            if (states.FirstOrDefault(s => s.Identity == rule.Identity) is { ArmedAt: not null } state && state.ArmingHash == rule.ArmingHash)
                workspace.Arm(rule);

        workspace.PassUnderWay = HalfWay(states);
        var removed = states.Where(s => workspace.Config.Rules.All(r => r.Identity != s.Identity)).ToList();
        if (removed.Count > 0) await workspace.Store.WriteAsync(WritePriority.Bulk, unit => Retire(unit, removed), cancellationToken);

        // What waits was decided by the file as it was then. A rule that is armed decides it by the file as it is.
        var before = await UnsentAsync(h => h.ConfigHash != workspace.Config.Hash, cancellationToken);
        foreach (var some in before.Chunk(AtOnce)) await DecideAnewAsync(some, cancellationToken);
    }

    /// <summary>Arms what can be armed, as streams are read in full, until every rule is.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!workspace.AllArmed)
        {
            foreach (var rule in workspace.Config.Rules.Except(workspace.ArmedRules).ToList())
            {
                if (await workspace.Store.ReadAsync(view => Unlisted(view, rule), cancellationToken)) continue;
                await ArmAsync(rule, cancellationToken);
            }

            if (!workspace.AllArmed)
                await workspace.Heartbeats.SleepAsync(workspace.Listed, workspace.Clock.GetUtcNow() + TimeSpan.FromSeconds(5), cancellationToken);
        }
    }

    // One that meets a bug must not keep the worker from starting: it is looked at like any other, and whoever looks tells of it.
    private async Task DecideAnewAsync(RecordRef[] roots, CancellationToken cancellationToken)
    {
        try
        {
            await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
            {
                foreach (var root in roots) plans.Plan(unit, root, workspace.Clock.GetUtcNow());
            }, cancellationToken);
        }
#pragma warning disable CA1031 // See above.
        catch (Exception e) when (e is not (StoreException or OperationCanceledException))
#pragma warning restore CA1031
        {
            if (roots.Length == 1) await workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.SetLook(roots[0], workspace.Clock.GetUtcNow()), cancellationToken);
            else foreach (var root in roots) await DecideAnewAsync([root], cancellationToken);
        }
    }

    // Every stream that the rule reads from or adopts from, in every tool that offers it. A deal's client is in the deal's own tool:
    // whom the invoicing tool knows is asked by invoices alone.
    private bool Unlisted(IReadView view, HandoffRule rule)
    {
        var kinds = new HashSet<RecordKind> { rule.Subject, RecordKind.Client, RecordKind.Contact, RecordKind.Deal };
        kinds.UnionWith(PathsOf(rule.When).Concat(rule.Require).Select(p => p.Kind));
        if (rule.Create is ProjectBlueprint) kinds.Add(RecordKind.Project);
        if (rule.Create is InvoiceBlueprint) kinds.UnionWith([RecordKind.Invoice, RecordKind.Project]);
        return workspace.Tools.SelectMany(t => t.Manifest.Streams.Where(s => Reads(t, s)).Select(s => (t, s)))
            .Any(x => x.t.Account is null || view.FindStream(x.t.Name, x.s.Name).ListedAt is null);

        bool Reads(Tool tool, StreamManifest stream) => kinds.Contains(stream.Kind) &&
            (stream.Kind is not (RecordKind.Client or RecordKind.Contact) || stream.Kind == rule.Subject || rule.Create is InvoiceBlueprint ||
                tool.Manifest.Streams.Any(s => s.Kind == RecordKind.Deal));
    }

    private static IEnumerable<FactPath> PathsOf(Condition condition) => condition switch
    {
        Condition.All all => all.Of.SelectMany(PathsOf),
        Condition.Any any => any.Of.SelectMany(PathsOf),
        Condition.Not not => PathsOf(not.Of),
        Condition.Fact fact => [fact.Path],
        _ => [],
    };

    private async Task ArmAsync(HandoffRule rule, CancellationToken cancellationToken)
    {
        workspace.PassUnderWay = true;
        var accounts = workspace.Tools.Where(t => t.Manifest.Streams.Any(s => s.Kind == rule.Subject))
            .Select(t => (t.Config.Connector, Account: t.Account!))
            .Distinct()
            .OrderBy(a => $"{a.Connector}:{a.Account}", StringComparer.Ordinal)
            .ToList();
        var state = await workspace.Store.ReadAsync(view => view.FindRule(rule.Identity), cancellationToken);
        if (state?.ArmingHash != rule.ArmingHash) state = new RuleState(rule.Identity, rule.ArmingHash, null, null);

        foreach (var (connector, account) in accounts)
        {
            if (state.PassAfter is { } reached && string.CompareOrdinal($"{reached.Connector}:{reached.Account}", $"{connector}:{account}") > 0) continue;
            while (true)
            {
                var reachedBefore = state;
                var last = await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
                {
                    var after = reachedBefore.PassAfter is { } p && p.Connector == connector && p.Account == account ? p : (RecordRef?)null;
                    var rows = unit.RecordsOfKind(connector, account, rule.Subject, after, AtOnce);
                    foreach (var root in rows.SelectMany(r => EngagementReader.RootsOf(unit, r.Record.Ref)).Distinct().ToList())
                        plans.Baseline(unit, root, rule, workspace.Clock.GetUtcNow());
                    if (rows.Count == 0) return null;
                    var reachedNow = reachedBefore with { PassAfter = rows[^1].Record.Ref };
                    unit.SaveRule(reachedNow);
                    return reachedNow;
                }, cancellationToken);
                if (last is null) break;
                state = last;
            }
        }

        await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
        {
            var now = workspace.Clock.GetUtcNow();
            unit.SaveRule(state with { ArmedAt = now });
            var baseline = unit.CountHandoffs().Where(c => c.Rule == rule.Identity && c.State == HandoffState.Baseline).Sum(c => c.Count);
            unit.Write(new JournalEntry
            {
                At = now, Level = JournalLevel.Information, Event = "rule.baseline.armed", Rule = rule.Name,
                Message = $"{rule.Name} is armed: {(baseline == 0 ? "" : $"{baseline} {Names.Of(rule.Subject)}{(baseline == 1 ? " was so already and fires" : "s were so already and fire")} nothing; ")}from now on each new one fires",
            });
        }, cancellationToken);

        // Handoffs of the rule as it was before are held until here: what they were decided by may no longer be so.
        var before = await UnsentAsync(h => h.Key.Rule == rule.Identity, cancellationToken);
        foreach (var some in before.Chunk(AtOnce))
        {
            await workspace.Store.WriteAsync(WritePriority.Bulk, unit =>
            {
                foreach (var root in some) plans.Plan(unit, root, rule, workspace.Clock.GetUtcNow());
            }, cancellationToken);
        }

        workspace.Arm(rule);
        workspace.PassUnderWay = HalfWay(await workspace.Store.ReadAsync(view => view.Rules(), cancellationToken));
        workspace.Looked.Set();
        workspace.Readied.Set();
    }

    // A pass that has begun and is not complete. A rule whose pass has not begun misses nothing: the pass will find it.
    private bool HalfWay(IReadOnlyList<RuleState> states) =>
        states.Any(s => s.ArmedAt is null && workspace.Config.Rules.Any(r => r.Identity == s.Identity && r.ArmingHash == s.ArmingHash));

    private Task<List<RecordRef>> UnsentAsync(Func<Handoff, bool> which, CancellationToken cancellationToken) => workspace.Store.ReadAsync(
        view => view.HandoffsIn([HandoffState.Waiting, HandoffState.Ready], int.MaxValue).Where(which).Select(h => h.Engagement).Distinct().ToList(),
        cancellationToken);

    private void Retire(IUnitOfWork unit, IEnumerable<RuleState> removed)
    {
        var now = workspace.Clock.GetUtcNow();
        foreach (var state in removed)
        {
            foreach (var handoff in unit.HandoffsIn([HandoffState.Waiting, HandoffState.Ready], int.MaxValue).Where(h => h.Key.Rule == state.Identity))
            {
                unit.SaveHandoff(handoff with { State = HandoffState.Withdrawn, Reason = "its rule was taken out of the mapping file", NextLook = null });
                EngineMeter.Came(unit, workspace.RuleName(handoff), HandoffState.Withdrawn);
                foreach (var action in unit.ActionsOf(handoff.Id).Where(a => a.State == ActionState.Pending))
                    unit.SaveAction(action with { State = ActionState.Withdrawn });
            }

            unit.RemoveRule(state.Identity);
            unit.Write(new JournalEntry
            {
                At = now, Level = JournalLevel.Information, Event = "rule.file.removed", Rule = state.Identity,
                Message = $"{state.Identity} is no longer in the mapping file: what it had not sent is withdrawn",
            });
        }
    }
}
