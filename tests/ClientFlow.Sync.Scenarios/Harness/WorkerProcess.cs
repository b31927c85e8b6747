using System.Collections.Concurrent;
using System.Diagnostics;

namespace ClientFlow.Sync.Scenarios.Harness;

/// <summary>How a program that ran to its end ended.</summary>
internal sealed record Ended(int ExitCode, string Output, string Errors)
{
    public string All => Output + Errors;
}

/// <summary>The real program as a process of its own, started the way a user or a service manager starts it.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();
    private readonly ConcurrentQueue<string> errors = new();
    private readonly HttpClient http;

    private WorkerProcess(Process process, Uri url)
    {
        this.process = process;
        http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Speaks to the worker's own pages.</summary>
    public HttpClient Http => http;

    public bool HasExited => process.HasExited;

    /// <summary>The process's id.</summary>
    public int Id => process.Id;

    /// <summary>What it wrote to its standard output, line by line.</summary>
    public IReadOnlyList<string> Lines => [.. output];

    public string Output => string.Join('\n', output.Concat(errors));

    /// <summary>Starts <c>clientflow run</c>; secrets travel in the environment.</summary>
    public static WorkerProcess Run(
        string config, string data, Uri url, IEnumerable<KeyValuePair<string, string>> environment, IReadOnlyList<string>? addresses = null)
    {
        var worker = new WorkerProcess(Prepare(["run", "--config", config, "--data", data, .. addresses ?? ["--urls", url.ToString().TrimEnd('/')]], environment), url);
        worker.Begin();
        return worker;
    }

    /// <summary>Runs the program to its end, such as <c>clientflow approve</c>.</summary>
    public static async Task<Ended> CommandAsync(IReadOnlyList<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        await using var command = new WorkerProcess(Prepare(arguments, environment), new Uri("http://127.0.0.1"));
        command.Begin();
        return await command.EndAsync();
    }

    /// <summary>Waits until the process has ended by itself.</summary>
    public async Task<Ended> EndAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new ShouldAssertException($"the program did not end:\n{Output}");
        }

        return new Ended(process.ExitCode, string.Join('\n', output), string.Join('\n', errors));
    }

    /// <summary>Waits until every rule is armed.</summary>
    public Task ReadyAsync() => Patience.ForAsync("readiness", async () =>
    {
        if (process.HasExited) throw new ShouldAssertException($"the worker ended with {process.ExitCode} before it was ready:\n{Output}");
        return (await ReadinessAsync()).Ready ? "ready" : null;
    }, TimeSpan.FromSeconds(90), async () => $"/health/ready says: {(await ReadinessAsync()).Says}\n{Output}");

    /// <summary>What <c>/health/ready</c> says; not ready and empty while nobody listens.</summary>
    public async Task<(bool Ready, string Says)> ReadinessAsync()
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
            return (answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
        catch (HttpRequestException)
        {
            return (false, "");
        }
    }

    /// <summary>SIGTERM: it is asked to stop, and takes its time.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await EndAsync();
        return TimeProvider.System.GetElapsedTime(began);
    }

    /// <summary>SIGKILL: no farewell, no last write.</summary>
    public async Task KillAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process.Dispose();
        http.Dispose();
    }

    private static Process Prepare(IReadOnlyList<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "clientflow.exe" : "clientflow");
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        start.Environment.Remove("CLIENTFLOW_DATA");
        start.Environment["NO_COLOR"] = "1";

        // It lives for seconds: what is compiled at once is enough.
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        return new Process { StartInfo = start };
    }

    private void Begin()
    {
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(errors, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        static void Keep(ConcurrentQueue<string> lines, string? line)
        {
            if (line is not null) lines.Enqueue(line);
        }
    }
}
