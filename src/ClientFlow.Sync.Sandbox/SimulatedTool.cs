using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.Pages;
using ClientFlow.Sync.Sandbox.Webhooks;
using ClientFlow.Sync.Sandbox.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ClientFlow.Sync.Sandbox;

/// <summary>
/// One simulated SaaS tool on its own port. A subclass maps the vendor's paths with <see cref="Route"/>; this class reads
/// bodies, refuses what the vendor would refuse, plays scripted faults, logs calls and serves the pages for people.
/// </summary>
public abstract class SimulatedTool : IAsyncDisposable
{
    private static readonly object CallKey = new();
    private WebApplication? _server;
    private IEndpointRouteBuilder? _routes;

    protected SimulatedTool(string name, SandboxOptions options)
    {
        Name = name;
        Options = options;
        Clock = options.Clock;
        Webhooks = new WebhookSender(options.Clock, options.Seed);
    }

    /// <summary>Lower case and short; names the tool in the control API and its port in the options.</summary>
    public string Name { get; }

    public SandboxOptions Options { get; }

    public TimeProvider Clock { get; }

    /// <summary>Guards the tool's state. Endpoints run under it; world actions take it themselves.</summary>
    public Lock Lock { get; } = new();

    public RequestLog Requests { get; } = new();

    public FaultScript Faults { get; } = new();

    public WebhookSender Webhooks { get; }

    /// <summary>Where the tool listens, such as `http://127.0.0.1:40123`, without a slash at the end.</summary>
    public string RootUrl { get; private set; } = "";

    /// <summary>What a client uses as the vendor's base URL: the root and <see cref="ApiPrefix"/>.</summary>
    public string BaseUrl => RootUrl + ApiPrefix;

    /// <summary>The tool's behaviour switches, for the control API.</summary>
    public virtual object Switches => new();

    /// <summary>Named things a person could do in this tool, for the control API and the script.</summary>
    public virtual IReadOnlyList<WorldAction> Actions => [];

    /// <summary>The part of the vendor's base URL after the host, such as `/api/1.0`.</summary>
    protected virtual string ApiPrefix => "";

    /// <summary>Everything the tool holds, for the control API.</summary>
    public abstract JsonNode State();

    /// <summary>The page at `/`: lists of objects.</summary>
    public abstract ToolPage Overview();

    /// <summary>The page of one object at `/objects/{kind}/{id}`; null when there is none.</summary>
    public abstract ToolPage? Detail(string kind, string id);

    /// <summary>Points webhooks that a vendor configures outside its API (in its web pages) at a target.</summary>
    public virtual void SetWebhookTarget(Uri target) =>
        throw new NotSupportedException($"{Name} takes webhook targets through its API only");

    public async ValueTask DisposeAsync()
    {
        await Webhooks.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        WebApplication server = LoopbackServer.Create(Options.PortOf(Name));
        server.UseRouting();
        server.Use(ServeAsync);
        _server = server;
        _routes = server;
        Map();
        PageRoutes.Map(server, this);
        await server.StartAsync(cancellationToken);
        RootUrl = server.Urls.First();
    }

    /// <summary>Maps the vendor's paths, each with <see cref="Route"/> or <see cref="RouteAsync"/>.</summary>
    protected abstract void Map();

    /// <summary>Looks at a call before its endpoint does: null to go on, an answer (401, 429) to refuse it. Runs under the lock.</summary>
    protected abstract ApiAnswer? Admit(ApiCall call);

    /// <summary>The vendor's answer to a path that does not exist.</summary>
    protected abstract ApiAnswer UnknownPath(ApiCall call);

    /// <summary>The vendor's answer to a verb that the path does not take.</summary>
    protected virtual ApiAnswer WrongMethod(ApiCall call) => new(405);

    /// <summary>The vendor's answer to a query parameter that the path does not take.</summary>
    protected abstract ApiAnswer UnknownParameter(ApiCall call, string parameter);

    /// <summary>Adds the headers that the vendor puts on every answer.</summary>
    protected virtual void Finish(ApiCall call, ApiAnswer answer)
    {
    }

