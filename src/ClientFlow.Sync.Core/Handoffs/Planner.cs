using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Handoffs;

/// <summary>What happened to a handoff in a plan.</summary>
public enum PlanVerb
{
    /// <summary>The rule calls for it and there was no row.</summary>
    Planned,

    /// <summary>It waits for something else than before.</summary>
    Waits,

    /// <summary>Its gate opened, or it is to be done again.</summary>
    Readied,

    /// <summary>What it would write is different from before; nothing was sent yet.</summary>
    Rewritten,

    /// <summary>It was so already when the rule was armed.</summary>
    Baselined,

    /// <summary>It is no longer wanted.</summary>
    Withdrawn,

    /// <summary>It is done, and facts that called for it are no longer so: a person should look. Nothing is deleted.</summary>
    Flagged,

    /// <summary>The facts of a flagged one are so again.</summary>
    Unflagged,
}

/// <summary>One handoff that a plan adds or changes.</summary>
/// <param name="Actions">All its writes that change; null when none does.</param>
public sealed record PlanStep(PlanVerb Verb, Handoff Handoff, IReadOnlyList<HandoffAction>? Actions);

/// <summary>What should change, and when to look again with no change at all (UTC; null: only facts can change it).</summary>
public sealed record Plan(IReadOnlyList<PlanStep> Steps, DateTimeOffset? NextLook);

/// <summary>What a plan rests on besides the engagement.</summary>
public sealed record PlanContext
{
    public required Business Business { get; init; }

    /// <summary>The moment for which it is decided, UTC.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>When the facts at hand were observed, UTC.</summary>
    public required DateTimeOffset ObservedAt { get; init; }

    public required string ConfigHash { get; init; }

    /// <summary>The rule's baseline pass is under way: what is so already is baseline.</summary>
    public bool Arming { get; init; }

    /// <summary>The tools that are never written to.</summary>
    public IReadOnlySet<string> ReadOnlyTools { get; init; } = new HashSet<string>();

    /// <summary>The rules that a person has paused, by identity, and who that was: what they call for waits.</summary>
    public IReadOnlyDictionary<string, string> PausedRules { get; init; } = new Dictionary<string, string>();

    /// <summary>The tool through which a link can be written onto a deal; null where none can.</summary>
    public Func<RecordRef, string?> LinkToolOf { get; init; } = static _ => null;

    /// <summary>How many handoffs of a rule became ready within the last hour.</summary>
    public Func<HandoffRule, int> ReadyInLastHour { get; init; } = static _ => 0;

    /// <summary>How many handoffs of this engagement became ready within the last hour.</summary>
    public Func<int> EngagementInLastHour { get; init; } = static () => 0;

    /// <summary>The writes of a handoff that has a row.</summary>
    public Func<string, IReadOnlyList<HandoffAction>> ActionsOf { get; init; } = static _ => [];
}

/// <summary>Finds the handoffs an engagement should have and does not, and those that changed. The same inputs always give the same plan.</summary>
public static class Planner
{
    /// <summary>So many handoffs of one engagement within an hour look like a loop: the next waits for a person's yes.</summary>
    public const int MostPerEngagement = 10;

    /// <summary>So many writes to one reminder within an hour look like a loop: it is left where it is until the hour has passed.</summary>
    public const int MostWritesToOne = 5;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Plans one engagement.</summary>
    /// <param name="engagement">What is known of it.</param>
    /// <param name="rules">The armed rules (or, while arming, the one that is being armed).</param>
    /// <param name="existing">The handoffs that have a row, by short id.</param>
    public static Plan For(
        Engagement engagement, IEnumerable<HandoffRule> rules, IReadOnlyDictionary<string, Handoff> existing, PlanContext context)
    {
        var steps = new List<PlanStep>();
        DateTimeOffset? nextLook = null;
        var readied = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var rule in rules)
        {
            foreach (var subject in engagement.Subjects(rule.Subject))
            {
                var key = new HandoffKey(rule.Identity, subject.Ref, "once");
                var verdict = Applies(rule, engagement, subject, context);
                if (verdict.LookAt is { } look && (nextLook is null || look < nextLook)) nextLook = look;
                var decision = new Decision(
                    rule, engagement, subject, key, verdict, existing.GetValueOrDefault(key.Id), readied.GetValueOrDefault(rule.Identity), readied.Values.Sum(), context);
                var step = decision.Decide();
                if (decision.LookAt is { } again && (nextLook is null || again < nextLook)) nextLook = again;
                if (step is null) continue;
                steps.Add(step);
                if (step.Verb == PlanVerb.Readied) readied[rule.Identity] = readied.GetValueOrDefault(rule.Identity) + 1;
            }
        }

