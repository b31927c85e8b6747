using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.Webhooks;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>Events, the webhook endpoints that hear of them, and the search index that hears of them late.</summary>
public sealed partial class StripeTool
{
    private readonly List<StripeEvent> _events = [];
    private readonly List<StripeEndpoint> _endpoints = [];
    private readonly List<IndexEntry> _index = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<StripeEvent> Events
    {
        get
        {
            lock (Lock)
                return [.. _events];
        }
    }

    private void MapEvents()
    {
        Get("/v1/events", ["created", "delivery_success", "ending_before", "limit", "starting_after", "type", "types"], [], ListEvents);
        Get("/v1/events/{id}", [], [], call => LiveEvents().FirstOrDefault(happened => happened.Id == call.Http.Part("id"))?.ToJson()
            ?? throw StripeException.NotFound("event", call.Http.Part("id")));
        Get("/v1/webhook_endpoints", ["ending_before", "limit", "starting_after"], [], call => Page(
            call.Parameters, Newest(_endpoints), endpoint => endpoint.Id, endpoint => endpoint.ToJson(), "webhook endpoint", "/v1/webhook_endpoints"));
        Get("/v1/webhook_endpoints/{endpoint}", [], [], call => FindEndpoint(call).ToJson());
        Post("/v1/webhook_endpoints", CreateEndpoint);
        Post("/v1/webhook_endpoints/{endpoint}", UpdateEndpoint);
        Remove("/v1/webhook_endpoints/{endpoint}", call =>
        {
            var endpoint = FindEndpoint(call);
            _endpoints.Remove(endpoint);
            return StripeJson.Deleted("webhook_endpoint", endpoint.Id);
        });
    }

    private IEnumerable<StripeEvent> LiveEvents()
    {
        var oldest = (Clock.GetUtcNow() - Behaviour.EventsLive).ToUnixTimeSeconds();
        return Newest(_events).Where(happened => happened.Created >= oldest);
    }

    private JsonObject ListEvents(StripeCall call)
    {
        var created = call.Parameters.Range("created");
        var delivered = call.Parameters.Flag("delivery_success");
        var type = call.Parameters.Text("type");
        var types = call.Parameters.Texts("types");
        if (type is not null && types.Count > 0)
            throw StripeException.Invalid("You may only specify one of these parameters: type, types.", "types");
        if (types.Count > 20)
            throw StripeException.Invalid("You may filter by up to 20 types.", "types");
        return Page(
            call.Parameters,
            LiveEvents().Where(happened => created(happened.Created)
                && (delivered is null || delivered == (happened.Undelivered.Count == 0))
                && (type is null || Matches(type, happened.Type))
                && (types.Count == 0 || types.Any(wanted => Matches(wanted, happened.Type)))),
            happened => happened.Id,
            happened => happened.ToJson(),
            "event",
            "/v1/events");
    }

    private static bool Matches(string wanted, string type) =>
        wanted.EndsWith('*') ? type.StartsWith(wanted[..^1], StringComparison.Ordinal) : wanted == type;

    private StripeEndpoint FindEndpoint(StripeCall call) =>
        _endpoints.Find(endpoint => endpoint.Id == call.Http.Part("endpoint"))
            ?? throw StripeException.NotFound("webhook endpoint", call.Http.Part("endpoint"), "webhook_endpoint");

    private JsonObject CreateEndpoint(StripeCall call)
    {
        var parameters = call.Parameters;
        parameters.Allow(["api_version", "description", "enabled_events", "expand", "metadata", "url"], ["connect"]);
        var version = parameters.Text("api_version");
        if (version is not (null or ApiVersion))
            throw StripeException.NotSimulated("api_version");
        if (!parameters.Has("enabled_events"))
            throw StripeException.Missing("enabled_events");
        var endpoint = new StripeEndpoint
        {
            Id = NewId("we_1", 23),
            Created = Now,
            Secret = NewId("whsec_", 32),
            Url = Target(parameters.Required("url")),
            EnabledEvents = EventTypes(parameters),
            ApiVersion = version,
            Description = parameters.Text("description"),
            Metadata = parameters.Metadata(new Dictionary<string, string>()),
        };
        _endpoints.Add(endpoint);
        return endpoint.ToJson(withSecret: true);
    }

    private JsonObject UpdateEndpoint(StripeCall call)
    {
        var endpoint = FindEndpoint(call);
        var parameters = call.Parameters;
        parameters.Allow(["description", "disabled", "enabled_events", "expand", "metadata", "url"]);
        var url = parameters.Has("url") ? Target(parameters.Required("url")) : endpoint.Url;
        var types = parameters.Has("enabled_events") ? EventTypes(parameters) : endpoint.EnabledEvents;
        var disabled = parameters.Flag("disabled") ?? endpoint.Disabled;
        var metadata = parameters.Metadata(endpoint.Metadata);
        endpoint.Description = Changed(parameters.Text("description"), endpoint.Description);
        (endpoint.Url, endpoint.EnabledEvents, endpoint.Disabled, endpoint.Metadata) = (url, types, disabled, metadata);
        return endpoint.ToJson();
    }

    // Test mode takes http as well as https.
    private static Uri Target(string url) => Uri.TryCreate(url, UriKind.Absolute, out var target) && target.Scheme is "http" or "https"
        ? target
        : throw StripeException.Invalid("Invalid URL: An explicit scheme (such as https) must be provided.", "url", "url_invalid");

