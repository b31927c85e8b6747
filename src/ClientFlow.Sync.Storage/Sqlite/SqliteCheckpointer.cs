using Microsoft.Data.Sqlite;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>
/// Carries the log over into the file beside the writer, on a connection and a thread of its own: what is left for the writer's own
/// checkpoint, after which the log begins anew, is little, and nobody waits long behind it. Its thread begins with the first rush.
/// </summary>
internal sealed class SqliteCheckpointer(Func<SqliteSession> open) : IDisposable
{
    private static readonly Sql Checkpoint = new("PRAGMA wal_checkpoint(PASSIVE)");

    private readonly AutoResetEvent waiting = new(false);
    private Thread? thread;
    private volatile bool closed;

    /// <summary>There is something to carry over. Called by one thread.</summary>
    public void Wake()
    {
        if (thread is null)
        {
            var beside = new Thread(Run) { IsBackground = true, Name = "clientflow checkpoints" };
            try
            {
                beside.UnsafeStart();
            }
            catch (OutOfMemoryException)
            {
                return; // No thread is to be had: the writer does all of it, as it can.
            }

            thread = beside;
        }

        waiting.Set();
    }

    /// <summary>Ends after the checkpoint that is under way.</summary>
    public void Dispose()
    {
        closed = true;
        waiting.Set();
        thread?.Join();
        waiting.Dispose();
    }

    private void Run()
    {
        SqliteSession? session = null;
        while (true)
        {
            waiting.WaitOne();
            if (closed) break;
            try
            {
                session ??= open();
                session.Run(Checkpoint);
            }
#pragma warning disable CA1031 // Nothing is lost: the log still holds it all. What ails the file meets the writer's next commit, and its caller is told.
            catch (Exception)
#pragma warning restore CA1031
            {
                session?.Dispose();
                session = null;
            }

            // Whoever woke it meanwhile is not followed at once: the writer's own checkpoint needs its turn, or the log would never begin anew.
            waiting.Reset();
            if (closed) break;
        }

        session?.Dispose();
    }
}
