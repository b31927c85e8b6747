using System.Collections.Frozen;

namespace ClientFlow.Sync.Sandbox.Http;

/// <summary>One request that reached a tool. <see cref="Status"/> is 0 while unanswered and when the connection was cut.</summary>
public sealed class LoggedRequest
{
    public required string Method { get; init; }

    public required string Path { get; init; }

    public required string Query { get; init; }

    public required string Body { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public required DateTimeOffset At { get; init; }

    public int Status { get; internal set; }
}

/// <summary>Every call to the vendor's API in order of arrival; human pages are not in it.</summary>
public sealed class RequestLog
{
    private readonly Lock _lock = new();
    private readonly List<LoggedRequest> _requests = [];

    public IReadOnlyList<LoggedRequest> All
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    /// <summary>How many calls there were.</summary>
    public int Size
    {
        get
        {
            lock (_lock)
                return _requests.Count;
        }
    }

    /// <summary>How many calls there were per HTTP verb.</summary>
    public IReadOnlyDictionary<string, int> ByVerb => All.CountBy(request => request.Method).ToFrozenDictionary();

    public int Count(string method, string pathContains) =>
        All.Count(request => request.Method == method && request.Path.Contains(pathContains, StringComparison.Ordinal));

    public void Clear()
    {
        lock (_lock)
            _requests.Clear();
    }

    internal LoggedRequest Add(ApiCall call, DateTimeOffset now)
    {
        var request = new LoggedRequest
        {
            Method = call.Method,
            Path = call.Path,
            Query = call.QueryString,
            Body = call.Body,
            Headers = call.Headers.ToDictionary(
                header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            At = now,
        };
        lock (_lock)
            _requests.Add(request);
        return request;
    }
}
