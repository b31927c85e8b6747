using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>The vendor's errors: `{"errors":[{"message","help"}]}`. https://developers.asana.com/docs/errors</summary>
internal static class AsanaError
{
    private const string Help = "For more information on API status codes and how to handle them, read the docs on errors: https://developers.asana.com/docs/errors";

    public static ApiAnswer Answer(int status, string message) => ApiAnswer.Json(status, new JsonObject
    {
        ["errors"] = new JsonArray(new JsonObject { ["message"] = message, ["help"] = Help }),
    });

    public static RefusedException Refuse(int status, string message) => new(Answer(status, message));

    public static RefusedException Unknown(string kind, string gid) => Refuse(404, $"{kind}: Unknown object: {gid}");
}
