using System.Runtime.CompilerServices;

namespace ClientFlow.Sync.Worker.Tests.Configuration;

/// <summary>Finds files of the repository, and holds texts against approved ones.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Text(string relative) => File.Exists(PathOf(relative)) ? File.ReadAllText(PathOf(relative)) : "";

    /// <summary>The text equals the approved file's. Where it doesn't, the received text is written beside it: renaming it is the review.</summary>
    public static void ShouldBeApproved(this string received, string approvedPath)
    {
        var bare = approvedPath.Replace(".approved", "", StringComparison.Ordinal);
        var receivedPath = Path.ChangeExtension(bare, ".received" + Path.GetExtension(bare));
        var approved = File.Exists(approvedPath) ? File.ReadAllText(approvedPath).ReplaceLineEndings("\n") : null;
        if (approved == received)
        {
            File.Delete(receivedPath);
            return;
        }

        File.WriteAllText(receivedPath, received);
        Assert.Fail($"{Path.GetFileName(approvedPath)} is not what it was: compare it with {receivedPath}");
    }

    public static string Beside(string name, [CallerFilePath] string caller = "") => Path.Combine(Path.GetDirectoryName(caller)!, name);

    private static string Find([CallerFilePath] string caller = "")
    {
        for (var folder = new DirectoryInfo(Path.GetDirectoryName(caller)!); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "ClientFlow.Sync.sln"))) return folder.FullName;
        throw new InvalidOperationException("not within the repository");
    }
}
