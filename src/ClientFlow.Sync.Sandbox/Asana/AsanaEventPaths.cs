using System.Globalization;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>`/events?resource=&amp;sync=`: what happened since a token; 412 without a valid one.</summary>
internal sealed class AsanaEventPaths(AsanaTool tool, AsanaStore store)
{
    private const string TooOld = "Sync token invalid or too old. If you are attempting to keep resources in sync, you must fetch the full "
        + "dataset for this query now and use the new sync token for the next sync.";

    public void Map()
    {
        tool.Route("GET", "/events", ["resource", "sync", "opt_fields", "opt_pretty"], call =>
        {
            string gid = call.Parameter("resource") ?? throw AsanaError.Refuse(400, "resource: Missing input");
            if (store.Find<AsanaProject>(gid) is null && store.Find<AsanaTask>(gid) is null)
                throw AsanaError.Unknown("resource", gid);
            return Since(call, gid, 100);
        });
        tool.Route("GET", "/workspaces/{gid}/events", ["sync", "opt_pretty"], call =>
            call.Part("gid") == store.Workspace.Gid ? Since(call, store.Workspace.Gid, 1000) : throw AsanaError.Unknown("workspace", call.Part("gid")));
    }

    public JsonObject Json(AsanaEvent happened)
    {
        var json = new JsonObject
        {
            ["user"] = AsanaView.Compact(happened.User),
            ["resource"] = AsanaView.Compact(happened.Resource),
            ["parent"] = happened.Parent is null ? null : AsanaView.Compact(happened.Parent),
            ["action"] = happened.Action,
            ["type"] = happened.Resource.Type,
            ["created_at"] = AsanaClock.Text(happened.At),
        };
        if (happened.Field is not null)
            json["change"] = new JsonObject { ["field"] = happened.Field, ["action"] = "changed" };
        return json;
    }

    private ApiAnswer Since(ApiCall call, string gid, int most)
    {
        if (Read(call.Parameter("sync"), gid) is not { } last)
        {
            return ApiAnswer.Json(412, new JsonObject
            {
                ["errors"] = new JsonArray(new JsonObject { ["message"] = TooOld }),
                ["sync"] = Token(gid, store.Events.Count),
            });
        }

        List<AsanaEvent> fresh = [.. store.Events.Skip(last).Where(happened => happened.Scope.Contains(gid)).Take(most + 1)];
        bool more = fresh.Count > most;
        if (more)
            fresh.RemoveAt(most);
        return ApiAnswer.Json(200, new JsonObject
        {
            ["data"] = new JsonArray([.. fresh.Select(Json)]),
            ["sync"] = Token(gid, more ? (int)fresh[^1].Number : store.Events.Count),
            ["has_more"] = more,
        });
    }

    // Opaque to callers: the resource, how far it has read, and when it was given out.
    private string Token(string gid, int last) =>
        Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes($"{gid}:{last}:{store.Now.ToUnixTimeMilliseconds()}"));

    private int? Read(string? token, string gid)
    {
        try
        {
            string[] parts = token is null ? [] : System.Text.Encoding.UTF8.GetString(Convert.FromHexString(token)).Split(':');
            if (parts.Length != 3 || parts[0] != gid)
                return null;
            var given = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[2], CultureInfo.InvariantCulture));
            return store.Now - given > tool.Behaviour.SyncTokenLife ? null : int.Parse(parts[1], CultureInfo.InvariantCulture);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