        return new Plan(steps, nextLook);
    }

    /// <summary>Whether a rule's <c>when</c> holds for a subject, with its reasons. A deleted subject, and a dropped project, call for nothing.</summary>
    public static ConditionVerdict Applies(HandoffRule rule, Engagement engagement, KnownRecord subject, PlanContext context)
    {
        if (subject.Gone) return No($"the {Names.Of(subject.Ref.Kind)} was deleted");
        if (subject.Ref.Kind == RecordKind.Project && subject.Record.Text("status") == "dropped") return No("the project was dropped");
        return ConditionEvaluator.Evaluate(rule.When, engagement, subject.Ref, context.Now, context.Business.Zone);

        ConditionVerdict No(string why) => new(false, [new Reason(false, why, subject.Ref)], null);
    }

    // One rule, one subject: what is to become of the handoff between them.
    private sealed class Decision(
        HandoffRule rule, Engagement engagement, KnownRecord subject, HandoffKey key, ConditionVerdict verdict, Handoff? row, int ofRule,
        int besides, PlanContext context)
    {
        private static readonly string Loop = $"its date changed {MostWritesToOne} times within an hour, as when two tools answer each other: " +
            "it is left where it is until an hour has passed, please look what changes the date";

        // What stands and should be changed while nothing may be written is looked at again and again: that the silence is over changes no fact.
        private static readonly TimeSpan Later = TimeSpan.FromHours(1);

        /// <summary>When to decide again with no change at all, UTC.</summary>
        public DateTimeOffset? LookAt { get; private set; }

        private string Why => string.Join("; ", verdict.Reasons.Where(r => r.Holds == verdict.Holds).Select(r => r.Text));

        // Nothing may be written: what stands is left alone as well.
        private bool Silent => context.ReadOnlyTools.Contains(rule.Create.Tool) || context.PausedRules.ContainsKey(rule.Identity);

        public PlanStep? Decide()
        {
            // What was withdrawn was so before, or its rule was gone for a while: what holds when the rule is armed is history, row or no row.
            if (context.Arming) return verdict.Holds && row is null or { State: HandoffState.Withdrawn } ? Baseline() : null;
            if (!verdict.Holds) return verdict.Unclear ? Unclear() : TurnedFalse();
            if (row is null) return Gate(Fresh(), PlanVerb.Planned);
            return row.State switch
            {
                HandoffState.Waiting => Gate(row, PlanVerb.Waits),
                HandoffState.Ready => Standing(row) is null ? Gate(row, PlanVerb.Waits) : Follow(row),
                HandoffState.Withdrawn => Gate(Again(row), PlanVerb.Planned),
                HandoffState.Done => Follow(row),
                HandoffState.Baseline or HandoffState.Sending or HandoffState.Skipped or HandoffState.Dead => null,
            };
        }

        // Which record is meant isn't clear, so neither is whether the rule applies: nothing new begins, and what stands is left alone.
        private PlanStep? Unclear()
        {
            var unclear = verdict.Reasons.Where(r => r.Unclear).Select(r => r.Text).Distinct().ToList();
            if (row is null) return Hesitate(Fresh(), PlanVerb.Planned);
            return row.State switch
            {
                HandoffState.Withdrawn => Hesitate(Again(row), PlanVerb.Planned),
                HandoffState.Waiting => Hesitate(row, PlanVerb.Waits),
                HandoffState.Ready when Standing(row) is null => Hesitate(row, PlanVerb.Waits),
                HandoffState.Ready or HandoffState.Baseline or HandoffState.Sending or HandoffState.Done or HandoffState.Skipped
                    or HandoffState.Dead => null,
            };

            PlanStep? Hesitate(Handoff handoff, PlanVerb verb) =>
                Wait(handoff with { Client = engagement.ClientName }, Hold.Facts, $"waiting: {string.Join("; ", unclear)}", unclear, verb);
        }

        private PlanStep? TurnedFalse() => row?.State switch
        {
            HandoffState.Baseline or HandoffState.Waiting => Withdraw(row),
            HandoffState.Ready => Undo(row, Why),
            HandoffState.Done when rule.Create is ReminderBlueprint => Silent ? Leave(row) : Undo(row, Why),
            HandoffState.Done => Flag(row),
            null or HandoffState.Withdrawn or HandoffState.Skipped or HandoffState.Sending or HandoffState.Dead => null,
        };

        private PlanStep? Leave(Handoff standing)
        {
            LookAt = context.Now + Later;
            return Flag(standing);
        }

        private PlanStep Baseline() => new(PlanVerb.Baselined,
            (row ?? Fresh()) with { State = HandoffState.Baseline, Reason = $"it was so when the rule was armed: {Why}" }, null);

        // What was withdrawn before anything was sent comes back as it was; what stood and was taken down is made anew.
        private Handoff Again(Handoff withdrawn) => withdrawn with
        {
            Generation = Generation, PlannedAt = context.Now, ObservedAt = context.ObservedAt, ApprovedBy = null, ApprovedFor = null, Looks = 0,
        };

        private Handoff Fresh() => new()
        {
            Key = key, Engagement = engagement.Root, State = HandoffState.Waiting, Reason = Why, PlannedAt = context.Now,
            ObservedAt = context.ObservedAt, ConfigHash = context.ConfigHash, Client = engagement.ClientName, Title = subject.Record.Text("name"),
        };

        // The gate, in the order in which a person would ask: are the facts there, is it clear, may it, are there too many.
        private PlanStep? Gate(Handoff handoff, PlanVerb verbWhenWaiting)
        {
            // A yes is to what was shown. Worked out as it was then, without the yes: if that is not the same any more, it is asked anew.
            if (handoff.ApprovedFor is not null && !handoff.IsYesTo(Titled(Write(handoff, approved: false), handoff)))
                handoff = handoff with { ApprovedBy = null, ApprovedFor = null };

            var contents = Titled(Write(handoff, handoff.ApprovedBy is not null), handoff);
            var missing = rule.Require.Select(path => engagement.Find(path, subject.Ref)).Where(f => f.Value is null).Select(f => f.Why!)
                .Concat(contents.Missing).Distinct().ToList();
            if (missing.Count == 0 && rule.Create is ReminderBlueprint reminder && Ended(reminder) is { } ended) missing.Add(ended);
            if (context.ReadOnlyTools.Contains(rule.Create.Tool))
                missing.Add($"{rule.Create.Tool} is connected read-only: take `readOnly: true` off to let it run");
            if (context.PausedRules.TryGetValue(rule.Identity, out var who)) missing.Add($"`{rule.Name}` was paused by {who}: it goes on when the rule is resumed");

            handoff = handoff with
            {
                Reason = Why, ConfigHash = context.ConfigHash, Client = engagement.ClientName, Title = contents.Title,
                AtStake = contents.AtStake, Facts = Facts(), Flag = null, Engagement = Belongs(handoff),
            };
            if (missing.Count > 0) return Wait(handoff, Hold.Facts, $"waiting: {string.Join("; ", missing)}", missing, verbWhenWaiting);
            if (contents.Question is { } question && !(handoff.ApprovedBy is not null && contents.YesIsEnough))
                return Wait(handoff, Hold.Question, question, [question], verbWhenWaiting);
            if (rule.Approve && handoff.ApprovedBy is null)
                return Wait(handoff, Hold.Approval, "waiting for a person's yes", [], verbWhenWaiting);
            if (handoff.ApprovedBy is null && handoff.State != HandoffState.Ready && context.ReadyInLastHour(rule) + ofRule >= rule.Limit)
            {
                return Wait(handoff, Hold.Limit,
                    $"more than {rule.Limit} of `{rule.Name}` became ready within an hour: one yes lets the rest go", [], verbWhenWaiting);
            }

            if (handoff.ApprovedBy is null && handoff.State != HandoffState.Ready && context.EngagementInLastHour() + besides >= MostPerEngagement)
            {
                return Wait(handoff, Hold.Limit,
                    $"{MostPerEngagement} handoffs of this engagement became ready within an hour, which looks like a loop: one yes lets this one go",
                    [], verbWhenWaiting);
            }

            if (handoff.ApprovedBy is null && handoff.State != HandoffState.Ready && row is not null && IsLooping(row) is not null)
            {
                return Wait(handoff, Hold.Limit,
                    $"it was made and taken back {MostWritesToOne} times within an hour, which looks like a loop: one yes makes it once more", [], verbWhenWaiting);
            }

            // A key makes one thing, ever: behind a customer that was made for somebody else, all of it goes under keys of its own.
            var wanted = Wanted(contents, handoff);
            if (row is not null && context.ActionsOf(row.Id).Any(a => a.State == ActionState.Done && wanted.Any(w => w.Key == a.Order.Key)))
                wanted = Wanted(contents, handoff = handoff with { Generation = handoff.Generation + 1 });
            return Ready(handoff, wanted);
        }

        // A project that came under a deal, and a deal's that was merged into another, take along what waits for them: it is looked at with the facts that it has
        // now. Between two deals that share a project it stays where it is.
        private RecordRef Belongs(Handoff handoff) => engagement.OtherDeals.Contains(handoff.Engagement) ? handoff.Engagement : engagement.Root;

        private Contents Write(Handoff handoff, bool approved) =>
            new ContentWriter(engagement, subject.Ref, context.Business, context.Now).Write(rule.Create, approved, handoff.Generation);

        // What can't be named yet goes by its subject's name.
        private Contents Titled(Contents contents, Handoff handoff) => contents with { Title = Edits.TitleOf(rule.Create, handoff.Edits) ?? contents.Title ?? subject.Record.Text("name") };

        private PlanStep? Wait(Handoff handoff, Hold hold, string reason, IReadOnlyList<string> missing, PlanVerb verb)
        {
            var waiting = handoff with
            {
                State = HandoffState.Waiting, Hold = hold, Reason = reason, Missing = missing, ReadyAt = null,

                // A fact may come without any sign of change (an association doesn't touch a deal's modified time).
                NextLook = hold is Hold.Facts or Hold.Question ? handoff.NextLook ?? context.Now.AddMinutes(1) : null,
            };
            if (row is { State: HandoffState.Waiting } && row.Hold == hold && row.Reason == reason && row.Title == waiting.Title &&
                row.AtStake == waiting.AtStake && row.Generation == waiting.Generation && row.Engagement == waiting.Engagement) return null;
            return new PlanStep(verb, waiting, row?.State == HandoffState.Ready ? Replace([]) : null);
        }

        private PlanStep? Ready(Handoff handoff, IReadOnlyList<ActionOrder> wanted)
        {
            var actions = Replace(wanted);
            if (row is { State: HandoffState.Ready })
            {
                return actions.Count == 0 && row.Engagement == handoff.Engagement ? null : new PlanStep(PlanVerb.Rewritten, handoff with { ReadyAt = row.ReadyAt ?? context.Now }, actions);
            }

            return new PlanStep(PlanVerb.Readied,
                handoff with
                {
                    State = HandoffState.Ready, Hold = Hold.None, Missing = [], ReadyAt = context.Now, NextLook = null, DoneAt = null,
                },
                actions);
        }

        // A reminder that stands follows its date and its owner; a project or an invoice, once made, is the people's.
        private PlanStep? Follow(Handoff handoff)
        {
            if (rule.Create is ReminderBlueprint blueprint && Standing(handoff) is { } standing)
            {
                // A date that was cleared takes its reminder with it, whether or not the rule's `when` names the date.
                if (Ended(blueprint) is { } ended)
                {
                    if (!Silent) return Undo(handoff, ended);
                    LookAt = context.Now + Later;
                }

                var contents = Titled(Write(handoff, approved: true), handoff);
                var moves = contents.Missing.Count == 0 ? Moves(standing, Edited(contents, handoff)) : [];
                if (Silent && moves.Count > 0) LookAt = context.Now + Later;
                if (contents.Missing.Count == 0 && !Silent)
                {
                    if (handoff.State == HandoffState.Done && (moves.Count > 0 || handoff.Flag == Loop) && IsLooping(handoff) is { } until)
                    {
                        LookAt = until;
                        return Flag(handoff, Loop);
                    }

                    var actions = Replace(moves);
                    if (actions.Count > 0)
                    {
                        return new PlanStep(moves.Count > 0 ? PlanVerb.Readied : PlanVerb.Rewritten, handoff with
                        {
                            State = moves.Count > 0 ? HandoffState.Ready : HandoffState.Done,
                            ReadyAt = context.Now, DoneAt = moves.Count > 0 ? null : context.Now, Reason = Why, Facts = Facts(),
                            Title = contents.Title, ObservedAt = context.ObservedAt, ConfigHash = context.ConfigHash, Flag = null,
                            Generation = moves.Count == 2 ? standing.Generation + 1 : handoff.Generation,
                        }, actions);
                    }
                }
            }

            return handoff is { Flag: null, Dismissed: null } ? null
                : new PlanStep(PlanVerb.Unflagged, handoff with { Flag = null, Dismissed = null }, null);
        }

        // With a person's words in it, as it was sent: else what stands would look other than wanted, and the edit be undone.
        private static ReminderContent Edited(Contents contents, Handoff handoff) =>
            (ReminderContent)Edits.Apply(contents.Writes[0].Name, contents.Writes[0].Content, handoff.Edits);

        // Why the date that a reminder counts from no longer stands; null while it does, or while it isn't clear which is meant.
        private string? Ended(ReminderBlueprint blueprint)
        {
            if (blueprint.On.From is not { } path || engagement.Find(path, subject.Ref) is not { Ambiguous: false } date) return null;
            if (date.Value is null) return date.Why;
            return engagement.Projects.Any(p => p.Ref == date.Source && p.Record.Text("status") == "dropped") ? "the project was dropped" : null;
        }

        private PlanStep Withdraw(Handoff handoff) =>
            new(PlanVerb.Withdrawn, handoff with { State = HandoffState.Withdrawn, Hold = Hold.None, Missing = [], Reason = Why, NextLook = null },
                null);

        // Nothing of it may be left standing: writes not sent are taken back, a reminder that stands is cancelled.
        private PlanStep? Undo(Handoff handoff, string why)
        {
            if (Standing(handoff) is not { } standing)
            {
                return new PlanStep(PlanVerb.Withdrawn,
                    handoff with { State = HandoffState.Withdrawn, Reason = why, ReadyAt = null, NextLook = null }, Replace([]));
            }

            ActionOrder[] cancel = [Order(PositionAfterDone(handoff.Id), "cancel", new ReminderCancelContent(standing.Name))];
            var actions = Replace(cancel);
            if (actions.Count == 0) return null;
            return new PlanStep(PlanVerb.Readied,
                handoff with
                {
                    State = HandoffState.Ready, ReadyAt = context.Now, Reason = why, DoneAt = null, ObservedAt = context.ObservedAt,
                }, actions);
        }

        private PlanStep? Flag(Handoff done) => Flag(done, $"it is done, and yet {Why}: nothing was deleted, please look");

        private static PlanStep? Flag(Handoff done, string flag) =>
            done.Flag == flag || done.Dismissed == flag ? null : new PlanStep(PlanVerb.Flagged, done with { Flag = flag }, null);

        // When a reminder that was written too often may be written again, UTC; null when it was not.
        private DateTimeOffset? IsLooping(Handoff handoff)
        {
            var lately = context.ActionsOf(handoff.Id).Where(a => a.DoneAt > context.Now - Hour).Select(a => a.DoneAt!.Value).Order().ToList();
            return lately.Count < MostWritesToOne ? null : lately[^MostWritesToOne] + Hour;
        }

        private SortedDictionary<string, string> Facts()
        {
            var facts = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["when"] = Why };
            foreach (var path in rule.Require)
                if (engagement.Find(path, subject.Ref).Value is { } value) facts[path.ToString()] = value.Show();
            return facts;
        }

        private List<ActionOrder> Wanted(Contents contents, Handoff handoff)
        {
            var suffix = handoff.Generation == 1 ? "" : $"@{handoff.Generation}";
            var orders = contents.Writes
                .Select(w => new ActionOrder(key.ActionKey(w.Name + suffix), w.Name + suffix, w.Tool, Edits.Apply(w.Name, w.Content, handoff.Edits)))
                .ToList();
            if (rule.Create is ProjectBlueprint && engagement.Deal is { Gone: false } deal && context.LinkToolOf(deal.Ref) is { } crm)
                orders.Add(new ActionOrder(key.ActionKey("deal-link" + suffix), "deal-link" + suffix, crm, new DealLinkContent(deal.Ref.Id)));
            return orders;
        }

        private int Generation => row switch
        {
            null => 1,
            { State: HandoffState.Withdrawn } => PositionAfterDone(row.Id) > 0 ? row.Generation + 1 : row.Generation,
            _ => row.Generation,
        };

        // What stands in the calendar as our confirmed writes left it: the create, and the last move of it.
        private StandingReminder? Standing(Handoff handoff)
        {
            StandingReminder? standing = null;
            foreach (var action in context.ActionsOf(handoff.Id).Where(a => a.State == ActionState.Done))
            {
                standing = action.Order.Content switch
                {
                    ReminderContent made => new StandingReminder(
                        action.Order.Name, action.Result?.Id, made.For, made.At, made.Title, made.Basis, made.Generation),
                    ReminderMoveContent moved => standing is null ? null
                        : standing with { At = moved.At, Title = moved.Title, Basis = moved.Basis },
                    ReminderCancelContent => null,
                    _ => standing,
                };
            }

            return standing;
        }

        private List<ActionOrder> Moves(StandingReminder standing, ReminderContent wanted)
        {
            // Whoever deleted it wants none, whoever it is for now. What is gone and was not cancelled is no such wish: so is all that was
            // in the calendar of somebody who left, and just then the next owner is to be reminded.
            var known = engagement.Reminders.FirstOrDefault(r => r.Ref.Id == standing.Id);
            if (known?.Record.Text("status") == "cancelled") return [];

            var position = PositionAfterDone(key.Id);
            var dated = standing.Basis is not null && wanted.Basis != standing.Basis;
            if (wanted.For != standing.For)
            {
                // It was moved because that day suits the work: the next owner gets it there, and as before it no longer follows the date.
                var chosen = Chosen(standing, known);
                var at = chosen ?? (dated ? wanted.At : standing.At);

                // It has rung. That somebody else looks after the client now is no reason to ring again.
                if (at <= context.Now) return [];

                // Counted from the one that stands, not from the row: planning again before it is sent must name the same write.
                var next = wanted with { At = at, Basis = chosen is null ? wanted.Basis : null, Generation = standing.Generation + 1 };
                var name = $"reminder@{next.Generation}";
                return
                [
                    Order(position, "cancel", new ReminderCancelContent(standing.Name)),
                    new ActionOrder(key.ActionKey(name), name, rule.Create.Tool, next),
                ];
            }

            if (!dated && wanted.Title == standing.Title) return [];
            return
            [
                Order(position, "move", new ReminderMoveContent(
                    standing.Name, wanted.Title, dated ? wanted.At : standing.At, standing.At, wanted.Zone, wanted.Duration)
                {
                    Basis = dated ? wanted.Basis : standing.Basis,
                }),
            ];
        }

        // When a person wants it, UTC; null where it is as the rule says. What is known of the calendar may be older than our last move:
        // a moment that we wrote ourselves is nobody's choice.
        private DateTimeOffset? Chosen(StandingReminder standing, KnownRecord? known)
        {
            var ours = context.ActionsOf(key.Id).Where(a => a.State == ActionState.Done)
                .Select(a => (a.Order.Content as ReminderContent)?.At ?? (a.Order.Content as ReminderMoveContent)?.At);
            if (known?.Record.Moment("at") is { } seen && !ours.Contains(seen)) return seen;
            return standing.Basis is null ? standing.At : null;
        }

        private int PositionAfterDone(string handoff) => context.ActionsOf(handoff).Count(a => a.State == ActionState.Done);

        private ActionOrder Order(int position, string verb, ActionContent content) =>
            new(key.ActionKey($"{verb}-{position + 1}"), $"{verb}-{position + 1}", rule.Create.Tool, content);

        // Writes that were sent stay; those behind them become what is wanted now.
        private List<HandoffAction> Replace(IReadOnlyList<ActionOrder> wanted)
        {
            var actions = row is null ? [] : context.ActionsOf(row.Id);
            var kept = actions.TakeWhile(a => a.State == ActionState.Done).Count();
            var changed = new List<HandoffAction>();
            for (var i = 0; i < wanted.Count; i++)
            {
                var known = kept + i < actions.Count ? actions[kept + i] : null;
                if (known is { State: ActionState.Pending } && known.Order == wanted[i]) continue;
                changed.Add(new HandoffAction
                {
                    Handoff = key.Id, Position = kept + i, Order = wanted[i], State = ActionState.Pending, NextAt = context.Now,

                    // Other words under the same key are another call: a tool that keeps what came of a key must not answer with the old.
                    Revision = known is null || known.Order.Key != wanted[i].Key ? 1 : known.Frozen is null ? known.Revision : known.Revision + 1,
                });
            }

            changed.AddRange(actions.Skip(kept + wanted.Count).Where(a => a.State == ActionState.Pending)
                .Select(a => a with { State = ActionState.Withdrawn }));
            return changed;
        }

        private sealed record StandingReminder(string Name, string? Id, string? For, DateTimeOffset At, string Title, string? Basis, int Generation);
    }
}
