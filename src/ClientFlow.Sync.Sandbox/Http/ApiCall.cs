using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ClientFlow.Sync.Sandbox.Http;

/// <summary>One request to a simulated tool, its body already read. The endpoint leaves its <see cref="Answer"/> here.</summary>
public sealed class ApiCall
{
    private readonly HttpContext _context;

    private ApiCall(HttpContext context, byte[] raw)
    {
        _context = context;
        RawBody = raw;
        Body = Encoding.UTF8.GetString(raw);
    }

    public string Method => _context.Request.Method;

    public string Path => _context.Request.Path.Value ?? "/";

    public string QueryString => _context.Request.QueryString.Value ?? "";

    public IQueryCollection Query => _context.Request.Query;

    public IHeaderDictionary Headers => _context.Request.Headers;

    public string Body { get; }

    public ReadOnlyMemory<byte> RawBody { get; }

    /// <summary>What will be sent back; null until an endpoint answered.</summary>
    public ApiAnswer? Answer { get; set; }

    public CancellationToken Aborted => _context.RequestAborted;

    /// <summary>The token of an `Authorization: Bearer` header, or null.</summary>
    public string? BearerToken =>
        Headers.Authorization.ToString() is var header && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? header["Bearer ".Length..].Trim()
            : null;

    /// <summary>A part of the path; routing leaves an escaped slash escaped, vendors do not.</summary>
    public string Part(string name) =>
        ((string?)_context.Request.RouteValues[name] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>The first value of a query parameter, or null when it is absent.</summary>
    public string? Parameter(string name) => Query.TryGetValue(name, out StringValues values) ? values.ToString() : null;

    /// <summary>A comma separated query parameter; repeated ones are joined, as the vendors' clients send both forms.</summary>
    public IReadOnlyList<string> Listed(string name) =>
        Query.TryGetValue(name, out StringValues values)
            ? [.. values.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))]
            : [];

    /// <summary>The body as JSON; null when it is empty or not JSON.</summary>
    public JsonNode? Json()
    {
        try
        {
            return Body.Length == 0 ? null : JsonNode.Parse(Body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static async Task<ApiCall> ReadAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return new ApiCall(context, buffer.ToArray());
    }
}
