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
        if (BadAddress(urls, webhookUrls) is { } bad)
        {
            await Console.Error.WriteLineAsync(bad);
            return CheckCommand.Refused;
        }

        if (CommonOptions.Read(file) is not { Config: { } config } loaded) return CheckCommand.Refused;

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
            await Console.Error.WriteLineAsync($"the data directory {Path.GetFullPath(data)} can't be used: {e.Message.TrimEnd('.')}. Give a directory that this user may write to with --data");
            return 1;
        }
        catch (InvalidOperationException e)
        {
            await Console.Error.WriteLineAsync($"the worker can't start: {e.Message.TrimEnd('.')}. Look at the variables and options that it is started with");
            return 1;
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            await Console.Error.WriteLineAsync($"can't listen on {urls}{(webhookUrls is null ? "" : $" and {webhookUrls}")}: {e.Message.TrimEnd('.')}. Give other addresses with --urls{(webhookUrls is null ? "" : " and --webhook-urls")}, or stop what listens there");
            return 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static string? BadAddress(string urls, string? webhookUrls)
    {
        if (CommonOptions.BadAddress("--urls", urls, DefaultUrls) is { } bad) return bad;
        if (webhookUrls is null) return null;
        if (CommonOptions.BadAddress("--webhook-urls", webhookUrls, "http://127.0.0.1:8788") is { } worse) return worse;
        return Doors.Shared(urls, webhookUrls) is { } port ? $"--webhook-urls: port {port} is one of --urls already: give webhooks a port of their own, as in http://127.0.0.1:8788" : null;
    }
}

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<string> Config() => new("--config") { Description = "The mapping file", HelpName = "FILE", DefaultValueFactory = static _ => "clientflow.yaml" };

    public static Option<string> Data()
    {
        var data = new Option<string>("--data")
        {
            Description = "The data directory (or set CLIENTFLOW_DATA)", HelpName = "DIR",
            DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("CLIENTFLOW_DATA") is { Length: > 0 } set ? set : "clientflow-data",
        };
        RefuseEmpty(data);
        return data;
    }

    /// <summary>Refuses an empty name, as of a variable that is not set.</summary>
    public static void RefuseEmpty(Option option) => option.Validators.Add(static given =>
    {
        if (given.Tokens is [{ Value: var name }] && string.IsNullOrWhiteSpace(name)) given.AddError($"{given.Option.Name} is empty: is the variable set that it was taken from?");
    });

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

    /// <summary>What is wrong with the first address that can't be listened on, as a sentence; null where there is none.</summary>
    /// <param name="example">One that is right.</param>
    public static string? BadAddress(string option, string urls, string example)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.TrimEntries))
        {
            if (!Uri.TryCreate(Doors.Plain(url), UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") ||

                // The web server takes any other name for "every address": a misspelled one would open the worker to the network.
                !(uri.Host == "localhost" || uri.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6))
                return $"{option}: `{url}` is no address to listen on: write it as {example}";
            if (uri.Scheme != "http") return $"{option}: `{url}` is no address to listen on: TLS is the work of a proxy before the worker. Write it as {example}";
            if (uri.PathAndQuery != "/") return $"{option}: `{url}` is no address to listen on, for it has a path: write it as {example}";
        }

        return null;
    }
}
