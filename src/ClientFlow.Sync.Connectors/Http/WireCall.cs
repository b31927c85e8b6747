using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Http;

/// <summary>One call to a vendor.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">Path and query relative to the base address, without a leading slash; see <see cref="WirePath"/>.</param>
public sealed record WireCall(HttpMethod Method, string Path)
{
    /// <summary>It changes something: it is sent once, and doubt about it is <see cref="FailureKind.Uncertain"/>.</summary>
    public bool Write { get; init; }

    public ReadOnlyMemory<byte>? Body { get; init; }

    public string? ContentType { get; init; }

    /// <summary>Headers beyond authorisation.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>How long a try of this call may take; null is the floor's own limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The vendor's class of calls with a limit of its own, such as <c>search</c>; see <see cref="QuotaWindow.Class"/>.</summary>
    public string? QuotaClass { get; init; }

    /// <summary>A read.</summary>
    public static WireCall Get(string path) => new(HttpMethod.Get, path);

    /// <summary>A read that the vendor wants as a POST, such as a search: safe to repeat.</summary>
    public static WireCall Query<T>(string path, T body, JsonTypeInfo<T> type) => new(HttpMethod.Post, path)
    {
        Body = JsonSerializer.SerializeToUtf8Bytes(body, type),
        ContentType = "application/json",
    };

    /// <summary>A write.</summary>
    public static WireCall Send<T>(HttpMethod method, string path, T body, JsonTypeInfo<T> type) => new(method, path)
    {
        Write = true,
        Body = JsonSerializer.SerializeToUtf8Bytes(body, type),
        ContentType = "application/json",
    };

    /// <summary>A write as it was frozen.</summary>
    public static WireCall Of(FrozenCall frozen) => new(HttpMethod.Parse(frozen.Method), frozen.Path)
    {
        Write = true,
        Body = frozen.Body is { } body ? Encoding.UTF8.GetBytes(body) : null,
        ContentType = frozen.ContentType,
        Headers = frozen.Headers,
    };

    internal HttpRequestMessage ToRequest(WireVendor vendor)
    {
        var request = new HttpRequestMessage(Method, Path);
        if (Body is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            if (ContentType is { } type) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        foreach (var (name, value) in Headers) request.Headers.TryAddWithoutValidation(name, value);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        WireOptions.Mark(request, vendor, !Write, Timeout, QuotaClass);
        return request;
    }
}

/// <summary>A success: its status, headers and body.</summary>
public sealed record WireReply(int Status, ReadOnlyMemory<byte> Body, IReadOnlyDictionary<string, string> Headers);

/// <summary>Builds paths: parts and values are escaped, parameters without a value left out.</summary>
public static class WirePath
{
    /// <summary>A path with a query, in the order given.</summary>
    public static string With(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var text = new StringBuilder(path);
        var mark = '?';
        foreach (var (name, value) in query)
        {
            if (value is null) continue;
            text.Append(mark).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            mark = '&';
        }

        return text.ToString();
    }

    /// <summary>One part of a path, escaped.</summary>
    public static string Part(string value) => value is "." or ".." ? throw new ArgumentException("not an id", nameof(value)) : Uri.EscapeDataString(value);
}