    private static IReadOnlyList<string> EventTypes(StripeParameters parameters)
    {
        var types = parameters.Texts("enabled_events");
        for (var at = 0; at < types.Count; at++)
        {
            if (!StripeEventTypes.All.Contains(types[at]))
                throw StripeException.Invalid($"Invalid enabled_events[{at}]: '{types[at]}' is not an event type of version {ApiVersion}", $"enabled_events[{at}]");
        }

        return types.Count > 0 ? types : throw StripeException.Missing("enabled_events");
    }

    private void Updated(string kind, string id, JsonObject before, JsonObject after, StripeCause cause)
    {
        var previous = StripeJson.Previous(before, after);
        if (previous.Count == 0)
            return;
        Indexed(id, kind, after);
        Raise($"{kind}.updated", after, cause, previous);
    }

    private void Raise(string type, JsonObject subject, StripeCause cause, JsonObject? previous = null)
    {
        var data = new JsonObject { ["object"] = subject.DeepClone() };
        if (previous is not null)
            data["previous_attributes"] = previous;
        StripeEndpoint[] listeners = [.. _endpoints.Where(endpoint => endpoint.Wants(type))];
        var happened = new StripeEvent(
            new JsonObject
            {
                ["id"] = NewId("evt_1", 23),
                ["object"] = "event",
                ["api_version"] = ApiVersion,
                ["created"] = Now,
                ["data"] = data,
                ["livemode"] = false,
                ["pending_webhooks"] = 0,
                ["request"] = new JsonObject { ["id"] = cause.RequestId, ["idempotency_key"] = cause.IdempotencyKey },
                ["type"] = type,
            },
            listeners.Select(endpoint => endpoint.Id));
        _events.Add(happened);
        foreach (var endpoint in listeners)
            Send(happened, endpoint);
    }

    private void Send(StripeEvent happened, StripeEndpoint endpoint)
    {
        var body = ApiAnswer.Text(happened.ToJson());
        var raw = Encoding.UTF8.GetBytes(body);
        Webhooks.Enqueue(
            endpoint.Id,
            endpoint.Url,
            (_, now) => new OutgoingWebhook(body, new Dictionary<string, string>
            {
                [StripeSignature.Header] = Sign(endpoint, now, raw),
                ["User-Agent"] = "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            }) { ContentType = "application/json; charset=utf-8" },
            sent =>
            {
                if (sent.Status is not (>= 200 and < 300))
                    return;
                lock (Lock)
                    happened.Undelivered.Remove(endpoint.Id);
            });
    }

    private static string Sign(StripeEndpoint endpoint, DateTimeOffset now, byte[] body)
    {
        var header = StripeSignature.For(endpoint.Secret, now, body);
        return endpoint.OldSecret is { } old ? $"{header},v1={StripeSignature.Compute(old, now.ToUnixTimeSeconds(), body)}" : header;
    }

    private JsonObject RollSecrets()
    {
        lock (Lock)
        {
            var secrets = new JsonObject();
            foreach (var endpoint in _endpoints)
            {
                endpoint.OldSecret = endpoint.Secret;
                endpoint.Secret = NewId("whsec_", 32);
                secrets[endpoint.Id] = endpoint.Secret;
            }

            return secrets;
        }
    }

    private JsonNode? ResendEvent(JsonObject arguments)
    {
        lock (Lock)
        {
            var happened = _events.Find(known => known.Id == (string?)arguments["event"])
                ?? throw new WorldActionException($"no event '{(string?)arguments["event"]}'");
            foreach (var endpoint in _endpoints.Where(endpoint => endpoint.Wants(happened.Type)))
                Send(happened, endpoint);
            return null;
        }
    }

    private void Indexed(string id, string kind, JsonObject json) => _index.Add(new IndexEntry(id, kind, Clock.GetUtcNow() - Ago, json));

    private void Forgotten(string id) => _index.Add(new IndexEntry(id, "", Clock.GetUtcNow(), null));

    /// <summary>Finds objects as they were when the index last caught up.</summary>
    private JsonObject Search(StripeParameters parameters, string kind, string[] fields, string url)
    {
        var search = StripeSearch.Parse(parameters.Required("query"), fields);
        var limit = Limit(parameters);
        var from = parameters.Text("page") is { } page
            ? int.TryParse(page, CultureInfo.InvariantCulture, out var at) && at > 0 ? at : throw StripeException.Invalid($"Invalid page: {page}", "page")
            : 0;
        var asOf = Clock.GetUtcNow() - Behaviour.SearchLag;
        List<JsonObject> found =
        [
            .. _index.Where(entry => entry.At <= asOf)
                .GroupBy(entry => entry.Id)
                .Select(versions => versions.Last())
                .Where(entry => entry.Kind == kind && entry.Json is not null && search.Finds(entry.Json))
                .Reverse()
                .Select(entry => (JsonObject)entry.Json!.DeepClone()),
        ];
        var more = found.Count > from + limit;
        return new JsonObject
        {
            ["object"] = "search_result",
            ["data"] = new JsonArray([.. found.Skip(from).Take(limit)]),
            ["has_more"] = more,
            ["next_page"] = more ? (from + limit).ToString(CultureInfo.InvariantCulture) : null,
            ["url"] = url,
        };
    }

    /// <summary>An object as the index will know it from some time after <paramref name="At"/>; no JSON once it is gone.</summary>
    private sealed record IndexEntry(string Id, string Kind, DateTimeOffset At, JsonObject? Json);
}
