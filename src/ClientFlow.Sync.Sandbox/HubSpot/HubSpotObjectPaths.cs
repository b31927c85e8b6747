using System.Globalization;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>`/crm/v3/objects/...`: list, read, write, batches.</summary>
internal sealed class HubSpotObjectPaths(HubSpotTool tool, HubSpotStore store)
{
    private const string Root = "/crm/v3/objects/{type}";
    private const string Api = "INTEGRATION";

    private HubSpotBehaviour Behaviour => tool.Options.HubSpot;

    public void Map()
    {
        tool.Route("GET", Root, ["limit", "after", "properties", "propertiesWithHistory", "associations", "archived"], List);
        tool.Route("POST", Root, [], Create);
        tool.Route("GET", Root + "/{id}", ["properties", "propertiesWithHistory", "associations", "archived", "idProperty"], Read);
        tool.Route("PATCH", Root + "/{id}", ["idProperty"], Update);
        tool.Route("DELETE", Root + "/{id}", [], Archive);
        tool.Route("POST", Root + "/batch/read", ["archived"], BatchRead);
        tool.Route("POST", Root + "/batch/create", [], BatchCreate);
        tool.Route("POST", Root + "/batch/update", [], BatchUpdate);
        tool.Route("POST", Root + "/batch/upsert", [], BatchUpsert);
        tool.Route("POST", Root + "/batch/archive", [], BatchArchive);
    }

    private ApiAnswer List(ApiCall call)
    {
        HubSpotType type = HubSpotTool.TypeOf(call.Part("type"));
        bool archived = Flag(call, "archived");
        int limit = HubSpotTool.Limit(call, 10, 100);
        long after = 0;
        if (call.Parameter("after") is { } token && !long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out after))
            throw HubSpotError.Invalid("The after parameter is not a valid paging cursor").Refusal();

