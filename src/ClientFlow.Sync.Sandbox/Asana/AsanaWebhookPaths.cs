using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.Webhooks;

namespace ClientFlow.Sync.Sandbox.Asana;

internal sealed record AsanaFilter(string? ResourceType, string? ResourceSubtype, string? Action, IReadOnlyList<string> Fields)
{
    public bool Passes(AsanaEvent happened) =>
        (ResourceType is null || ResourceType == happened.Resource.Type)
        && (ResourceSubtype is null || ResourceSubtype == happened.Resource.Subtype)
        && (Action is null || Action == happened.Action)
        && (Fields.Count == 0 || (happened.Field is not null && Fields.Contains(happened.Field)));

    public AsanaPart Part() => new(
    [
        .. new (string, object?)[] { ("resource_type", ResourceType), ("resource_subtype", ResourceSubtype), ("action", Action) }.Where(field => field.Item2 is not null),
        .. Fields.Count == 0 ? Array.Empty<(string, object?)>() : [("fields", Fields.ToArray<object>())],
    ]);
}

internal sealed class AsanaWebhook(string gid, AsanaResource watched, Uri target, string secret) : AsanaResource(gid, "webhook")
{
    public AsanaResource Watched { get; } = watched;

    public Uri Target { get; } = target;

    public string Secret { get; } = secret;

    public override bool HasName => false;

    public bool Active { get; set; }

    public IReadOnlyList<AsanaFilter> Filters { get; set; } = [];

    public DateTimeOffset? LastSuccessAt { get; set; }

    public DateTimeOffset? LastFailureAt { get; set; }

    public string? LastFailureContent { get; set; }

    public int Retries { get; set; }

    public override IEnumerable<(string Name, object? Value)> Fields =>
    [
        ("active", Active), ("resource", Watched), ("target", Target.AbsoluteUri), ("created_at", CreatedAt),
        .. Optional("last_success_at", LastSuccessAt), .. Optional("last_failure_at", LastFailureAt), .. Optional("last_failure_content", LastFailureContent),
        ("delivery_retry_count", Retries), ("filters", Filters.Select(filter => (object)filter.Part()).ToArray()),
    ];

    private static (string, object?)[] Optional(string name, object? value) => value is null ? [] : [(name, value)];
}

/// <summary>Webhooks with their handshake, and the deliveries that follow, as in Asana's guide to webhooks.</summary>
internal sealed class AsanaWebhookPaths(AsanaTool tool, AsanaStore store, AsanaEventPaths events)
{
    public void Map()
    {
        tool.Route("GET", "/webhooks", ["workspace", "resource", .. AsanaTool.List], call =>
        {
            if (call.Parameter("workspace") != store.Workspace.Gid)
                throw AsanaError.Refuse(400, "workspace: Missing input");
            return tool.Page(call, store.Of<AsanaWebhook>().Where(hook => hook.Active && (call.Parameter("resource") is not { } gid || hook.Watched.Gid == gid)), whole: true);
        });
        tool.RouteAsync("POST", "/webhooks", AsanaTool.Single, CreateAsync);
        tool.Route("GET", "/webhooks/{gid}", AsanaTool.Single, call => tool.One(call, 200, Find(call)));
        tool.Route("PUT", "/webhooks/{gid}", AsanaTool.Single, call =>
        {
            AsanaWebhook hook = Find(call);
            hook.Filters = ReadFilters(AsanaBody.Data(call, "filters"), hook.Watched);
            return tool.One(call, 200, hook);
        });
        tool.Route("DELETE", "/webhooks/{gid}", ["opt_pretty"], call =>
        {
            Find(call).Deleted = true;
            return AsanaTool.Nothing();
        });
    }

    /// <summary>Hands what happened to every webhook that watches it, all events of one write together.</summary>
    public void Flush()
    {
        if (store.Delivered == store.Events.Count)
            return;
        List<AsanaEvent> fresh = [.. store.Events.Skip(store.Delivered)];
        store.Delivered = store.Events.Count;
        foreach (AsanaWebhook hook in store.Of<AsanaWebhook>().Where(hook => hook.Active))
        {
            List<AsanaEvent> wanted =
                [.. fresh.Where(happened => happened.Scope.Contains(hook.Watched.Gid) && (hook.Filters.Count == 0 || hook.Filters.Any(filter => filter.Passes(happened))))];
            if (wanted.Count > 0)
                Send(hook, new JsonArray([.. wanted.Select(events.Json)]));
        }
    }

    /// <summary>An empty delivery to every webhook; the vendor sends one about every eight hours.</summary>
    public void Heartbeat()
    {
        foreach (AsanaWebhook hook in store.Of<AsanaWebhook>().Where(hook => hook.Active))
            Send(hook, []);
    }

