namespace ClientFlow.Sync.Sandbox.Http;

/// <summary>At most so many calls in any stretch of the given length: a sliding window on the sandbox's clock.</summary>
public sealed class RateWindow(TimeProvider clock, TimeSpan length)
{
    private readonly Queue<DateTimeOffset> _taken = new();

    /// <summary>Takes one call; false when the window is full. Call it under the tool's lock.</summary>
    public bool TryTake(int limit, out int remaining, out TimeSpan retryAfter)
    {
        DateTimeOffset now = clock.GetUtcNow();
        while (_taken.TryPeek(out DateTimeOffset oldest) && now - oldest >= length)
            _taken.Dequeue();
        if (_taken.Count >= limit)
        {
            remaining = 0;
            retryAfter = length - (now - _taken.Peek());
            return false;
        }

        _taken.Enqueue(now);
        remaining = limit - _taken.Count;
        retryAfter = TimeSpan.Zero;
        return true;
    }
}
