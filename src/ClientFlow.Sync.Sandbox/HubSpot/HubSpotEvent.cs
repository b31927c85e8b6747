using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>Something that happened, before it is known which subscriptions want it.</summary>
internal sealed record HubSpotEvent(HubSpotType Type, string Kind, DateTimeOffset At, string ChangeSource, JsonObject Facts)
{
    /// <summary>Only for property changes.</summary>
    public string? Property => (string?)Facts["propertyName"];
}

/// <summary>One webhook subscription of the app. Generic `object.*` types name the object in <see cref="ObjectTypeId"/>.</summary>
internal sealed record HubSpotSubscription(long Id, string EventType, string? PropertyName, string? ObjectTypeId, bool Active, DateTimeOffset CreatedAt)
{
    public bool Wants(HubSpotEvent happened)
    {
        bool type = EventType.StartsWith("object.", StringComparison.Ordinal)
            ? EventType == "object." + happened.Kind && ObjectTypeId == happened.Type.Id
            : EventType == happened.Type.Singular + "." + happened.Kind;
        return Active && type && (PropertyName is null || happened.Property is null || PropertyName == happened.Property);
    }

    public JsonObject Json()
    {
        var json = new JsonObject
        {
            ["id"] = Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["eventType"] = EventType,
            ["active"] = Active,
            ["createdAt"] = HubSpotClock.Text(CreatedAt),
        };
        if (PropertyName is not null)
            json["propertyName"] = PropertyName;
        if (ObjectTypeId is not null)
            json["objectTypeId"] = ObjectTypeId;
        return json;
    }
}
