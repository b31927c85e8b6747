using System.Collections.Concurrent;

namespace ClientFlow.Sync.Engine.Health;

/// <summary>A loop that has something to do and makes no progress.</summary>
/// <param name="For">How long it has made none.</param>
public sealed record Stall(string Loop, TimeSpan For, StallKind Kind)
{
    /// <summary>What is wrong, and what to do, as it follows its name.</summary>
    public string Trouble => $"has made no progress for {(For.TotalMinutes < 2 ? $"{For.TotalSeconds:0} s" : $"{For.TotalMinutes:0} min")}: " + Kind switch
    {
        StallKind.Hangs => "it hangs in one step, and no step takes so long",
        StallKind.Oversleeps => "it should have woken up by now",
        StallKind.Forgets => "it sleeps while work for it is due",
    } + ". Restart the worker: nothing is lost, and what it was at is taken up again";

    /// <summary>One sentence for a person.</summary>
    public override string ToString() => $"the {Loop} loop {Trouble}";
}

/// <summary>In what way a loop makes no progress.</summary>
public enum StallKind
{
    /// <summary>It is in the middle of something that ended neither well nor badly.</summary>
    Hangs,

    /// <summary>It went to sleep until a moment that has passed.</summary>
    Oversleeps,

    /// <summary>Nobody woke it for what it has to do.</summary>
    Forgets,
}

/// <summary>
/// The progress of each loop. Whoever works marks each step of it (a call to a tool, a transaction), whoever sleeps says until when, and whoever
/// waits for another's turn says so: a loop that hangs without throwing is seen by its silence, and one that has nothing to do is left in peace.
/// </summary>
/// <remarks>Time is counted by the machine's monotonic clock: neither a leap of the clock nor a suspended machine makes anybody late.</remarks>
public sealed class Heartbeats(TimeProvider clock)
{
    /// <summary>
    /// No lawful step takes longer. One call marks each of its tries; the longest silence is that of a call which waits for what another call asks for
    /// just then (the people of a tool, a token): up to three reads of four tries of 10 s each, every one with 8 s for its turn and 8 s before the next.
    /// </summary>
    public static readonly TimeSpan LongestStep = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<Heartbeat, string> all = new();
    private readonly ConcurrentDictionary<string, Heartbeat> expected = new(StringComparer.Ordinal);
    private readonly AsyncLocal<Heartbeat?> current = new();

    /// <summary>From here on this flow, and what it starts, is a loop at work, until it is disposed of. Several may have one name: the writes of a lane.</summary>
    /// <param name="slept">Told each time that it has lain down to sleep.</param>
    public Heartbeat Begin(string loop, Action? slept = null)
    {
        var heartbeat = new Heartbeat(clock, ended => all.TryRemove(ended, out _)) { Slept = slept };
        all[heartbeat] = loop;
        current.Value = heartbeat;
        return heartbeat;
    }

    /// <summary>Something that a schedule runs is to begin within a time.</summary>
    public void Expect(string loop, TimeSpan within)
    {
        var heartbeat = expected.GetOrAdd(loop, _ => new Heartbeat(clock, static _ => { }));
        heartbeat.Sleep(within);
        all[heartbeat] = loop;
    }

    /// <summary>From here on this flow is at something that was expected. It ends by expecting it again.</summary>
    public void Enter(string loop)
    {
        if (!expected.TryGetValue(loop, out var heartbeat)) return;
        heartbeat.Beat();
        heartbeat.Wake();
        current.Value = heartbeat;
    }

    /// <summary>A step is made: marks the loop whose flow this is, if it is one.</summary>
    public void Beat() => current.Value?.Beat();

    /// <summary>Sleeps until a signal or a moment, whichever comes first.</summary>
    /// <param name="until">UTC; null sleeps until the signal alone.</param>
    public async Task SleepAsync(Signal signal, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        var heartbeat = current.Value;
        heartbeat?.Sleep(until - clock.GetUtcNow() is { } time ? time < Signal.LongestSleep ? time : Signal.LongestSleep : null);
        heartbeat?.Slept?.Invoke();
        try
        {
            await signal.WaitAsync(until, clock, cancellationToken);
        }
        finally
        {
            heartbeat?.Wake();
        }
    }

    /// <summary>Waits for somebody who is watched himself.</summary>
    public async Task BehindAsync(Task other)
    {
        var heartbeat = current.Value;
        heartbeat?.Sleep(null);
        try
        {
            await other;
        }
        finally
        {
            heartbeat?.Wake();
        }
    }

    /// <summary>The loops that hang or have overslept, each once.</summary>
    public IReadOnlyList<Stall> Stalled() =>
    [
        .. all.Select(h => h.Key.Stall(h.Value)).OfType<Stall>()
            .GroupBy(s => s.Loop).Select(g => g.MaxBy(s => s.For)!)
            .OrderBy(s => s.Loop, StringComparer.Ordinal),
    ];

    /// <summary>How long a loop has slept, and everything that it started; null while anything of it is at work, or there is no such loop.</summary>
    public TimeSpan? AsleepFor(string loop)
    {
        var asleep = all.Where(h => h.Value == loop).Select(h => h.Key.AsleepFor).ToList();
        return asleep.Count == 0 || asleep.Contains(null) ? null : asleep.Min();
    }
}

/// <summary>The names of loops that are spoken of in more than one place.</summary>
internal static class Loops
{
    public const string Looks = "looks";

    public static string InboxOf(Tool tool) => $"inbox of {tool.Name}";

    public static string LaneOf(Tool tool) => $"lane of {tool.Name}";
}

/// <summary>The progress of one loop, or of one thing that it is at.</summary>
public sealed class Heartbeat : IDisposable
{
    private const long Working = 0;
    private readonly TimeProvider clock;
    private readonly Action<Heartbeat> ended;
    private long marked;

    // When it should be awake again, in ticks of the clock; MaxValue: only a signal wakes it.
    private long wakes = Working;

    internal Heartbeat(TimeProvider clock, Action<Heartbeat> ended)
    {
        (this.clock, this.ended) = (clock, ended);
        Beat();
    }

    internal Action? Slept { get; init; }

    public void Dispose() => ended(this);

    internal void Beat() => Volatile.Write(ref marked, clock.GetTimestamp());

    internal void Sleep(TimeSpan? time)
    {
        Beat();
        Volatile.Write(ref wakes, time is { } t ? Volatile.Read(ref marked) + (long)(Math.Max(0, t.TotalSeconds) * clock.TimestampFrequency) : long.MaxValue);
    }

    // The mark first: whoever reads in between must not take a long sleep for a long step.
    internal void Wake()
    {
        Beat();
        Volatile.Write(ref wakes, Working);
    }

    internal TimeSpan? AsleepFor => Volatile.Read(ref wakes) == Working ? null : clock.GetElapsedTime(Volatile.Read(ref marked));

    internal Stall? Stall(string loop)
    {
        var wakesAt = Volatile.Read(ref wakes);
        if (wakesAt == long.MaxValue) return null;
        var late = clock.GetElapsedTime(wakesAt == Working ? Volatile.Read(ref marked) : wakesAt);
        return late > Heartbeats.LongestStep ? new Stall(loop, late, wakesAt == Working ? StallKind.Hangs : StallKind.Oversleeps) : null;
    }
}