        List<HubSpotObject> page = [.. store.All(type).Where(item => item.Archived == archived && item.Id > after).Take(limit + 1)];
        bool more = page.Count > limit;
        if (more)
            page.RemoveAt(limit);
        var body = new JsonObject { ["results"] = new JsonArray([.. page.Select(item => Shown(call, item))]) };
        if (more)
            body["paging"] = HubSpotTool.Paging(tool, call, page[^1].Key);
        return ApiAnswer.Json(200, body);
    }

    private ApiAnswer Read(ApiCall call)
    {
        HubSpotType type = HubSpotTool.TypeOf(call.Part("type"));
        bool archived = Flag(call, "archived");
        HubSpotObject? item = store.Find(type, call.Part("id"), call.Parameter("idProperty"));
        return item is null || item.Archived != archived
            ? HubSpotError.NotFound("resource not found").Answer()
            : ApiAnswer.Json(200, Shown(call, item));
    }

    private ApiAnswer Create(ApiCall call)
    {
        HubSpotType type = tool.WritableType(call.Part("type"));
        JsonObject body = HubSpotBody.Object(call, "properties", "associations");
        return ApiAnswer.Json(201, Written(CreateOne(type, body)));
    }

    private ApiAnswer Update(ApiCall call)
    {
        HubSpotType type = tool.WritableType(call.Part("type"));
        JsonObject body = HubSpotBody.Object(call, "properties");
        HubSpotObject item = Live(type, call.Part("id"), call.Parameter("idProperty"));
        store.Update(item, HubSpotBody.Properties(body), Api);
        return ApiAnswer.Json(200, Written(item));
    }

    private ApiAnswer Archive(ApiCall call)
    {
        HubSpotType type = tool.WritableType(call.Part("type"));
        if (store.Find(type, call.Part("id")) is { } item)
            store.Archive(item, Api);
        return ApiAnswer.Empty();
    }

    private ApiAnswer BatchRead(ApiCall call)
    {
        HubSpotType type = HubSpotTool.TypeOf(call.Part("type"));
        JsonObject body = HubSpotBody.Object(call, "properties", "propertiesWithHistory", "idProperty", "inputs");
        IReadOnlyList<string> history = HubSpotBody.Texts(body, "propertiesWithHistory");
        IReadOnlyList<string> properties = HubSpotBody.Texts(body, "properties");
        string? idProperty = HubSpotBody.Text(body, "idProperty");
        IReadOnlyList<JsonObject> inputs = HubSpotBody.Inputs(body, history.Count > 0 ? Behaviour.HistoryBatchLimit : Behaviour.BatchLimit, "id");
        bool archived = Flag(call, "archived");

        var results = new JsonArray();
        var missing = new List<string>();
        foreach (string id in inputs.Select(input => HubSpotBody.Required(input, "id")).Distinct())
        {
            if (store.Find(type, id, idProperty) is { } item && item.Archived == archived)
                results.Add(Shown(item, properties, history));
            else
                missing.Add(id);
        }

        var errors = new JsonArray();
        if (missing.Count > 0)
        {
            errors.Add(HubSpotError.NotFound($"Could not get some {type.Singular.ToUpperInvariant()} objects, they may be deleted or not exist. Check that ids are valid.")
                .InBatch(new JsonObject { ["ids"] = new JsonArray([.. missing.Select(id => JsonValue.Create(id))]) }));
        }

        return HubSpotBatch.Answer(store.Now, 200, results, errors);
    }

    private ApiAnswer BatchCreate(ApiCall call) =>
        Batch(call, 201, ["properties", "associations", "objectWriteTraceId"], (type, input) => Written(CreateOne(type, input)));

    private ApiAnswer BatchUpdate(ApiCall call) => Batch(call, 200, ["id", "idProperty", "properties", "objectWriteTraceId"], (type, input) =>
    {
        HubSpotObject item = Live(type, HubSpotBody.Required(input, "id"), HubSpotBody.Text(input, "idProperty"));
        store.Update(item, HubSpotBody.Properties(input), Api);
        return Written(item);
    });

    private ApiAnswer BatchUpsert(ApiCall call) => Batch(call, 200, ["id", "idProperty", "properties", "objectWriteTraceId"], (type, input) =>
    {
        string id = HubSpotBody.Required(input, "id");
        string? idProperty = HubSpotBody.Text(input, "idProperty");
        HubSpotObject? item = store.Find(type, id, idProperty);
        bool isNew = item is null;
        var values = new Dictionary<string, string>(HubSpotBody.Properties(input));
        if (item is not null)
        {
            store.Update(item, values, Api);
        }
        else if (idProperty is null or "hs_object_id")
        {
            throw HubSpotError.NotFound($"No {type.Singular} has the id {id}").Refusal();
        }
        else
        {
            values.TryAdd(idProperty, id);
            item = store.Create(type, values, Api);
        }

        JsonObject written = Written(item);
        written["new"] = isNew;
        return written;
    });

    private ApiAnswer BatchArchive(ApiCall call)
    {
        HubSpotType type = tool.WritableType(call.Part("type"));
        foreach (JsonObject input in HubSpotBody.Inputs(HubSpotBody.Object(call, "inputs"), Behaviour.BatchLimit, "id"))
        {
            if (store.Find(type, HubSpotBody.Required(input, "id")) is { } item)
                store.Archive(item, Api);
        }

        return ApiAnswer.Empty();
    }

    private ApiAnswer Batch(ApiCall call, int success, string[] fields, Func<HubSpotType, JsonObject, JsonObject> one)
    {
        HubSpotType type = tool.WritableType(call.Part("type"));
        IReadOnlyList<JsonObject> inputs = HubSpotBody.Inputs(HubSpotBody.Object(call, "inputs"), Behaviour.BatchLimit, fields);
        return HubSpotBatch.Run(store.Now, inputs, success, input =>
        {
            JsonObject result = one(type, input);
            if (HubSpotBody.Text(input, "objectWriteTraceId") is { } trace)
                result["objectWriteTraceId"] = trace;
            return result;
        }, HubSpotBatch.Trace);
    }

    private HubSpotObject CreateOne(HubSpotType type, JsonObject input)
    {
        IReadOnlyDictionary<string, string> values = HubSpotBody.Properties(input);
        List<(HubSpotObject To, int TypeId)> links = [.. Links(type, input)];
        HubSpotObject item = store.Create(type, values, Api);
        foreach ((HubSpotObject to, int typeId) in links)
            store.Link(item, to, typeId, Api);
        return item;
    }

    /// <summary>Resolves the associations of a create before anything is written: the type id tells the other object's type.</summary>
    private IEnumerable<(HubSpotObject To, int TypeId)> Links(HubSpotType type, JsonObject input)
    {
        foreach (JsonNode? node in input["associations"] as JsonArray ?? [])
        {
            JsonObject association = HubSpotBody.Known(node, "to", "types");
            string id = HubSpotBody.Required(HubSpotBody.Known(association["to"], "id"), "id");
            foreach (JsonNode? spec in association["types"] as JsonArray ?? throw HubSpotBody.Bad("Invalid input JSON: \"types\" is required"))
            {
                int typeId = HubSpotBody.Number(HubSpotBody.Known(spec, "associationCategory", "associationTypeId"), "associationTypeId") ?? 0;
                HubSpotType to = HubSpotTypes.All.FirstOrDefault(other => HubSpotTypes.UnlabelledId(type, other) == typeId || HubSpotTypes.PrimaryId(type, other) == typeId)
                    ?? throw HubSpotError.Invalid($"association type {typeId} does not start at {type.Id}").Refusal();
                yield return (Live(to, id, null), typeId);
            }
        }
    }

    private HubSpotObject Live(HubSpotType type, string id, string? idProperty) =>
        store.Find(type, id, idProperty) is { Archived: false } item ? item : throw HubSpotError.NotFound("resource not found").Refusal();

    private JsonObject Written(HubSpotObject item) => item.Json(null, name => store.Exists(item.Type, name));

    private JsonObject Shown(ApiCall call, HubSpotObject item)
    {
        JsonObject json = Shown(item, call.Listed("properties"), call.Listed("propertiesWithHistory"));
        var associations = new JsonObject();
        foreach (string name in call.Listed("associations"))
        {
            HubSpotType to = HubSpotTool.TypeOf(name);
            var results = new JsonArray([.. store.Associations(item, to).OrderBy(link => link.TypeId).Select(link => new JsonObject
            {
                ["id"] = link.ToId.ToString(CultureInfo.InvariantCulture),
                ["type"] = Label(link),
            })]);
            if (results.Count > 0)
                associations[to.Name] = new JsonObject { ["results"] = results };
        }

        if (associations.Count > 0)
            json["associations"] = associations;
        return json;
    }

    private JsonObject Shown(HubSpotObject item, IReadOnlyList<string> properties, IReadOnlyList<string> history)
    {
        JsonObject json = item.Json([.. properties, .. history], name => store.Exists(item.Type, name));
        if (history.Count > 0)
            json["propertiesWithHistory"] = item.HistoryJson(history.Where(name => store.Exists(item.Type, name)));
        return json;
    }

    // Where a primary type exists the v3 form calls the plain one `..._unlabeled`.
    private static string Label(HubSpotAssociation link)
    {
        string name = $"{link.From.Singular}_to_{link.To.Singular}";
        return HubSpotTypes.PrimaryId(link.From, link.To) is { } primary && primary != link.TypeId ? name + "_unlabeled" : name;
    }

    private static bool Flag(ApiCall call, string name) => call.Parameter(name) switch
    {
        null or "" or "false" => false,
        "true" => true,
        var other => throw HubSpotError.Invalid($"{name} must be true or false, not {other}").Refusal(),
    };
}
