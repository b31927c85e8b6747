using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>The vendor's errors in its envelope. https://developers.hubspot.com/docs/api-reference/error-handling</summary>
internal sealed class HubSpotError(int status, string category, string message)
{
    public int Status { get; } = status;

    public string Category { get; } = category;

    public string Message { get; } = message;

    public List<(string Message, string Code, string Property)> Details { get; } = [];

    public static HubSpotError Invalid(string message) => new(400, "VALIDATION_ERROR", message);

    public static HubSpotError NotFound(string what) => new(404, "OBJECT_NOT_FOUND", what);

    /// <summary>One or more property values that cannot be stored; the message repeats them as the vendor's does.</summary>
    public static HubSpotError BadValues(IReadOnlyList<(string Message, string Code, string Property)> problems)
    {
        var list = new JsonArray([.. problems.Select(problem => new JsonObject
        {
            ["isValid"] = false, ["message"] = problem.Message, ["error"] = problem.Code, ["name"] = problem.Property,
        })]);
        var error = Invalid("Property values were not valid: " + ApiAnswer.Text(list));
        error.Details.AddRange(problems);
        return error;
    }

    public RefusedException Refusal() => new(Answer());

    public ApiAnswer Answer()
    {
        JsonObject body = Envelope();
        body["correlationId"] = Guid.NewGuid().ToString();
        return ApiAnswer.Json(Status, body);
    }

    /// <summary>The form inside a batch's 207.</summary>
    public JsonObject InBatch(JsonObject context)
    {
        JsonObject body = Envelope();
        body["context"] = context;
        body["links"] = new JsonObject();
        body["errors"] ??= new JsonArray();
        return body;
    }

    private JsonObject Envelope()
    {
        var body = new JsonObject { ["status"] = "error", ["message"] = Message, ["category"] = Category };
        if (Details.Count > 0)
        {
            body["errors"] = new JsonArray([.. Details.Select(detail => new JsonObject
            {
                ["message"] = detail.Message,
                ["code"] = detail.Code,
                ["context"] = new JsonObject { ["propertyName"] = new JsonArray(detail.Property) },
            })]);
        }

        return body;
    }
}
