using System.Runtime.CompilerServices;

namespace ClientFlow.Sync.Testing;

/// <summary>Holds a text against the approved file beside the test. Renaming <c>.received.txt</c> is the review.</summary>
public static class Approval
{
    public static void ShouldEqualApproved(this string received, string name, [CallerFilePath] string caller = "")
    {
        var folder = Path.GetDirectoryName(caller)!;
        var (approvedPath, receivedPath) = (Path.Combine(folder, $"{name}.approved.txt"), Path.Combine(folder, $"{name}.received.txt"));
        received = received.ReplaceLineEndings("\n");
        var approved = File.Exists(approvedPath) ? File.ReadAllText(approvedPath).ReplaceLineEndings("\n") : "";
        if (approved == received)
        {
            File.Delete(receivedPath);
            return;
        }

        File.WriteAllText(receivedPath, received);
        received.ShouldBe(approved, $"compare {receivedPath} with {approvedPath}");
    }
}
