using Microsoft.Data.Sqlite;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>One statement of ours. <c>$w</c> is the workspace; <c>$1</c>, <c>$2</c>… are its values in order.</summary>
internal sealed class Sql(string text)
{
    public string Text { get; } = text;
}

/// <summary>
/// One connection with its prepared statements, used by one thread at a time. Never pooled: a statement is prepared once and
/// bound again, which is most of what makes a small transaction cheap.
/// </summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly Dictionary<Sql, SqliteStatement> prepared = [];

    // Each connection is used by one thread at a time, so SQLite need not guard every call, nor count its memory under one lock
    // for all of them. Only possible before its first use in the process; where another came first, it works all the same.
    static SqliteSession()
    {
        SQLitePCL.Batteries_V2.Init();
        _ = SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MULTITHREAD);
        _ = SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    private SqliteSession(SqliteConnection connection, string workspace) => (Connection, Workspace) = (connection, workspace);

    public SqliteConnection Connection { get; }

    public string Workspace { get; }

    /// <summary>Whether no transaction is open. SQLite ends one by itself after some errors.</summary>
    public bool Idle => SQLitePCL.raw.sqlite3_get_autocommit(Connection.Handle) != 0;

    /// <summary>The connection that creates, migrates and writes.</summary>
    /// <param name="again">The file was open before: where it is gone (its disk was taken away), an empty one in its place would take what comes in.</param>
    public static SqliteSession OpenWriter(string path, string workspace, bool again = false) => Open(path, workspace, again ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadWriteCreate,
        // Only effective on a file without tables, and before WAL writes its header.
        "PRAGMA auto_vacuum = INCREMENTAL",
        "PRAGMA journal_mode = WAL",
        // An acknowledgement promises that the delivery outlives a power cut. With group commit FULL costs next to nothing.
        "PRAGMA synchronous = FULL",
        // Under steady load a checkpoint runs inside somebody's commit: at 1,000 pages that happens so often that it costs a
        // third of the throughput, at 4,000 it takes about 20 ms once in a while. In calm hours the writer checkpoints by itself
        // when nobody waits, so the large figure is rarely met.
        "PRAGMA wal_autocheckpoint = 4000",
        "PRAGMA journal_size_limit = 67108864",
        "PRAGMA cache_size = -16384");

    /// <summary>A connection beside the writer's, which can't write.</summary>
    public static SqliteSession OpenReader(string path, string workspace) =>
        Open(path, workspace, SqliteOpenMode.ReadOnly, "PRAGMA cache_size = -4096");

    public void Execute(string text)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a statement; how many rows it changed.</summary>
    public int Run(Sql sql, params ReadOnlySpan<object?> values)
    {
        var statement = Bound(sql, values);
        try
        {
            while (statement.Step())
            {
                // What it answers is not asked for.
            }

            return SQLitePCL.raw.sqlite3_changes(Connection.Handle);
        }
        finally
        {
            statement.Reset();
        }
    }

    public List<T> All<T>(Sql sql, Func<SqliteRow, T> read, params ReadOnlySpan<object?> values)
    {
        var statement = Bound(sql, values);
        var rows = new List<T>();
        try
        {
            while (statement.Step()) rows.Add(read(statement.Row));
            return rows;
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>The first row, or the type's default where there is none.</summary>
    public T? First<T>(Sql sql, Func<SqliteRow, T> read, params ReadOnlySpan<object?> values)
    {
        var statement = Bound(sql, values);
        try
        {
            return statement.Step() ? read(statement.Row) : default;
        }
        finally
        {
            statement.Reset();
        }
    }

    public void Dispose()
    {
        foreach (var statement in prepared.Values) statement.Dispose();
        Connection.Dispose();
    }

    private static SqliteSession Open(string path, string workspace, SqliteOpenMode mode, params ReadOnlySpan<string> pragmas)
    {
        var text = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, ForeignKeys = true, DefaultTimeout = 10 };
        var session = new SqliteSession(new SqliteConnection(text.ToString()), workspace);
        try
        {
            session.Connection.Open();

            // Inside SQLite, which waits in small steps; the driver's own retry sleeps 150 ms at a time.
            session.Execute("PRAGMA busy_timeout = 5000");
            session.Execute("PRAGMA temp_store = MEMORY");
            foreach (var pragma in pragmas) session.Execute(pragma);
            session.Connection.CreateFunction<string, string?, string, bool>("mentions", Mentions, isDeterministic: true);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private SqliteStatement Bound(Sql sql, ReadOnlySpan<object?> values)
    {
        if (!prepared.TryGetValue(sql, out var statement)) prepared.Add(sql, statement = new SqliteStatement(Connection, sql.Text, Workspace));
        statement.Bind(values);
        return statement;
    }

    /// <summary>Whether a word of the message or of the client's name begins with each of the words, whatever its case, in any script.</summary>
    private static bool Mentions(string message, string? client, string words)
    {
        foreach (var range in words.AsSpan().Split(' '))
        {
            var word = words.AsSpan(range);
            if (!Begins(message, word) && !Begins(client, word)) return false;
        }

        return true;
    }

    private static bool Begins(ReadOnlySpan<char> text, ReadOnlySpan<char> word)
    {
        for (var from = 0; from <= text.Length - word.Length;)
        {
            var found = text[from..].IndexOf(word, StringComparison.OrdinalIgnoreCase);
            if (found < 0) return false;
            var at = from + found;
            if (at == 0 || word.Length == 0 || !char.IsLetterOrDigit(word[0]) || !char.IsLetterOrDigit(text[at - 1])) return true;
            from = at + 1;
        }

        return false;
    }
}
