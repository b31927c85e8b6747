using ClientFlow.Sync.Worker.Tests.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Architecture;

/// <summary>The source files of projects, without what a build leaves behind.</summary>
internal static class SourceFiles
{
    public static IEnumerable<string> In(params string[] projects) => projects
        .SelectMany(p => Directory.EnumerateFiles(Repository.PathOf($"src/ClientFlow.Sync.{p}"), "*.cs", SearchOption.AllDirectories))
        .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);
}
