using System.CommandLine;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Configuration;
using ClientFlow.Sync.Worker.Dashboard;
using ClientFlow.Sync.Worker.Telemetry;

namespace ClientFlow.Sync.Worker.Commands;

/// <summary><c>clientflow run</c>: the worker.</summary>
public static class RunCommand
{
    /// <summary>Where the worker listens when nobody says otherwise: this machine alone.</summary>
    public const string DefaultUrls = "http://127.0.0.1:8787";

    public static Command Create()
    {
        var (file, data) = (CommonOptions.Config(), CommonOptions.Data());
        var urls = new Option<string>("--urls") { Description = "Addresses to listen on, parted by semicolons", HelpName = "URL", DefaultValueFactory = static _ => DefaultUrls };
        var webhooks = new Option<string?>("--webhook-urls") { Description = "Addresses for webhooks alone, on other ports: what a proxy may show to the internet", HelpName = "URL" };
        var command = new Command("run", "Run the worker: receive, poll, and close the gaps") { file, data, urls, webhooks };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(file), parsed.GetRequiredValue(data), parsed.GetRequiredValue(urls), parsed.GetValue(webhooks), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string file, string data, string urls, string? webhookUrls, CancellationToken cancellationToken)
    {
        if (CommonOptions.Read(file) is not { Config: { } config } loaded) return CheckCommand.Refused;
        if (BadAddress(urls, webhookUrls) is { } bad)
        {
            await Console.Error.WriteLineAsync(bad);
            return CheckCommand.Refused;
        }

        DebugSwitches debug;
        OtlpSettings? otlp;
        try
        {
            debug = DebugSwitches.Read(Environment.GetEnvironmentVariable);
            otlp = OtlpSettings.Read(Environment.GetEnvironmentVariable);
            ConsoleLog.Check(Environment.GetEnvironmentVariable);
        }
        catch (FormatException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return CheckCommand.Refused;
        }

        try
        {
            await using var worker = await WorkerHost.StartAsync(new WorkerOptions
            {
                Config = config, Types = ConnectorTypes.All, DataDirectory = data, Urls = urls, WebhookUrls = webhookUrls, Clock = debug.Clock, Dies = debug.Dies, Otlp = otlp,
                File = new MappingFile(loaded.Source, () => ConfigLoader.Load(file, ConnectorTypes.All)),
            }, cancellationToken);
            await worker.WaitForShutdownAsync(cancellationToken);
            return 0;
        }
        catch (StoreException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        catch (FormatException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return CheckCommand.Refused;
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && !e.Message.Contains("address", StringComparison.OrdinalIgnoreCase)))
        {
            await Console.Error.WriteLineAsync($"the data directory {Path.GetFullPath(data)} can't be used: {e.Message} Give a directory that this user may write to with --data");
            return 1;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or System.Net.Sockets.SocketException)
        {
            await Console.Error.WriteLineAsync($"can't listen on {urls}{(webhookUrls is null ? "" : $" and {webhookUrls}")}: {e.Message} Give other addresses with --urls{(webhookUrls is null ? "" : " and --webhook-urls")}, or stop what listens there");
            return 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static string? BadAddress(string urls, string? webhookUrls)
    {
        if (CommonOptions.BadUrls(urls) is { } bad) return $"--urls: `{bad}` is no address to listen on: write it as {DefaultUrls}";
        if (webhookUrls is null) return null;
        if (CommonOptions.BadUrls(webhookUrls) is { } worse) return $"--webhook-urls: `{worse}` is no address to listen on: write it as http://127.0.0.1:8788";
        return Doors.Shared(urls, webhookUrls) is { } port ? $"--webhook-urls: port {port} is one of --urls already: give webhooks a port of their own, as in http://127.0.0.1:8788" : null;
    }

    // Who can come in, and where: what an operator would otherwise find out by being refused.
}

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<string> Config() => new("--config") { Description = "The mapping file", HelpName = "FILE", DefaultValueFactory = static _ => "clientflow.yaml" };

    public static Option<string> Data() => new("--data")
    {
        Description = "The data directory (or set CLIENTFLOW_DATA)", HelpName = "DIR",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("CLIENTFLOW_DATA") is { Length: > 0 } set ? set : "clientflow-data",
    };

    /// <summary>Loads the mapping file and tells its mistakes; null when it is refused.</summary>
    public static WorkspaceConfig? Load(string file) => Read(file).Config;

    /// <summary>Loads the mapping file and tells its mistakes.</summary>
    public static LoadResult Read(string file)
    {
        var loaded = ConfigLoader.Load(file, ConnectorTypes.All);
        var colour = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
        Console.Error.Write(DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source, colour));
        return loaded;
    }

    /// <summary>The first address that is none, or null.</summary>
    public static string? BadUrls(string urls) => urls.Split(';', StringSplitOptions.TrimEntries).FirstOrDefault(static url =>
        !Uri.TryCreate(Doors.Plain(url), UriKind.Absolute, out var uri) ||

        // The web server takes any other name for "every address": a misspelled one would open the worker to the network. TLS is a proxy's work.
        uri.Scheme != "http" || !(uri.Host == "localhost" || uri.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6));
}
