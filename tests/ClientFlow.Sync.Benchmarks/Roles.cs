using System.Diagnostics;

namespace ClientFlow.Sync.Benchmarks;

/// <summary>A program that is measured, in a process of its own.</summary>
internal sealed class Role : IAsyncDisposable
{
    private readonly Process process;

    private Role(Process process, Uri url, string directory) => (this.process, Url, Directory) = (process, url, directory);

    public Uri Url { get; }

    public string Directory { get; }

    /// <summary>Processor time that it has used, in milliseconds.</summary>
    public double ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime.TotalMilliseconds;
        }
    }

    /// <summary>The most resident memory that it ever took, MB.</summary>
    public double PeakMemory
    {
        get
        {
            process.Refresh();
            return process.PeakWorkingSet64 / 1024.0 / 1024;
        }
    }

    /// <summary>Starts a role and waits until it says where it listens.</summary>
    public static async Task<Role> StartAsync(string name, Uri? tool = null)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("clientflow-bench-").FullName;
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardInput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet") start.ArgumentList.Add(typeof(Role).Assembly.Location);
        foreach (var argument in (string[])["--role", name, directory, tool?.AbsoluteUri ?? ""]) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
            if (line.StartsWith("at ", StringComparison.Ordinal)) return new Role(process, new Uri(line[3..]), directory);
        throw new InvalidOperationException($"{name} did not start");
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(10))) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}

/// <summary>The roles. Each listens, says where, and ends when its input ends.</summary>
internal static class Roles
{
    public static async Task<int> RunAsync(string name, string[] arguments)
    {
        var (directory, tool) = (arguments[0], arguments[1]);
        await using IListening server = name switch
        {
            "bare" => await Toy.StartAsync(directory, null),
            "toy" => await Toy.StartAsync(directory, new Uri(tool)),
            "worker" => await BenchWorker.StartAsync(directory, new Uri(tool)),
            _ => throw new ArgumentException($"no role {name}", nameof(name)),
        };
        Console.WriteLine($"at {server.Url}");
        await Console.In.ReadToEndAsync();
        return 0;
    }
}

/// <summary>A program that listens.</summary>
internal interface IListening : IAsyncDisposable
{
    string Url { get; }
}
