using ClientFlow.Sync.Core.Stores;
using Microsoft.Data.Sqlite;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>Turns SQLite's trouble into a sentence for a person: what happened, and what to do.</summary>
internal static class SqliteTrouble
{
    // https://www.sqlite.org/rescode.html
    private const int Busy = 5, Locked = 6, NoMemory = 7, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13, CantOpen = 14, NotADatabase = 26;

    /// <summary>Trouble of the file or the machine, which meets every transaction alike, and not of one statement.</summary>
    public static bool IsEnvironment(SqliteException trouble) => trouble.SqliteErrorCode is
        Busy or Locked or NoMemory or ReadOnly or IoError or Corrupt or Full or CantOpen or NotADatabase;

    /// <summary>Trouble with the file itself: a connection that met it may be beyond use.</summary>
    public static bool IsOfFile(SqliteException trouble) => trouble.SqliteErrorCode is IoError or Corrupt or CantOpen or NotADatabase;

    public static StoreException Explain(SqliteException trouble, string path) => new(trouble.SqliteErrorCode switch
    {
        Full => $"the disk that holds {path} is full: nothing was saved. Free some space; the work goes on by itself",
        ReadOnly => $"{path} can't be written: it, its folder or its disk is read-only. Give this user the right to write there",
        IoError => $"reading or writing {path} failed ({trouble.Message}): the disk may be failing or gone. Check it before anything else",
        Corrupt => $"{path} is damaged ({trouble.Message}). Stop the worker, keep a copy of the folder, and restore the last backup",
        NotADatabase => $"{path} is not a database, or its first bytes are damaged. Give another data directory, or restore the last backup over it",
        CantOpen => $"{path} can't be opened: it doesn't exist, or this user has no right to it or to its folder",
        Busy or Locked => $"{path} is held by another program, such as a backup or a database browser. Close it; the work goes on by itself",
        NoMemory => "there is not enough memory for the database",
        _ => $"the database refused a statement ({trouble.Message})",
    }, trouble);
}
