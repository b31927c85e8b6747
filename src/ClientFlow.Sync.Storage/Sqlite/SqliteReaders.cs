using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Stores;
using Microsoft.Data.Sqlite;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>A few connections that only read, each lent to one reader at a time. They see what was committed when they begin.</summary>
internal sealed class SqliteReaders(string path, string workspace, IProtector protector, int count) : IDisposable
{
    private readonly ConcurrentBag<SqliteSession> free = [];
    private readonly SemaphoreSlim places = new(count);
    private volatile bool closed;

    private static readonly Sql Begin = new("BEGIN DEFERRED");
    private static readonly Sql Rollback = new("ROLLBACK");

    public async Task<T> ReadAsync<T>(Func<IReadView, T> work, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(closed, typeof(SqliteStore));
        await places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Read(work), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            places.Release();
        }
    }

    public void Dispose()
    {
        // The semaphore is left to the collector: a reader that is still at work gives its place back to it.
        closed = true;
        while (free.TryTake(out var session)) session.Dispose();
    }

    private T Read<T>(Func<IReadView, T> work)
    {
        SqliteSession? session = null;
        try
        {
            if (!free.TryTake(out session)) session = SqliteSession.OpenReader(path, workspace);
            session.Run(Begin);
            var result = work(new SqliteView(session, protector));
            return result;
        }
        catch (SqliteException trouble)
        {
            if (SqliteTrouble.IsOfFile(trouble))
            {
                // Its file may be another by now (a disk that was taken away and came back): the next reader opens it anew.
                session?.Dispose();
                session = null;
            }

            throw SqliteTrouble.Explain(trouble, path);
        }
        finally
        {
            if (session is not null) GiveBack(session);
        }
    }

    private void GiveBack(SqliteSession session)
    {
        try
        {
            if (!session.Idle) session.Run(Rollback);
            free.Add(session);
        }
        catch (SqliteException)
        {
            // A connection that can't even end its transaction is of no more use; the next reader opens another.
            session.Dispose();
        }

        // Disposed meanwhile: whoever comes last empties the bag.
        if (closed && free.TryTake(out var left)) left.Dispose();
    }
}
