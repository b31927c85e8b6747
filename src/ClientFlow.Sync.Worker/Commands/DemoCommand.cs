using System.CommandLine;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.World;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Configuration;
using ClientFlow.Sync.Worker.Dashboard;

namespace ClientFlow.Sync.Worker.Commands;

/// <summary><c>clientflow demo</c>: the worker and four simulated tools in one process, playing a quarter of a small business.</summary>
public static class DemoCommand
{
    private static readonly string[] Wanted = ["won-deal-to-project", "closed-project-to-invoice", "renewal-reminder"];

    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "Play until each of the three handoffs has happened, print a line for each, and end" };
        var data = new Option<string?>("--data") { Description = "Keep the data in this new directory instead of a temporary one", HelpName = "DIR" };
        CommonOptions.RefuseEmpty(data);
        var urls = new Option<string>("--urls") { Description = "Address of the page", HelpName = "URL", DefaultValueFactory = static _ => RunCommand.DefaultUrls };
        var command = new Command("demo", "See it work: simulated tools, no account, nothing leaves this machine") { once, data, urls };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(once), parsed.GetValue(data), parsed.GetRequiredValue(urls), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(bool once, string? data, string urls, CancellationToken cancellationToken)
    {
        if (CommonOptions.BadAddress("--urls", urls, RunCommand.DefaultUrls) is { } bad)
        {
            await Console.Error.WriteLineAsync(bad);
            return CheckCommand.Refused;
        }

        // The simulated tools begin anew each time and know nothing of what an earlier demo made in them.
        if (data is not null && File.Exists(Path.Combine(data, "clientflow.db")))
        {
            await Console.Error.WriteLineAsync($"{data} holds the data of an earlier demo or of a worker, and a demo begins anew: give a directory without any with --data");
            return CheckCommand.Refused;
        }

        var directory = data is null ? Directory.CreateTempSubdirectory("clientflow-demo-").FullName : Path.GetFullPath(data);
        try
        {
            Directory.CreateDirectory(directory);
            return await PlayAsync(once, directory, urls, cancellationToken);
        }
        catch (UnauthorizedAccessException e)
        {
            await Console.Error.WriteLineAsync($"{directory} can't be used: {e.Message.TrimEnd('.')}. Give a directory that this user may write to with --data");
            return 1;
        }
        catch (Exception e) when (e is StoreException or IOException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync($"{e.Message.TrimEnd('.')}. Another demo or worker may be running: stop it, or give other --urls and --data");
            return 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return once ? 1 : 0;
        }
        finally
        {
            if (data is null) Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<int> PlayAsync(bool once, string directory, string urls, CancellationToken cancellationToken)
    {
        await using var sandbox = await SandboxHost.StartAsync(new SandboxOptions(), cancellationToken);
        if (Load(sandbox, directory, urls.Split(';')[0]) is not { } config) return CheckCommand.Refused;

        // A draft has no page of its own at the vendor; the simulated one shows it.
        Func<RecordRef, string?> pageOf = record => record.Kind == RecordKind.Invoice ? $"{sandbox.Stripe.RootUrl}/objects/invoices/{record.Id}" : null;
        await using var worker = await WorkerHost.StartAsync(new WorkerOptions
        {
            Config = config, Types = ConnectorTypes.All, DataDirectory = directory, Urls = urls, Quiet = true, PageOf = pageOf,
        }, cancellationToken);
        sandbox.HubSpot.SetWebhookTarget(new Uri($"{worker.Urls[0]}/webhooks/crm"));
        sandbox.Stripe.SetWebhookTarget(new Uri($"{worker.Urls[0]}/webhooks/billing"));
        if (!once)
        {
            Console.WriteLine($"ClientFlow.Sync plays a quarter of {config.Business.Name} on simulated tools. Nothing leaves this machine.");
            Console.WriteLine($"  the page     {worker.Urls[0]}");
            foreach (var tool in sandbox.Tools) Console.WriteLine($"  {tool.Name,-12} {tool.RootUrl}");
            Console.WriteLine("  Ctrl+C ends it");
            Console.WriteLine();
        }

        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (once) ends.CancelAfter(TimeSpan.FromMinutes(2));
        var script = StartAsync(sandbox, worker, ends.Token);
        var story = new DemoStory(worker.Engine.Workspace, new PageLinks(pageOf), Wanted, brief: once);
        try
        {
            while (!once || story.Missing.Count > 0)
            {
                if (script.IsFaulted) await script;
                await story.TellAsync(Console.Out, ends.Token);
                await Task.Delay(TimeSpan.FromMilliseconds(200), ends.Token);
            }
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            if (cancellationToken.IsCancellationRequested && !once) return 0;
            if (cancellationToken.IsCancellationRequested) return 1;
            await Console.Error.WriteLineAsync($"after two minutes there is still no {string.Join(" and no ", story.Missing)}: {await story.WhyAsync()}");
            return 1;
        }
        finally
        {
            await ends.CancelAsync();
            await script.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return 0;
    }

    // The business goes on once the rules are armed: what was so before is baseline, and fires nothing.
    private static async Task StartAsync(SandboxHost sandbox, WorkerHost worker, CancellationToken cancellationToken)
    {
        while (!worker.Engine.Workspace.AllArmed) await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        await new QuarterScript(sandbox).PlayAsync(cancellationToken: cancellationToken);
    }

    private static WorkspaceConfig? Load(SandboxHost sandbox, string directory, string url)
    {
        var credentials = Path.Combine(directory, "google.json");
        sandbox.GoogleCalendar.WriteCredentials(credentials);
        var given = new Dictionary<string, string>
        {
            ["DEMO_URL"] = url,
            ["DEMO_HUBSPOT_URL"] = sandbox.HubSpot.BaseUrl,
            ["DEMO_HUBSPOT_TOKEN"] = SandboxOptions.HubSpotToken,
            ["DEMO_HUBSPOT_SECRET"] = SandboxOptions.HubSpotClientSecret,
            ["DEMO_ASANA_URL"] = sandbox.Asana.BaseUrl,
            ["DEMO_ASANA_TOKEN"] = SandboxOptions.AsanaToken,
            ["DEMO_ASANA_WORKSPACE"] = sandbox.Asana.World.WorkspaceGid,
            ["DEMO_ASANA_TEAM"] = SmallBusiness.TeamGid,
            ["DEMO_STRIPE_URL"] = sandbox.Stripe.BaseUrl,
            ["DEMO_STRIPE_KEY"] = SandboxOptions.StripeKey,
            ["DEMO_STRIPE_SECRET"] = SandboxOptions.StripeWebhookSecret,
            ["DEMO_GOOGLE_URL"] = sandbox.GoogleCalendar.BaseUrl,
            ["DEMO_GOOGLE_TOKEN_URL"] = sandbox.GoogleCalendar.TokenUrl,
            ["DEMO_GOOGLE_CREDENTIALS"] = credentials,
        };
        using var stream = typeof(DemoCommand).Assembly.GetManifestResourceStream("ClientFlow.Sync.Worker.Commands.demo.yaml")!;
        using var reader = new StreamReader(stream);
        var loaded = ConfigLoader.LoadText("demo.yaml", reader.ReadToEnd(), ConnectorTypes.All, new GivenSecrets(given, new EnvironmentSecrets(directory)));
        Console.Error.Write(DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source, colour: false));
        return loaded.Config;
    }

    private sealed class GivenSecrets(IReadOnlyDictionary<string, string> given, ISecretSource files) : ISecretSource
    {
        public string? FromEnvironment(string name) => given.GetValueOrDefault(name);

        public string? FromFile(string path) => files.FromFile(path);
    }
}
