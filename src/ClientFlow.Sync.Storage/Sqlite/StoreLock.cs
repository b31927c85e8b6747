using System.Globalization;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>
/// Says that this process is the one that writes in a data directory. The operating system takes the lock away with the
/// process, however it ended; the process id stands in a file of its own, since nobody else may open a locked one.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private readonly FileStream held;
    private readonly string pidPath;

    private StoreLock(FileStream held, string pidPath) => (this.held, this.pidPath) = (held, pidPath);

    /// <exception cref="StoreException">Another process, or another store of this one, holds the directory.</exception>
    public static StoreLock Take(string directory, string database)
    {
        var pidPath = Path.Combine(directory, "clientflow.pid");
        var lockPath = Path.Combine(directory, "clientflow.lock");
        FileStream held;
        try
        {
            held = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException trouble) when (File.Exists(lockPath))
        {
            var holder = Holder(pidPath) is { } pid ? $"another worker (process {pid})" : "another worker";
            throw new StoreException(
                $"{database} is in use by {holder}. One worker at a time writes to it: stop that one, or give this one a data directory of its own", trouble);
        }

        try
        {
            File.WriteAllText(pidPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new StoreLock(held, pidPath);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        // The lock's own file stays: were it deleted, a third process could hold a lock on the deleted one.
        File.Delete(pidPath);
        held.Dispose();
    }

    private static string? Holder(string pidPath)
    {
        try
        {
            return File.ReadAllText(pidPath).Trim() is { Length: > 0 } text ? text : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
