using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Worker.Telemetry;

/// <summary>Sees the disk with the data fill up while there is still room: told once in the log and the journal, and among what needs a person until there is room again.</summary>
/// <param name="space">How much there is and how much of it is left; null where nobody knows.</param>
public sealed class DiskGuard(Workspace workspace, Func<DiskSpace?> space, ILogger<DiskGuard> logger)
{
    /// <summary>Less than this is told, in bytes; on a small disk, less than a tenth of it. A busy business writes some hundred megabytes in a year.</summary>
    public const long Least = 512L << 20;

    /// <summary>How many bytes are left; null where nobody knows.</summary>
    public long? Free => space()?.Free;

    /// <summary>The disk that holds a directory, as this user may use it; null where the system doesn't say.</summary>
    public static DiskSpace? At(string directory)
    {
        try
        {
            var path = Path.GetFullPath(directory);
            var disk = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(path)! : path);
            return new DiskSpace(disk.AvailableFreeSpace, disk.TotalSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Looks how much is left, and tells when it became little or enough again. Around the border nothing is told over and over.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var was = workspace.DiskTrouble is not null;
        if (space() is not { Free: var left } disk) return;
        var least = Math.Min(Least, disk.Whole / 10);
        var fills = left < (was ? 2 * least : least);
        var told = fills
            ? $"only {left >> 20} MB are left on the disk that holds the data: free some space. Once it is full nothing is saved, sent or taken in until there is room"
            : $"there is room again on the disk that holds the data: {left >> 20} MB";
        workspace.DiskTrouble = fills ? told : null;
        if (fills == was) return;
        if (was) WorkerLog.DiskFreed(logger, told);
        else WorkerLog.DiskFilled(logger, told);
        try
        {
            await workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.Write(new JournalEntry
            {
                At = workspace.Clock.GetUtcNow(), Message = told,
                Level = was ? JournalLevel.Information : JournalLevel.Error, Event = was ? "worker.disk.freed" : "worker.disk.filled",
            }), cancellationToken);
        }
        catch (StoreException)
        {
            // The loops meet it, too, and tell it; the page and the log have this all the same.
        }
    }
}

/// <summary>A disk.</summary>
/// <param name="Free">How many bytes are left.</param>
/// <param name="Whole">How many bytes it has.</param>
public readonly record struct DiskSpace(long Free, long Whole);
