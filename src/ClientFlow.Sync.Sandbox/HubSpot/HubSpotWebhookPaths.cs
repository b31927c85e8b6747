using System.Globalization;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.Webhooks;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>The app's webhook settings and the deliveries that follow from them.</summary>
internal sealed class HubSpotWebhookPaths(HubSpotTool tool, HubSpotStore store)
{
    private const string Root = "/webhooks/v3/{appId}";
    private readonly List<HubSpotSubscription> _subscriptions = [];
    private Uri? _target;
    private int _concurrency = 10;
    private DateTimeOffset _targetSince;
    private long _lastSubscription = 12_344;
    private long _lastEvent;

    public void Map()
    {
        tool.Route("GET", Root + "/settings", [], _ => Settings());
        tool.Route("PUT", Root + "/settings", [], PutSettings);
        tool.Route("DELETE", Root + "/settings", [], _ =>
        {
            _target = null;
            return ApiAnswer.Empty();
        });
        tool.Route("GET", Root + "/subscriptions", [], _ =>
            ApiAnswer.Json(200, new JsonObject { ["results"] = new JsonArray([.. _subscriptions.Select(one => one.Json())]) }));
        tool.Route("POST", Root + "/subscriptions", [], Subscribe);
        tool.Route("GET", Root + "/subscriptions/{id}", [], call => ApiAnswer.Json(200, Find(call).Json()));
        tool.Route("PATCH", Root + "/subscriptions/{id}", [], Switch);
        tool.Route("DELETE", Root + "/subscriptions/{id}", [], call =>
        {
            _subscriptions.Remove(Find(call));
            return ApiAnswer.Empty();
        });
    }

    /// <summary>What a person sets up in the private app's page: one target and every event that the hub can use.</summary>
    public void SetUpByHand(Uri target)
    {
        _target = target;
        _targetSince = store.Now;
        _subscriptions.Clear();
        foreach (HubSpotType type in HubSpotTypes.All.Where(type => type != HubSpotTypes.Notes))
        {
            bool generic = type == HubSpotTypes.Tasks;
            foreach (string kind in new[] { "creation", "propertyChange", "deletion", "associationChange" })
                Add(generic ? "object." + kind : $"{type.Singular}.{kind}", null, generic ? type.Id : null, true);
        }
    }

    /// <summary>Hands what happened to the sender. Every subscription that matches gets an event of its own.</summary>
    public void Flush()
    {
        if (store.Happened.Count == 0)
            return;
        List<JsonObject> events =
        [
            .. from happened in store.Happened
               from subscription in _subscriptions
               where subscription.Wants(happened)
               select EventJson(happened, subscription),
        ];
        store.Happened.Clear();
        if (_target is null)
            return;
        Uri target = _target;
        foreach (JsonObject[] chunk in events.Chunk(tool.Options.HubSpot.EventsPerWebhook))
            tool.Webhooks.Enqueue("app", target, (attempt, now) => Sign(target, chunk, attempt, now));
    }

    private static OutgoingWebhook Sign(Uri target, JsonObject[] events, int attempt, DateTimeOffset now)
    {
        var body = new JsonArray();
        foreach (JsonObject one in events)
        {
            JsonNode copy = one.DeepClone();
            copy["attemptNumber"] = attempt;
            body.Add(copy);
        }

        string text = ApiAnswer.Text(body);
        string timestamp = now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        return new OutgoingWebhook(text, new Dictionary<string, string>
        {
            ["X-HubSpot-Signature"] = HubSpotSignature.V1(SandboxOptions.HubSpotClientSecret, text),
            ["X-HubSpot-Signature-Version"] = "v1",
            ["X-HubSpot-Signature-v3"] = HubSpotSignature.V3(SandboxOptions.HubSpotClientSecret, "POST", target.AbsoluteUri, text, timestamp),
            ["X-HubSpot-Request-Timestamp"] = timestamp,
            ["User-Agent"] = "HubSpot Connect 2.0 (sandbox)",
        });
    }

