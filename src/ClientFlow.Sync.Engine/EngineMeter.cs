using System.Diagnostics.Metrics;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine;

/// <summary>
/// What the engine counts and measures. Tags hold names from the mapping file and words of ours, never a client's: they are few, and anybody may read them.
/// </summary>
public static class EngineMeter
{
    /// <summary>The meter's name, for whoever listens.</summary>
    public const string Name = "ClientFlow.Sync.Engine";

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Deliveries = Meter.CreateCounter<long>(
        "clientflow.deliveries.accepted", "{delivery}", "Webhooks whose signature was valid, stored durably; repeated ones are counted apart");

    private static readonly Counter<long> Records = Meter.CreateCounter<long>(
        "clientflow.records.observed", "{record}", "Records that tools told of, changed or not");

    private static readonly Counter<long> Changes = Meter.CreateCounter<long>(
        "clientflow.changes", "{change}", "Records that were new, changed or deleted");

    private static readonly Counter<long> Handoffs = Meter.CreateCounter<long>(
        "clientflow.handoffs", "{handoff}", "Handoffs that came into a state");

    private static readonly Counter<long> Attempts = Meter.CreateCounter<long>(
        "clientflow.attempts", "{attempt}", "Writes sent to a tool, by what came of them");

    private static readonly Counter<long> DeadLetters = Meter.CreateCounter<long>(
        "clientflow.dead_letters", "{letter}", "Writes and deliveries that came to need a person");

    private static readonly Histogram<double> Latency = Meter.CreateHistogram("clientflow.handoff.latency", "s",
        "From what opened a handoff's gate (a webhook, a poll, a yes) to the first write that is sent for it",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600] });

    private static readonly Histogram<double> AttemptDuration = Meter.CreateHistogram("clientflow.attempt.duration", "s",
        "How long a tool takes for one write", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    /// <summary>Begins the counts of what an alert watches at zero: a series that appears with its first event hides that event from a rate.</summary>
    public static void Prime(Workspace workspace)
    {
        foreach (var tool in workspace.Tools.Select(t => t.Name))
        {
            Deliveries.Add(0, new("tool", tool), new("repeated", "no"));
            DeadLetters.Add(0, new("tool", tool), new("what", "write"));
            DeadLetters.Add(0, new("tool", tool), new("what", "delivery"));
        }

        foreach (var rule in workspace.Config.Rules)
            foreach (var state in (HandoffState[])[HandoffState.Waiting, HandoffState.Ready, HandoffState.Done, HandoffState.Dead])
                Handoffs.Add(0, new("rule", rule.Name), new("state", Word(state)));
    }

    internal static void Accepted(Tool tool, bool isNew) => Deliveries.Add(1, new("tool", tool.Name), new("repeated", isNew ? "no" : "yes"));

    internal static void Observed(Tool tool, RecordKind kind) => Records.Add(1, new("tool", tool.Name), new("kind", Names.Of(kind)));

    internal static void Changed(Tool tool, RecordKind kind) => Changes.Add(1, new("tool", tool.Name), new("kind", Names.Of(kind)));

    /// <summary>A handoff came into another state; counted once that is durable.</summary>
    internal static void Came(IUnitOfWork unit, string rule, HandoffState state)
    {
        if (Handoffs.Enabled) unit.WhenDurable(() => Handoffs.Add(1, new("rule", rule), new("state", Word(state))));
    }

    /// <summary>A write needs a person; counted once that is durable.</summary>
    internal static void Died(IUnitOfWork unit, string tool)
    {
        if (DeadLetters.Enabled) unit.WhenDurable(() => DeadLetters.Add(1, new("tool", tool), new("what", "write")));
    }

    /// <summary>A delivery needs a person; counted once that is durable.</summary>
    internal static void Unreadable(IUnitOfWork unit, string tool)
    {
        if (DeadLetters.Enabled) unit.WhenDurable(() => DeadLetters.Add(1, new("tool", tool), new("what", "delivery")));
    }

    internal static void Began(string rule, TimeSpan latency) => Latency.Record(latency.TotalSeconds, new KeyValuePair<string, object?>("rule", rule));

    internal static void Attempted(Tool tool, string action, Failure? failure, TimeSpan took)
    {
        var outcome = EngineTrace.OutcomeOf(failure);
        Attempts.Add(1, new("tool", tool.Name), new("action", action), new("outcome", outcome));
        AttemptDuration.Record(took.TotalSeconds, new("tool", tool.Name), new("outcome", outcome));
    }

    private static string Word(HandoffState state) => state switch
    {
        HandoffState.Baseline => "baseline",
        HandoffState.Waiting => "waiting",
        HandoffState.Ready => "ready",
        HandoffState.Sending => "sending",
        HandoffState.Done => "done",
        HandoffState.Withdrawn => "withdrawn",
        HandoffState.Skipped => "skipped",
        HandoffState.Dead => "dead",
    };
}
