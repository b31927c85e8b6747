using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.Pages;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>The simulated Asana organization with one personal access token.</summary>
public sealed partial class AsanaTool : SimulatedTool
{
    internal static readonly string[] Single = ["opt_fields", "opt_pretty"];
    internal static readonly string[] List = ["opt_fields", "opt_pretty", "limit", "offset"];

    private readonly RateWindow _calls;
    private readonly RateWindow _searches;
    private readonly AsanaWebhookPaths _webhooks;
    private readonly AsanaEventPaths _events;
    private readonly AsanaTemplatePaths _templates;

    public AsanaTool(SandboxOptions options)
        : base("asana", options)
    {
        Store = new AsanaStore(Clock);
        View = new AsanaView(options.Asana);
        _calls = new RateWindow(Clock, TimeSpan.FromMinutes(1));
        _searches = new RateWindow(Clock, TimeSpan.FromMinutes(1));
        _events = new AsanaEventPaths(this, Store);
        _webhooks = new AsanaWebhookPaths(this, Store, _events);
        _templates = new AsanaTemplatePaths(this, Store);
        World = new AsanaWorld(this, Store);
        Webhooks.Switches.AnswerWithin = TimeSpan.FromSeconds(10);
    }

    public AsanaBehaviour Behaviour => Options.Asana;

    public override object Switches => Behaviour;

    /// <summary>What people do in this workspace.</summary>
    public AsanaWorld World { get; }

    public override IReadOnlyList<WorldAction> Actions => World.Actions;

    internal AsanaStore Store { get; }

    internal AsanaView View { get; }

    protected override string ApiPrefix => "/api/1.0";

    public override JsonNode State()
    {
        lock (Lock)
        {
            Advance();
            JsonArray Full(IEnumerable<AsanaResource> all) => new([.. all.Select(View.Full)]);
            return new JsonObject
            {
                ["users"] = Full(Store.Of<AsanaUser>()),
                ["projects"] = Full(Store.Of<AsanaProject>()),
                ["tasks"] = Full(Store.Of<AsanaTask>()),
                ["project_templates"] = Full(Store.Of<AsanaProjectTemplate>()),
                ["jobs"] = Full(Store.Of<AsanaJob>()),
                ["status_updates"] = Full(Store.Of<AsanaStatusUpdate>()),
                ["webhooks"] = Full(Store.Of<AsanaWebhook>()),
            };
        }
    }

    public override ToolPage Overview() => AsanaPages.Overview(Store);

    public override ToolPage? Detail(string kind, string id) => kind switch
    {
        "projects" when Store.Find<AsanaProject>(id) is { } project => AsanaPages.Detail(Store, project),
        "tasks" when Store.Find<AsanaTask>(id) is { } task => AsanaPages.Detail(task),
        _ => null,
    };

    /// <summary>Sends an empty delivery to every webhook.</summary>
    public void Heartbeat()
    {
        lock (Lock)
            _webhooks.Heartbeat();
    }

    /// <summary>The text of `html_notes`, which is a small subset of HTML inside a body element.</summary>
    internal static string PlainText(string html) => WebUtility.HtmlDecode(Tags().Replace(html, ""));

    internal static ApiAnswer Nothing() => ApiAnswer.Json(200, new JsonObject { ["data"] = new JsonObject() });

    internal string Permalink(AsanaProject project) => $"{RootUrl}/objects/projects/{project.Gid}";

    internal string Permalink(AsanaTask task) => $"{RootUrl}/objects/tasks/{task.Gid}";

    internal ApiAnswer One(ApiCall call, int status, AsanaResource resource) =>
        ApiAnswer.Json(status, new JsonObject { ["data"] = View.One(resource, call.Listed("opt_fields")) });

