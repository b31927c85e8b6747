using System.Collections.Concurrent;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>
/// Everything that one vendor's description files say about its API, and the check of requests and answers against it.
/// A vendor is named as its files are: `hubspot` stands for all of `hubspot-*.openapi.json`.
/// </summary>
public sealed class ApiSpec
{
    private static readonly ConcurrentDictionary<(string Folder, string Vendor), Lazy<ApiSpec>> _read = new();

    private readonly List<IGrouping<string, ApiOperation>> _paths;

    private ApiSpec(string vendor, IEnumerable<ApiOperation> operations)
    {
        Vendor = vendor;
        _paths =
        [
            .. operations.GroupBy(operation => operation.Path.Shape)
                .OrderBy(path => path.First().Path.Preference, StringComparer.Ordinal),
        ];
    }

    public string Vendor { get; }

    /// <summary>Reads a vendor's files, once per process; skips the running test where the folder is missing.</summary>
    public static ApiSpec Load(string vendor) =>
        _read.GetOrAdd((SpecFolder.RequireOrSkip(), vendor), key => new(() => Read(key.Folder, key.Vendor))).Value;

    /// <summary>
    /// Holds a request against the description. The path is the one the vendor's host would see; its API prefix (`/api/1.0`) may be
    /// left out. The body is checked as JSON or as a form, as its content type says.
    /// </summary>
    public IReadOnlyList<SpecViolation> CheckRequest(
        string method, string path, string query = "", string? contentType = null, ReadOnlyMemory<byte> body = default) =>
        Find(method, path) is (var operation, { } variables)
            ? RequestCheck.Run(operation, variables, query, contentType, body)
            : [Unknown(method, path)];

    /// <summary>Holds an answer against the description: a documented status, required fields, types, enums, nulls.</summary>
    public IReadOnlyList<SpecViolation> CheckResponse(
        string method, string path, int status, ReadOnlyMemory<byte> body = default, ExtraFields extras = ExtraFields.RefusedWhereClosed) =>
        Find(method, path) is (var operation, { })
            ? ResponseCheck.Run(operation, status, body, extras)
            : [Unknown(method, path)];

    private (ApiOperation Operation, IReadOnlyDictionary<string, string> Variables)? Find(string method, string path)
    {
        // The best path decides alone: a GET of `/deals/search` is a mistake, not a deal with the id `search`.
        var match = Matches(path);
        var operation = match.Path?.FirstOrDefault(operation => operation.Method.Equals(method, StringComparison.OrdinalIgnoreCase));
        return operation is null ? null : (operation, match.Variables!);
    }

    private (IGrouping<string, ApiOperation>? Path, IReadOnlyDictionary<string, string>? Variables) Matches(string path)
    {
        foreach (var candidate in _paths)
            foreach (var full in (string[])[path, candidate.First().BasePath + "/" + path.TrimStart('/')])
                if (candidate.First().Path.Match(full) is { } variables)
                    return (candidate, variables);
        return default;
    }

    private SpecViolation Unknown(string method, string path) => Matches(path).Path is { } known
        ? new("method", $"{known.First().Path.Text} has no documented {method}, only {string.Join(", ", known.Select(one => one.Method))}")
        : new("path", $"{path} is not documented by {Vendor}");

    private static ApiSpec Read(string folder, string vendor)
    {
        string[] patterns =
            [$"{vendor}.openapi*.json", $"{vendor}-*.openapi*.json", $"{vendor}.discovery.json", $"{vendor}-*.discovery.json"];
        var files = patterns.SelectMany(pattern => Directory.GetFiles(folder, pattern)).Distinct().Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
            throw new FileNotFoundException($"no API description of `{vendor}` in {folder}");

        return new ApiSpec(vendor, files.Select(SpecDocument.Read)
            .SelectMany(document => document.IsDiscovery ? DiscoveryReader.Read(document) : OpenApiReader.Read(document)));
    }
}
