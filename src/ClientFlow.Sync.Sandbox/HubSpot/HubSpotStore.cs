using System.Globalization;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>An owner; `Id` and `UserId` differ, and only the first is a value of `hubspot_owner_id`.</summary>
internal sealed record HubSpotOwner(long Id, long UserId, string FirstName, string LastName, string Email);

/// <summary>One direction of an association; its inverse is another row.</summary>
internal readonly record struct HubSpotAssociation(HubSpotType From, long FromId, HubSpotType To, long ToId, int TypeId)
{
    /// <summary>The label that a person gave it; null for HubSpot's own types. Type ids are unique within a category only (tools.md 1.2).</summary>
    public string? Label { get; init; }

    public bool IsPrimary => Label is null && TypeId == HubSpotTypes.PrimaryId(From, To);
}

/// <summary>The account's state and the rules that the vendor keeps on every write, whoever makes it.</summary>
internal sealed class HubSpotStore(TimeProvider clock, HubSpotBehaviour behaviour)
{
    private readonly Dictionary<string, SortedDictionary<long, HubSpotObject>> _objects =
        HubSpotTypes.All.ToDictionary(type => type.Name, _ => new SortedDictionary<long, HubSpotObject>());

    private readonly Dictionary<string, Dictionary<string, HubSpotProperty>> _properties =
        HubSpotTypes.All.ToDictionary(type => type.Name, type => HubSpotStandardProperties.Of(type).ToDictionary(property => property.Name));

    private readonly Dictionary<(string Type, string Property, string Value), long> _unique = [];
    private readonly Dictionary<(string From, long Id), List<HubSpotAssociation>> _associations = [];
    private readonly Dictionary<(string From, string To, int TypeId), string> _labels = [];
    private long _lastId = 21_678_228_000;

    public List<HubSpotOwner> Owners { get; } = [];

    public Dictionary<string, List<HubSpotPipeline>> Pipelines { get; } = new()
    {
        ["deals"] = [HubSpotPipeline.DefaultDeals(), HubSpotPipeline.Renewals()],
        ["tickets"] = [HubSpotPipeline.DefaultTickets()],
    };

    /// <summary>What happened and was not yet handed to the webhooks.</summary>
    public List<HubSpotEvent> Happened { get; } = [];

    /// <summary>How far in the past things happen; not zero only while history is planted.</summary>
    public TimeSpan Ago { get; set; }

    public DateTimeOffset Now => HubSpotClock.ToMilliseconds(clock.GetUtcNow() - Ago);

    public IReadOnlyDictionary<string, HubSpotProperty> Properties(HubSpotType type) => _properties[type.Name];

    public bool Exists(HubSpotType type, string property) => _properties[type.Name].ContainsKey(property);

    public IEnumerable<HubSpotObject> All(HubSpotType type) => _objects[type.Name].Values;

    public IEnumerable<HubSpotObject> Live(HubSpotType type) => All(type).Where(item => !item.Archived);

    public HubSpotObject? Find(HubSpotType type, string id, string? idProperty = null)
    {
        if (idProperty is null or "hs_object_id")
            return long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? _objects[type.Name].GetValueOrDefault(number) : null;
        if (!IsUnique(type, idProperty))
            throw HubSpotError.Invalid($"Property '{idProperty}' is not a unique identifier property of {type.Name}").Refusal();
        return _unique.TryGetValue((type.Name, idProperty, Folded(idProperty, id)), out long found) ? _objects[type.Name].GetValueOrDefault(found) : null;
    }

