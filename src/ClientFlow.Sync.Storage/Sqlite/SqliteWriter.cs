using System.Diagnostics;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;
using Microsoft.Data.Sqlite;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>
/// The one writer, on a thread of its own. It takes what waits, urgent work first, gives each unit its savepoint, and makes
/// all of it durable with one commit: a unit that throws takes only itself back. Callers hear of success after the commit.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int MostUnits = 256;

    // While urgent work keeps coming, bulk gets a tenth of the time and no less, or reading would never catch up with a flood.
    private const int UrgentByBulk = 9;

    // However short or long one bulk unit took, the next waits so long at least and at most, in ticks of the stopwatch.
    private static readonly (long Least, long Most) UrgentTime = (Stopwatch.Frequency / 200, Stopwatch.Frequency / 5);

    // Calm checkpoints keep the log short, so that the large one of `wal_autocheckpoint` is seldom met.
    private const int CommitsPerCalmCheckpoint = 256;

    // In a rush most of the log is carried over beside the writer, some thousand pages at a time.
    private const int CommitsPerCheckpointBeside = 64;

    // The journal's index of words is brought up to date in pieces that no acknowledgement has to wait long behind: as soon as it is calm and a
    // piece has come together, and under a load without end before the newest entries are too many to be looked at one by one.
    private const int IndexPiece = 256;
    private const int MostUnindexed = 1_024;

    private static readonly TimeSpan LongestBatch = TimeSpan.FromMilliseconds(20);

    // Once somebody urgent is in the batch, bulk joins for this long only.
    private static readonly TimeSpan LongestMixed = TimeSpan.FromMilliseconds(2);

    private static readonly Sql Begin = new("BEGIN IMMEDIATE");
    private static readonly Sql Commit = new("COMMIT");
    private static readonly Sql Rollback = new("ROLLBACK");
    private static readonly Sql Savepoint = new("SAVEPOINT unit");
    private static readonly Sql Release = new("RELEASE unit");
    private static readonly Sql RollbackUnit = new("ROLLBACK TO unit");
    private static readonly Sql Checkpoint = new("PRAGMA wal_checkpoint(PASSIVE)");

    private readonly Lock gate = new();
    private readonly Queue<WriteUnit> urgent = [];
    private readonly Queue<WriteUnit> bulk = [];
    private readonly AutoResetEvent waiting = new(false);
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string path;
    private readonly IProtector protector;
    private readonly Func<SqliteSession> open;
    private readonly SqliteCheckpointer checkpointer;

    private SqliteSession? session;
    private SqliteUnitOfWork? work;
    private bool closed;

    // When the present batch began, in ticks of the stopwatch; 0 while there is none.
    private long writingSince;
    private int commitsSinceCheckpoint;

    // How long urgent work may go on while bulk waits, and has gone on, in ticks of the stopwatch.
    private long urgentMay = UrgentTime.Least;
    private long urgentTook;
    private bool bulkWaits;

    public SqliteWriter(SqliteSession session, Func<SqliteSession> open, string path, IProtector protector)
    {
        (this.session, this.open, this.path, this.protector) = (session, open, path, protector);
        work = new SqliteUnitOfWork(session, protector);
        checkpointer = new SqliteCheckpointer(open);
        new Thread(Run) { IsBackground = true, Name = "clientflow writer" }.UnsafeStart();
    }

    /// <summary>How many commits were made: far fewer than units under load.</summary>
    public long Commits { get; private set; }

    /// <summary>How long the present batch has taken so far; null while there is none.</summary>
    public TimeSpan? WritingFor => Volatile.Read(ref writingSince) is > 0 and var since ? Stopwatch.GetElapsedTime(since) : null;

    public Task<T> WriteAsync<T>(WritePriority priority, Func<IUnitOfWork, T> work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<T>(cancellationToken);
        var unit = new Work<T>(work, priority, cancellationToken);
        Enqueue(unit);
        return unit.Task;
    }

    public Task<bool> AcceptAsync(Delivery delivery, string identity, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<bool>(cancellationToken);
        var unit = new Acceptance(delivery, identity, cancellationToken);
        Enqueue(unit);
        return unit.Task;
    }

    /// <summary>Takes no more work, finishes what waits, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            if (closed) return;
            closed = true;
        }

        waiting.Set();
        await ended.Task.ConfigureAwait(false);
        waiting.Dispose();
    }

    private void Enqueue(WriteUnit unit)
    {
        bool first;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, typeof(SqliteStore));
            first = urgent.Count + bulk.Count == 0;
            (unit.Priority == WritePriority.Urgent ? urgent : bulk).Enqueue(unit);
        }

        // The writer goes on until both queues are empty: only the first has to wake it.
        if (first) waiting.Set();
    }

    private void Run()
    {
        var batch = new List<WriteUnit>(MostUnits);
        while (true)
        {
            batch.Clear();
            if (Next(batch, TimeSpan.Zero) is { } unit)
            {
                WriteBatch(unit, batch);
                while (IndexWhen(MostUnindexed))
                {
                    // However much a batch wrote, what has to be looked at one by one stays little.
                }

                continue;
            }

            if (IndexWhen(IndexPiece)) continue;

            lock (gate)
            {
                if (closed && urgent.Count + bulk.Count == 0) break;
            }

            CheckpointWhenCalm();
            waiting.WaitOne();
        }

        checkpointer.Dispose();
        session?.Dispose();
        ended.SetResult();
    }

    /// <summary>The unit that goes next into a batch that has run for a while; null when it is time to commit.</summary>
    private WriteUnit? Next(List<WriteUnit> batch, TimeSpan elapsed)
    {
        if (batch.Count >= MostUnits || elapsed >= LongestBatch) return null;
        lock (gate)
        {
            while (true)
            {
                var bulkMay = bulk.Count > 0 && (elapsed < LongestMixed || batch.TrueForAll(static unit => unit.Priority == WritePriority.Bulk));
                var queue = bulkMay && (urgent.Count == 0 || urgentTook >= urgentMay) ? bulk : urgent;
                if (!queue.TryDequeue(out var unit)) return null;
                bulkWaits = queue == urgent && bulk.Count > 0;
                if (!unit.CancelledBeforeStart()) return unit;
            }
        }
    }

    private void WriteBatch(WriteUnit first, List<WriteUnit> batch)
    {
        var began = Stopwatch.GetTimestamp();
        Volatile.Write(ref writingSince, began);
        batch.Add(first);
        try
        {
            if (session is null)
            {
                session = open();
                work = new SqliteUnitOfWork(session, protector);
            }

            session.Run(Begin);
            for (var unit = first; unit is not null; unit = Next(batch, Stopwatch.GetElapsedTime(began)))
            {
                if (unit != first) batch.Add(unit);
                var at = Stopwatch.GetTimestamp();
                RunUnit(unit, session, work!);
                var took = Stopwatch.GetTimestamp() - at;
                if (unit.Priority == WritePriority.Bulk) (urgentMay, urgentTook) = (Math.Clamp(took * UrgentByBulk, UrgentTime.Least, UrgentTime.Most), 0);
                else if (bulkWaits) urgentTook += took;
            }

            var committing = Stopwatch.GetTimestamp();
            session.Run(Commit);
            StorageMeter.Committed(committing);
            if (bulkWaits) urgentTook += Stopwatch.GetTimestamp() - committing;
            Commits++;
            commitsSinceCheckpoint++;
        }
        catch (Exception trouble)
        {
            TakeBack(trouble);
            foreach (var unit in batch) unit.Fail(Told(trouble));
            return;
        }
        finally
        {
            Volatile.Write(ref writingSince, 0);
        }

        foreach (var unit in batch)
        {
            unit.Afterwards?.ForEach(static then => then());
            unit.Answer();
        }

        if (commitsSinceCheckpoint % CommitsPerCheckpointBeside == 0) checkpointer.Wake();
    }

    private void RunUnit(WriteUnit unit, SqliteSession session, SqliteUnitOfWork work)
    {
        // A savepoint keeps a copy of each page that is written after it. A statement that fails takes itself back.
        if (!unit.IsOneStatement) session.Run(Savepoint);
        try
        {
            unit.Run(work);
            work.Finish();
            unit.Afterwards = work.TakeAfterwards();
        }
        catch (Exception trouble) when (trouble is not SqliteException sqlite || !SqliteTrouble.IsEnvironment(sqlite))
        {
            // SQLite may have ended the whole transaction; then nobody's work stands.
            if (session.Idle) throw;
            unit.Threw(Told(trouble));
            if (unit.IsOneStatement) return;
            work.Abandon();
            session.Run(RollbackUnit);
        }

        if (!unit.IsOneStatement) session.Run(Release);
    }

    private Exception Told(Exception trouble) => trouble is SqliteException sqlite ? SqliteTrouble.Explain(sqlite, path) : trouble;

    private void TakeBack(Exception trouble)
    {
        work?.Abandon();
        var beyondUse = trouble is SqliteException met && SqliteTrouble.IsOfFile(met);
        try
        {
            if (session is { Idle: false }) session.Run(Rollback);
        }
        catch (SqliteException)
        {
            beyondUse = true;
        }

        if (beyondUse) Drop();
    }

    // The next batch opens the file anew: what is acknowledged is in it, and what a failed connection still believes is not to be relied on.
    private void Drop()
    {
        session?.Dispose();
        (session, work) = (null, null);
    }

    private bool IndexWhen(int waiting)
    {
        if (session is null || work is null) return false;
        try
        {
            if (work.Unindexed < waiting) return false;
            session.Run(Begin);
            work.IndexWords(IndexPiece);
            session.Run(Commit);
            return true;
        }
        catch (SqliteException trouble)
        {
            // What ails the file meets the next commit, and its caller is told; the entries are still there to be indexed then.
            TakeBack(trouble);
            return false;
        }
    }

    private void CheckpointWhenCalm()
    {
        if (commitsSinceCheckpoint < CommitsPerCalmCheckpoint || session is null) return;
        commitsSinceCheckpoint = 0;
        try
        {
            session.Run(Checkpoint);
        }
        catch (SqliteException trouble)
        {
            // Nothing is lost: the log still holds it all. What ails the file meets the next commit, and its caller is told.
            if (SqliteTrouble.IsOfFile(trouble)) Drop();
        }
    }
}