    private JsonObject EventJson(HubSpotEvent happened, HubSpotSubscription subscription)
    {
        JsonObject json = happened.Facts.DeepClone().AsObject();
        if (tool.Options.HubSpot.UniqueEventIds)
            _lastEvent++;
        json["eventId"] = _lastEvent;
        json["subscriptionId"] = subscription.Id;
        json["portalId"] = tool.Options.HubSpot.PortalId;
        json["appId"] = HubSpotTool.AppId;
        json["occurredAt"] = happened.At.ToUnixTimeMilliseconds();
        json["subscriptionType"] = subscription.EventType;
        json["attemptNumber"] = 0;
        json["changeSource"] = happened.ChangeSource;
        if (subscription.ObjectTypeId is not null)
            json["objectTypeId"] = subscription.ObjectTypeId;
        return json;
    }

    private ApiAnswer Settings() => _target is null
        ? HubSpotError.NotFound("the app has no webhook settings").Answer()
        : ApiAnswer.Json(200, new JsonObject
        {
            ["targetUrl"] = _target.AbsoluteUri,
            ["throttling"] = new JsonObject { ["maxConcurrentRequests"] = _concurrency },
            ["createdAt"] = HubSpotClock.Text(_targetSince),
        });

    private ApiAnswer PutSettings(ApiCall call)
    {
        JsonObject body = HubSpotBody.Object(call, "targetUrl", "throttling");
        JsonObject throttling = HubSpotBody.Known(body["throttling"], "maxConcurrentRequests");
        _concurrency = HubSpotBody.Number(throttling, "maxConcurrentRequests") ?? throw HubSpotBody.Bad("Invalid input JSON: \"maxConcurrentRequests\" is required");
        _target = Uri.TryCreate(HubSpotBody.Required(body, "targetUrl"), UriKind.Absolute, out Uri? target)
            ? target
            : throw HubSpotError.Invalid("targetUrl is not a URL").Refusal();
        _targetSince = store.Now;
        return Settings();
    }

    private ApiAnswer Subscribe(ApiCall call)
    {
        JsonObject body = HubSpotBody.Object(call, "eventType", "propertyName", "objectTypeId", "active");
        string eventType = HubSpotBody.Required(body, "eventType");
        string? property = HubSpotBody.Text(body, "propertyName");
        string? objectTypeId = HubSpotBody.Text(body, "objectTypeId");
        if (eventType.EndsWith(".propertyChange", StringComparison.Ordinal) && property is null)
            throw HubSpotError.Invalid("propertyName is required for property change subscriptions").Refusal();
        if (eventType.StartsWith("object.", StringComparison.Ordinal) != objectTypeId is not null)
            throw HubSpotError.Invalid("objectTypeId goes with object.* event types, and only with them").Refusal();
        return ApiAnswer.Json(201, Add(eventType, property, objectTypeId, (bool?)body["active"] ?? false).Json());
    }

    private ApiAnswer Switch(ApiCall call)
    {
        HubSpotSubscription old = Find(call);
        HubSpotSubscription changed = old with { Active = (bool?)HubSpotBody.Object(call, "active")["active"] ?? old.Active };
        _subscriptions[_subscriptions.IndexOf(old)] = changed;
        return ApiAnswer.Json(200, changed.Json());
    }

    private HubSpotSubscription Find(ApiCall call) =>
        _subscriptions.FirstOrDefault(one => one.Id.ToString(CultureInfo.InvariantCulture) == call.Part("id"))
            ?? throw HubSpotError.NotFound("resource not found").Refusal();

    private HubSpotSubscription Add(string eventType, string? property, string? objectTypeId, bool active)
    {
        var subscription = new HubSpotSubscription(++_lastSubscription, eventType, property, objectTypeId, active, store.Now);
        _subscriptions.Add(subscription);
        return subscription;
    }
}