    public HubSpotObject Create(HubSpotType type, IReadOnlyDictionary<string, string> values, string source)
    {
        var all = new Dictionary<string, string>(values, StringComparer.Ordinal);
        if (type == HubSpotTypes.Deals && all.ContainsKey("dealstage"))
            all.TryAdd("pipeline", "default");
        if (type == HubSpotTypes.Tickets)
            all.TryAdd("hs_pipeline", "0");
        Check(type, all, null);
        DateTimeOffset now = Now;
        var item = new HubSpotObject(type, ++_lastId, now);
        item.Set("hs_object_id", item.Key, now, "CRM");
        item.Set(type.Created, HubSpotClock.Text(now), now, "CRM");
        _objects[type.Name][item.Id] = item;
        Happened.Add(new HubSpotEvent(type, "creation", now, source, new JsonObject { ["objectId"] = item.Id, ["changeFlag"] = "NEW" }));
        Write(item, all, source, now);
        Touch(item, now, source);
        return item;
    }

    public void Update(HubSpotObject item, IReadOnlyDictionary<string, string> values, string source)
    {
        Check(item.Type, values, item);
        DateTimeOffset now = Now;
        if (Write(item, values, source, now))
            Touch(item, now, source);
    }

    public void Archive(HubSpotObject item, string source)
    {
        if (item.Archived)
            return;
        DateTimeOffset now = Now;
        item.ArchivedAt = now;
        foreach (string property in item.PropertyNames.Where(name => IsUnique(item.Type, name)))
            _unique.Remove((item.Type.Name, property, Folded(property, item[property] ?? "")));
        foreach (HubSpotAssociation link in Associations(item))
            Unlink(item, _objects[link.To.Name][link.ToId], null, source);
        Happened.Add(new HubSpotEvent(item.Type, "deletion", now, source, new JsonObject { ["objectId"] = item.Id, ["changeFlag"] = "DELETED" }));
    }

    public void Define(HubSpotType type, HubSpotProperty property)
    {
        if (Exists(type, property.Name))
            throw new HubSpotError(409, "CONFLICT", $"A property named '{property.Name}' already exists.").Refusal();
        if (property.Unique && Properties(type).Values.Count(other => other.Unique) >= behaviour.UniquePropertiesPerType)
            throw HubSpotError.Invalid($"The limit of {behaviour.UniquePropertiesPerType} unique properties on {type.Name} is reached").Refusal();
        if (property.Unique && !behaviour.EngagementsTakeUniqueProperties && (type == HubSpotTypes.Tasks || type == HubSpotTypes.Notes))
            throw HubSpotError.Invalid($"Properties of {type.Name} cannot have unique values").Refusal();
        _properties[type.Name][property.Name] = property with { CreatedAt = Now, Defined = false };
    }

    public bool Undefine(HubSpotType type, string name) => _properties[type.Name].Remove(name);

    public HubSpotStage? Stage(HubSpotType type, string? pipeline, string? stage) =>
        Pipelines.GetValueOrDefault(type.Name)?.Where(one => pipeline is null || one.Id == pipeline)
            .SelectMany(one => one.Stages).FirstOrDefault(one => one.Id == stage);

    public IReadOnlyList<HubSpotAssociation> Associations(HubSpotObject from, HubSpotType? to = null) =>
        _associations.TryGetValue((from.Type.Name, from.Id), out var list) ? [.. list.Where(link => to is null || link.To == to)] : [];

    /// <summary>A label of the account's own; both directions bear it.</summary>
    public void DefineLabel(HubSpotType from, HubSpotType to, int typeId, string label) =>
        _labels[(from.Name, to.Name, typeId)] = _labels[(to.Name, from.Name, typeId)] = label;

    /// <summary>Links both ways with a label of the account's own, and brings the unlabelled one along.</summary>
    public void LinkLabelled(HubSpotObject from, HubSpotObject to, int typeId, string source)
    {
        if (!_labels.TryGetValue((from.Type.Name, to.Type.Name, typeId), out string? label))
            throw HubSpotError.Invalid($"association type {typeId} does not exist between {from.Type.Id} and {to.Type.Id}").Refusal();
        bool changed = AddBothWays(from, to, HubSpotTypes.UnlabelledId(from.Type, to.Type)!.Value, HubSpotTypes.UnlabelledId(to.Type, from.Type)!.Value);
        if (AddBothWays(from, to, typeId, typeId, label) || changed)
            Linked(from, to, source, removed: false, primary: false);
    }

