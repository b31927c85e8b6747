using System.Text.Json;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ClientFlow.Sync.Sandbox.Control;

/// <summary>
/// Drives a sandbox in another process: state, world actions, the script, webhook targets and switches, faults. JSON on its own
/// port; a mistake answers 400 with a sentence.
/// </summary>
internal sealed class ControlServer(SandboxHost host) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _stopAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? _server;
    private QuarterScript? _script;
    private Task _playing = Task.CompletedTask;

    public string Url { get; private set; } = "";

    /// <summary>Completes when somebody posted to `/control/stop`.</summary>
    public Task StopAsked => _stopAsked.Task;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        WebApplication server = LoopbackServer.Create(host.Options.PortOf("control"));
        _server = server;
        Map("GET", "/control", (_, _) => Describe());
        Map("GET", "/control/state/{tool}", (context, _) => Tool(context).State());
        Map("POST", "/control/actions/{tool}/{action}", RunAction);
        Map("GET", "/control/requests/{tool}", (context, _) => Requests(Tool(context)));
        Map("DELETE", "/control/requests/{tool}", (context, _) =>
        {
            Tool(context).Requests.Clear();
            return null;
        });
        Map("POST", "/control/webhooks/{tool}/target", (context, body) =>
        {
            Tool(context).SetWebhookTarget(new Uri(Text(body, "target"), UriKind.Absolute));
            return null;
        });
        Map("PUT", "/control/webhooks/{tool}", (context, body) => ControlSwitches.Set(Tool(context).Webhooks, body));
        Map("GET", "/control/webhooks/{tool}", (context, _) => ControlSwitches.Show(Tool(context).Webhooks));
        Map("POST", "/control/faults/{tool}", (context, body) =>
        {
            ControlFaults.Add(Tool(context).Faults, body);
            return null;
        });
        Map("DELETE", "/control/faults/{tool}", (context, _) =>
        {
            Tool(context).Faults.Clear();
            return null;
        });
        Map("PUT", "/control/behaviour/{tool}", (context, body) => ControlBehaviour.Set(Tool(context).Switches, body));
        Map("GET", "/control/behaviour/{tool}", (context, _) => ControlBehaviour.Show(Tool(context).Switches));
        Map("POST", "/control/script", (_, body) => Play(body));
        Map("GET", "/control/script", (_, _) => Played());
        Map("POST", "/control/stop", (_, _) =>
        {
            _stopAsked.TrySetResult();
            return null;
        });
        server.MapPost("/control/idle", async (HttpContext context) =>
        {
            await host.WhenIdleAsync(context.RequestAborted);
            await WriteAsync(context, 200, null);
        });
        await server.StartAsync(cancellationToken);
        Url = server.Urls.First();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _playing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_server is not null)
            await _server.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>The addresses of everything, also the line that an out-of-process sandbox prints when it is ready.</summary>
    public JsonObject Addresses() => new()
    {
        ["control"] = Url,
        ["tools"] = new JsonObject(host.Tools.Select(tool => KeyValuePair.Create<string, JsonNode?>(
            tool.Name, new JsonObject { ["root"] = tool.RootUrl, ["base"] = tool.BaseUrl }))),
    };

    private static string Text(JsonObject body, string name) => (string?)body[name] ?? throw new WorldActionException($"{name} is missing");

    private static JsonArray Requests(SimulatedTool tool) =>
        new([.. tool.Requests.All.Select(request => new JsonObject
        {
            ["method"] = request.Method, ["path"] = request.Path, ["query"] = request.Query, ["body"] = request.Body,
            ["status"] = request.Status, ["at"] = request.At,
        })]);

    private static async Task WriteAsync(HttpContext context, int status, JsonNode? body)
    {
        context.Response.StatusCode = body is null ? StatusCodes.Status204NoContent : status;
        if (body is null)
            return;
        context.Response.ContentType = "application/json;charset=utf-8";
        await context.Response.WriteAsync(ApiAnswer.Text(body));
    }

    private void Map(string method, string pattern, Func<HttpContext, JsonObject, JsonNode?> handle) =>
        _server!.MapMethods(pattern, [method], async (HttpContext context) =>
        {
            try
            {
                using var reader = new StreamReader(context.Request.Body);
                string text = await reader.ReadToEndAsync(context.RequestAborted);
                JsonObject body = text.Length == 0 ? [] : JsonNode.Parse(text) as JsonObject ?? throw new WorldActionException("an object was expected");
                await WriteAsync(context, 200, handle(context, body));
            }
            catch (Exception mistake) when (mistake is WorldActionException or JsonException or NotSupportedException or UriFormatException or InvalidOperationException or FormatException)
            {
                await WriteAsync(context, 400, new JsonObject { ["error"] = mistake.Message });
            }
        });

    private SimulatedTool Tool(HttpContext context)
    {
        string name = (string)context.Request.RouteValues["tool"]!;
        return host.Tools.FirstOrDefault(tool => tool.Name == name)
            ?? throw new WorldActionException($"no tool is called {name}; there are {string.Join(", ", host.Tools.Select(tool => tool.Name))}");
    }

    private JsonObject Describe()
    {
        JsonObject json = Addresses();
        foreach (SimulatedTool tool in host.Tools)
        {
            json["tools"]![tool.Name]!["actions"] = new JsonObject(tool.Actions.Select(action =>
                KeyValuePair.Create<string, JsonNode?>(action.Name, action.Summary)));
        }

        return json;
    }

    private JsonNode? RunAction(HttpContext context, JsonObject body)
    {
        SimulatedTool tool = Tool(context);
        string name = (string)context.Request.RouteValues["action"]!;
        WorldAction action = tool.Actions.FirstOrDefault(action => action.Name == name)
            ?? throw new WorldActionException($"{tool.Name} has no action {name}; it has {string.Join(", ", tool.Actions.Select(action => action.Name))}");
        return action.Run(body);
    }

    private JsonObject Play(JsonObject body)
    {
        if (!_playing.IsCompleted)
            throw new WorldActionException("the script is playing already");
        _script = new QuarterScript(host);
        _playing = _script.PlayAsync(TimeSpan.FromSeconds((double?)body["seconds"] ?? QuarterScript.NormalLength.TotalSeconds), _stop.Token);
        return Played();
    }

    private JsonObject Played() => new()
    {
        ["playing"] = !_playing.IsCompleted,
        ["failed"] = _playing.Exception?.InnerException?.Message,
        ["played"] = new JsonArray([.. (_script?.Played ?? []).Select(step => new JsonObject
        {
            ["at"] = step.At, ["what"] = step.What, ["done"] = step.Done,
        })]),
    };
}
