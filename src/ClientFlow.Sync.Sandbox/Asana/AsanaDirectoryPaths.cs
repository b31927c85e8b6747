using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>Users, workspaces, teams and custom fields, as in Asana's OpenAPI file.</summary>
internal sealed class AsanaDirectoryPaths(AsanaTool tool, AsanaStore store)
{
    public void Map()
    {
        tool.Route("GET", "/users/{gid}", ["workspace", .. AsanaTool.Single], User);
        tool.Route("GET", "/users", ["workspace", "team", .. AsanaTool.List], call => tool.Page(call, store.Of<AsanaUser>()));
        tool.Route("GET", "/workspaces/{gid}/users", ["offset", "opt_fields", "opt_pretty"], call => tool.Page(call, InWorkspace(call, store.Of<AsanaUser>())));
        tool.Route("GET", "/workspaces", AsanaTool.List, call => tool.Page(call, [store.Workspace]));
        tool.Route("GET", "/workspaces/{gid}", AsanaTool.Single, call => tool.One(call, 200, InWorkspace(call, [store.Workspace]).First()));
        tool.Route("GET", "/workspaces/{gid}/teams", AsanaTool.List, call => tool.Page(call, InWorkspace(call, store.Of<AsanaTeam>())));
        tool.Route("GET", "/workspaces/{gid}/custom_fields", AsanaTool.List, call => tool.Page(call, InWorkspace(call, store.Of<AsanaCustomField>()), whole: true));
        tool.Route("GET", "/workspaces/{gid}/typeahead", ["resource_type", "type", "query", "count", "opt_fields", "opt_pretty"], Typeahead);
        tool.Route("POST", "/custom_fields", AsanaTool.Single, CreateField);
        tool.Route("GET", "/custom_fields/{gid}", AsanaTool.Single, call => tool.One(call, 200, store.Get<AsanaCustomField>("custom_field", call.Part("gid"))));
        tool.Route("GET", "/projects/{gid}/custom_field_settings", AsanaTool.List, call =>
            tool.Page(call, store.Get<AsanaProject>("project", call.Part("gid")).Settings, whole: true));
        tool.Route("POST", "/projects/{gid}/addCustomFieldSetting", AsanaTool.Single, AddSetting);
    }

    private ApiAnswer User(ApiCall call)
    {
        string reference = call.Part("gid");
        AsanaUser? user = reference == "me"
            ? store.Me
            : store.Of<AsanaUser>().FirstOrDefault(one => one.Gid == reference || one.Email.Equals(reference, StringComparison.OrdinalIgnoreCase));
        return tool.One(call, 200, user ?? throw AsanaError.Unknown("user", reference));
    }

    private ApiAnswer Typeahead(ApiCall call)
    {
        InWorkspace<AsanaResource>(call, []);
        string query = call.Parameter("query") ?? "";
        IEnumerable<AsanaResource> all = (call.Parameter("resource_type") ?? call.Parameter("type")) switch
        {
            "project" => store.Of<AsanaProject>(),
            "task" => store.Of<AsanaTask>(),
            "user" => store.Of<AsanaUser>(),
            "custom_field" => store.Of<AsanaCustomField>(),
            "team" => store.Of<AsanaTeam>(),
            var other => throw AsanaError.Refuse(400, $"resource_type: {other ?? "Missing input"}"),
        };
        int count = int.TryParse(call.Parameter("count"), out int asked) && asked is >= 1 and <= 100 ? asked : 20;
        IReadOnlyList<string> fields = call.Listed("opt_fields");
        return ApiAnswer.Json(200, new JsonObject
        {
            ["data"] = new JsonArray([.. all.Where(one => one.Name.Contains(query, StringComparison.OrdinalIgnoreCase)).Take(count).Select(one => tool.View.Row(one, fields))]),
        });
    }

    private ApiAnswer CreateField(ApiCall call)
    {
        JsonObject data = AsanaBody.Data(call, "name", "workspace", "resource_subtype", "type", "description", "precision", "enum_options",
            "format", "currency_code", "custom_label", "custom_label_position", "has_notifications_enabled", "owned_by_app", "input_restrictions");
        string workspace = AsanaBody.Required(data, "workspace");
        if (workspace != store.Workspace.Gid)
            throw AsanaError.Refuse(400, $"workspace: Not a recognized ID: {workspace}");
        string name = AsanaBody.Required(data, "name");
        if (store.Of<AsanaCustomField>().Any(other => other.Name == name))
            throw AsanaError.Refuse(400, $"name: A custom field called {name} exists already");
        var field = store.Add(new AsanaCustomField(store.NextGid(), AsanaBody.OneOf(data, "resource_subtype", "text", "number", "enum", "date"))
        {
            Name = name, Description = AsanaBody.Text(data, "description") ?? "", CreatedAt = store.Now, Precision = (int?)data["precision"],
        });
        foreach (JsonNode? option in data["enum_options"] as JsonArray ?? [])
            field.Options.Add(store.Add(new AsanaEnumOption(store.NextGid()) { Name = AsanaBody.Required(AsanaBody.Known(option, "name", "color", "enabled"), "name") }));
        return tool.One(call, 201, field);
    }

    private ApiAnswer AddSetting(ApiCall call)
    {
        AsanaProject project = store.Get<AsanaProject>("project", call.Part("gid"));
        JsonObject data = AsanaBody.Data(call, "custom_field", "is_important", "insert_before", "insert_after");
        string gid = AsanaBody.Required(data, "custom_field");
        AsanaCustomField field = store.Find<AsanaCustomField>(gid) ?? throw AsanaError.Refuse(400, $"custom_field: Not a recognized ID: {gid}");
        if (project.Settings.Any(setting => setting.Field == field))
            throw AsanaError.Refuse(403, $"custom_field: {gid} is on this project already");
        var added = store.Add(new AsanaCustomFieldSetting(store.NextGid(), project, field) { CreatedAt = store.Now });
        project.Settings.Add(added);
        project.Values.TryAdd(field, null);
        return tool.One(call, 200, added);
    }

    private IEnumerable<T> InWorkspace<T>(ApiCall call, IEnumerable<T> all) =>
        call.Part("gid") == store.Workspace.Gid ? all : throw AsanaError.Unknown("workspace", call.Part("gid"));
}