    /// <summary>Links both ways. A primary type id replaces the primary that was there, and brings the unlabelled one along.</summary>
    public void Link(HubSpotObject from, HubSpotObject to, int typeId, string source)
    {
        int? plain = HubSpotTypes.UnlabelledId(from.Type, to.Type);
        int? primary = HubSpotTypes.PrimaryId(from.Type, to.Type);
        if (typeId != plain && typeId != primary)
            throw HubSpotError.Invalid($"association type {typeId} does not exist between {from.Type.Id} and {to.Type.Id}").Refusal();

        bool changed = AddBothWays(from, to, plain!.Value, HubSpotTypes.UnlabelledId(to.Type, from.Type)!.Value);
        (HubSpotObject holder, HubSpotObject company) = from.Type == HubSpotTypes.Companies ? (to, from) : (from, to);
        int? holdersPrimary = HubSpotTypes.PrimaryId(holder.Type, company.Type);
        bool hasPrimary = holdersPrimary is not null && Associations(holder, company.Type).Any(link => link.IsPrimary);
        if (holdersPrimary is not null && (typeId == primary || (behaviour.FirstCompanyBecomesPrimary && !hasPrimary)))
        {
            foreach (HubSpotAssociation old in Associations(holder, company.Type).Where(link => link.IsPrimary && link.ToId != company.Id))
                RemoveBothWays(holder, _objects[old.To.Name][old.ToId], old.TypeId, HubSpotTypes.PrimaryId(company.Type, holder.Type));
            changed |= AddBothWays(holder, company, holdersPrimary.Value, HubSpotTypes.PrimaryId(company.Type, holder.Type)!.Value);
        }

        if (changed)
            Linked(from, to, source, removed: false, typeId == primary);
    }

    /// <summary>Removes one type of link, or all of them when <paramref name="typeId"/> is null.</summary>
    public void Unlink(HubSpotObject from, HubSpotObject to, int? typeId, string source)
    {
        bool changed = false;
        foreach (HubSpotAssociation link in Associations(from, to.Type).Where(link => link.ToId == to.Id && (typeId is null || link.TypeId == typeId)))
        {
            int? inverse = link.Label is not null ? link.TypeId
                : link.IsPrimary ? HubSpotTypes.PrimaryId(to.Type, from.Type)
                : HubSpotTypes.UnlabelledId(to.Type, from.Type);
            RemoveBothWays(from, to, link.TypeId, inverse, link.Label);
            changed = true;
        }

        if (changed)
            Linked(from, to, source, removed: true, primary: false);
    }

    private bool IsUnique(HubSpotType type, string property) =>
        _properties[type.Name].TryGetValue(property, out HubSpotProperty? definition) && definition.Unique;

    // Contacts are one per address whatever its case; custom unique values are compared as they are.
    private static string Folded(string property, string value) => property == "email" ? value.ToLowerInvariant() : value;

    private bool Write(HubSpotObject item, IReadOnlyDictionary<string, string> values, string source, DateTimeOffset now)
    {
        bool changed = false;
        foreach ((string name, string value) in values)
            changed |= SetOne(item, name, value, source, now);
        changed |= FollowStage(item, values, source, now);
        return changed;
    }

    private bool SetOne(HubSpotObject item, string name, string value, string source, DateTimeOffset now)
    {
        string? before = item[name];
        if (!item.Set(name, value, now, source))
            return false;
        if (IsUnique(item.Type, name))
        {
            if (before is not null)
                _unique.Remove((item.Type.Name, name, Folded(name, before)));
            if (value.Length > 0)
                _unique[(item.Type.Name, name, Folded(name, value))] = item.Id;
        }

        Happened.Add(new HubSpotEvent(item.Type, "propertyChange", now, source, new JsonObject
        {
            ["objectId"] = item.Id, ["propertyName"] = name, ["propertyValue"] = value,
        }));
        return true;
    }

