using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.GoogleCalendar;

/// <summary>Google's error envelope.</summary>
internal static class GoogleError
{
    public static RefusedException Refuse(
        int code, string reason, string message, string domain = "global", string? location = null, string? locationType = null) =>
        new(Answer(code, reason, message, domain, location, locationType));

    public static RefusedException Invalid(string message, string reason = "invalid", string? location = null) =>
        Refuse(400, reason, message, location: location, locationType: location is null ? null : "parameter");

    public static RefusedException NotFound() => Refuse(404, "notFound", "Not Found");

    public static RefusedException Gone() => Refuse(410, "deleted", "Resource has been deleted");

    public static RefusedException UnknownField(string name, string at) => new(Badly($"Invalid JSON payload received. Unknown name \"{name}\" at '{at}': Cannot find field."));

    public static RefusedException NotSimulated(string name) => Invalid($"The sandbox does not simulate '{name}'. Google itself would accept it.", "sandboxNotSimulated");

    public static ApiAnswer Badly(string message) => Answer(400, "badRequest", message, status: "INVALID_ARGUMENT");

    public static ApiAnswer Answer(
        int code,
        string reason,
        string message,
        string domain = "global",
        string? location = null,
        string? locationType = null,
        string? status = null)
    {
        var detail = new JsonObject { ["message"] = message, ["domain"] = domain, ["reason"] = reason };
        if (location is not null)
        {
            detail["location"] = location;
            detail["locationType"] = locationType;
        }

        var error = new JsonObject { ["code"] = code, ["message"] = message, ["errors"] = new JsonArray(detail) };
        if (status is not null)
            error["status"] = status;
        return ApiAnswer.Json(code, new JsonObject { ["error"] = error });
    }
}
