using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.Health;
using ClientFlow.Sync.Worker.Access;
using ClientFlow.Sync.Worker.Telemetry;

namespace ClientFlow.Sync.Worker.Composition;

/// <summary>What machines ask: is it alive, is it ready, how much of what.</summary>
public static class HealthRoutes
{
    /// <summary>
    /// <c>/health/live</c>: the process answers. <c>/health/ready</c>: every rule is armed and no loop has stalled. A tool that is held
    /// or down later leaves it ready, and is named: webhooks are taken in all the same, and starting the worker again mends no token.
    /// Names and reasons are for whoever asks on this machine; strangers learn whether, and no more.
    /// <c>/metrics</c>: Prometheus text, for this machine. It holds no client's name, and yet how a business fares is not for strangers.
    /// Where a proxy on this machine may bring strangers, both ask for <see cref="ScrapeToken"/>, or for whoever may open the pages.
    /// </summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", static () => Results.Text("live\n"));
        routes.MapGet("/health/ready", static (HttpContext http, EngineHost engine, Entrance entrance) =>
        {
            var mayKnow = entrance.MayMeasure(http, ThisMachine.Calls);
            var reasons = Unready(engine);
            return reasons.Count == 0
                ? Results.Text("ready\n" + (mayKnow ? string.Concat(engine.Workspace.Tools.Select(Trouble)) : ""))
                : Results.Text(mayKnow ? string.Join('\n', reasons) + "\n" : "not ready\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        });
        routes.MapGet("/metrics", static async (HttpContext context, Workspace workspace, Entrance entrance, Gauges gauges, PrometheusText text) =>
        {
            if (!entrance.MayMeasure(context, ThisMachine.Asks))
            {
                if (!Entrance.NeedsKey(workspace.Config))
                    return Results.Text("Metrics answer to this machine alone. Scrape them there, or have them sent by OTLP.\n", statusCode: StatusCodes.Status403Forbidden);
                context.Response.Headers.WWWAuthenticate = "Bearer";
                return Results.Text("Metrics ask for the token in clientflow.scrape-token in the worker's data directory: send it as `Authorization: Bearer …`.\n",
                    statusCode: StatusCodes.Status401Unauthorized);
            }

            await gauges.RefreshAsync(context.RequestAborted);
            return Results.Text(text.Write(), PrometheusText.ContentType);
        });
    }

    /// <summary>Why the worker isn't ready, a sentence each; none when it is. Answers from memory.</summary>
    public static IReadOnlyList<string> Unready(EngineHost engine)
    {
        var workspace = engine.Workspace;
        List<string> reasons =
        [
            .. workspace.Config.Rules.Except(workspace.ArmedRules).Select(r => $"{r.Name} is not armed yet"),
            .. engine.StalledLoops.Select(l => $"the {l} loop stopped and is being started again"),
            .. engine.Watch.Stalled.Select(s => s.ToString()),
        ];
        if (engine.StoreTrouble is { } trouble) reasons.Add(trouble);
        if (!workspace.AllArmed)
            reasons.AddRange(workspace.Tools.Select(t => t.Health.State.Message ?? t.Health.Complaint).OfType<string>());
        return reasons;
    }

    private static string Trouble(Tool tool) => tool.Health.State.Condition switch
    {
        Condition.Held => $"{tool.Name} is held until it is reconnected\n",
        Condition.BackingOff => $"{tool.Name} is tried again by itself\n",
        Condition.Unknown or Condition.Healthy => "",
    };
}
