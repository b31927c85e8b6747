using System.Globalization;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>What a salesperson does in the CRM's pages. Everything here goes through the rules of the API and causes webhooks.</summary>
public sealed class HubSpotWorld
{
    private const string Person = "CRM_UI";
    private readonly HubSpotTool _tool;
    private readonly HubSpotStore _store;

    internal HubSpotWorld(HubSpotTool tool, HubSpotStore store)
    {
        _tool = tool;
        _store = store;
        Actions =
        [
            new("win-deal", "a deal is won: {id} or {name}", args => Answer(Change("deals", DealId(args), Won(DealId(args))))),
            new("lose-deal", "a deal is lost: {id} or {name}", args => Answer(Change("deals", DealId(args), ("dealstage", "closedlost")))),
            new("reopen-deal", "a closed deal goes back to contract sent: {id} or {name}",
                args => Answer(Change("deals", DealId(args), ("dealstage", "contractsent"), ("pipeline", "default")))),
            new("move-deal", "a deal goes to a stage: {id|name, stage}",
                args => Answer(Change("deals", DealId(args), ("dealstage", Required(args, "stage"))))),
            new("set-end-date", "the contract end date is moved, or cleared with an empty date: {id|name, date}",
                args => Answer(Change("deals", DealId(args), ("contract_end_date", Required(args, "date"))))),
            new("change", "properties of any object are changed: {type, id, properties}",
                args => Answer(Change(Required(args, "type"), Required(args, "id"), Properties(args)))),
            new("create", "an object is made: {type, properties, company?, contact?}",
                args => Answer(Create(Required(args, "type"), Properties(args).ToDictionary(pair => pair.Name, pair => pair.Value),
                    (string?)args["company"], (string?)args["contact"]))),
            new("delete", "an object is deleted: {type, id}", args =>
            {
                Delete(Required(args, "type"), Required(args, "id"));
                return null;
            }),
            new("add-stage", "the sales pipeline gets another stage: {id, label, probability}", args =>
            {
                AddStage(Required(args, "id"), Required(args, "label"), Required(args, "probability"));
                return null;
            }),
        ];
    }

    public IReadOnlyList<WorldAction> Actions { get; }

    /// <summary>Ids of all deals that are not deleted, in the order they were made.</summary>
    public IReadOnlyList<string> DealIds
    {
        get
        {
            lock (_tool.Lock)
                return [.. _store.Live(HubSpotTypes.Deals).Select(deal => deal.Key)];
        }
    }

    public string? Read(string type, string id, string property)
    {
        lock (_tool.Lock)
            return _store.Find(Type(type), id)?[property];
    }

    /// <summary>The first deal with this name, or null.</summary>
    public string? DealNamed(string name)
    {
        lock (_tool.Lock)
            return _store.Live(HubSpotTypes.Deals).FirstOrDefault(deal => deal["dealname"] == name)?.Key;
    }

    /// <summary>The first company with this name, or null.</summary>
    public string? CompanyNamed(string name)
    {
        lock (_tool.Lock)
            return _store.Live(HubSpotTypes.Companies).FirstOrDefault(company => company["name"] == name)?.Key;
    }

    public void WinDeal(string id) => Change("deals", id, Won(id));

    public string Create(string type, IReadOnlyDictionary<string, string> properties, string? company = null, string? contact = null) => Do(() =>
    {
        HubSpotObject item = _store.Create(Type(type), properties, Person);
        if (company is not null)
            Link(item, HubSpotTypes.Companies, company);
        if (contact is not null)
            Link(item, HubSpotTypes.Contacts, contact);
        return item.Key;
    });

    public string Change(string type, string id, params (string Name, string Value)[] properties) => Do(() =>
    {
        _store.Update(Item(type, id), properties.ToDictionary(pair => pair.Name, pair => pair.Value), Person);
        return id;
    });

    public void Delete(string type, string id) => Do(() =>
    {
        _store.Archive(Item(type, id), Person);
        return id;
    });

    public void AddStage(string id, string label, string probability) => Do(() =>
    {
        List<HubSpotStage> stages = _store.Pipelines["deals"][0].Stages;
        stages.Insert(stages.Count - 2, new HubSpotStage(id, label, probability, false));
        return id;
    });

    /// <summary>The account manager gets a login; answers the id that goes into `hubspot_owner_id`.</summary>
    public string AddOwner(string firstName, string lastName, string email) => Do(() =>
    {
        long number = _store.Owners.Count + 1;
        _store.Owners.Add(new HubSpotOwner(30_000_000 + number, 6_000_000 + number, firstName, lastName, email));
        return (30_000_000 + number).ToString(CultureInfo.InvariantCulture);
    });

    /// <summary>A deal is given another company, under a label that the account defined for itself and not as the primary one.</summary>
    public void LabelCompany(string deal, string company, int typeId, string label) => Do(() =>
    {
        _store.DefineLabel(HubSpotTypes.Deals, HubSpotTypes.Companies, typeId, label);
        _store.LinkLabelled(Item("deals", deal), Item("companies", company), typeId, Person);
        return deal;
    });

    /// <summary>A custom property is added in the settings.</summary>
    public void AddProperty(string type, string name, string label, string valueType, string fieldType) => Do(() =>
    {
        HubSpotType target = Type(type);
        _store.Define(target, new HubSpotProperty(name, label, valueType, fieldType, target.Group));
        return name;
    });

    private static HubSpotType Type(string type) => HubSpotTypes.Find(type) ?? throw new WorldActionException($"no object type {type}");

    private static (string Name, string Value)[] Properties(JsonObject args) =>
        [.. (args["properties"] as JsonObject ?? throw new WorldActionException("properties are missing")).Select(pair => (pair.Key, (string?)pair.Value ?? ""))];

    private static string Required(JsonObject args, string name) =>
        args[name] is JsonValue value ? value.ToString() : throw new WorldActionException($"{name} is missing");

    private static JsonObject Answer(string id) => new JsonObject { ["id"] = id };

    private (string Name, string Value)[] Won(string id)
    {
        lock (_tool.Lock)
        {
            string pipeline = Item("deals", id)["pipeline"] ?? "default";
            return [("dealstage", _store.Pipelines["deals"].First(one => one.Id == pipeline).Stages.First(stage => stage.Won).Id)];
        }
    }

    private string DealId(JsonObject args) =>
        (string?)args["id"] ?? DealNamed(Required(args, "name")) ?? throw new WorldActionException($"no deal is called {args["name"]}");

    private HubSpotObject Item(string type, string id) =>
        _store.Find(Type(type), id) ?? throw new WorldActionException($"no {type} has the id {id}");

    private void Link(HubSpotObject item, HubSpotType type, string id) =>
        _store.Link(item, Item(type.Name, id), HubSpotTypes.PrimaryId(item.Type, type) ?? HubSpotTypes.UnlabelledId(item.Type, type)
            ?? throw new WorldActionException($"a {item.Type.Singular} has no {type.Name}"), Person);

    private string Do(Func<string> work)
    {
        lock (_tool.Lock)
        {
            try
            {
                string id = work();
                _tool.Flush();
                return id;
            }
            catch (RefusedException refused)
            {
                throw new WorldActionException(refused.Message);
            }
        }
    }
}
