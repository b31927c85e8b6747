namespace ClientFlow.Sync.Engine.Inbox;

/// <summary>
/// Tells when webhooks come so fast that all there is of the machine should go into acknowledging them: vendors drop what isn't
/// acknowledged in time, and what is on disk can be read a moment later.
/// </summary>
internal sealed class Rush(TimeProvider clock)
{
    // More than 1,280 a second. What a small business's tools tell of in a busy hour is far below.
    private const int Many = 64;
    private static readonly TimeSpan Lately = TimeSpan.FromMilliseconds(50);

    // In a rush without end as much is read as in calm hours of the busiest day: a small batch after each such pause.
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(10);

    private readonly long[] arrivals = new long[Many];
    private int count;

    /// <summary>Whether the last webhooks came that fast. On a clock that stands still none ever did.</summary>
    public bool IsOn
    {
        get
        {
            var last = Volatile.Read(ref count);
            if (last is >= 0 and < Many) return false;
            var took = clock.GetElapsedTime(Volatile.Read(ref arrivals[((last + 1) & int.MaxValue) % Many]));
            return took > TimeSpan.Zero && took < Lately;
        }
    }

    /// <summary>A webhook was acknowledged.</summary>
    public void Arrived() => Volatile.Write(ref arrivals[(Interlocked.Increment(ref count) & int.MaxValue) % Many], clock.GetTimestamp());

    /// <summary>Waits until the rush is over, and at most half a second.</summary>
    /// <returns>Whether it is over.</returns>
    public async Task<bool> LetPassAsync(CancellationToken cancellationToken)
    {
        for (var began = clock.GetTimestamp(); IsOn;)
        {
            if (clock.GetElapsedTime(began) >= LongestPause) return false;
            await Task.Delay(Glance, clock, cancellationToken);
        }

        return true;
    }
}