    private bool FollowStage(HubSpotObject item, IReadOnlyDictionary<string, string> values, string source, DateTimeOffset now)
    {
        if (item.Type == HubSpotTypes.Deals && Stage(item.Type, item["pipeline"], item["dealstage"]) is { } stage)
        {
            bool wasClosed = item["hs_is_closed"] == "true";
            bool changed = SetOne(item, "hs_is_closed", stage.Closed ? "true" : "false", source, now);
            changed |= SetOne(item, "hs_is_closed_won", stage.Won ? "true" : "false", source, now);
            changed |= SetOne(item, "hs_deal_stage_probability", stage.Probability ?? "", source, now);
            // Closing a deal dates it, unless the same write names a date (the CRM does so for people and API alike).
            if (stage.Closed && !wasClosed && !values.ContainsKey("closedate"))
                changed |= SetOne(item, "closedate", HubSpotClock.Text(now), source, now);
            return changed;
        }

        if (item.Type == HubSpotTypes.Tickets && Stage(item.Type, item["hs_pipeline"], item["hs_pipeline_stage"]) is { } ticketStage
            && ticketStage.Closed != item["closed_date"] is not null)
            return SetOne(item, "closed_date", ticketStage.Closed ? HubSpotClock.Text(now) : "", source, now);
        return false;
    }

    private static void Touch(HubSpotObject item, DateTimeOffset now, string source)
    {
        item.UpdatedAt = now;
        item.Set(item.Type.Modified, HubSpotClock.Text(now), now, source);
    }

    private void Check(HubSpotType type, IReadOnlyDictionary<string, string> values, HubSpotObject? existing)
    {
        var problems = new List<(string, string, string)>();
        foreach ((string name, string value) in values)
        {
            if (Problem(type, name, value, values, existing) is { } problem)
                problems.Add((problem.Message, problem.Code, name));
        }

        if (existing is null && (type == HubSpotTypes.Notes || type == HubSpotTypes.Tasks) && !values.ContainsKey("hs_timestamp"))
            problems.Add(("hs_timestamp is required", "REQUIRED_FIELD", "hs_timestamp"));
        if (problems.Count > 0)
            throw HubSpotError.BadValues(problems).Refusal();

        foreach ((string name, string value) in values.Where(pair => pair.Value.Length > 0 && IsUnique(type, pair.Key)))
        {
            if (!_unique.TryGetValue((type.Name, name, Folded(name, value)), out long holder) || holder == existing?.Id)
                continue;
            if (name == "email")
                throw new HubSpotError(409, "CONFLICT", $"Contact already exists. Existing ID: {holder}").Refusal();
            throw HubSpotError.BadValues([($"Cannot set {name} to value {value}. {holder} already has that value.", "CONFLICTING_UNIQUE_VALUE", name)]).Refusal();
        }

        if (behaviour.UniqueCompanyDomains && type == HubSpotTypes.Companies && values.TryGetValue("domain", out string? domain)
            && Live(type).FirstOrDefault(other => other["domain"] == domain && other.Id != existing?.Id) is { } twin)
            throw new HubSpotError(409, "CONFLICT", $"Company already exists. Existing ID: {twin.Key}").Refusal();
    }

