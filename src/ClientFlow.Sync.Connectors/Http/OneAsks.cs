using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Http;

/// <summary>
/// A question that many have at once: one asks, the others wait. Where the tool fails the one, it has failed those who waited, too: they don't each ask a
/// tool that is down, one after the other.
/// </summary>
public sealed class OneAsks : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private long rounds;
    private Failure? last;

    public void Dispose() => gate.Dispose();

    /// <summary>Asks, or takes the failure of whoever asked while this caller waited.</summary>
    /// <param name="ask">Asks if the answer isn't known by then.</param>
    public async Task<Failure?> AskAsync(Func<Task<Failure?>> ask, CancellationToken cancellationToken)
    {
        var before = Volatile.Read(ref rounds);
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (rounds != before && last is { } failure) return failure;
            last = null;
            return last = await ask();
        }
        finally
        {
            Volatile.Write(ref rounds, rounds + 1);
            gate.Release();
        }
    }
}
