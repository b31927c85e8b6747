using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.Observing;
using ClientFlow.Sync.Engine.People;
using ClientFlow.Sync.Storage.Sqlite;
using ClientFlow.Sync.Worker.Access;
using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Worker.Commands;

/// <summary>A person's decisions from the command line: they go to the running worker, or to its file when none runs.</summary>
public static class LocalCommands
{
    /// <summary>The route that commands call.</summary>
    public static void MapLocalCommands(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/local/handoffs/{id}/{verb}", static async (string id, string verb, HttpRequest request, EngineHost engine, LocalAccess access) =>
        {
            if (!ThisMachine.Calls(request.HttpContext) || !access.Admits(request.Headers[LocalAccess.Header])) return Results.StatusCode(StatusCodes.Status403Forbidden);
            if (await DecideAsync(engine.Decisions, engine.DeadLetters, verb, id, Person.CommandLine, request.HttpContext.RequestAborted) is not var (done, message))
                return Results.NotFound();
            return Results.Text(message + "\n", statusCode: done ? StatusCodes.Status200OK : StatusCodes.Status409Conflict);
        });

    /// <summary>Carries a decision out wherever the data is.</summary>
    /// <param name="load">Loads the mapping file; asked only when no worker runs, so that a decision needs no secret.</param>
    /// <returns>The exit code: 0 done, 1 not, 2 no such data or a mapping file that is refused.</returns>
    public static async Task<int> RunAsync(string verb, string id, string dataDirectory, Func<WorkspaceConfig?> load, CancellationToken cancellationToken)
    {
        using var worker = await LocalAccess.FindAsync(dataDirectory, cancellationToken);
        if (worker is not null)
        {
            using var answer = await worker.PostAsync(new Uri($"/local/handoffs/{Uri.EscapeDataString(id)}/{verb}", UriKind.Relative), null, cancellationToken);
            var text = (await answer.Content.ReadAsStringAsync(cancellationToken)).TrimEnd();
            return Say(answer.IsSuccessStatusCode, text.Length > 0 ? text : $"the worker answered {(int)answer.StatusCode}");
        }

        if (await NoDataAsync(dataDirectory)) return 2;
        if (load() is not { } config) return CheckCommand.Refused;
        await using var store = await SqliteStore.OpenAsync(new SqliteStoreOptions
        {
            Directory = dataDirectory, Workspace = config.Workspace, Clock = TimeProvider.System, Protector = Protector.In(dataDirectory),
        });
        using var handler = new SocketsHttpHandler();
        var workspace = new WorkspaceFactory(ConnectorTypes.All, TimeProvider.System).Create(config, store, _ => handler);
        foreach (var tool in workspace.Tools)
            tool.Account = await store.ReadAsync(view => view.FindAccount(tool.Name)?.Account, cancellationToken);
        var plans = new PlanWriter(workspace, new EngagementReader(workspace));
        await new Arming(workspace, plans).StartAsync(cancellationToken);
        var decisions = new Decisions(workspace, plans);
        var (done, message) = await DecideAsync(decisions, new DeadLetters(workspace, decisions), verb, id, Person.CommandLine, cancellationToken) ?? (false, $"there is no `{verb}`");
        return Say(done, message + (done && verb != "skip" ? " (the worker is not running: it goes on when it starts)" : ""));
    }

    /// <summary>Lists what needs a person, beside the worker or without one.</summary>
    /// <returns>The exit code: 0 listed, 2 no such data or a mapping file that is refused.</returns>
    public static async Task<int> ListAsync(string dataDirectory, Func<WorkspaceConfig?> load, CancellationToken cancellationToken)
    {
        if (await NoDataAsync(dataDirectory)) return 2;
        if (load() is not { } config) return CheckCommand.Refused;
        await using var store = SqliteStore.OpenReadOnly(new SqliteStoreOptions
        {
            Directory = dataDirectory, Workspace = config.Workspace, Clock = TimeProvider.System, Protector = Protector.In(dataDirectory),
        });
        var letters = await store.ReadAsync(DeadLetters.In, cancellationToken);
        if (letters.Count == 0) Console.WriteLine("nothing was refused for good, and every delivery could be read; what waits for your yes stands on the page");
        foreach (var letter in letters) Console.WriteLine($"{letter.Id}  {letter.What}\n    {letter.Reason}");
        return 0;
    }

    private static async Task<bool> NoDataAsync(string dataDirectory)
    {
        try
        {
            // Asked for by opening it: to a user without the right to look, whatever is there seems absent.
            using var file = File.Open(Path.Combine(dataDirectory, "clientflow.db"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"this user may not read {dataDirectory}: ask as the user that the worker runs as");
        }
        catch (IOException)
        {
            await Console.Error.WriteLineAsync($"there is no data in {dataDirectory}: give the worker's data directory with --data");
        }

        return true;
    }

    private static async Task<(bool Done, string Message)?> DecideAsync(
        Decisions decisions, DeadLetters letters, string verb, string id, Person who, CancellationToken cancellationToken) => verb switch
    {
        "approve" => await decisions.ApproveAsync(id, who, cancellationToken),
        "retry" => await decisions.RetryAsync(id, who, cancellationToken),
        "skip" => await decisions.SkipAsync(id, who, cancellationToken),
        "replay" => await letters.ReplayAsync(id, who, cancellationToken),
        _ => null,
    };

    private static int Say(bool done, string message)
    {
        (done ? Console.Out : Console.Error).WriteLine(message);
        return done ? 0 : 1;
    }
}