    private (string Message, string Code)? Problem(
        HubSpotType type, string name, string value, IReadOnlyDictionary<string, string> values, HubSpotObject? existing)
    {
        if (!_properties[type.Name].TryGetValue(name, out HubSpotProperty? property))
            return ($"Property \"{name}\" does not exist", "PROPERTY_DOESNT_EXIST");
        if (property.ReadOnly)
            return ($"\"{name}\" is a read only property; its value cannot be set.", "READ_ONLY_VALUE");
        if (value.Length == 0)
            return null;
        if (name is "dealstage" or "hs_pipeline_stage")
        {
            string pipelineProperty = name == "dealstage" ? "pipeline" : "hs_pipeline";
            string? pipeline = values.GetValueOrDefault(pipelineProperty) ?? existing?[pipelineProperty];
            return Stage(type, pipeline, value) is null ? ($"{value} was not one of the allowed options of pipeline {pipeline}", "INVALID_OPTION") : null;
        }

        if (name is "pipeline" or "hs_pipeline")
            return Pipelines[type.Name].Any(pipeline => pipeline.Id == value) ? null : ($"{value} was not one of the allowed options", "INVALID_OPTION");
        if (name == "hubspot_owner_id")
            return Owners.Any(owner => owner.Id.ToString(CultureInfo.InvariantCulture) == value) ? null : ($"{value} is not a valid owner ID.", "INVALID_OWNER_ID");
        if (name == "email" && !value.Contains('@', StringComparison.Ordinal))
            return ($"Email address {value} is invalid", "INVALID_EMAIL");
        if (name == "hs_note_body" && value.Length > 65_536)
            return ("The note body is longer than 65536 characters", "PROPERTY_VALUE_TOO_LONG");
        return property.Type switch
        {
            "number" when !decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) => ($"{value} was not a valid number.", "INVALID_LONG"),
            "date" when !IsMidnight(value) => ($"{value} was not a valid date: it must be YYYY-MM-DD or midnight UTC.", "INVALID_DATE"),
            "datetime" when HubSpotClock.Read(value) is null => ($"{value} was not a valid long.", "INVALID_LONG"),
            "bool" when value is not ("true" or "false") => ($"{value} was not a valid boolean.", "INVALID_BOOLEAN"),
            "enumeration" when property.Options.All(option => option.Value != value) => ($"{value} was not one of the allowed options: [{string.Join(", ", property.Options.Select(option => option.Value))}]", "INVALID_OPTION"),
            _ => null,
        };
    }

    private static bool IsMidnight(string value) => HubSpotClock.Read(value) is { } at && at.TimeOfDay == TimeSpan.Zero;

    private bool AddBothWays(HubSpotObject from, HubSpotObject to, int typeId, int inverseId, string? label = null) =>
        Add(from, to, typeId, label) | Add(to, from, inverseId, label);

    private bool Add(HubSpotObject from, HubSpotObject to, int typeId, string? label)
    {
        if (!_associations.TryGetValue((from.Type.Name, from.Id), out var list))
            _associations[(from.Type.Name, from.Id)] = list = [];
        var link = new HubSpotAssociation(from.Type, from.Id, to.Type, to.Id, typeId) { Label = label };
        if (list.Contains(link))
            return false;
        list.Add(link);
        return true;
    }

    private void RemoveBothWays(HubSpotObject from, HubSpotObject to, int typeId, int? inverseId, string? label = null)
    {
        Remove(from, to, typeId, label);
        Remove(to, from, inverseId, label);
    }

    private void Remove(HubSpotObject from, HubSpotObject to, int? typeId, string? label) =>
        _associations.GetValueOrDefault((from.Type.Name, from.Id))?.RemoveAll(
            link => link.To == to.Type && link.ToId == to.Id && link.TypeId == typeId && link.Label == label);

    private void Linked(HubSpotObject from, HubSpotObject to, string source, bool removed, bool primary)
    {
        DateTimeOffset now = Now;
        foreach ((HubSpotObject one, HubSpotObject other) in new[] { (from, to), (to, from) })
        {
            Happened.Add(new HubSpotEvent(one.Type, "associationChange", now, source, new JsonObject
            {
                ["associationType"] = $"{one.Type.Singular}_to_{other.Type.Singular}".ToUpperInvariant(),
                ["fromObjectId"] = one.Id,
                ["toObjectId"] = other.Id,
                ["associationRemoved"] = removed,
                ["isPrimaryAssociation"] = primary,
            }));
            if (behaviour.AssociationsTouchModifiedDate)
                Touch(one, now, source);
        }
    }
}
