using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>A refusal in Stripe's own words: it becomes the error envelope.</summary>
internal sealed class StripeException(int status, string type, string? code, string message, string? param = null) : Exception(message)
{
    public int Status => status;

    /// <summary>True when the call was refused before it was carried out, so nothing is kept for its Idempotency-Key.</summary>
    public bool BeforeExecution { get; init; }

    /// <summary>The text of `Stripe-Rate-Limited-Reason` for a 429.</summary>
    public string? RateLimitedReason { get; init; }

    public static StripeException Invalid(string message, string? param = null, string? code = null) =>
        new(400, "invalid_request_error", code, message, param) { BeforeExecution = true };

    public static StripeException Refused(string message, string? param = null, string? code = null) =>
        new(400, "invalid_request_error", code, message, param);

    /// <summary>The thing in the path is missing (404).</summary>
    public static StripeException NotFound(string what, string id, string param = "id") =>
        new(404, "invalid_request_error", "resource_missing", $"No such {what}: '{id}'", param);

    /// <summary>The thing that a parameter names is missing (400).</summary>
    public static StripeException NoSuch(string what, string id, string param) =>
        new(400, "invalid_request_error", "resource_missing", $"No such {what}: '{id}'", param);

    public static StripeException Missing(string param) =>
        Invalid($"Missing required param: {param}.", param, "parameter_missing");

    public static StripeException Unknown(IReadOnlyList<string> names) => Invalid(
        names.Count == 1 ? $"Received unknown parameter: {names[0]}" : $"Received unknown parameters: {string.Join(", ", names)}",
        names[0],
        "parameter_unknown");

    /// <summary>Stripe takes this parameter; this twin doesn't play it, and ignoring it in silence would mislead.</summary>
    public static StripeException NotSimulated(string name) =>
        Invalid($"The sandbox does not simulate '{name}'. Stripe itself would accept it.", name, "sandbox_not_simulated");

    public JsonObject ToJson(string requestId)
    {
        var error = new JsonObject();
        if (code is not null)
        {
            error["code"] = code;
            error["doc_url"] = $"https://stripe.com/docs/error-codes/{code.Replace('_', '-')}";
        }

        error["message"] = Message;
        if (param is not null) error["param"] = param;
        error["request_log_url"] = $"https://dashboard.stripe.com/test/logs/{requestId}";
        error["type"] = type;
        return new JsonObject { ["error"] = error };
    }
}
