using System.Globalization;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.Pages;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>The simulated HubSpot account with one private app.</summary>
public sealed class HubSpotTool : SimulatedTool
{
    public const int AppId = 54321;

    private readonly RateWindow _calls;
    private readonly RateWindow _searches;
    private readonly HubSpotWebhookPaths _webhooks;
    private readonly HubSpotWorld _world;
    private int _remaining = int.MaxValue;

    public HubSpotTool(SandboxOptions options)
        : base("hubspot", options)
    {
        Store = new HubSpotStore(Clock, options.HubSpot);
        _calls = new RateWindow(Clock, TimeSpan.FromSeconds(10));
        _searches = new RateWindow(Clock, TimeSpan.FromSeconds(1));
        _webhooks = new HubSpotWebhookPaths(this, Store);
        _world = new HubSpotWorld(this, Store);
        Webhooks.Switches.RetriesStatus = status => status is < 400 or >= 500 or 429 || options.HubSpot.RetriesRefusedWebhooks;
    }

    public HubSpotBehaviour Behaviour => Options.HubSpot;

    public override object Switches => Behaviour;

    public override IReadOnlyList<WorldAction> Actions => _world.Actions;

    /// <summary>What people do in this account.</summary>
    public HubSpotWorld World => _world;

    internal HubSpotStore Store { get; }

    public override void SetWebhookTarget(Uri target)
    {
        lock (Lock)
            _webhooks.SetUpByHand(target);
    }

    public override JsonNode State()
    {
        lock (Lock)
        {
            return new JsonObject(HubSpotTypes.All.Select(type => KeyValuePair.Create<string, JsonNode?>(
                type.Name, new JsonArray([.. Store.All(type).Select(StateOf)]))));
        }
    }

    public override ToolPage Overview() => HubSpotPages.Overview(Store);

    public override ToolPage? Detail(string kind, string id) =>
        HubSpotTypes.Find(kind) is { } type && Store.Find(type, id) is { } item ? HubSpotPages.Detail(Store, item) : null;

    internal static int Limit(ApiCall call, int normal, int most) => call.Parameter("limit") switch
    {
        null => normal,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit >= 1 && limit <= most => limit,
        var text => throw HubSpotError.Invalid($"limit must be between 1 and {most}, not {text}").Refusal(),
    };

    internal static JsonObject Paging(HubSpotTool tool, ApiCall call, string after) => new()
    {
        ["next"] = new JsonObject { ["after"] = after, ["link"] = $"{tool.RootUrl}{call.Path}?after={after}" },
    };

    internal static HubSpotType TypeOf(string name) =>
        HubSpotTypes.Find(name) ?? throw HubSpotError.Invalid($"Unable to infer object type from: {name}").Refusal();

    internal HubSpotType WritableType(string name)
    {
        HubSpotType type = TypeOf(name);
        return Behaviour.ReadOnlyTypes.Contains(type.Name)
            ? throw new HubSpotError(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call.").Refusal()
            : type;
    }

    /// <summary>Sends what the last write or action caused. Called under the lock.</summary>
    internal void Flush() => _webhooks.Flush();

    protected override void Map()
    {
        new HubSpotObjectPaths(this, Store).Map();
        new HubSpotSearchPaths(this, Store).Map();
        new HubSpotAssociationPaths(this, Store).Map();
        new HubSpotSettingPaths(this, Store).Map();
        _webhooks.Map();
    }

    protected override ApiAnswer? Admit(ApiCall call)
    {
        _remaining = int.MaxValue;
        if (call.Path.StartsWith("/oauth/", StringComparison.Ordinal))
            return null;
        // App settings belong to the developer's account: they take its key, not the installed account's token.
        string token = call.Path.StartsWith("/webhooks/", StringComparison.Ordinal) ? SandboxOptions.HubSpotDeveloperKey : SandboxOptions.HubSpotToken;
        if (call.BearerToken != token)
        {
            return new HubSpotError(401, "INVALID_AUTHENTICATION",
                "Authentication credentials not found. This API supports OAuth 2.0 authentication.").Answer();
        }

        if (!Behaviour.RateLimits)
            return null;
        if (call.Path.EndsWith("/search", StringComparison.Ordinal))
            return _searches.TryTake(Behaviour.SearchesPerSecond, out _, out TimeSpan second) ? null : TooMany("secondly", "SECONDLY", second);
        return _calls.TryTake(Behaviour.CallsPerTenSeconds, out _remaining, out TimeSpan wait)
            ? null
            : TooMany("ten_secondly_rolling", "TEN_SECONDLY_ROLLING", wait);
    }

    protected override ApiAnswer UnknownPath(ApiCall call) => new HubSpotError(404, "OBJECT_NOT_FOUND", $"No path {call.Path}").Answer();

    protected override ApiAnswer WrongMethod(ApiCall call) => new HubSpotError(405, "METHOD_NOT_ALLOWED", $"{call.Method} is not possible here").Answer();

    protected override ApiAnswer UnknownParameter(ApiCall call, string parameter) =>
        HubSpotError.Invalid($"Unknown query parameter: {parameter}").Answer();

    protected override void Finish(ApiCall call, ApiAnswer answer)
    {
        Flush();
        // Search answers carry no such headers.
        if (_remaining == int.MaxValue)
            return;
        answer.With("X-HubSpot-RateLimit-Max", Text(Behaviour.CallsPerTenSeconds))
            .With("X-HubSpot-RateLimit-Remaining", Text(_remaining))
            .With("X-HubSpot-RateLimit-Interval-Milliseconds", "10000")
            .With("X-HubSpot-RateLimit-Daily", "250000")
            .With("X-HubSpot-RateLimit-Daily-Remaining", Text(Math.Max(0, 250_000 - Requests.Size)));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private ApiAnswer TooMany(string message, string policy, TimeSpan wait)
    {
        double units = Behaviour.RetryAfterInMilliseconds ? wait.TotalMilliseconds : wait.TotalSeconds;
        return ApiAnswer.Json(429, new JsonObject
        {
            ["status"] = "error",
            ["message"] = $"You have reached your {message} limit.",
            ["errorType"] = "RATE_LIMIT",
            ["policyName"] = policy,
            ["category"] = "RATE_LIMITS",
            ["correlationId"] = Guid.NewGuid().ToString(),
        }).With("Retry-After", Math.Ceiling(units).ToString(CultureInfo.InvariantCulture));
    }

    private JsonNode StateOf(HubSpotObject item)
    {
        JsonObject json = item.Json(null, _ => true);
        json["associations"] = new JsonArray([.. Store.Associations(item).Select(link => new JsonObject
        {
            ["to"] = link.To.Name, ["id"] = link.ToId.ToString(CultureInfo.InvariantCulture), ["typeId"] = link.TypeId,
        })]);
        return json;
    }
}
