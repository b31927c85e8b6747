using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Dispatch;
using ClientFlow.Sync.Engine.Observing;

namespace ClientFlow.Sync.Engine.People;

/// <summary>What a person decides about a handoff. Everything is attributed in the journal.</summary>
public sealed class Decisions(Workspace workspace, PlanWriter plans)
{
    /// <summary>A person says yes: to what waits for approval, to what is held by the limit, or to making a new one where several could be adopted.</summary>
    /// <param name="idOrRule">A handoff's short id (its beginning is enough when it is clear), or a rule's name for all that wait of it.</param>
    /// <param name="who">Who said so.</param>
    /// <returns>What happened, as a sentence, and whether anything did.</returns>
    public Task<(bool Done, string Message)> ApproveAsync(string idOrRule, string who, CancellationToken cancellationToken) =>
        DecideAsync(idOrRule, "approve", (unit, handoff) =>
        {
            var now = workspace.Clock.GetUtcNow();
            if (handoff.State == HandoffState.Waiting && handoff.Hold is Hold.Approval or Hold.Limit or Hold.Question)
            {
                unit.SaveHandoff(handoff with { ApprovedBy = who });
                unit.Write(Entry(handoff, now, "people.handoff.approved", $"{who} approved {handoff.Title ?? handoff.Id}"));
                plans.Plan(unit, handoff.Engagement, now);
                var after = unit.FindHandoff(handoff.Id)!;
                return after.State == HandoffState.Waiting ? $"{after.Id} is approved and still waits: {after.Reason}" : $"{after.Id} is approved: {after.Title}";
            }

            if (handoff.State == HandoffState.Dead && unit.ActionsOf(handoff.Id).Any(a => a.Failure?.Reason == "adoption"))
            {
                unit.Write(Entry(handoff, now, "people.handoff.approved", $"{who} had a new project made for {handoff.Title ?? handoff.Id}"));
                Revive(unit, handoff with { ApprovedBy = $"create:{who}" }, now);
                return $"{handoff.Id} goes on with a new project";
            }

            return null;
        }, cancellationToken);

    /// <summary>A person has mended what a dead handoff needed: it goes on where it stopped.</summary>
    public Task<(bool Done, string Message)> RetryAsync(string id, string who, CancellationToken cancellationToken) =>
        DecideAsync(id, "retry", (unit, handoff) =>
        {
            if (handoff.State != HandoffState.Dead) return null;
            var now = workspace.Clock.GetUtcNow();
            unit.Write(Entry(handoff, now, "people.handoff.retried", $"{who} retried {handoff.Title ?? handoff.Id}"));
            Revive(unit, handoff, now);
            var after = unit.FindHandoff(handoff.Id)!;
            return after.State switch
            {
                HandoffState.Withdrawn => $"{after.Id} is withdrawn: {after.Reason}",
                HandoffState.Waiting => $"{after.Id} waits: {after.Reason}",
                _ => $"{after.Id} goes on",
            };
        }, cancellationToken);

    /// <summary>A person says no: nothing of it is sent.</summary>
    public Task<(bool Done, string Message)> SkipAsync(string id, string who, CancellationToken cancellationToken) =>
        DecideAsync(id, "skip", (unit, handoff) =>
        {
            if (handoff.State is not (HandoffState.Waiting or HandoffState.Dead)) return null;
            var now = workspace.Clock.GetUtcNow();
            unit.SaveHandoff(handoff with { State = HandoffState.Skipped, Hold = Hold.None, NextLook = null, Reason = $"{who} skipped it" });
            unit.Write(Entry(handoff, now, "people.handoff.skipped", $"{who} skipped {handoff.Title ?? handoff.Id}"));
            return $"{handoff.Id} is skipped";
        }, cancellationToken);

