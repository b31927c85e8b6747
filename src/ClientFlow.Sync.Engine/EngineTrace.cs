using System.Diagnostics;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine;

/// <summary>
/// The engine's spans. One trace follows a delivery to the last action that it led to: it is stored with the delivery and with each handoff, so that a restart and
/// hours of waiting don't end it. Where nobody listens nothing is made, and nothing stored.
/// </summary>
public static class EngineTrace
{
    /// <summary>The source's name, for whoever listens.</summary>
    public const string Name = "ClientFlow.Sync.Engine";

    private const string CausesKey = "clientflow.causes";
    private static readonly ActivitySource Source = new(Name);

    /// <summary>The span that this flow is in; null in none of the engine's.</summary>
    internal static string? Here => Activity.Current is { } span && span.Source == Source ? span.Id : null;

    /// <summary>A delivery is stored: the trace goes on from here.</summary>
    internal static Activity? Accept(Tool tool) => Source.StartActivity("delivery.accept")?.SetTag("clientflow.tool", tool.Name);

    /// <summary>A stream is polled or listed.</summary>
    internal static Activity? Stream(string verb, Tool tool, string stream) =>
        Source.StartActivity($"stream.{verb}")?.SetTag("clientflow.tool", tool.Name).SetTag("clientflow.stream", stream);

    /// <summary>Deliveries are read together: a span for each, in its own trace.</summary>
    internal static ReadSpans? Read(Tool tool, IReadOnlyList<(InboxItem Item, DeliveryReading Reading)> deliveries) =>
        Source.HasListeners() ? new ReadSpans([.. deliveries.Select(d => (d.Reading, Read(tool, d.Item)))]) : null;

    private static Activity? Read(Tool tool, InboxItem item) =>
        Follow("delivery.read", item.Delivery.Trace)?.SetTag("clientflow.tool", tool.Name).SetTag("clientflow.delivery", item.Id);

    /// <summary>What the change of a record follows from: asked before the transaction, for its thread is another's.</summary>
    internal static Causes Capture() => Activity.Current is { } span && span.Source == Source
        ? new Causes(span.Id, span.GetCustomProperty(CausesKey) as IReadOnlyDictionary<(RecordKind, string), string>)
        : default;

    /// <summary>A handoff is decided: a point in the trace of what caused it.</summary>
    /// <param name="before">The handoff as it was; null when it is new.</param>
    /// <returns>The trace that the handoff belongs to: the one in which it was called for, while it has not come to an end since.</returns>
    internal static string? Decide(string? cause, Handoff handoff, string rule, Handoff? before)
    {
        if (!Source.HasListeners()) return handoff.Trace;
        var kept = before is { State: HandoffState.Waiting or HandoffState.Ready or HandoffState.Sending } ||
            handoff.State is not (HandoffState.Waiting or HandoffState.Ready) ? before?.Trace : null;
        ActivityContext.TryParse(cause ?? kept, null, isRemote: true, out var parent);
        ActivityLink[] links = ActivityContext.TryParse(kept, null, isRemote: true, out var linked) && linked.TraceId != parent.TraceId ? [new ActivityLink(linked)] : [];
        using var span = Source.StartActivity("handoff.decide", ActivityKind.Internal, parent, links: links);
        span?.SetTag("clientflow.handoff", handoff.Id).SetTag("clientflow.rule", rule).SetTag("clientflow.state", handoff.State.ToString().ToLowerInvariant());
        return kept ?? span?.Id;
    }

    /// <summary>A write is taken a step on.</summary>
    internal static Activity? Attempt(Tool tool, Handoff handoff, HandoffAction action) =>
        Follow(action.State is ActionState.Sending or ActionState.Uncertain ? "action.resolve" : "action.attempt", handoff.Trace)
            ?.SetTag("clientflow.tool", tool.Name).SetTag("clientflow.handoff", handoff.Id).SetTag("clientflow.action", action.Order.Content.Kind);

    /// <summary>What came of a call.</summary>
    internal static void Ended(Failure? failure)
    {
        if (Activity.Current is not { } span || span.Source != Source) return;
        span.SetTag("clientflow.outcome", OutcomeOf(failure));
        if (failure is not null) span.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>What came of a call, in one word.</summary>
    internal static string OutcomeOf(Failure? failure) => failure is null ? "confirmed" : failure.Kind switch
    {
        FailureKind.RateLimited => "rate-limited",
        FailureKind.Unavailable => "unavailable",
        FailureKind.Uncertain => "uncertain",
        FailureKind.Unauthorized => "unauthorized",
        FailureKind.Rejected => "rejected",
        FailureKind.Missing => "missing",
        FailureKind.Malformed => "malformed",
    };

    // Goes on with a stored trace; a new one where none is stored, whatever this flow was at before.
    private static Activity? Follow(string name, string? trace)
    {
        if (!Source.HasListeners()) return null;
        if (ActivityContext.TryParse(trace, null, isRemote: true, out var parent)) return Source.StartActivity(name, ActivityKind.Internal, parent);
        Activity.Current = null;
        return Source.StartActivity(name);
    }

    /// <summary>The spans of deliveries that are read together. What follows from a record belongs to the trace of the delivery that named it.</summary>
    internal sealed class ReadSpans : IDisposable
    {
        private readonly List<Activity> spans = [];

        public ReadSpans(IReadOnlyList<(DeliveryReading Reading, Activity? Span)> read)
        {
            var causes = new Dictionary<(RecordKind, string), string>();
            foreach (var (reading, span) in read)
            {
                if (span is null) continue;
                spans.Add(span);
                foreach (var hint in reading.Hints) causes.TryAdd((hint.Kind, hint.Id), span.Id!);
                foreach (var record in reading.Records) causes.TryAdd((record.Kind, record.Id), span.Id!);
            }

            // The last one that was begun is the current one, and carries what all of them need.
            if (spans.Count > 0) spans[^1].SetCustomProperty(CausesKey, causes);
        }

        public void Dispose()
        {
            for (var i = spans.Count - 1; i >= 0; i--) spans[i].Dispose();
        }
    }
}

/// <summary>What changes of records follow from, as traces; nothing where nobody traces.</summary>
internal readonly record struct Causes(string? Here, IReadOnlyDictionary<(RecordKind, string), string>? ByRecord)
{
    /// <summary>What a change of a record follows from; null where it isn't known.</summary>
    public string? Of(RecordRef record) => ByRecord?.GetValueOrDefault((record.Kind, record.Id)) ?? Here;
}