    /// <summary>A page of a list: `limit` and `offset`, and `next_page` when there is more.</summary>
    internal ApiAnswer Page(ApiCall call, IEnumerable<AsanaResource> all, bool whole = false)
    {
        int? limit = call.Parameter("limit") switch
        {
            null => null,
            var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 100 => number,
            var text => throw AsanaError.Refuse(400, $"limit: Must be between 1 and 100, not {text}"),
        };
        // The token names the last row that was given out, so rows that are added meanwhile shift nothing.
        string? after = call.Parameter("offset") is { } offset ? ReadOffset(offset) : null;
        List<AsanaResource> rows = [.. after is null ? all : all.SkipWhile(row => !IsPast(row, after))];
        if (limit is null && rows.Count > Behaviour.UnpagedRows)
            throw AsanaError.Refuse(400, "The result is too large. You should use pagination (may require specifying a workspace)!");
        List<AsanaResource> page = [.. rows.Take(limit ?? int.MaxValue)];
        IReadOnlyList<string> fields = call.Listed("opt_fields");
        var body = new JsonObject
        {
            ["data"] = new JsonArray([.. page.Select(row => whole ? View.One(row, fields) : View.Row(row, fields))]),
        };
        if (limit is not null)
            body["next_page"] = rows.Count > page.Count ? NextPage(call, limit.Value, page[^1]) : null;
        return ApiAnswer.Json(200, body);
    }

    /// <summary>Sends what the last write or action caused. Called under the lock.</summary>
    internal void Flush() => _webhooks.Flush();

    protected override void Map()
    {
        new AsanaDirectoryPaths(this, Store).Map();
        new AsanaProjectPaths(this, Store).Map();
        new AsanaTaskPaths(this, Store).Map();
        _templates.Map();
        _events.Map();
        _webhooks.Map();
    }

    /// <summary>Jobs go on by themselves: whoever looks finds them where they stand by now. Called under the lock.</summary>
    internal void Advance() => _templates.Advance();

    protected override ApiAnswer? Admit(ApiCall call)
    {
        Advance();
        if (call.BearerToken != SandboxOptions.AsanaToken)
            return AsanaError.Answer(401, "Not Authorized");
        if (!Behaviour.RateLimits)
            return null;
        if (call.Path.EndsWith("/tasks/search", StringComparison.Ordinal) && !_searches.TryTake(Behaviour.SearchesPerMinute, out _, out TimeSpan search))
            return TooMany(search);
        return _calls.TryTake(Behaviour.CallsPerMinute, out _, out TimeSpan wait) ? null : TooMany(wait);
    }

    protected override ApiAnswer UnknownPath(ApiCall call) => AsanaError.Answer(404, $"No matching route for request: {call.Path}");

    protected override ApiAnswer WrongMethod(ApiCall call) => AsanaError.Answer(404, $"No matching route for request: {call.Method} {call.Path}");

    protected override ApiAnswer UnknownParameter(ApiCall call, string parameter) => AsanaError.Answer(400, $"{parameter}: Unrecognized query parameter");

    protected override void Finish(ApiCall call, ApiAnswer answer) => Flush();

    private static ApiAnswer TooMany(TimeSpan wait) =>
        AsanaError.Answer(429, "You have made too many requests recently. Please, be chill.")
            .With("Retry-After", ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture));

    // Gids count up, and lists are in that order.
    private static bool IsPast(AsanaResource row, string after) =>
        row.Gid.Length > after.Length || (row.Gid.Length == after.Length && string.CompareOrdinal(row.Gid, after) > 0);

    private static string ReadOffset(string offset)
    {
        try
        {
            return System.Text.Encoding.UTF8.GetString(Convert.FromHexString(offset));
        }
        catch (FormatException)
        {
            throw AsanaError.Refuse(400, "offset: Your pagination token is invalid.");
        }
    }

    private static JsonObject NextPage(ApiCall call, int limit, AsanaResource last)
    {
        string offset = Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(last.Gid));
        string path = $"{call.Path["/api/1.0".Length..]}?limit={limit}&offset={offset}";
        return new JsonObject { ["offset"] = offset, ["path"] = path, ["uri"] = "https://app.asana.com/api/1.0" + path };
    }

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();
}
