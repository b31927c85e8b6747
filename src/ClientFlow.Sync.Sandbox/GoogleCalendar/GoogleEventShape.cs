using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.GoogleCalendar;

/// <summary>What a JSON value may be: a kind, and for objects the fields they may have.</summary>
internal sealed class Shape
{
    private readonly Func<JsonNode, bool>? _fits;
    private readonly string _kind;
    private readonly FrozenDictionary<string, Shape>? _fields;
    private readonly Shape? _items;
    private readonly bool _anyName;

    private Shape(string kind, Func<JsonNode, bool>? fits = null, FrozenDictionary<string, Shape>? fields = null, Shape? items = null, bool anyName = false) =>
        (_kind, _fits, _fields, _items, _anyName) = (kind, fits, fields, items, anyName);

    public static Shape Text { get; } = new("string", node => node.GetValueKind() is JsonValueKind.String);

    public static Shape Flag { get; } = new("boolean", node => node.GetValueKind() is JsonValueKind.True or JsonValueKind.False);

    public static Shape Number { get; } = new("integer", node => node.GetValueKind() is JsonValueKind.Number && node.AsValue().TryGetValue<int>(out _));

    /// <summary>Google has it, the sandbox does not play it.</summary>
    public static Shape OnlyAtGoogle { get; } = new("only at Google");

    public static Shape Texts { get; } = new("array", items: Text);

    public static Shape NamedTexts { get; } = new("map", items: Text, anyName: true);

    public static Shape ListOf(Shape items) => new("array", items: items);

    public static Shape Fields(params (string Names, Shape Shape)[] fields) => new(
        "object",
        fields: fields.SelectMany(field => field.Names.Split(' ').Select(name => KeyValuePair.Create(name, field.Shape))).ToFrozenDictionary());

    /// <summary>Refuses what does not fit; with <paramref name="lenient"/> fields without a name here are dropped instead.</summary>
    public void Check(JsonNode? node, string at, bool lenient)
    {
        if (node is null)
            return; // Null means "not set" everywhere.
        if (this == OnlyAtGoogle)
            throw GoogleError.NotSimulated(at);
        if (_fits is not null)
        {
            if (!_fits(node))
                throw new Http.RefusedException(GoogleError.Badly($"Invalid value at '{at}' (TYPE_{_kind.ToUpperInvariant()}), {node.ToJsonString()}"));
            return;
        }

        if (_items is not null && !_anyName)
        {
            if (node is not JsonArray array)
                throw new Http.RefusedException(GoogleError.Badly($"Invalid value at '{at}', expected a list"));
            foreach (var item in array)
                _items.Check(item, at, lenient);
            return;
        }

        if (node is not JsonObject hash)
            throw new Http.RefusedException(GoogleError.Badly($"Invalid value at '{at}', expected an object"));
        foreach (var (name, value) in hash.ToList())
        {
            if (_anyName)
                _items!.Check(value, $"{at}.{name}", lenient);
            else if (_fields!.TryGetValue(name, out var shape))
                shape.Check(value, $"{at}.{name}", lenient);
            else if (lenient)
                hash.Remove(name);
            else
                throw GoogleError.UnknownField(name, at);
        }
    }
}

/// <summary>The bodies that Calendar v3 takes, field by field.</summary>
internal static class GoogleShapes
{
    private static readonly Shape _time = Shape.Fields(("date dateTime timeZone", Shape.Text));

    private static readonly Shape _person = Shape.Fields(("displayName email id", Shape.Text), ("self", Shape.Flag));

    /// <summary>What the server alone decides; accepted in a body that was read before, and ignored.</summary>
    public static readonly FrozenSet<string> ReadOnly = new[]
    {
        "created", "creator", "endTimeUnspecified", "etag", "eventType", "hangoutLink", "htmlLink", "kind", "locked", "organizer", "originalStartTime",
        "privateCopy", "recurringEventId", "updated",
    }.ToFrozenSet();

    public static Shape Event { get; } = Shape.Fields(
        ("colorId created description etag eventType hangoutLink htmlLink iCalUID id kind location recurringEventId status summary", Shape.Text),
        ("transparency updated visibility", Shape.Text),
        ("anyoneCanAddSelf attendeesOmitted endTimeUnspecified guestsCanInviteOthers guestsCanModify", Shape.Flag),
        ("guestsCanSeeOtherGuests locked privateCopy", Shape.Flag),
        ("sequence", Shape.Number),
        ("start end originalStartTime", _time),
        ("creator organizer", _person),
        ("recurrence", Shape.Texts),
        ("extendedProperties", Shape.Fields(("private shared", Shape.NamedTexts))),
        ("reminders", Shape.Fields(
            ("useDefault", Shape.Flag),
            ("overrides", Shape.ListOf(Shape.Fields(("method", Shape.Text), ("minutes", Shape.Number)))))),
        ("source", Shape.Fields(("title url", Shape.Text))),
        ("attendees", Shape.ListOf(Shape.Fields(
            ("comment displayName email id responseStatus", Shape.Text),
            ("optional organizer resource self", Shape.Flag),
            ("additionalGuests", Shape.Number)))),
        ("attachments conferenceData gadget workingLocationProperties", Shape.OnlyAtGoogle));

    public static Shape Channel { get; } = Shape.Fields(
        ("address expiration id kind resourceId resourceUri token type", Shape.Text),
        ("payload", Shape.Flag),
        ("params", Shape.NamedTexts));
}
