using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClientFlow.Sync.Worker.Composition;

/// <summary>
/// How a command on the same machine reaches the running worker: a file in the data directory, readable by its owner alone,
/// holds the address and a token that lives as long as the process.
/// </summary>
public sealed partial class LocalAccess
{
    /// <summary>The header that carries the token.</summary>
    public const string Header = "X-ClientFlow-Token";

    private readonly string path;
    private readonly string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    // It travels in a link, and so into a browser's history: it opens the pages and no command.
    private readonly string pageKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private LocalAccess(string path) => this.path = path;

    public static LocalAccess Create(string dataDirectory) => new(PathIn(dataDirectory));

    /// <summary>The file; beside the token it holds the link that opens the pages where they ask for a key.</summary>
    public string File => path;

    /// <summary>Whether a request's token is ours.</summary>
    public bool Admits(string? given) => Same(token, given);

    /// <summary>Whether a request's page key is ours.</summary>
    public bool AdmitsPage(string? given) => Same(pageKey, given);

    /// <summary>Writes the file, now that the addresses are known.</summary>
    public void Announce(IEnumerable<string> urls)
    {
        var url = urls.Select(static u => u.Replace("0.0.0.0", "127.0.0.1").Replace("[::]", "127.0.0.1").Replace("*", "127.0.0.1")).First();
        System.IO.File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(path, options);
        JsonSerializer.Serialize(stream, new Door(url, token, $"{url}/?key={pageKey}"), Json.Default.Door);
    }

    /// <summary>Takes the file away.</summary>
    public void Withdraw()
    {
        try
        {
            System.IO.File.Delete(path);
        }
        catch (IOException)
        {
            // A stale file does no harm: its token opens nothing any more.
        }
    }

    /// <summary>A client that reaches the worker running on a data directory; null when none runs there.</summary>
    public static async Task<HttpClient?> FindAsync(string dataDirectory, CancellationToken cancellationToken)
    {
        Door? door;
        try
        {
            await using var stream = System.IO.File.OpenRead(PathIn(dataDirectory));
            door = await JsonSerializer.DeserializeAsync(stream, Json.Default.Door, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }

        if (door is null) return null;
        var client = new HttpClient { BaseAddress = new Uri(door.Url), Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Add(Header, door.Token);
        try
        {
            using var answer = await client.GetAsync(new Uri("/health/live", UriKind.Relative), cancellationToken);
            if (answer.IsSuccessStatusCode) return client;
        }
        catch (HttpRequestException)
        {
            // A worker that was killed leaves its file behind.
        }

        client.Dispose();
        return null;
    }

    private static bool Same(string ours, string? given) => given is not null &&
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(ours), Encoding.UTF8.GetBytes(given));

    private static string PathIn(string dataDirectory) => Path.Combine(dataDirectory, "clientflow.local.json");

    private sealed record Door(string Url, string Token, string Page);

    [JsonSerializable(typeof(Door))]
    private sealed partial class Json : JsonSerializerContext;
}
