using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.Tests.Bench;

/// <summary>The process died here. What it had not committed is gone.</summary>
internal sealed class CrashException() : Exception("the process was killed");

/// <summary>
/// The store of one life of the worker. It can kill that life right before or right after a commit: from then on nothing is
/// written or read any more, as if the process were gone.
/// </summary>
internal sealed class WatchedStore(IStore inner, Pulse pulse) : IStore
{
    private readonly TaskCompletionSource died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int writes;
    private volatile bool dead;

    public int Writes => Volatile.Read(ref writes);

    /// <summary>The write, counted from 1, at which this life ends; null: it lives.</summary>
    public int? DiesAt { get; init; }

    /// <summary>The write is durable before it dies.</summary>
    public bool AfterCommit { get; init; }

    /// <summary>It dies after the commit of the write that makes this so.</summary>
    public Func<IReadView, bool>? DiesWhen { get; init; }

    public bool Dead => dead;

    /// <summary>Completes when this life has ended.</summary>
    public Task Died => died.Task;

    /// <summary>Writes fail with this while it is set, as on a full disk.</summary>
    public StoreException? Trouble { get; set; }

    public TimeSpan? WritingFor { get; set; }

    public Task<int> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken) => inner.PruneAsync(now, cancellationToken);

    public Task<T> WriteAsync<T>(WritePriority priority, Func<IUnitOfWork, T> work, CancellationToken cancellationToken) => pulse.During(async () =>
    {
        if (dead) throw new CrashException();
        if (Trouble is { } trouble) throw trouble;
        var last = Interlocked.Increment(ref writes) == DiesAt;
        if (last && !AfterCommit) throw Die();
        var answer = await inner.WriteAsync(priority, unit =>
        {
            if (dead) throw new CrashException();
            var worked = work(unit);
            if (DiesWhen?.Invoke(unit) == true) last = true;
            return worked;
        }, cancellationToken);
        return last ? throw Die() : dead ? throw new CrashException() : answer;
    });

    public Task<bool> AcceptAsync(Delivery delivery, string identity, CancellationToken cancellationToken) =>
        WriteAsync(WritePriority.Urgent, unit => unit.Accept(delivery, identity), cancellationToken);

    public Task<T> ReadAsync<T>(Func<IReadView, T> work, CancellationToken cancellationToken) =>
        pulse.During(() => dead ? throw new CrashException() : inner.ReadAsync(work, cancellationToken));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private CrashException Die()
    {
        dead = true;
        died.TrySetResult();
        return new CrashException();
    }
}
