using System.Globalization;
using System.Text;
using ClientFlow.Sync.Core.Records;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>
/// One prepared statement, bound and stepped without the driver's command and reader: those look each parameter up by its name at
/// each run, and cost several times what SQLite itself takes for a small row.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly sqlite3_stmt statement;
    private readonly List<int> places = [];
    private byte[] bytes = new byte[1024];

    /// <param name="workspace">Bound once to <c>$w</c>, where the text has it.</param>
    /// <exception cref="SqliteException">The text is refused.</exception>
    public SqliteStatement(SqliteConnection connection, string text, string workspace)
    {
        this.connection = connection;
        Check(raw.sqlite3_prepare_v2(connection.Handle, text, out statement));
        Row = new SqliteRow(statement);
        for (var i = 1; raw.sqlite3_bind_parameter_index(statement, "$" + i.ToString(CultureInfo.InvariantCulture)) is > 0 and var place; i++) places.Add(place);
        if (raw.sqlite3_bind_parameter_index(statement, "$w") is > 0 and var w) Bind(w, workspace);
    }

    /// <summary>The row that the last step came to.</summary>
    public SqliteRow Row { get; }

    /// <summary>Gives values to <c>$1</c>, <c>$2</c>… in order.</summary>
    public void Bind(ReadOnlySpan<object?> values)
    {
        if (values.Length < places.Count) throw new ArgumentException($"{places.Count} values are needed, {values.Length} were given", nameof(values));
        for (var i = 0; i < places.Count; i++) Bind(places[i], values[i]);
    }

    /// <summary>Goes on to the next row; false when there is none.</summary>
    public bool Step()
    {
        Row.Rewind();
        var result = raw.sqlite3_step(statement);
        if (result is raw.SQLITE_ROW or raw.SQLITE_DONE) return result == raw.SQLITE_ROW;

        // What a reset says again is the trouble that this step met.
        Check(result);
        return false;
    }

    /// <summary>Ends a run: an unfinished one would hold its lock.</summary>
    public void Reset() => _ = raw.sqlite3_reset(statement);

    public void Dispose() => statement.Dispose();

    private void Bind(int place, object? value)
    {
        var result = value switch
        {
            null => raw.sqlite3_bind_null(statement, place),
            string text => Bind(place, text),
            long number => raw.sqlite3_bind_int64(statement, place, number),
            int number => raw.sqlite3_bind_int(statement, place, number),
            bool flag => raw.sqlite3_bind_int(statement, place, flag ? 1 : 0),
            DateTimeOffset instant => raw.sqlite3_bind_int64(statement, place, SqliteValues.Ticks(instant)),
            RecordRef reference => Bind(place, reference.ToString()),
            Enum name => Bind(place, name.ToString()),
            byte[] { Length: 0 } => raw.sqlite3_bind_zeroblob(statement, place, 0),
            byte[] blob => raw.sqlite3_bind_blob(statement, place, blob),
            _ => throw new ArgumentException($"a {value.GetType().Name} has no stored form", nameof(value)),
        };
        Check(result);
    }

    private int Bind(int place, string text)
    {
        // An empty span has no address, and SQLite takes that for NULL.
        if (text.Length == 0) return raw.sqlite3_bind_text(statement, place, "");

        // C text ends at its first NUL, and PostgreSQL refuses one: a vendor's stray NUL becomes the sign for "unreadable".
        if (text.Contains('\0')) text = text.Replace('\0', '\uFFFD');
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var buffer = most <= MostKept ? Kept(most) : new byte[most];
        return raw.sqlite3_bind_text(statement, place, buffer.AsSpan(0, Encoding.UTF8.GetBytes(text, buffer)));
    }

    // One long text must not be remembered by its size for ever.
    private const int MostKept = 64 * 1024;

    private byte[] Kept(int length) => bytes.Length >= length ? bytes : bytes = new byte[Math.Max(length, bytes.Length * 2)];

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(result, connection.Handle);
    }
}

/// <summary>How instants stand in columns.</summary>
internal static class SqliteValues
{
    private static readonly long Epoch = DateTimeOffset.UnixEpoch.Ticks;

    public static long Ticks(DateTimeOffset instant) => instant.UtcTicks - Epoch;

    public static DateTimeOffset Instant(long ticks) => new(ticks + Epoch, TimeSpan.Zero);
}

/// <summary>Reads a row's columns one after the other, in the order of the statement's list.</summary>
internal sealed class SqliteRow(sqlite3_stmt statement)
{
    private int column;

    public void Rewind() => column = 0;

    public string Text() => Encoding.UTF8.GetString(raw.sqlite3_column_blob(statement, column++));

    public string? TextOrNull() => Null() ? null : Text();

    public long Long() => raw.sqlite3_column_int64(statement, column++);

    public long? LongOrNull() => Null() ? null : Long();

    public int Int() => raw.sqlite3_column_int(statement, column++);

    public bool Flag() => Long() != 0;

    public byte[] Bytes() => raw.sqlite3_column_blob(statement, column++).ToArray();

    public DateTimeOffset Instant() => SqliteValues.Instant(Long());

    public DateTimeOffset? InstantOrNull() => Null() ? null : Instant();

    public RecordRef Ref() => RecordRef.Parse(Text());

    public RecordRef? RefOrNull() => Null() ? null : Ref();

    public T Name<T>()
        where T : struct, Enum => Enum.Parse<T>(Text());

    private bool Null()
    {
        if (raw.sqlite3_column_type(statement, column) != raw.SQLITE_NULL) return false;
        column++;
        return true;
    }
}