    /// <summary>
    /// Maps one endpoint. It runs under the lock; query parameters other than the named ones are refused. A pattern that begins
    /// with `~` counts from the root and not from <see cref="ApiPrefix"/>.
    /// </summary>
    protected internal void Route(string method, string pattern, IEnumerable<string> parameters, Func<ApiCall, ApiAnswer> handle) =>
        RouteAsync(method, pattern, parameters, call =>
        {
            lock (Lock)
                return Task.FromResult(handle(call));
        });

    /// <summary>As <see cref="Route"/> for an endpoint that has to wait; it takes the lock itself.</summary>
    protected internal void RouteAsync(string method, string pattern, IEnumerable<string> parameters, Func<ApiCall, Task<ApiAnswer>> handle)
    {
        HashSet<string> known = [.. parameters];
        _routes!.MapMethods(pattern.StartsWith('~') ? pattern[1..] : ApiPrefix + pattern, [method], async (HttpContext context) =>
        {
            var call = (ApiCall)context.Items[CallKey]!;
            string? unknown = call.Query.Keys.FirstOrDefault(name => !known.Contains(KeyOf(name)));
            call.Answer = unknown is null ? await handle(call) : UnknownParameter(call, unknown);
        });
    }

    /// <summary>The name under which a query key was declared: `created[gte]` and `types[]` count as `created` and `types`.</summary>
    protected virtual string KeyOf(string queryKey) => queryKey;

    private async Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        if (PageRoutes.IsPage(context.Request.Path))
        {
            await next(context);
            return;
        }

        ApiCall call = await ApiCall.ReadAsync(context);
        context.Items[CallKey] = call;
        LoggedRequest logged = Requests.Add(call, Clock.GetUtcNow());
        Fault? fault = Faults.Take(call);
        ApiAnswer? answer = await AnswerAsync(context, next, call, fault);
        if (answer is null)
        {
            context.Abort();
            return;
        }

        logged.Status = answer.Status;
        await WriteAsync(context, answer);
    }

    /// <summary>Null means: cut the connection.</summary>
    private async Task<ApiAnswer?> AnswerAsync(HttpContext context, RequestDelegate next, ApiCall call, Fault? fault)
    {
        switch (fault)
        {
            case Fault.Cut:
                return null;
            case Fault.Hang:
                await UntilGoneAsync(context);
                return null;
            case Fault.Delay delay:
                await Task.Delay(delay.By, Clock, context.RequestAborted);
                break;
            case Fault.Answer scripted:
                var given = new ApiAnswer(scripted.Status, scripted.Body);
                foreach ((string name, string value) in scripted.Headers ?? new Dictionary<string, string>())
                    given.With(name, value);
                return given;
        }

        ApiAnswer answer = await HandleAsync(context, next, call);
        switch (fault)
        {
            case Fault.CutAfterCommit:
                return null;
            case Fault.HangAfterCommit:
                await UntilGoneAsync(context);
                return null;
            case Fault.AnswerAfterCommit scripted:
                return new ApiAnswer(scripted.Status, scripted.Body);
            default:
                return answer;
        }
    }

    private async Task<ApiAnswer> HandleAsync(HttpContext context, RequestDelegate next, ApiCall call)
    {
        try
        {
            lock (Lock)
                call.Answer = Admit(call);
            if (call.Answer is null)
            {
                await next(context);
                call.Answer ??= context.Response.StatusCode == 405 ? WrongMethod(call) : UnknownPath(call);
            }
        }
        catch (RefusedException refused)
        {
            call.Answer = refused.Answer;
        }

        lock (Lock)
            Finish(call, call.Answer);
        return call.Answer;
    }

    private static async Task UntilGoneAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }

    private static async Task WriteAsync(HttpContext context, ApiAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        foreach ((string name, string value) in answer.Headers)
            context.Response.Headers[name] = value;
        if (answer.Body is null)
            return;
        context.Response.ContentType = answer.ContentType;
        await context.Response.WriteAsync(answer.Body, context.RequestAborted);
    }
}
