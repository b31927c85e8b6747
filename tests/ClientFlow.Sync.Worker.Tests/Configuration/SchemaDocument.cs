using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Worker.Tests.Configuration;

/// <summary>Writes config/clientflow.schema.json: what editors complete and show on hover. Made from the same tables as the checks.</summary>
internal static class SchemaDocument
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text() => new JsonObject
    {
        ["$schema"] = "http://json-schema.org/draft-07/schema#",
        ["title"] = "ClientFlow.Sync mapping file",
        ["type"] = "object",
        ["required"] = new JsonArray("version", "business", "tools"),
        ["additionalProperties"] = false,
        ["properties"] = new JsonObject
        {
            ["version"] = new JsonObject { ["const"] = 1, ["description"] = "The version of this format." },
            ["workspace"] = Said("string", "The name under which everything of this business is stored; `default` when left out.", ("pattern", "^[A-Za-z0-9_-]{1,64}$")),
            ["business"] = Section("Whose lifecycle this is.", ["name", "timezone", "currency"],
                ("name", Said("string", "The business's name: `{{business.name}}` in texts.")),
                ("timezone", Said("string", "The IANA name of the zone in which its dates are dates, such as Europe/London.")),
                ("currency", new JsonObject { ["description"] = "ISO 4217 code of money that names no other.", ["enum"] = Words(Currencies.All.Order(StringComparer.Ordinal)) })),
            ["publicUrl"] = Said("string", "Where vendors can reach the webhook routes. Without it everything works by polling."),
            ["access"] = Access(),
            ["tools"] = Named("The tools, by names of your own.", new JsonObject { ["$ref"] = "#/definitions/tool" }),
            ["mapping"] = Mapping(),
            ["handoffs"] = Named("The rules: when this is so, require these, do that.", new JsonObject { ["$ref"] = "#/definitions/handoff" }),
        },
        ["definitions"] = new JsonObject
        {
            ["tool"] = Tool(),
            ["handoff"] = Handoff(),
            ["when"] = When(),
            ["test"] = Test(),
            ["project"] = Project(),
            ["invoice"] = Invoice(),
            ["reminder"] = Reminder(),
            ["text"] = Said("string", "A text with facts in it: `{{client.name}}`, `{{deal.amount | money}}`, `{{deal.endsOn | date}}`."),
            ["date"] = Said("string", "A fact or the day it is made, moved: `\"{{project.endsOn}} - 30d\"`, `+3d`, `2w`, `1m`."),
            ["person"] = Said("string", "A fact that holds an e-mail, as in `\"{{deal.owner}}\"`, or an e-mail address."),
            ["duration"] = Said("string", "A number with a unit: `30s`, `5m`, `48h`, `14d`, `2w`.", ("pattern", "^([0-9]+[smhdw])+$|\\$\\{")),
            ["secret"] = Said("string", "`${NAME}` (an environment variable) or `file:PATH`; never the secret itself.", ("pattern", "^(\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}|file:.+)$")),
            ["path"] = new JsonObject { ["description"] = "The name of a fact.", ["enum"] = Words(Paths()) },
        },
    }.ToJsonString(Indented) + "\n";

    private static JsonObject Access() => Section("Who may open the pages from elsewhere than the worker's machine. Without it nobody may.", [],
        ("url", Said("string", "Where people open the pages when a proxy stands before them: https and no path. OpenID Connect needs it.")),
        ("users", new JsonObject
        {
            ["type"] = "array",
            ["description"] = "Who signs in with a password.",
            ["items"] = Section("One person.", ["name", "role", "password"],
                ("name", Said("string", "What is typed to sign in, and what the log calls the person.")),
                ("role", new JsonObject { ["enum"] = Words(["owner", "assistant"]), ["description"] = "An owner decides everything; an assistant nothing about money, many at once, rules and tools." }),
                ("password", Described(Ref("secret"), "The hash that `clientflow password` prints, by `${NAME}` or `file:PATH`."))),
        }),
        ("oidc", Section("Who signs in with an OpenID Connect provider.", ["authority", "clientId", "clientSecret"],
            ("authority", Said("string", "The provider's issuer, such as https://accounts.google.com.")),
            ("clientId", Said("string", "What the provider calls this program.")),
            ("clientSecret", Ref("secret")),
            ("owners", People("Their verified e-mail addresses.")),
            ("assistants", People("Their verified e-mail addresses.")))));

    private static JsonObject People(string says) =>
        new() { ["description"] = says, ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "string" }, new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } }) };

    private static JsonObject Tool()
    {
        var tool = Section("One account in one product.", ["connector"],
            ("connector", new JsonObject { ["description"] = "The product.", ["enum"] = Words(FakeConnectors.All.Select(c => c.Manifest.Id)) }),
            ("baseUrl", Said("string", "Another address of the API; it may carry a path prefix.")),
            ("poll", Ref("duration")),
            ("quota", Quota()),
            ("readOnly", Said("boolean", "Never write to this tool.")),
            ("token", Ref("secret")),
            ("key", Ref("secret")),
            ("webhookSecret", Ref("secret")),
            ("account", Said("string", "HubSpot: the id of the portal, to refuse a token of another one.")),
            ("workspace", Said("string", "Asana: the id of the workspace.")),
            ("team", Said("string", "Asana: the id of the team that owns new projects.")),
            ("credentials", Said("string", "Google: the path of the service account's JSON file.")),
            ("calendar", Said("string", "Google: the calendar for people without one of their own; `primary` when left out.")),
            ("subject", Said("string", "Google: the person in whose name calendars are read and written, where the domain allows it.")),
            ("tokenUri", Said("string", "Google: another address for tokens.")));

        // Each connector reads keys of its own, and `check` knows them; the editor only helps.
        tool["additionalProperties"] = true;
        return tool;
    }

    private static JsonObject Quota()
    {
        var limits = Section("The calls that the account's plan allows, where it isn't the smallest.", [],
            [.. ConnectorTypes.All.SelectMany(t => t.Manifest.Quota.Select(w => (t.Manifest.Name, Window: w))).GroupBy(q => q.Window.Name)
                .Select(g => (g.Key, new JsonObject
                {
                    ["type"] = "integer", ["minimum"] = 1,
                    ["description"] = string.Join("; ", g.Select(q => $"{q.Name}: {q.Window.Text}, {q.Window.Limit} where it isn't said")) + ".",
                }))]);
        return new JsonObject { ["anyOf"] = new JsonArray(limits, new JsonObject { ["const"] = "none", ["description"] = "Nothing is limited: for stand-ins." }) };
    }

    private static JsonObject Mapping()
    {
        var patterns = new JsonObject();
        foreach (var kind in Enum.GetValues<RecordKind>())
        {
            var fields = new JsonObject();
            foreach (var field in RecordSchema.Of(kind).Where(f => f.Type is not (FieldType.Reference or FieldType.References)))
            {
                var values = field.Type == FieldType.Choice ? new JsonObject { ["enum"] = Words(field.Choices) } : new JsonObject { ["type"] = new JsonArray("string", "boolean", "number") };
                fields[field.Name] = new JsonObject
                {
                    ["description"] = $"{Names.Of(kind)}.{field.Name}: {field.Says}.",
                    ["anyOf"] = new JsonArray(
                        Said("string", "The tool's own name of the field."),
                        Section("The tool's own field, and what its values mean.", [],
                            ("field", Said("string", "The tool's own name of the field.")),
                            ("values", new JsonObject { ["type"] = "object", ["description"] = "The tool's value, and the canonical word for it.", ["additionalProperties"] = values }))),
                };
            }

            patterns[$"^[A-Za-z0-9_-]+\\.{Names.Of(kind)}$"] = new JsonObject
            {
                ["type"] = "object",
                ["description"] = $"How the tool's records become {Names.Of(kind)}s.",
                ["additionalProperties"] = false,
                ["properties"] = fields,
            };
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["description"] = "Where this business differs from a connector's defaults: `tool.kind`, canonical field, the tool's field.",
            ["additionalProperties"] = false,
            ["patternProperties"] = patterns,
        };
    }

    private static JsonObject Handoff() => Section("When this is so, require these, do that.", ["when", "create"],
        ("when", Ref("when")),
        ("subject", new JsonObject { ["description"] = "The kind of record that one handoff is made for; when left out, the kind in `when` that is farthest along.", ["enum"] = Words(Enum.GetValues<RecordKind>().Select(Names.Of)) }),
        ("require", new JsonObject { ["description"] = "Facts that must be there before it may run.", ["type"] = "array", ["items"] = Ref("path") }),
        ("approve", Said("boolean", "A person must say yes.")),
        ("limit", Said("integer", "How many may become ready within an hour before one yes is needed for the rest; 25 when left out.", ("minimum", 1))),
        ("was", Said("string", "The name this rule had before, whose history it keeps.")),
        ("create", new JsonObject
        {
            ["type"] = "object",
            ["description"] = "What is made: exactly one of these.",
            ["minProperties"] = 1,
            ["maxProperties"] = 1,
            ["additionalProperties"] = false,
            ["properties"] = new JsonObject { ["project"] = Ref("project"), ["invoice"] = Ref("invoice"), ["reminder"] = Ref("reminder") },
        }));

    private static JsonObject When()
    {
        var facts = new JsonObject
        {
            ["any"] = new JsonObject { ["description"] = "At least one of them.", ["type"] = "array", ["minItems"] = 1, ["items"] = Ref("when") },
            ["all"] = new JsonObject { ["description"] = "Every one of them.", ["type"] = "array", ["minItems"] = 1, ["items"] = Ref("when") },
            ["not"] = new JsonObject { ["description"] = "The opposite; of a list: none of them.", ["anyOf"] = new JsonArray(Ref("when"), new JsonObject { ["type"] = "array", ["items"] = Ref("when") }) },
        };
        foreach (var kind in Enum.GetValues<RecordKind>())
        {
            foreach (var field in RecordSchema.Of(kind))
            {
                JsonNode value = field.Type == FieldType.Choice ? new JsonObject { ["enum"] = Words(field.Choices) } : new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") };
                facts[$"{Names.Of(kind)}.{field.Name}"] = new JsonObject
                {
                    ["description"] = $"{field.Says}.",
                    ["anyOf"] = new JsonArray(value, new JsonObject { ["type"] = "array", ["minItems"] = 1, ["items"] = value.DeepClone() }, Ref("test")),
                };
            }
        }

        return new JsonObject { ["type"] = "object", ["description"] = "Conditions; all of them must hold.", ["minProperties"] = 1, ["additionalProperties"] = false, ["properties"] = facts };
    }

    private static JsonObject Test()
    {
        var number = new JsonObject { ["type"] = new JsonArray("number", "string") };
        return Section("What the fact is held against.", [],
            ("gt", Described(number, "Greater, or later.")),
            ("gte", Described(number, "Greater or equal, or on that day or later.")),
            ("lt", Described(number, "Less, or earlier.")),
            ("lte", Described(number, "Less or equal, or on that day or earlier.")),
            ("in", new JsonObject { ["type"] = "array", ["minItems"] = 1, ["description"] = "One of these." }),
            ("not", new JsonObject { ["description"] = "Not this value, none of this list, or not this test." }),
            ("exists", Said("boolean", "There is, or isn't, a value.")),
            ("within", Described(Ref("duration"), "The day or moment lies ahead by no more than this.")),
            ("olderThan", Described(Ref("duration"), "The day or moment lies back by at least this.")));
    }

    private static JsonObject Project() => Section("A project with a checklist.", ["in", "name"],
        ("in", Said("string", "The tool, by its name in `tools`.")),
        ("template", Described(new JsonObject { ["type"] = new JsonArray("string", "integer"), ["pattern"] = "^[0-9]+$" }, "Asana: the id of the project template that it is made from; an empty project when left out.")),
        ("name", Ref("text")),
        ("notes", Ref("text")),
        ("startsOn", Ref("date")),
        ("endsOn", Ref("date")),
        ("owner", Ref("person")),
        ("section", Said("string", "The section that holds the checklist; `Onboarding` when left out.")),
        ("checklist", new JsonObject
        {
            ["type"] = "array",
            ["description"] = "The tasks; `due` counts from the day the project is made.",
            ["items"] = new JsonObject { ["anyOf"] = new JsonArray(Ref("text"), Section("A task.", ["task"], ("task", Ref("text")), ("due", Ref("date")), ("assign", Ref("person")))) },
        }));

    private static JsonObject Invoice() => Section("A draft of an invoice.", ["in"],
        ("in", Said("string", "The tool, by its name in `tools`.")),
        ("draft", new JsonObject { ["const"] = true, ["description"] = "Only drafts are made; a person sends them." }),
        ("dueIn", Described(Ref("duration"), "From the day it is sent to the day it is due; `14d` when left out.")),
        ("lines", new JsonObject
        {
            ["type"] = "array",
            ["minItems"] = 1,
            ["description"] = "The lines; when left out, one with what remains of the deal.",
            ["items"] = Section("A line.", ["text", "amount"],
                ("text", Ref("text")),
                ("amount", new JsonObject { ["type"] = new JsonArray("string", "number"), ["description"] = "`remaining`, a fact as in `\"{{deal.amount}}\"`, or a number in the deal's currency." })),
        }));

    private static JsonObject Reminder() => Section("A calendar entry.", ["in", "on", "title"],
        ("in", Said("string", "The tool, by its name in `tools`.")),
        ("for", Ref("person")),
        ("on", Ref("date")),
        ("at", Said("string", "The time of day in the business's zone; `09:00` when left out.", ("pattern", "^[0-9]{1,2}:[0-9]{2}$"))),
        ("duration", Ref("duration")),
        ("title", Ref("text")),
        ("notes", Ref("text")));

    private static JsonObject Section(string says, string[] required, params (string Key, JsonObject Schema)[] keys)
    {
        var properties = new JsonObject();
        foreach (var (key, schema) in keys) properties[key] = schema;
        var section = new JsonObject { ["type"] = "object", ["description"] = says, ["additionalProperties"] = false, ["properties"] = properties };
        if (required.Length > 0) section["required"] = Words(required);
        return section;
    }

    private static JsonObject Named(string says, JsonObject of) => new()
    {
        ["type"] = "object",
        ["description"] = says,
        ["propertyNames"] = new JsonObject { ["pattern"] = "^[A-Za-z0-9_-]{1,64}$" },
        ["additionalProperties"] = of,
    };

    private static JsonObject Said(string type, string says, params (string Key, JsonNode Value)[] more)
    {
        var schema = new JsonObject { ["type"] = type, ["description"] = says };
        foreach (var (key, value) in more) schema[key] = value;
        return schema;
    }

    private static JsonObject Described(JsonObject schema, string says) => new() { ["allOf"] = new JsonArray(schema.DeepClone()), ["description"] = says };

    private static JsonObject Ref(string definition) => new() { ["$ref"] = $"#/definitions/{definition}" };

    private static JsonArray Words(IEnumerable<string> words) => new([.. words.Select(w => (JsonNode)w)]);

    private static IEnumerable<string> Paths() =>
        Enum.GetValues<RecordKind>().SelectMany(k => RecordSchema.Of(k).Select(f => new FactPath(k, f.Name).ToString()));
}
