using System.Security.Cryptography;
using System.Text;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>
/// What a machine proves itself with where the pages ask for a proof: a token in a file of the data directory that its owner alone can read. It outlives
/// the worker, so that a monitor is set up once, and opens nothing but <c>/metrics</c> and the reasons of <c>/health/ready</c>.
/// </summary>
public sealed class ScrapeToken
{
    private const string Scheme = "Bearer ";
    private const int Shortest = 32;

    private readonly byte[] token;

    private ScrapeToken(string file, string token) => (File, this.token) = (file, Encoding.UTF8.GetBytes(token));

    /// <summary>The file that holds it, and nothing else.</summary>
    public string File { get; }

    /// <summary>The token of a data directory; the first time it is made. To have another one, delete the file and restart.</summary>
    public static ScrapeToken In(string dataDirectory)
    {
        var file = Path.Combine(dataDirectory, "clientflow.scrape-token");
        if (System.IO.File.Exists(file) && System.IO.File.ReadAllText(file).Trim() is { Length: >= Shortest } kept) return new ScrapeToken(file, kept);

        // One that was cut off in the middle of its writing is made anew.
        System.IO.File.Delete(file);
        var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(file, options);
        stream.Write(Encoding.ASCII.GetBytes(made));
        return new ScrapeToken(file, made);
    }

    /// <summary>Whether a request brings it, as <c>Authorization: Bearer …</c>.</summary>
    public bool Admits(HttpRequest request) =>
        request.Headers.Authorization is [{ } given] && given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) &&
        CryptographicOperations.FixedTimeEquals(token, Encoding.UTF8.GetBytes(given[Scheme.Length..].Trim()));
}
