using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;
using Microsoft.Data.Sqlite;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>Where a store is and what it needs of the world.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>The data directory: made when it doesn't exist. The store is <c>clientflow.db</c> in it.</summary>
    public required string Directory { get; init; }

    /// <summary>Whose rows these are; several businesses may share a file.</summary>
    public string Workspace { get; init; } = "default";

    public required TimeProvider Clock { get; init; }

    public required IProtector Protector { get; init; }

    /// <summary>How many may read at once.</summary>
    public int Readers { get; init; } = 4;

    /// <summary>The database's file.</summary>
    public string File => Path.Combine(Path.GetFullPath(Directory), "clientflow.db");
}

/// <summary>Everything remembered, in one SQLite file: one writer in one process, and any number of readers beside it.</summary>
public sealed class SqliteStore : IStore
{
    private static readonly TimeSpan KeepBodies = TimeSpan.FromDays(30);
    private static readonly TimeSpan KeepChanges = TimeSpan.FromDays(400);

    private readonly SqliteReaders readers;
    private readonly SqliteWriter? writer;
    private readonly StoreLock? held;

    private SqliteStore(SqliteStoreOptions options, SqliteWriter? writer, StoreLock? held)
    {
        (this.writer, this.held) = (writer, held);
        readers = new SqliteReaders(options.File, options.Workspace, options.Protector, options.Readers);
    }

    /// <summary>How many commits the writer made.</summary>
    internal long Commits => writer?.Commits ?? 0;

    /// <summary>Opens the store to read and write, and brings its file up to date.</summary>
    /// <exception cref="StoreException">Another worker has it, or it can't be used; the message says why and what to do.</exception>
    public static Task<SqliteStore> OpenAsync(SqliteStoreOptions options) => Task.Run(() => Open(options));

    /// <summary>Opens the store to read only, beside a worker or without one. Writing is refused.</summary>
    /// <exception cref="StoreException">There is no store, or it can't be read; the message says why and what to do.</exception>
    public static SqliteStore OpenReadOnly(SqliteStoreOptions options)
    {
        var path = options.File;
        if (!File.Exists(path)) throw new StoreException($"{path} doesn't exist: no worker has run with this data directory yet");
        try
        {
            using var session = SqliteSession.OpenReader(path, options.Workspace);
            SqliteMigrations.Check(session, path);
        }
        catch (SqliteException trouble)
        {
            throw SqliteTrouble.Explain(trouble, path);
        }

        return new SqliteStore(options, null, null);
    }

    public Task<T> WriteAsync<T>(WritePriority priority, Func<IUnitOfWork, T> work, CancellationToken cancellationToken) =>
        writer?.WriteAsync(priority, work, cancellationToken) ?? Task.FromException<T>(ReadOnly());

    public Task<bool> AcceptAsync(Delivery delivery, string identity, CancellationToken cancellationToken) =>
        writer?.AcceptAsync(delivery, identity, cancellationToken) ?? Task.FromException<bool>(ReadOnly());

    public Task<T> ReadAsync<T>(Func<IReadView, T> work, CancellationToken cancellationToken) => readers.ReadAsync(work, cancellationToken);

    public TimeSpan? WritingFor => writer?.WritingFor;

    public async Task<int> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        const int Step = 200;
        var total = 0;
        while (true)
        {
            var deleted = await WriteAsync(WritePriority.Bulk, unit =>
            {
                var work = (SqliteUnitOfWork)unit;
                var rows = work.PruneInbox(now - KeepBodies, Step) + work.PruneCalls(now - KeepBodies, Step) +
                    work.PruneChanges(now - KeepChanges, Step) + work.PruneJournal(now - KeepChanges, Step);
                work.GiveBackSpace();
                return rows;
            }, cancellationToken).ConfigureAwait(false);
            total += deleted;
            if (deleted == 0) return total;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Readers first: the connection that closes last, the writer's, folds the log into the file.
        readers.Dispose();
        if (writer is not null) await writer.DisposeAsync().ConfigureAwait(false);
        held?.Dispose();
    }

    private static StoreException ReadOnly() => new("the data is open to read only: nothing can be changed here");

    private static SqliteStore Open(SqliteStoreOptions options)
    {
        var path = options.File;
        StoreLock? held = null;
        SqliteSession? session = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            held = StoreLock.Take(Path.GetDirectoryName(path)!, path);
            session = SqliteSession.OpenWriter(path, options.Workspace);
            SqliteMigrations.Apply(session, path, options.Clock.GetUtcNow());
            return new SqliteStore(
                options, new SqliteWriter(session, () => SqliteSession.OpenWriter(path, options.Workspace, again: true), path, options.Protector), held);
        }
        catch (Exception trouble)
        {
            session?.Dispose();
            held?.Dispose();
            switch (trouble)
            {
                case SqliteException sqlite: throw SqliteTrouble.Explain(sqlite, path);
                case IOException or UnauthorizedAccessException:
                    throw new StoreException(
                        $"the data directory {options.Directory} can't be used: {trouble.Message} Give this user the right to write there, or choose another", trouble);
                default: throw;
            }
        }
    }
}
