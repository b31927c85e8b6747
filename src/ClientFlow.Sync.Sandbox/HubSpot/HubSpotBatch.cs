using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>Runs a batch input by input: 200 or 201 when all went well, 207 with the errors otherwise.</summary>
internal static class HubSpotBatch
{
    public static ApiAnswer Run<T>(DateTimeOffset now, IReadOnlyList<T> inputs, int success, Func<T, JsonObject?> one, Func<T, JsonObject> contextOf)
    {
        var results = new JsonArray();
        var errors = new JsonArray();
        foreach (T input in inputs)
        {
            try
            {
                if (one(input) is { } result)
                    results.Add(result);
            }
            catch (RefusedException refused)
            {
                JsonObject error = JsonNode.Parse(refused.Answer.Body!)!.AsObject();
                var inBatch = new HubSpotError(refused.Answer.Status, (string)error["category"]!, (string)error["message"]!);
                JsonObject entry = inBatch.InBatch(contextOf(input));
                if (error["errors"] is { } details)
                    entry["errors"] = details.DeepClone();
                errors.Add(entry);
            }
        }

        return Answer(now, success, results, errors);
    }

    public static ApiAnswer Answer(DateTimeOffset now, int success, JsonArray results, JsonArray errors)
    {
        var body = new JsonObject
        {
            ["status"] = "COMPLETE",
            ["results"] = results,
            ["startedAt"] = HubSpotClock.Text(now),
            ["completedAt"] = HubSpotClock.Text(now),
        };
        if (errors.Count == 0)
            return ApiAnswer.Json(success, body);
        body["numErrors"] = errors.Count;
        body["errors"] = errors;
        return ApiAnswer.Json(207, body);
    }

    /// <summary>Names the failing input, when the caller gave it a trace id.</summary>
    public static JsonObject Trace(JsonObject input) =>
        HubSpotBody.Text(input, "objectWriteTraceId") is { } trace ? new JsonObject { ["objectWriteTraceId"] = new JsonArray(trace) } : new JsonObject();
}
