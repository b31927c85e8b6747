namespace ClientFlow.Sync.Chaos;

/// <summary>The clock of the tools, and of each life of the worker: the machine's, and what was leapt over while the host was off.</summary>
internal sealed class LeapingClock : TimeProvider
{
    private long ahead;

    /// <summary>How far it is ahead of the machine's clock.</summary>
    public TimeSpan Ahead => TimeSpan.FromTicks(Interlocked.Read(ref ahead));

    public void Leap(TimeSpan by) => Interlocked.Add(ref ahead, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
