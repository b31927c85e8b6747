using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Core.Stores;

/// <summary>Which of two waiting transactions goes first.</summary>
public enum WritePriority
{
    /// <summary>Somebody waits for the answer: a webhook's acknowledgement, an attempt before its first byte.</summary>
    Urgent,

    /// <summary>Reading and planning in bulk.</summary>
    Bulk,
}

/// <summary>
/// What must be remembered, for one workspace. Work handed to <see cref="WriteAsync{T}"/> runs by itself, in a transaction
/// that is durable when the call returns; several may share one commit, and one that throws takes only itself back.
/// </summary>
public interface IStore : IAsyncDisposable
{
    /// <summary>Runs work in a transaction. The work is synchronous on purpose: it decides and writes with the rows at hand, and waits for nothing.</summary>
    Task<T> WriteAsync<T>(WritePriority priority, Func<IUnitOfWork, T> work, CancellationToken cancellationToken);

    /// <summary>
    /// Stores one delivery by itself, as <see cref="IUnitOfWork.Accept"/> does within a larger transaction, ahead of all that is not urgent. It is
    /// durable when the call returns. Cheaper than a unit of work, since a single row needs no way back: an acknowledgement waits for it.
    /// </summary>
    /// <returns>True when it is new.</returns>
    Task<bool> AcceptAsync(Delivery delivery, string identity, CancellationToken cancellationToken);

    /// <summary>Runs work on a consistent view of what is committed, beside the writer.</summary>
    Task<T> ReadAsync<T>(Func<IReadView, T> work, CancellationToken cancellationToken);

    /// <summary>How long the writer has been at its present transaction; null while it waits for work, and where nothing can be written.</summary>
    TimeSpan? WritingFor { get; }

    /// <summary>
    /// Deletes what is kept no longer: deliveries that were read, and the calls of confirmed writes, after 30 days; changes, and what the journal says of
    /// records, tools and the worker itself, after 400. Handoffs with all that was said of them, links, results, people's decisions and dead letters stay. In small steps, between which
    /// urgent work goes first.
    /// </summary>
    /// <returns>How many rows were deleted or emptied.</returns>
    Task<int> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>Shorter ways to say what is said often.</summary>
public static class StoreExtensions
{
    /// <summary>Runs work in a transaction that has nothing to answer.</summary>
    public static Task WriteAsync(this IStore store, WritePriority priority, Action<IUnitOfWork> work, CancellationToken cancellationToken) =>
        store.WriteAsync(priority, unit =>
        {
            work(unit);
            return true;
        }, cancellationToken);
}
