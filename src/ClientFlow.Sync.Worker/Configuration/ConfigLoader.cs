using System.Text;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Worker.Configuration;

/// <summary>What came of loading a mapping file.</summary>
/// <param name="Config">The checked file; null when there are errors.</param>
/// <param name="Diagnostics">All mistakes and warnings, in file order.</param>
/// <param name="Source">The text, for showing them; empty where there was none.</param>
public sealed record LoadResult(WorkspaceConfig? Config, IReadOnlyList<Diagnostic> Diagnostics, SourceText Source);

/// <summary>Loads a mapping file. <c>check</c>, <c>run</c> and a reload use this same way; it never throws and calls no network.</summary>
public static class ConfigLoader
{
    /// <summary>The largest mapping file that is read.</summary>
    public const int LargestBytes = 1 << 20;

    // More than a person reads in one go; a broken file of a megabyte could have a million.
    private const int MostShown = 100;

    /// <summary>Loads a file; secrets come from the environment and from files beside it unless another source is given.</summary>
    public static LoadResult Load(string path, IReadOnlyList<IConnectorType> connectors, ISecretSource? secrets = null)
    {
        var diagnostics = new DiagnosticBag();
        if (ReadText(path, diagnostics) is not { } text) return new LoadResult(null, diagnostics.Items, new SourceText(path, ""));
        return LoadText(path, text, connectors, secrets ?? new EnvironmentSecrets(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "."));
    }

    /// <summary>Checks a text as if it stood in a file of that name.</summary>
    public static LoadResult LoadText(string path, string text, IReadOnlyList<IConnectorType> connectors, ISecretSource secrets)
    {
        var diagnostics = new DiagnosticBag();
        var source = new SourceText(path, text);
        WorkspaceConfig? config = null;
        if (Printable(source, diagnostics) && YamlReader.Read(source, diagnostics) is { } root)
            config = WorkspaceBinder.Bind(root, connectors, secrets, diagnostics);
        if (diagnostics.HasErrors) config = null;
        return new LoadResult(config, Shown(diagnostics.Items), source);
    }

    private static List<Diagnostic> Shown(IReadOnlyList<Diagnostic> all)
    {
        if (all.Count <= MostShown) return [.. all];
        var more = new Diagnostic(Codes.TooMany, Severity.Error, $"{all.Count - MostShown} more mistakes are not shown", new Span(0, 0, 0)) { Help = "mend these first, then check again" };
        return [.. all.Take(MostShown), more];
    }

    private static string? ReadText(string path, DiagnosticBag diagnostics)
    {
        try
        {
            if (Directory.Exists(path)) return Unreadable(diagnostics, $"`{path}` is a folder, not a mapping file", "name the file in it, as in `--config config/northwind.yaml`");
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var buffer = new byte[LargestBytes + 1];
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > LargestBytes)
            {
                diagnostics.Error(Codes.TooLarge, default, "the mapping file is larger than 1 MiB", null, "a mapping file is a few kilobytes; is this the right file?");
                return null;
            }

            return Decode(buffer.AsSpan(0, length), diagnostics);
        }
        catch (Exception trouble) when (trouble is FileNotFoundException or DirectoryNotFoundException)
        {
            return Unreadable(diagnostics, $"there is no file `{path}`", "give the mapping file with `--config FILE`, or begin with a copy of `config/minimal.yaml`");
        }
        catch (UnauthorizedAccessException)
        {
            return Unreadable(diagnostics, $"the file `{path}` may not be read", "let the user that runs this program read it");
        }
        catch (Exception trouble) when (trouble is IOException or ArgumentException or NotSupportedException)
        {
            return Unreadable(diagnostics, $"the file `{path}` can't be read", $"the system says: {trouble.Message}");
        }
    }

    private static string? Unreadable(DiagnosticBag diagnostics, string message, string help)
    {
        diagnostics.Error(Codes.FileUnreadable, default, message, null, help);
        return null;
    }

    private static string? Decode(ReadOnlySpan<byte> bytes, DiagnosticBag diagnostics)
    {
        var help = "a mapping file is a YAML text in UTF-8";
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) help = "it seems to be saved as UTF-16: save it as UTF-8";
        else
        {
            try
            {
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            }
            catch (ArgumentException)
            {
                if (!bytes.Contains((byte)0)) help = "it is not UTF-8, perhaps an older Windows encoding: save it as UTF-8";
            }
        }

        diagnostics.Error(Codes.NotText, default, "the mapping file is not a text file in UTF-8", null, help);
        return null;
    }

    private static bool Printable(SourceText source, DiagnosticBag diagnostics)
    {
        if (source.Text.Contains('\0', StringComparison.Ordinal))
        {
            diagnostics.Error(Codes.NotText, default, "the mapping file is not a text file in UTF-8", null, "a mapping file is a YAML text in UTF-8");
            return false;
        }

        for (var number = 1; number <= source.Lines.Count; number++)
        {
            var line = source.Line(number);
            var at = line.AsSpan().IndexOfAnyExceptInRange(' ', char.MaxValue);
            for (var i = Math.Max(0, at); at >= 0 && i < line.Length; i++)
            {
                if (line[i] is >= ' ' and not '\u007F' or '\t') continue;
                diagnostics.Error(Codes.NotText, new Span(number, i + 1, 1), $"a control character (U+{(int)line[i]:X4}) stands in the file", "not text", "remove it");
                return false;
            }
        }

        return true;
    }
}