    private void Send(AsanaWebhook hook, JsonArray list)
    {
        string body = ApiAnswer.Text(new JsonObject { ["events"] = list });
        tool.Webhooks.Enqueue(hook.Gid, hook.Target, (_, _) => new OutgoingWebhook(body, new Dictionary<string, string>
        {
            ["X-Hook-Signature"] = SignatureMaker.HmacSha256Hex(hook.Secret, body),
        }), sent => Sent(hook, sent));
    }

    private void Sent(AsanaWebhook hook, SentWebhook sent)
    {
        lock (tool.Lock)
        {
            hook.Retries = sent.Attempts - 1;
            if (sent.Status is >= 200 and < 300)
            {
                hook.LastSuccessAt = store.Now;
                return;
            }

            hook.LastFailureAt = store.Now;
            hook.LastFailureContent = $"status {sent.Status}";
            if (tool.Behaviour.DeletesFailedWebhooks)
                hook.Deleted = true;
        }
    }

    private async Task<ApiAnswer> CreateAsync(ApiCall call)
    {
        AsanaWebhook hook;
        lock (tool.Lock)
            hook = Prepare(call);

        // The target is asked while the caller still waits: it must be able to answer meanwhile.
        var handshake = new OutgoingWebhook("{}", new Dictionary<string, string> { ["X-Hook-Secret"] = hook.Secret });
        using HttpResponseMessage? answer = await tool.Webhooks.PostAsync(hook.Target, handshake, call.Aborted);
        bool agreed = answer is { StatusCode: System.Net.HttpStatusCode.OK or System.Net.HttpStatusCode.NoContent }
            && answer.Headers.TryGetValues("X-Hook-Secret", out IEnumerable<string>? echoed) && echoed.FirstOrDefault() == hook.Secret;

        lock (tool.Lock)
        {
            if (!agreed)
            {
                throw AsanaError.Refuse(400,
                    "Could not complete activation handshake with target URL. Please ensure that the receiving server is accepting connections and supports X-Hook-Secret");
            }

            hook.Active = true;
            store.Add(hook);
            return ApiAnswer.Json(201, new JsonObject
            {
                ["data"] = tool.View.One(hook, call.Listed("opt_fields")),
                ["X-Hook-Secret"] = hook.Secret,
            });
        }
    }

    private AsanaWebhook Prepare(ApiCall call)
    {
        JsonObject data = AsanaBody.Data(call, "resource", "target", "filters");
        string gid = AsanaBody.Required(data, "resource");
        AsanaResource watched = gid == store.Workspace.Gid
            ? store.Workspace
            : (AsanaResource?)store.Find<AsanaProject>(gid) ?? (AsanaResource?)store.Find<AsanaTask>(gid) ?? (AsanaResource?)store.Find<AsanaTeam>(gid)
                ?? throw AsanaError.Refuse(400, $"resource: Not a recognized ID: {gid}");
        if (!Uri.TryCreate(AsanaBody.Required(data, "target"), UriKind.Absolute, out Uri? target) || target.Scheme is not ("http" or "https"))
            throw AsanaError.Refuse(400, "target: Not a valid URL");
        if (tool.Behaviour.RefusesLocalTargets && target.IsLoopback)
            throw AsanaError.Refuse(403, "target: The hostname of the target is not allowed");
        if (store.Of<AsanaWebhook>().Any(other => other.Watched == watched && other.Target == target))
            throw AsanaError.Refuse(403, "A webhook for this resource and target exists already");
        return new AsanaWebhook(store.NextGid(), watched, target, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)))
        {
            CreatedAt = store.Now, Filters = ReadFilters(data, watched),
        };
    }

    private static List<AsanaFilter> ReadFilters(JsonObject data, AsanaResource watched)
    {
        List<AsanaFilter> filters =
        [
            .. (data["filters"] as JsonArray ?? []).Select(node =>
            {
                JsonObject filter = AsanaBody.Known(node, "resource_type", "resource_subtype", "action", "fields");
                return new AsanaFilter(AsanaBody.Text(filter, "resource_type"), AsanaBody.Text(filter, "resource_subtype"),
                    AsanaBody.Text(filter, "action"), [.. (filter["fields"] as JsonArray ?? []).Select(field => (string)field!)]);
            }),
        ];
        bool higher = watched is AsanaWorkspace or AsanaTeam;
        if (higher && filters.Count == 0)
            throw AsanaError.Refuse(400, "filters: Webhooks on workspaces and teams need filters");
        if (higher && filters.Any(filter => filter.Fields.Count > 0))
            throw AsanaError.Refuse(400, "filters: Webhooks on workspaces and teams do not support fields");
        if (filters.Any(filter => filter.Fields.Count > 0 && filter.Action != "changed"))
            throw AsanaError.Refuse(400, "filters: fields is only valid for the action changed");
        return filters;
    }

    private AsanaWebhook Find(ApiCall call) => store.Get<AsanaWebhook>("webhook", call.Part("gid"));
}
