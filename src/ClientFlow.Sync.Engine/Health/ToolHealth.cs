using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Engine.Health;

/// <summary>How a tool fares.</summary>
public enum Condition
{
    /// <summary>Nothing was heard of it yet.</summary>
    Unknown,

    Healthy,

    /// <summary>It is left alone for a while and tried again by itself.</summary>
    BackingOff,

    /// <summary>Only a person can help: its credential is refused, or is another account's.</summary>
    Held,
}

/// <summary>How a tool fares, and since when.</summary>
/// <param name="Message">One sentence for a person; null when all is well.</param>
/// <param name="Until">When it is tried again, UTC.</param>
public sealed record HealthState(Condition Condition, DateTimeOffset? Since, string? Message, DateTimeOffset? Until);

/// <summary>The health of one tool, told by whoever calls it. Reads, writes and probes share it, so that an outage is met once.</summary>
public sealed class ToolHealth
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    // Trouble with one call is over at the next as a rule: what meets it so often in a row may never get through.
    private const int MostPassing = 3;
    private readonly Lock gate = new();
    private HealthState state = new(Condition.Unknown, null, null, null);
    private readonly List<(string About, string Message)> complaints = [];
    private readonly Dictionary<string, int> passing = new(StringComparer.Ordinal);
    private readonly Dictionary<RecordKind, DateTimeOffset> deliveries = [];
    private int failures;

    public HealthState State
    {
        get
        {
            lock (gate) return state;
        }
    }

    /// <summary>When the last webhook arrived, UTC.</summary>
    public DateTimeOffset? LastDelivery { get; set; }

    /// <summary>When a record last changed by others' doing in this life of the worker, UTC.</summary>
    public DateTimeOffset? LastChange { get; private set; }

    /// <summary>It has said nothing for longer than is likely; null while all is as usual.</summary>
    public Silence? Silence { get; set; }

    /// <summary>A record changed by others' doing.</summary>
    public void Changed(DateTimeOffset at) => (LastChange, Silence) = (at, null);

    /// <summary>Webhooks spoke of records of a kind.</summary>
    public void Delivered(RecordKind kind, DateTimeOffset at)
    {
        lock (gate) deliveries[kind] = at;
    }

    /// <summary>When a webhook last spoke of records of a kind, UTC; null: not in this life of the worker.</summary>
    public DateTimeOffset? LastDeliveryOf(RecordKind kind)
    {
        lock (gate) return deliveries.TryGetValue(kind, out var at) ? at : null;
    }

    /// <summary>Whether it is being tried again after trouble: one write goes first, and the others follow when it is answered.</summary>
    public bool HalfOpen(DateTimeOffset now)
    {
        lock (gate) return state.Condition is Condition.BackingOff or Condition.Held && (state.Until is not { } until || until <= now);
    }

    /// <summary>Whether it may be called now.</summary>
    public bool MayCall(DateTimeOffset now)
    {
        lock (gate) return state.Until is not { } until || until <= now;
    }

    /// <summary>A call succeeded.</summary>
    /// <returns>True when this changed how the tool fares.</returns>
    public bool Succeeded(DateTimeOffset now)
    {
        lock (gate)
        {
            failures = 0;
            if (state.Condition == Condition.Healthy) return false;
            state = new HealthState(Condition.Healthy, now, null, null);
            return true;
        }
    }

    /// <summary>The tool said no to something that is asked of it again and again, or has had trouble with it several times in a row.</summary>
    /// <param name="about">What was asked: a stream, a kind of write.</param>
    /// <returns>True when it is another complaint than the last about this: it is told once, not once a try.</returns>
    public bool Complained(string about, Failure failure)
    {
        lock (gate)
        {
            var passes = failure.Kind is not (FailureKind.Malformed or FailureKind.Rejected) && failure.Reason != Failure.NotTheCredential;
            if (passes && (passing[about] = passing.GetValueOrDefault(about) + 1) < MostPassing) return false;
            if (complaints.Contains((about, failure.Message))) return false;
            complaints.RemoveAll(c => c.About == about);
            complaints.Add((about, failure.Message));
            return true;
        }
    }

    /// <summary>The tool said yes to what it may have said no to before.</summary>
    public void Agreed(string about)
    {
        lock (gate)
        {
            complaints.RemoveAll(c => c.About == about);
            passing.Remove(about);
        }
    }

    /// <summary>What the tool last said no to and has not said yes to since; null when nothing.</summary>
    public string? Complaint
    {
        get
        {
            lock (gate) return complaints.Count == 0 ? null : complaints[^1].Message;
        }
    }

    /// <summary>A call failed in a way that concerns the tool as a whole. A rejected or missing record concerns that record alone.</summary>
    /// <returns>True when this changed how the tool fares.</returns>
    public bool Failed(Failure failure, DateTimeOffset now)
    {
        if (failure.OneCall) return false;
        lock (gate)
        {
            Condition? next = failure.Kind switch
            {
                FailureKind.Unauthorized => Condition.Held,
                FailureKind.RateLimited or FailureKind.Unavailable => Condition.BackingOff,
                FailureKind.Uncertain or FailureKind.Rejected or FailureKind.Missing or FailureKind.Malformed => null,
            };
            if (next is not { } condition) return false;

            // Calls that were under way together fail together: that is one failure, and not a longer pause for each.
            if (state.Condition != condition || state.Until is not { } before || before <= now) failures++;
            var pause = TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, Math.Pow(2, Math.Min(failures, 9))));

            // Half of the pause is chance: tools and workers that failed together do not all come back together.
            pause *= 0.5 + (Random.Shared.NextDouble() / 2);
            var until = failure.RetryAt is { } named && named > now ? named : now + pause;
            var changed = state.Condition != condition;
            state = new HealthState(condition, changed ? now : state.Since, failure.Message, until);
            return changed;
        }
    }
}
