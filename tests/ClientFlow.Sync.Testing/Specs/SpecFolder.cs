namespace ClientFlow.Sync.Testing.Specs;

/// <summary>
/// The folder with the vendors' API descriptions. They are other companies' files and stay outside the repository, so a machine
/// may not have them: a test that needs them then skips and says so.
/// </summary>
public static class SpecFolder
{
    public const string Variable = "CLIENTFLOW_SPECS";

    /// <summary>The folder, or null where this machine has none.</summary>
    public static string? Find() => Candidates().FirstOrDefault(Directory.Exists);

    /// <summary>The folder; where it is missing, the running test is skipped with the places that were tried.</summary>
    public static string RequireOrSkip()
    {
        var found = Find();
        if (found is null)
            Assert.Skip(
                "NOT CHECKED AGAINST THE VENDORS' API DESCRIPTIONS: the folder with them is missing. "
                + $"Set {Variable}, or put them in one of: {string.Join(", ", Candidates())}");
        return found;
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            yield return Path.GetFullPath(named); // Whoever names a folder means that one: no silent fallback to another.
            yield break;
        }

        if (RepositoryRoot() is not { } root)
            yield break;
        yield return Path.GetFullPath(Path.Combine(root, "../shared/specs"));
        yield return Path.GetFullPath(Path.Combine(root, "../../shared/specs")); // A git worktree lies one folder deeper.
    }

    private static string? RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "ClientFlow.Sync.sln")))
                return folder.FullName;
        return null;
    }
}
