using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Chaos;

/// <summary>One life of the real worker, a process of its own.</summary>
internal sealed class ChaosWorker : IDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();

    private ChaosWorker(Process process) => this.process = process;

    public bool HasExited => process.HasExited;

    /// <summary>It was killed, by us or by itself; any other end is a bug.</summary>
    public bool WasKilled => process.ExitCode == 128 + 9;

    public string Output => string.Join('\n', output);

    /// <param name="ahead">How far its clock is ahead.</param>
    /// <param name="diesAt">Where it kills itself, or null.</param>
    public static ChaosWorker Start(string config, string data, Uri url, TimeSpan ahead, string? diesAt)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "clientflow.exe" : "clientflow"),
            ["run", "--config", config, "--data", data, "--urls", url.ToString().TrimEnd('/')])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["HUBSPOT_TOKEN"] = SandboxOptions.HubSpotToken;
        start.Environment["HUBSPOT_SECRET"] = SandboxOptions.HubSpotClientSecret;
        start.Environment["ASANA_TOKEN"] = SandboxOptions.AsanaToken;
        start.Environment["STRIPE_KEY"] = SandboxOptions.StripeKey;
        start.Environment["STRIPE_WEBHOOK_SECRET"] = SandboxOptions.StripeWebhookSecret;
        start.Environment["NO_COLOR"] = "1";

        // Lives are short: what is compiled at once is enough.
        start.Environment["DOTNET_TieredPGO"] = start.Environment["DOTNET_TC_CallCounting"] = start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment.Remove("CLIENTFLOW_DATA");
        start.Environment[DebugSwitches.ClockVariable] = ahead.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        if (diesAt is not null) start.Environment[DebugSwitches.DeathVariable] = diesAt;

        var worker = new ChaosWorker(new Process { StartInfo = start });
        worker.process.OutputDataReceived += (_, line) => worker.Keep(line.Data);
        worker.process.ErrorDataReceived += (_, line) => worker.Keep(line.Data);
        worker.process.Start();
        worker.process.BeginOutputReadLine();
        worker.process.BeginErrorReadLine();
        return worker;
    }

    /// <summary>Waits until it ends by itself, or the time is over.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(most);
        await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        output.Enqueue(line);
        while (output.Count > 300) output.TryDequeue(out _);
    }
}
