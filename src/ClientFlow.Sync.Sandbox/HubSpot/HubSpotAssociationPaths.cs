using System.Globalization;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>`/crm/v4/...`: associations, read one by one or in batches.</summary>
internal sealed class HubSpotAssociationPaths(HubSpotTool tool, HubSpotStore store)
{
    private const string Api = "INTEGRATION";
    private const string UserDefined = "USER_DEFINED";
    private const string One = "/crm/v4/objects/{from}/{id}/associations/{to}";
    private const string Many = "/crm/v4/associations/{from}/{to}/batch/";

    public void Map()
    {
        tool.Route("PUT", "/crm/v4/objects/{from}/{id}/associations/default/{to}/{toId}", [], PutDefault);
        tool.Route("PUT", One + "/{toId}", [], PutLabelled);
        tool.Route("DELETE", One + "/{toId}", [], Delete);
        tool.Route("GET", One, ["after", "limit"], List);
        tool.Route("POST", Many + "read", [], BatchRead);
        tool.Route("POST", Many + "associate/default", [], BatchDefault);
        tool.Route("POST", Many + "create", [], BatchCreate);
        tool.Route("POST", Many + "archive", [], BatchArchive);
    }

    private ApiAnswer PutDefault(ApiCall call)
    {
        (HubSpotObject from, HubSpotObject to) = Pair(call);
        return HubSpotBatch.Answer(store.Now, 200, [.. Default(from, to)], []);
    }

    private ApiAnswer BatchDefault(ApiCall call)
    {
        (HubSpotType from, HubSpotType to) = Types(call);
        var results = new JsonArray();
        foreach (JsonObject input in HubSpotBody.Inputs(HubSpotBody.Object(call, "inputs"), tool.Options.HubSpot.BatchLimit, "from", "to"))
        {
            foreach (JsonNode link in Default(Live(from, IdOf(input, "from")), Live(to, IdOf(input, "to"))))
                results.Add(link);
        }

        return HubSpotBatch.Answer(store.Now, 200, results, []);
    }

    private IEnumerable<JsonNode> Default(HubSpotObject from, HubSpotObject to)
    {
        int typeId = HubSpotTypes.UnlabelledId(from.Type, to.Type) ?? throw NoSuchType(from.Type, to.Type);
        store.Link(from, to, typeId, Api);
        yield return Shown(from, to, typeId);
        yield return Shown(to, from, HubSpotTypes.UnlabelledId(to.Type, from.Type)!.Value);
    }

    private ApiAnswer PutLabelled(ApiCall call)
    {
        (HubSpotObject from, HubSpotObject to) = Pair(call);
        JsonArray specs = call.Json() as JsonArray ?? throw HubSpotBody.Bad("Invalid input JSON: an array was expected");
        foreach (JsonNode? spec in specs)
            Link(from, to, spec);
        return ApiAnswer.Json(201, Labels(from, to));
    }

    private ApiAnswer BatchCreate(ApiCall call)
    {
        (HubSpotType from, HubSpotType to) = Types(call);
        IReadOnlyList<JsonObject> inputs = HubSpotBody.Inputs(HubSpotBody.Object(call, "inputs"), tool.Options.HubSpot.BatchLimit, "from", "to", "types");
        return HubSpotBatch.Run(store.Now, inputs, 201, input =>
        {
            HubSpotObject one = Live(from, IdOf(input, "from"));
            HubSpotObject other = Live(to, IdOf(input, "to"));
            foreach (JsonNode? spec in input["types"] as JsonArray ?? [])
                Link(one, other, spec);
            return Labels(one, other);
        }, input => new JsonObject { ["fromObjectId"] = new JsonArray(IdOf(input, "from")) });
    }

    private ApiAnswer Delete(ApiCall call)
    {
        (HubSpotObject from, HubSpotObject to) = Pair(call);
        store.Unlink(from, to, null, Api);
        return ApiAnswer.Empty();
    }

    private ApiAnswer BatchArchive(ApiCall call)
    {
        (HubSpotType from, HubSpotType to) = Types(call);
        foreach (JsonObject input in HubSpotBody.Inputs(HubSpotBody.Object(call, "inputs"), tool.Options.HubSpot.BatchLimit, "from", "to"))
        {
            HubSpotObject one = Live(from, IdOf(input, "from"));
            foreach (JsonNode? other in input["to"] as JsonArray ?? [])
                store.Unlink(one, Live(to, HubSpotBody.Required(HubSpotBody.Known(other, "id"), "id")), null, Api);
        }

        return ApiAnswer.Empty();
    }

