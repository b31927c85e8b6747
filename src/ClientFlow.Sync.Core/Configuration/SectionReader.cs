using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>
/// Reads one section of the mapping file by asking for its keys. What was never asked for is unknown, and
/// <see cref="Finish"/> reports it with the nearest known spelling.
/// </summary>
public sealed class SectionReader
{
    // Filled in by the configuration work; the surface below is what connectors use.
    public SectionReader(MappingNode node, DiagnosticBag diagnostics, ISecretSource secrets)
    {
        Node = node;
        Diagnostics = diagnostics;
        Secrets = secrets;
    }

    public MappingNode Node { get; }

    public DiagnosticBag Diagnostics { get; }

    public ISecretSource Secrets { get; }

    /// <summary>A text that must be there; null (and an error) when it isn't.</summary>
    public string? RequiredText(string key) => throw new NotSupportedException(key);

    /// <summary>A text that may be there.</summary>
    public string? OptionalText(string key) => throw new NotSupportedException(key);

    /// <summary>A secret that must be there, given as <c>${NAME}</c> or <c>file:PATH</c>.</summary>
    public Secret? RequiredSecret(string key) => throw new NotSupportedException(key);

    /// <summary>A secret that may be there.</summary>
    public Secret? OptionalSecret(string key) => throw new NotSupportedException(key);

    /// <summary>The content of a file that the section names by path; null (and an error) when it is absent or unreadable.</summary>
    public Secret? RequiredFile(string key) => throw new NotSupportedException(key);

    /// <summary>An absolute http(s) address.</summary>
    public Uri? OptionalUrl(string key) => throw new NotSupportedException(key);

    /// <summary>A duration such as <c>30s</c>, <c>5m</c>, <c>48h</c>, <c>14d</c>.</summary>
    public TimeSpan? OptionalDuration(string key) => throw new NotSupportedException(key);

    /// <summary>Yes or no: <c>true</c> or <c>false</c>.</summary>
    public bool? OptionalFlag(string key) => throw new NotSupportedException(key);

    /// <summary>Reports the keys that nobody asked for.</summary>
    public void Finish() => throw new NotSupportedException();
}

/// <summary>Where secrets come from: the environment and files, never the mapping file itself.</summary>
public interface ISecretSource
{
    /// <summary>The environment variable's value, null when it is not set or empty.</summary>
    string? FromEnvironment(string name);

    /// <summary>A file's content, null when it can't be read.</summary>
    string? FromFile(string path);
}
