using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.World;
using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Benchmarks;

/// <summary>The program that users run, on the sandbox's four tools, as a process of its own.</summary>
internal sealed class RealWorker : IAsyncDisposable
{
    private readonly Process process;
    private readonly SandboxHost sandbox;
    private readonly DirectoryInfo folder;
    private readonly HttpClient http;

    private RealWorker(Process process, SandboxHost sandbox, DirectoryInfo folder, HttpClient http) =>
        (this.process, this.sandbox, this.folder, this.http) = (process, sandbox, folder, http);

    /// <summary>From the start of the process to its first healthy answer, milliseconds.</summary>
    public double Healthy { get; private set; }

    public SandboxHost Sandbox => sandbox;

    /// <summary>Resident memory now, MB.</summary>
    public double Resident => Status("VmRSS:");

    /// <param name="listening">It hears of everything by webhook and hardly polls; otherwise it polls at its own pace.</param>
    public static async Task<RealWorker> StartAsync(bool listening = false)
    {
        var url = $"http://127.0.0.1:{FreePort()}";
        var sandbox = await SandboxHost.StartAsync(new SandboxOptions());

        // A tool on loopback has no quota, so that nothing waits here that isn't measured.
        sandbox.HubSpot.Behaviour.RateLimits = sandbox.Asana.Behaviour.RateLimits = sandbox.Stripe.Behaviour.RateLimits = sandbox.GoogleCalendar.Behaviour.RateLimits = false;
        var folder = Directory.CreateTempSubdirectory("clientflow-bench-");
        var (config, credentials) = (Path.Combine(folder.FullName, "northwind.yaml"), Path.Combine(folder.FullName, "google.json"));
        sandbox.GoogleCalendar.WriteUserCredentials(credentials);
        var more = listening ? ", poll: 1h" : "";
        if (listening)
        {
            sandbox.HubSpot.SetWebhookTarget(new Uri($"{url}/webhooks/crm"));
            sandbox.Stripe.SetWebhookTarget(new Uri($"{url}/webhooks/billing"));
        }

        await File.WriteAllTextAsync(config, $$$"""
            version: 1
            business: { name: Northwind Consulting, timezone: Europe/London, currency: GBP }
            {{{(listening ? $"publicUrl: {url}" : "")}}}
            tools:
              crm:      { connector: hubspot, token: "${HUBSPOT_TOKEN}", webhookSecret: "${HUBSPOT_SECRET}", baseUrl: "{{{sandbox.HubSpot.BaseUrl}}}"{{{more}}} }
              projects: { connector: asana, token: "${ASANA_TOKEN}", workspace: "{{{sandbox.Asana.World.WorkspaceGid}}}", team: "{{{SmallBusiness.TeamGid}}}", baseUrl: "{{{sandbox.Asana.BaseUrl}}}"{{{more}}} }
              billing:  { connector: stripe, key: "${STRIPE_KEY}", webhookSecret: "${STRIPE_WEBHOOK_SECRET}", baseUrl: "{{{sandbox.Stripe.BaseUrl}}}"{{{more}}} }
              calendar: { connector: google-calendar, credentials: "{{{credentials}}}", calendar: primary, baseUrl: "{{{sandbox.GoogleCalendar.BaseUrl}}}", tokenUri: "{{{sandbox.GoogleCalendar.TokenUrl}}}"{{{more}}} }
            mapping:
              crm.deal:
                endsOn: { field: contract_end_date }
                scope:  { field: scope_summary }
            handoffs:
              won-deal-to-project:
                when: { deal.stage: won }
                create:
                  project: { in: projects, name: "{{client.name}} – {{deal.name}}", endsOn: "{{deal.endsOn}}", checklist: [ { task: Send the welcome pack, due: +1d }, { task: Collect access, due: +3d } ] }
              closed-project-to-invoice:
                when: { project.status: closed }
                create:
                  invoice: { in: billing, draft: true, dueIn: 14d, lines: [ { text: "{{deal.name}}", amount: remaining } ] }
              renewal-reminder:
                when: { project.endsOn: { exists: true } }
                create:
                  reminder: { in: calendar, for: "{{deal.owner}}", on: "{{project.endsOn}} - 30d", at: "09:00", title: "Renewal: {{client.name}}" }
            """);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[typeof(WorkerHost).Assembly.Location, "run", "--config", config, "--data", Path.Combine(folder.FullName, "data"), "--urls", url])
            start.ArgumentList.Add(argument);
        start.Environment["HUBSPOT_TOKEN"] = SandboxOptions.HubSpotToken;
        start.Environment["HUBSPOT_SECRET"] = SandboxOptions.HubSpotClientSecret;
        start.Environment["STRIPE_WEBHOOK_SECRET"] = SandboxOptions.StripeWebhookSecret;
        start.Environment["ASANA_TOKEN"] = SandboxOptions.AsanaToken;
        start.Environment["STRIPE_KEY"] = SandboxOptions.StripeKey;
        var began = Stopwatch.GetTimestamp();
        var process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, line) => Console.Error.WriteLine(line.Data);
        process.BeginErrorReadLine();
        _ = process.StandardOutput.ReadToEndAsync();
        var worker = new RealWorker(process, sandbox, folder, new HttpClient { BaseAddress = new Uri(url) });
        await worker.UntilAsync("/health/live", TimeSpan.FromMilliseconds(5));
        worker.Healthy = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return worker;
    }

    /// <summary>Waits until every rule is armed.</summary>
    public Task ReadyAsync() => UntilAsync("/health/ready", TimeSpan.FromMilliseconds(100));

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        http.Dispose();
        await sandbox.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private async Task UntilAsync(string path, TimeSpan pause)
    {
        while (true)
        {
            if (process.HasExited) throw new InvalidOperationException("the worker ended");
            try
            {
                using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // It doesn't listen yet.
            }

            await Task.Delay(pause);
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private double Status(string name)
    {
        var line = File.ReadLines($"/proc/{process.Id}/status").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split(':')[1].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) / 1024;
    }
}
