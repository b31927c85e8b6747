using System.Text.Json;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Tests.Handoffs;

/// <summary>Handoffs and their writes as a store keeps them, and a tool that carries out whatever it is sent.</summary>
internal sealed class HandoffTable(params RuleBuilder[] rules)
{
    private readonly List<(RecordRef About, ActionOrder Order)> sent = [];
    private readonly Dictionary<string, Handoff> rows = [];
    private readonly Dictionary<(string Handoff, int Position), HandoffAction> actions = [];

    public IReadOnlyList<HandoffRule> Rules { get; set; } = [.. rules.Select(r => r.Rule)];

    public Engagement Facts { get; set; } = A.Engagement();

    public DateTimeOffset Now { get; set; } = A.Now;

    public bool Arming { get; set; }

    public HashSet<string> ReadOnlyTools { get; } = [];

    public string? LinkTool { get; set; }

    public int ReadyInLastHour { get; set; }

    /// <summary>The only handoff that has a row.</summary>
    public Handoff Row => rows.Values.ShouldHaveSingleItem();

    public IReadOnlyCollection<Handoff> Rows => rows.Values;

    /// <summary>Everything that was ever sent, in order.</summary>
    public IReadOnlyList<ActionOrder> Sent => [.. sent.Select(s => s.Order)];

    public IReadOnlyList<HandoffAction> ActionsOf(string handoff) =>
        [.. actions.Values.Where(a => a.Handoff == handoff).OrderBy(a => a.Position)];

    /// <summary>The writes that stand in the outbox.</summary>
    public IReadOnlyList<ActionOrder> Pending =>
        [.. actions.Values.Where(a => a.State == ActionState.Pending).OrderBy(a => a.Handoff, StringComparer.Ordinal).ThenBy(a => a.Position).Select(a => a.Order)];

    /// <summary>What the plan would be, changing nothing.</summary>
    public Plan Look() => Planner.For(Facts, Rules, rows, new PlanContext
    {
        Business = A.Business, Now = Now, ObservedAt = Now.AddSeconds(-1), ConfigHash = "c0ffee", Arming = Arming, ReadOnlyTools = ReadOnlyTools,
        LinkToolOf = _ => LinkTool, ReadyInLastHour = _ => ReadyInLastHour,
        EngagementInLastHour = () => rows.Values.Count(r => r.ReadyAt > Now.AddHours(-1)), ActionsOf = ActionsOf,
    });

    /// <summary>Plans the facts, keeps what comes of it, and gives the verbs.</summary>
    public IReadOnlyList<PlanVerb> Plan(Engagement facts)
    {
        Facts = facts;
        return Plan();
    }

    public IReadOnlyList<PlanVerb> Plan()
    {
        var plan = Look();
        foreach (var step in plan.Steps)
        {
            rows[step.Handoff.Id] = step.Handoff;
            foreach (var action in step.Actions ?? []) actions[(action.Handoff, action.Position)] = action;
        }

        return [.. plan.Steps.Select(s => s.Verb)];
    }

    public void Change(Func<Handoff, Handoff> change)
    {
        foreach (var row in rows.Values.ToList()) rows[row.Id] = change(row);
    }

    /// <summary>A person says yes to everything that waits for one.</summary>
    public void Approve() => Change(r => r.Hold is Hold.Approval or Hold.Limit or Hold.Question ? r with { ApprovedBy = "owner" } : r);

    /// <summary>The lane takes up what is ready: an attempt at each first write is durable, and may have gone out.</summary>
    public void BeginSending()
    {
        foreach (var row in rows.Values.Where(r => r.State == HandoffState.Ready).ToList())
        {
            if (ActionsOf(row.Id).FirstOrDefault(a => a.State == ActionState.Pending) is not { } first) continue;
            actions[(row.Id, first.Position)] = first with { State = ActionState.Sending };
            rows[row.Id] = row with { State = HandoffState.Sending };
        }
    }

    /// <summary>All that is ready or on its way is carried out and confirmed, as the engine's completion does it.</summary>
    public void Deliver()
    {
        foreach (var row in rows.Values.Where(r => r.State is HandoffState.Ready or HandoffState.Sending).ToList())
        {
            foreach (var action in ActionsOf(row.Id).Where(a => a.State is ActionState.Pending or ActionState.Sending))
            {
                sent.Add((row.Key.Subject, action.Order));
                actions[(row.Id, action.Position)] = action with { State = ActionState.Done, DoneAt = Now, Result = new ActionResult(action.Order.Key, null) };
            }

            var taken = ActionsOf(row.Id).Last(a => a.State == ActionState.Done).Order.Content is ReminderCancelContent;
            rows[row.Id] = row with { State = taken ? HandoffState.Withdrawn : HandoffState.Done, DoneAt = Now, NextLook = null };
        }
    }

    /// <summary>Plans, delivers, and plans again until nothing is left to do.</summary>
    public void Settle(Engagement facts)
    {
        Facts = facts;
        for (var round = 0; round < 10; round++)
        {
            Plan();
            if (Pending.Count == 0 && rows.Values.All(r => r.State != HandoffState.Sending)) return;
            Deliver();
        }

        throw new InvalidOperationException("it never comes to rest");
    }

    /// <summary>What stands in the calendar after all that was sent.</summary>
    public IReadOnlyList<ReminderContent> Calendar(RecordRef? subject = null)
    {
        var standing = new Dictionary<string, ReminderContent>();
        foreach (var (_, order) in sent.Where(s => subject is null || s.About == subject))
        {
            switch (order.Content)
            {
                case ReminderContent made:
                    standing.Add(order.Name, made);
                    break;
                case ReminderMoveContent moved:
                    standing[moved.Of].At.ShouldBe(moved.Was);
                    standing[moved.Of] = standing[moved.Of] with { At = moved.At, Title = moved.Title, Basis = moved.Basis };
                    break;
                case ReminderCancelContent cancel:
                    standing.Remove(cancel.Of).ShouldBeTrue();
                    break;
            }
        }

        return [.. standing.Values];
    }

    public string Snapshot() => JsonSerializer.Serialize(new { rows = rows.Values.OrderBy(r => r.Id, StringComparer.Ordinal), actions = actions.Values.OrderBy(a => a.Order.Key, StringComparer.Ordinal) });
}
