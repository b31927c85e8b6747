using ClientFlow.Sync.Engine;

namespace ClientFlow.Sync.Worker.Composition;

/// <summary>What machines ask: is it alive, is it ready.</summary>
public static class HealthRoutes
{
    /// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: every rule is armed and no loop has stalled.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", static () => Results.Text("live\n"));
        routes.MapGet("/health/ready", static (EngineHost engine) =>
        {
            var workspace = engine.Workspace;
            List<string> reasons =
            [
                .. workspace.Config.Rules.Except(workspace.ArmedRules).Select(r => $"{r.Name} is not armed yet"),
                .. engine.StalledLoops.Select(l => $"the {l} loop stopped and is being started again"),
            ];
            if (engine.StoreTrouble is { } trouble) reasons.Add(trouble);
            if (!workspace.AllArmed)
                reasons.AddRange(workspace.Tools.Select(t => t.Health.State.Message ?? t.Health.Complaint).OfType<string>());
            return reasons.Count == 0
                ? Results.Text("ready\n")
                : Results.Text(string.Join('\n', reasons) + "\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        });
    }
}
