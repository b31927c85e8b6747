using ClientFlow.Sync.Core.Configuration;

namespace ClientFlow.Sync.Worker.Configuration;

/// <summary>Secrets from the environment, and from files whose relative paths count from the mapping file's folder.</summary>
public sealed class EnvironmentSecrets(string folder) : ISecretSource
{
    private const int Largest = 1 << 20;

    public string? FromEnvironment(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    public string? FromFile(string path)
    {
        try
        {
            var full = Path.GetFullPath(path, Path.GetFullPath(folder));
            using var stream = File.OpenRead(full);

            // A device or a pipe has no end that is worth waiting for.
            var buffer = new byte[Largest];
            var length = stream.ReadAtLeast(buffer, Largest, throwOnEndOfStream: false);
            return length == Largest ? null : System.Text.Encoding.UTF8.GetString(buffer, 0, length);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or System.Security.SecurityException)
        {
            return null;
        }
    }
}
