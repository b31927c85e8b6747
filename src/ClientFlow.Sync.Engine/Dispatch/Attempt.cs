using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Health;
using ClientFlow.Sync.Engine.Inbox;
using ClientFlow.Sync.Engine.Observing;
using Microsoft.Extensions.Logging;

namespace ClientFlow.Sync.Engine.Dispatch;

/// <summary>
/// One step of one write, by the protocol that makes it happen exactly once: the attempt is durable before the first byte; what
/// is uncertain is looked up after the tool's own lag and never guessed; each result, link and state is one transaction.
/// </summary>
public sealed class Attempt(
    Workspace workspace, ToolDoctor doctor, Wanted wanted, Completion completion, PlanWriter plans, ILogger logger)
{
    /// <summary>How long after the attempt became durable its first byte may still be sent.</summary>
    public static readonly TimeSpan SendWindow = TimeSpan.FromSeconds(3);

    /// <summary>No call lasts longer; see the HTTP floor.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    // Sent once more, a call may be the first after all: that is done only while what it rests on can hardly have changed.
    private static readonly TimeSpan LatestRepeat = TimeSpan.FromMinutes(1);

    /// <summary>The reason of a write that died because looking for it was refused: it is still in doubt.</summary>
    internal const string LookUpRefused = "look-up";

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestBehindLane = TimeSpan.FromSeconds(30);

    // A vendor's own trouble with credentials passes; what is refused so often lacks a right.
    private const int MostRefusals = 5;

    // About four days, at pauses that grow to an hour: outages of three end without a person's act. What goes wrong for longer does so for a reason of its own.
    private const int MostDoubts = 200;

    // An outage makes the pauses grow and uses up no more of these tries than this, however long it lasts.
    private const int MostInOutage = 12;

    // How often in a row what a handoff's write rests on was refused; a new life counts anew.
    private readonly ConcurrentDictionary<string, int> unread = new(StringComparer.Ordinal);

    /// <summary>It needs a person, and may have been carried out all the same.</summary>
    internal static bool DiedInDoubt(HandoffAction action) => action is { State: ActionState.Dead, Failure.Reason: LookUpRefused, Frozen: not null };

    /// <summary>Takes the write one step on: sends it, looks it up, or finds that it is no longer wanted.</summary>
    public async Task RunAsync(Tool tool, HandoffAction due, CancellationToken cancellationToken)
    {
        if (tool.Config.ReadOnly || tool.Connector is not IActs acts) return;
        if (await workspace.Store.ReadAsync(view => Job.Load(view, due), cancellationToken) is not { } job) return;
        using var span = EngineTrace.Attempt(tool, job.Handoff, job.Action);
        using var scope = EngineLog.OfHandoff(logger, job.Handoff.Id);
        if (job.Action.State is ActionState.Sending or ActionState.Uncertain)
        {
            await ResolveAsync(tool, acts, job, cancellationToken);
            return;
        }

        var rule = RuleOf(job);
        if (rule is null && await RetiredAsync(tool, job, cancellationToken)) return;
        if (job.Handoff.State == HandoffState.Ready && rule is not null && !workspace.ArmedRules.Contains(rule))
        {
            // Its rule was edited: it is decided anew when the rule is armed.
            await SaveAsync(job, job.Action with { NextAt = workspace.Clock.GetUtcNow() + TimeSpan.FromSeconds(5) }, cancellationToken);
            return;
        }

        var verdict = await wanted.JudgeAsync(tool, job, cancellationToken);
        if (verdict is not (Verdict.Unread or Verdict.Later)) unread.TryRemove(job.Handoff.Id, out _);
        switch (verdict)
        {
            case Verdict.Go go:
                await PrepareAsync(tool, acts, go.Job, cancellationToken);
                break;
            case Verdict.Later:
                await LaterAsync(job, cancellationToken);
                break;
            case Verdict.Unread why:
                await UnreadAsync(tool, job, why.Failure, cancellationToken);
                break;
            case Verdict.Adopt adopt:
                await completion.AdoptAsync(tool, job.Action, adopt.Project, adopt.Because, cancellationToken);
                break;
            case Verdict.Ask ask:
                await DeadAsync(tool, ask.Job, ask.Failure, cancellationToken);
                break;
        }
    }

    // The rule as the file has it now; null where it has none of that identity, or one about other records.
    private HandoffRule? RuleOf(Job job) =>
        workspace.Config.Rules.FirstOrDefault(r => r.Identity == job.Handoff.Key.Rule && r.Subject == job.Handoff.Key.Subject.Kind);

    // No rule calls for it any more: nothing of it is sent. What stands in part goes on; a customer that stands bills nobody.
    private Task<bool> RetiredAsync(Tool tool, Job job, CancellationToken cancellationToken) =>
        workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
        {
            if (Still(unit, job) is not { } handoff) return true;
            var actions = unit.ActionsOf(handoff.Id);
            if (actions.Any(a => a.State == ActionState.Done && a.Order.Content is not CustomerContent)) return false;
            foreach (var pending in actions.Where(a => a.State == ActionState.Pending)) unit.SaveAction(pending with { State = ActionState.Withdrawn });
            unit.SaveHandoff(handoff with { State = HandoffState.Withdrawn, Reason = "its rule is no longer in the mapping file, or is about other records now", ReadyAt = null, NextLook = null });
            EngineMeter.Came(unit, workspace.RuleName(handoff), HandoffState.Withdrawn);
            unit.Write(Entry(tool, job, JournalLevel.Information, "handoff.plan.withdrawn",
                $"{job.Name} is withdrawn: its rule is no longer in the mapping file, or is about other records now"));
            return true;
        }, cancellationToken);

    private async Task PrepareAsync(Tool tool, IActs acts, Job fresh, CancellationToken cancellationToken)
    {
        var prepared = fresh.Action.Frozen is { } frozen ? new Preparation.Send(frozen) : await acts.PrepareAsync(fresh.Call, cancellationToken);

        // That it could be prepared doesn't tell that the tool is there: often nothing is asked of it for that.
        if (prepared.Failure is not null) prepared = await doctor.HeardApartAsync(tool, prepared, fresh.Action.Order.Content.Kind, null, [], cancellationToken);
        if (prepared.Failure is { } unprepared)
        {
            await FailedAsync(tool, fresh, unprepared, cancellationToken);
            return;
        }

        switch (prepared.Value)
        {
            case Preparation.Exists exists:
                await completion.DoneAsync(tool, fresh.Action, exists.Result, workspace.Clock.GetUtcNow(), cancellationToken);
                break;
            case Preparation.Ask ask:
                await DeadAsync(tool, fresh, new Failure(FailureKind.Rejected, ask.Question) { Reason = "question" }, cancellationToken);
                break;
            case Preparation.Send send:
                await SendAsync(tool, acts, fresh, send.Call, cancellationToken);
                break;
        }
    }

    /// <summary>A bug was met. The write waits longer each time, and the journal says so once.</summary>
    public Task TrippedAsync(Tool tool, HandoffAction action, Exception bug, CancellationToken cancellationToken) =>
        workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
        {
            var failure = new Failure(FailureKind.Malformed, $"a bug of this program was met ({bug.GetType().Name}): the log has it. It is tried again by itself");
            if (unit.FindHandoff(action.Handoff) is not { State: HandoffState.Ready or HandoffState.Sending } handoff ||
                unit.ActionsOf(action.Handoff).FirstOrDefault(a => a.Position == action.Position) is not { } row || row.State == ActionState.Done) return;

            // One that may have been sent keeps its moment of look-up.
            unit.SaveAction(row.State == ActionState.Sending
                ? row with { State = ActionState.Uncertain, Failure = failure }
                : row with { Attempts = row.Attempts + 1, NextAt = workspace.Clock.GetUtcNow() + Pause(row.Attempts + 1, failure), Failure = failure });
            if (row.Failure?.Message == failure.Message) return;
            var job = new Job(handoff, row, new ActionCall(row.Order, row.Revision, new Dictionary<string, ActionResult>()));
            unit.Write(Entry(tool, job, JournalLevel.Error, "dispatch.action.tripped", $"{job.Name} is not sent yet: {failure.Message}"));
        }, cancellationToken);

    private async Task SendAsync(Tool tool, IActs acts, Job job, FrozenCall call, CancellationToken cancellationToken)
    {
        var traits = tool.Traits(job.Action.Order.Content.Kind);
        var began = workspace.Clock.GetUtcNow();
        var sendBy = began + SendWindow;
        var claimed = await workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
        {
            // What was planned may have changed since it was read: only the very same write is sent.
            if (unit.FindHandoff(job.Handoff.Id) is not { State: HandoffState.Ready or HandoffState.Sending } handoff) return null;
            var action = unit.ActionsOf(handoff.Id).FirstOrDefault(a => a.Position == job.Action.Position);
            if (action is null || action.State != job.Action.State || action.Order != job.Action.Order || action.Revision != job.Action.Revision) return null;
            if (IsPaused(unit, handoff, tool)) return null;
            if (action.State == ActionState.Pending && Wanted.AwaitedBeside(unit, handoff, action, job.FactsReadAt) is { } beside)
            {
                unit.SaveAction(action with { NextAt = began + job.PauseAfterWait(began), Failure = beside });
                return null;
            }

            var sending = action with
            {
                State = ActionState.Sending, Attempts = action.Attempts + 1, Owner = workspace.Owner, SendBy = sendBy, Frozen = call,
                NextAt = LookUpAt(traits, sendBy, action.Attempts + 1), Failure = null,
            };
            unit.SaveAction(sending);
            if (handoff.State == HandoffState.Ready) unit.SaveHandoff(handoff with { State = HandoffState.Sending });
            return sending;
        }, cancellationToken);
        if (claimed is null) return;
        var doubted = job.Action.State is ActionState.Sending or ActionState.Uncertain;
        job = job with { Action = claimed };

        // A worker that slept between the two (a suspended laptop, a long pause) must not send: another may have taken over.
        var now = workspace.Clock.GetUtcNow();
        if (now >= sendBy || now < began)
        {
            await SaveAsync(job, claimed with { State = doubted ? ActionState.Uncertain : ActionState.Pending, NextAt = now }, cancellationToken);
            return;
        }

        // From here on the outcome is recorded whatever happens: stopping the worker doesn't stop the call.
        var outcome = await MeasuredAsync(tool, acts, job, call);
        outcome = await doctor.HeardAsync(tool, outcome, claimed.Order.Content.Kind, CancellationToken.None);
        if (outcome.Succeeded(out var result, out var failure))
        {
            await completion.DoneAsync(tool, claimed, result, began, CancellationToken.None);
            return;
        }

        // That the repeat was turned away, for whatever reason, doesn't tell what became of the call before it.
        if (doubted) failure = failure with { Kind = FailureKind.Uncertain };
        await FailedAsync(tool, job, failure, CancellationToken.None);
    }

    private static bool IsPaused(IReadView view, Handoff handoff, Tool tool) =>
        view.Pauses().Any(p => p.Of == PauseOf.Rule ? p.Name == handoff.Key.Rule : p.Name == tool.Name);

    private async Task<Outcome<ActionResult>> MeasuredAsync(Tool tool, IActs acts, Job job, FrozenCall call)
    {
        var (action, clock) = (job.Action.Order.Content.Kind, workspace.Clock);
        if (job.Handoff.State == HandoffState.Ready && job.Action is { Attempts: 1, Revision: 1 }) EngineMeter.Began(workspace.RuleName(job.Handoff), clock.GetUtcNow() - Opened(job.Handoff));
        var began = clock.GetTimestamp();
        var outcome = await CallAsync(tool, acts, job, call);
        var took = clock.GetElapsedTime(began);
        EngineMeter.Attempted(tool, action, outcome.Failure, took);
        EngineTrace.Ended(outcome.Failure);
        EngineLog.AttemptEnded(logger, tool.Name, action, EngineTrace.OutcomeOf(outcome.Failure), took.TotalMilliseconds);
        return outcome;
    }

    // One that waited was opened when its gate was; else it goes back to when its facts were observed.
    private static DateTimeOffset Opened(Handoff handoff) => handoff.ReadyAt is { } ready && ready > handoff.PlannedAt ? ready : handoff.ObservedAt;

    // Whatever the connector does, a call that doesn't come back is cut: its lane has other work, and a look-up will tell.
    private async Task<Outcome<ActionResult>> CallAsync(Tool tool, IActs acts, Job job, FrozenCall call)
    {
        using var cut = new CancellationTokenSource(CallTimeout, workspace.Clock);
        try
        {
            return await acts.SendAsync(job.Call, call, cut.Token).WaitAsync(cut.Token);
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            return new Failure(FailureKind.Uncertain, $"{tool.Name} did not answer within {CallTimeout.TotalSeconds:0} s");
        }
    }

    // The call may have gone out, in this life or an earlier one.
    private async Task ResolveAsync(Tool tool, IActs acts, Job job, CancellationToken cancellationToken)
    {
        var (action, traits) = (job.Action, tool.Traits(job.Action.Order.Content.Kind));
        if (action.Frozen is not { } frozen || traits is null or { Strength: KeyStrength.None })
        {
            await DeadAsync(tool, job, new Failure(FailureKind.Rejected,
                $"it is not known whether {tool.Name} carried it out, and nothing there can be looked up: look by hand, then retry or mark it done"),
                cancellationToken);
            return;
        }

        if (traits.Strength == KeyStrength.Repeatable)
        {
            await AgainAsync(tool, job, action with { State = ActionState.Pending, Frozen = null }, cancellationToken);
            return;
        }

        var now = workspace.Clock.GetUtcNow();
        var sendBy = action.SendBy ?? DateTimeOffset.MinValue;
        if (action.Attempts == 1 && traits.RepeatWithin is { } life && now - sendBy < life && now - sendBy < LatestRepeat && RuleOf(job) is not null &&
            !await workspace.Store.ReadAsync(view => IsPaused(view, job.Handoff, tool), cancellationToken))
        {
            // The vendor remembers the key: it answers the same call with what it did, and does it if it had not.
            await SendAsync(tool, acts, job, frozen, cancellationToken);
            return;
        }

        // Whatever is not repeated is only looked for, once nothing can come any more.
        if (LookUpAt(traits with { RepeatWithin = null }, sendBy, action.Attempts) is var certain && certain > now)
        {
            await SaveAsync(job, action with { State = ActionState.Uncertain, NextAt = certain }, cancellationToken);
            return;
        }

        var outcome = await acts.LookUpAsync(job.Call, frozen, cancellationToken);
        outcome = await doctor.HeardApartAsync(tool, outcome, $"look-up of {action.Order.Content.Kind}", null, [], cancellationToken);
        if (outcome.Failure is not null)
        {
            if (outcome.Failure.NextMove == NextMove.AskAPerson || (outcome.Failure.IsAboutOne && action.Attempts >= MostDoubts))
            {
                await DeadAsync(tool, job, outcome.Failure with
                {
                    Reason = LookUpRefused,
                    Message = $"it is not known whether {tool.Name} carried it out, and looking for it {(outcome.Failure.Reason == Failure.Ambiguous ? "does not settle it" : "was refused")}: {outcome.Failure.Message}",
                }, cancellationToken);
                return;
            }

            var pause = Pause(action.Attempts, outcome.Failure);
            await SaveAsync(job, action with
            {
                State = ActionState.Uncertain, NextAt = workspace.Clock.GetUtcNow() + pause, Failure = outcome.Failure,
                Attempts = outcome.Failure.IsAboutOne || action.Attempts < MostInOutage ? action.Attempts + 1 : action.Attempts,
            }, cancellationToken);
            return;
        }

        if (outcome.Value is { } found)
        {
            await completion.DoneAsync(tool, action, found, workspace.Clock.GetUtcNow(), cancellationToken);
            return;
        }

        // Proven absent: the next call is a new one, under a new revision, so that a stored error isn't replayed to us.
        await AgainAsync(tool, job, action with
        {
            State = ActionState.Pending, Revision = action.Revision + 1, Frozen = null, Owner = null, SendBy = null,
        }, cancellationToken);
    }

    // What was in doubt may be sent again: at once the first time, later and later when its tool fails at it again and again, and at last not without a person.
    private async Task AgainAsync(Tool tool, Job job, HandoffAction next, CancellationToken cancellationToken)
    {
        if (next.Attempts >= MostDoubts)
        {
            await DeadAsync(tool, job, Doubted(tool, next.Attempts, next.Failure), cancellationToken);
            return;
        }

        var now = workspace.Clock.GetUtcNow();
        await SaveAsync(job, next with { NextAt = next is { Attempts: > 1, Failure: { } failure } ? now + Pause(next.Attempts, failure) : now }, cancellationToken);
    }

    private static Failure Doubted(Tool tool, int attempts, Failure? last) => new(FailureKind.Rejected,
        $"{tool.Name} was asked {attempts} times and never said that it was done{(last is null ? "" : $" ({last.Message})")}: " +
        "look whether it can be done there by hand, then retry or mark it done") { Reason = "doubt" };

    private static Failure NeverSent(int attempts, Failure last) => new(FailureKind.Rejected,
        $"it was tried {attempts} times and never came to be sent ({last.Message.TrimEnd('.')}): mend that there, then retry") { Reason = "doubt" };

    private async Task FailedAsync(Tool tool, Job job, Failure failure, CancellationToken cancellationToken)
    {
        var now = workspace.Clock.GetUtcNow();
        var (action, traits) = (job.Action, tool.Traits(job.Action.Order.Content.Kind));

        // An answer to a write that nobody can read says nothing about whether it was carried out.
        var move = failure.Kind == FailureKind.Malformed && action.State == ActionState.Sending ? NextMove.LookUp : failure.NextMove;

        // One that was refused before it was sent counts too, or it would be asked for at the same pace for ever.
        var unsent = action.State == ActionState.Pending;
        var isItsOwn = failure.IsAboutOne || (unsent && move == NextMove.LookUp);
        var attempts = (isItsOwn, unsent) switch
        {
            (true, true) => action.Attempts + 1,

            // It was counted as it was sent: an outage gives that back.
            (false, false) when action.Attempts > MostInOutage => action.Attempts - 1,
            _ => action.Attempts,
        };
        switch (move)
        {
            case NextMove.Retry when failure.Reason == Failure.NotTheCredential && action.Attempts >= MostRefusals:
                await DeadAsync(tool, job, failure with { Kind = FailureKind.Rejected }, cancellationToken);
                break;
            case NextMove.Retry or NextMove.LookUp when isItsOwn && attempts >= MostDoubts && (unsent || move == NextMove.Retry):
                await DeadAsync(tool, job, unsent ? NeverSent(attempts, failure) : Doubted(tool, attempts, failure), cancellationToken);
                break;
            case NextMove.Retry or NextMove.HoldLane:
                // Turned away for certain: nothing of it is there. By the time it is tried again, a person may have done it or changed what it rests on.
                await SaveAsync(job, action with
                {
                    State = ActionState.Pending, Attempts = attempts, NextAt = now + Pause(attempts, failure), Failure = failure,
                    Revision = action.Frozen is null ? action.Revision : action.Revision + 1, Frozen = null,
                }, cancellationToken);
                break;
            case NextMove.LookUp when action.State == ActionState.Sending:
                var at = LookUpAt(traits, action.SendBy ?? now, action.Attempts);
                await SaveAsync(job, action with { State = ActionState.Uncertain, NextAt = at, Failure = failure }, cancellationToken,
                    Entry(tool, job, JournalLevel.Warning, "dispatch.action.doubted",
                        $"it is not known whether {tool.Name} carried out {job.Name}: it is looked up after {at:HH:mm:ss} UTC"));
                break;
            case NextMove.LookUp:
                await SaveAsync(job, action with { Attempts = attempts, NextAt = now + Pause(attempts, failure), Failure = failure }, cancellationToken);
                break;
            case NextMove.AskAPerson:
                await DeadAsync(tool, job, failure, cancellationToken);
                break;
        }
    }

    // What a write rests on could not be read. A refusal is tried again as often as that of a delivery's record, and then a person is asked; what
    // passes goes the way of a write that was turned away; an outage uses up nothing, and ends by itself.
    private Task UnreadAsync(Tool tool, Job job, Failure failure, CancellationToken cancellationToken)
    {
        var now = workspace.Clock.GetUtcNow();
        if (!failure.IsAboutOne)
        {
            var again = failure.RetryAt is { } named && named > now ? named : now + job.PauseAfterWait(now);
            return SaveAsync(job, job.Action with { NextAt = again, Failure = failure }, cancellationToken);
        }

        if (failure.NextMove != NextMove.AskAPerson) return FailedAsync(tool, job, failure, cancellationToken);
        var tries = unread.AddOrUpdate(job.Handoff.Id, 1, static (_, before) => before + 1);
        if (tries < InboxReader.MostRefusals)
            return SaveAsync(job, job.Action with { NextAt = now + InboxReader.PauseAfter(tries), Failure = failure }, cancellationToken);
        unread.TryRemove(job.Handoff.Id, out _);
        return DeadAsync(tool, job, new Failure(FailureKind.Rejected,
            $"what it rests on can't be read, so nothing is sent: {failure.Message.TrimEnd('.')}. Mend that there, then retry") { Reason = "facts" }, cancellationToken);
    }

    private Task DeadAsync(Tool tool, Job job, Failure failure, CancellationToken cancellationToken) =>
        workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
        {
            if (Still(unit, job) is not { } handoff) return;
            unit.SaveAction(job.Action with { State = ActionState.Dead, Failure = failure, Owner = null });
            unit.SaveHandoff(handoff with { State = HandoffState.Dead, Reason = failure.Message });
            EngineMeter.Came(unit, workspace.RuleName(handoff), HandoffState.Dead);
            EngineMeter.Died(unit, tool.Name);
            unit.Write(Entry(tool, job, JournalLevel.Error, "dispatch.action.died", $"{job.Name} needs you: {failure.Message}"));
        }, cancellationToken);

    private Task LaterAsync(Job job, CancellationToken cancellationToken)
    {
        var now = workspace.Clock.GetUtcNow();
        return SaveAsync(job, job.Action with { NextAt = now + job.PauseAfterWait(now) }, cancellationToken);
    }

    private async Task SaveAsync(Job job, HandoffAction next, CancellationToken cancellationToken, JournalEntry? entry = null)
    {
        var planned = await workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
        {
            if (Still(unit, job) is not { } handoff) return Planned.Nothing;
            unit.SaveAction(next);
            if (entry is not null) unit.Write(entry);
            if (next.State != ActionState.Pending || handoff.State != HandoffState.Sending) return Planned.Nothing;
            if (unit.ActionsOf(handoff.Id).Any(a => a.State == ActionState.Done)) return Planned.Nothing;

            // Nothing of it was sent after all: it follows its facts again, and those may have changed while it was tried.
            unit.SaveHandoff(handoff with { State = HandoffState.Ready });
            return plans.Plan(unit, handoff.Engagement, workspace.Clock.GetUtcNow());
        }, cancellationToken);
        workspace.Wake(planned);
    }

    // What came of a write is saved only where it is still the write that was looked at: while the tool was asked, a plan may have
    // rewritten or withdrawn it, and its word is newer.
    private static Handoff? Still(IReadView view, Job job)
    {
        if (view.FindHandoff(job.Handoff.Id) is not { State: HandoffState.Ready or HandoffState.Sending } handoff) return null;
        var row = view.ActionsOf(handoff.Id).FirstOrDefault(a => a.Position == job.Action.Position);
        var seen = job.Action;
        return row is not null && row.State == seen.State && row.Order == seen.Order && row.Revision == seen.Revision && row.Attempts == seen.Attempts
            ? handoff : null;
    }

    private JournalEntry Entry(Tool tool, Job job, JournalLevel level, string name, string message) => new()
    {
        At = workspace.Clock.GetUtcNow(), Level = level, Event = name, Message = message, Tool = tool.Name,
        Rule = workspace.RuleName(job.Handoff),
        Handoff = job.Handoff.Id, Record = job.Handoff.Key.Subject, Client = job.Handoff.Client,
    };

    // A first doubt under a key that the vendor remembers is settled by repeating, as soon as no call of ours can be under way;
    // everything else waits until nothing can come any more.
    private static DateTimeOffset LookUpAt(ActionTraits? traits, DateTimeOffset sendBy, int attempts) => attempts == 1 && traits?.RepeatWithin is not null
        ? sendBy + CallTimeout
        : sendBy + CallTimeout + (traits?.MaxCommit ?? TimeSpan.Zero) + (traits?.ReadLag ?? TimeSpan.Zero);

    private TimeSpan Pause(int attempts, Failure failure)
    {
        var now = workspace.Clock.GetUtcNow();
        if (failure.RetryAt is { } named && named > now) return named - now + TimeSpan.FromMilliseconds(Random.Shared.Next(0, 500));

        // A lane is held and opened by its tool's health: behind it nothing needs to wait longer.
        var longest = failure is { OneCall: false, NextMove: NextMove.Retry or NextMove.HoldLane } ? LongestBehindLane : LongestPause;
        var ceiling = Math.Min(longest.TotalSeconds, Math.Pow(2, Math.Min(attempts + 1, 12)));
        return TimeSpan.FromSeconds(0.5 + (Random.Shared.NextDouble() * ceiling));
    }
}