    private ApiAnswer List(ApiCall call)
    {
        (HubSpotType fromType, HubSpotType to) = Types(call);
        HubSpotObject from = Live(fromType, call.Part("id"));
        int limit = HubSpotTool.Limit(call, 500, 500);
        List<JsonObject> all = [.. Associated(from, to, call.Parameter("after"))];
        var body = new JsonObject { ["results"] = new JsonArray([.. all.Take(limit)]) };
        if (all.Count > limit)
            body["paging"] = HubSpotTool.Paging(tool, call, (string)all[limit - 1]["toObjectId"]!);
        return ApiAnswer.Json(200, body);
    }

    private ApiAnswer BatchRead(ApiCall call)
    {
        (HubSpotType from, HubSpotType to) = Types(call);
        IReadOnlyList<JsonObject> inputs = HubSpotBody.Inputs(HubSpotBody.Object(call, "inputs"), 1000, "id", "after");
        return HubSpotBatch.Run(store.Now, inputs, 200, input =>
        {
            string id = HubSpotBody.Required(input, "id");
            HubSpotObject one = Live(from, id);
            if (from == HubSpotTypes.Deals && to == HubSpotTypes.Companies && tool.Behaviour.CompaniesInTrouble.Contains(id))
                throw new HubSpotError(500, "INTERNAL_ERROR", "Something went wrong.").Refusal();
            List<JsonObject> links = [.. Associated(one, to, HubSpotBody.Text(input, "after"))];
            if (links.Count == 0)
                throw HubSpotError.NotFound($"No {to.Singular} is associated with {from.Singular} {id}.").Refusal();
            return new JsonObject { ["from"] = new JsonObject { ["id"] = id }, ["to"] = new JsonArray([.. links]) };
        }, input => new JsonObject { ["fromObjectId"] = new JsonArray(HubSpotBody.Required(input, "id")) });
    }

    private IEnumerable<JsonObject> Associated(HubSpotObject item, HubSpotType other, string? after) =>
        from link in store.Associations(item, other)
        where after is null || link.ToId > long.Parse(after, CultureInfo.InvariantCulture)
        group link by link.ToId into links
        orderby links.Key
        select new JsonObject
        {
            ["toObjectId"] = links.Key.ToString(CultureInfo.InvariantCulture),
            ["associationTypes"] = new JsonArray([.. links.OrderBy(link => link.TypeId).Select(AssociationType)]),
        };

    private static JsonObject AssociationType(HubSpotAssociation link)
    {
        var json = new JsonObject { ["category"] = link.Label is null ? "HUBSPOT_DEFINED" : UserDefined, ["typeId"] = link.TypeId };
        string? label = link.IsPrimary ? "Primary" : link.Label;
        if (label is not null)
            json["label"] = label;
        return json;
    }

    private static JsonObject Shown(HubSpotObject from, HubSpotObject to, int typeId) => new()
    {
        ["from"] = new JsonObject { ["id"] = from.Key },
        ["to"] = new JsonObject { ["id"] = to.Key },
        ["associationSpec"] = new JsonObject { ["associationCategory"] = "HUBSPOT_DEFINED", ["associationTypeId"] = typeId },
    };

    private static JsonObject Labels(HubSpotObject from, HubSpotObject to) => new()
    {
        ["fromObjectTypeId"] = from.Type.Id,
        ["fromObjectId"] = from.Key,
        ["toObjectTypeId"] = to.Type.Id,
        ["toObjectId"] = to.Key,
        ["labels"] = new JsonArray(),
    };

    private void Link(HubSpotObject from, HubSpotObject to, JsonNode? spec)
    {
        JsonObject json = HubSpotBody.Known(spec, "associationCategory", "associationTypeId");
        int typeId = HubSpotBody.Number(json, "associationTypeId") ?? throw HubSpotBody.Bad("Invalid input JSON: \"associationTypeId\" is required");
        if (HubSpotBody.Text(json, "associationCategory") == UserDefined)
            store.LinkLabelled(from, to, typeId, Api);
        else
            store.Link(from, to, typeId, Api);
    }

    private static string IdOf(JsonObject input, string field) => HubSpotBody.Required(HubSpotBody.Known(input[field], "id"), "id");

    private static RefusedException NoSuchType(HubSpotType from, HubSpotType to) =>
        HubSpotError.Invalid($"{from.Id} and {to.Id} cannot be associated").Refusal();

    private static (HubSpotType From, HubSpotType To) Types(ApiCall call) => (HubSpotTool.TypeOf(call.Part("from")), HubSpotTool.TypeOf(call.Part("to")));

    private (HubSpotObject From, HubSpotObject To) Pair(ApiCall call)
    {
        (HubSpotType from, HubSpotType to) = Types(call);
        return (Live(from, call.Part("id")), Live(to, call.Part("toId")));
    }

    private HubSpotObject Live(HubSpotType type, string id) =>
        store.Find(type, id) is { Archived: false } item ? item : throw HubSpotError.NotFound($"No {type.Singular} has the id {id}.").Refusal();
}
