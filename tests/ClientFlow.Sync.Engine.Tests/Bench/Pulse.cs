namespace ClientFlow.Sync.Engine.Tests.Bench;

/// <summary>Feels whether the engine is at work: every call to the store and to a tool passes through here.</summary>
internal sealed class Pulse
{
    private long beats;
    private int underWay;
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Beats => Interlocked.Read(ref beats);

    public int UnderWay => Volatile.Read(ref underWay);

    /// <summary>Completes at the next beat.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    public async Task<T> During<T>(Func<Task<T>> work)
    {
        Interlocked.Increment(ref underWay);
        Beat();
        try
        {
            return await work();
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
            Beat();
        }
    }

    public void Beat()
    {
        Interlocked.Increment(ref beats);
        Interlocked.Exchange(ref next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
