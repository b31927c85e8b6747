using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.Http;

/// <summary>What a simulated tool answers: status, headers and a body that is already text.</summary>
public sealed class ApiAnswer(int status, string? body = null, string contentType = "application/json;charset=utf-8")
{
    // Vendors send names as plain UTF-8, not as \u escapes.
    private static readonly JsonSerializerOptions Wire = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public int Status { get; } = status;

    public string? Body { get; } = body;

    public string ContentType { get; } = contentType;

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public static ApiAnswer Json(int status, JsonNode body) => new(status, Text(body));

    public static ApiAnswer Empty(int status = 204) => new(status);

    public static string Text(JsonNode node) => node.ToJsonString(Wire);

    public ApiAnswer With(string header, string value)
    {
        Headers[header] = value;
        return this;
    }
}

/// <summary>Thrown by an endpoint to answer with the vendor's error from anywhere inside it.</summary>
public sealed class RefusedException(ApiAnswer answer) : Exception($"refused with {answer.Status}: {answer.Body}")
{
    public ApiAnswer Answer { get; } = answer;
}