    private async Task<(bool Done, string Message)> DecideAsync(
        string idOrRule, string verb, Func<IUnitOfWork, Handoff, string?> decide, CancellationToken cancellationToken)
    {
        var answer = await workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
        {
            var chosen = Choose(unit, idOrRule);
            if (chosen.Count == 0)
                return (false, $"there is no handoff `{idOrRule}` that waits or needs you: the page lists them");
            var said = chosen.Select(h => (h, Answer: decide(unit, h))).ToList();
            return said.All(s => s.Answer is null)
                ? (false, $"there is nothing to {verb} about {chosen[0].Id}: it is {Word(chosen[0])}")
                : (true, string.Join('\n', said.Select(s => s.Answer).OfType<string>()));
        }, cancellationToken);
        workspace.Readied.Set();
        workspace.Looked.Set();
        return answer;
    }

    private List<Handoff> Choose(IUnitOfWork unit, string idOrRule)
    {
        if (workspace.Config.Rules.FirstOrDefault(r => r.Name == idOrRule) is { } rule)
        {
            return [.. unit.HandoffsIn([HandoffState.Waiting], int.MaxValue)
                .Where(h => h.Key.Rule == rule.Identity && h.Hold is Hold.Approval or Hold.Limit or Hold.Question)];
        }

        if (unit.FindHandoff(idOrRule) is { } exact) return [exact];
        var begins = idOrRule.Length < 4 ? [] : unit.HandoffsIn([HandoffState.Waiting, HandoffState.Dead], int.MaxValue)
            .Where(h => h.Id.StartsWith(idOrRule, StringComparison.OrdinalIgnoreCase)).ToList();
        return begins.Count == 1 ? begins : [];
    }

    // It goes on at the write that died, as a new call; what was confirmed is never repeated.
    private void Revive(IUnitOfWork unit, Handoff handoff, DateTimeOffset now)
    {
        var actions = unit.ActionsOf(handoff.Id);

        // A customer that was made for an invoice bills nobody: behind it everything is decided by the facts as they are now.
        var begun = actions.Any(a => a.State == ActionState.Done && a.Order.Content is not CustomerContent);
        foreach (var dead in actions.Where(a => a.State == ActionState.Dead))
        {
            // Where only the look-up failed the doubt remains, and another call could be a second one.
            var doubted = dead is { Failure.Reason: Attempt.LookUpRefused, Frozen: not null };
            begun |= doubted;
            unit.SaveAction(doubted
                ? dead with { State = ActionState.Uncertain, Failure = null, NextAt = now }
                : dead with { State = ActionState.Pending, Revision = dead.Revision + 1, Frozen = null, Failure = null, NextAt = now, Attempts = 0 });
        }

        unit.SaveHandoff(handoff with { State = begun ? HandoffState.Sending : HandoffState.Ready, ReadyAt = now, Reason = "a person retried it" });

        // What a person mended may be a fact: a handoff of which nothing was sent is decided by the facts as they are now. Where a
        // customer stands already, the lane reads them live and decides.
        if (actions.All(a => a.State != ActionState.Done)) plans.Plan(unit, handoff.Engagement, now);
    }

    private static string Word(Handoff handoff) => handoff.State switch
    {
        HandoffState.Waiting => "waiting for facts: " + handoff.Reason,
        HandoffState.Baseline => "from before its rule was armed",
        HandoffState.Ready or HandoffState.Sending => "on its way",
        HandoffState.Done => "done",
        HandoffState.Withdrawn => "withdrawn",
        HandoffState.Skipped => "skipped",
        HandoffState.Dead => "in need of a retry: " + handoff.Reason,
    };

    private JournalEntry Entry(Handoff handoff, DateTimeOffset now, string name, string message) => new()
    {
        At = now, Level = JournalLevel.Information, Event = name, Message = message, Handoff = handoff.Id, Record = handoff.Key.Subject,
        Client = handoff.Client, Rule = workspace.Config.Rules.FirstOrDefault(r => r.Identity == handoff.Key.Rule)?.Name ?? handoff.Key.Rule,
    };
}
