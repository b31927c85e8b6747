using System.Globalization;
using ClientFlow.Sync.Sandbox.Control;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox;

/// <summary>A sandbox as a process of its own: prints one JSON line with its addresses when it is ready and runs until told to stop.</summary>
public static class SandboxProgram
{
    public const string Usage = "[--seed <number>] [--port <tool>=<port>]... [--empty] [--no-rate-limits] [--script <seconds>]";

    /// <summary>Exit codes: 0 stopped on request, 2 wrong arguments.</summary>
    public static Task<int> RunAsync(string[] args, CancellationToken cancellationToken) => RunAsync(args, Console.Out, cancellationToken);

    /// <inheritdoc cref="RunAsync(string[], CancellationToken)"/>
    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(output);
        if (Read(args) is not var (options, unlimited, script))
        {
            await Console.Error.WriteLineAsync($"usage: {Usage}");
            return 2;
        }

        await using SandboxHost host = await SandboxHost.StartAsync(options, cancellationToken);
        if (unlimited)
        {
            foreach (SimulatedTool tool in host.Tools)
                ControlBehaviour.LiftRateLimits(tool.Switches);
        }

        await output.WriteLineAsync(host.Addresses);
        await output.FlushAsync(cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task playing = script is null ? Task.CompletedTask : new QuarterScript(host).PlayAsync(script, stop.Token);
        await Task.WhenAny(host.StopAsked, Task.Delay(Timeout.Infinite, cancellationToken));
        await stop.CancelAsync();
        await playing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    private static (SandboxOptions Options, bool Unlimited, TimeSpan? Script)? Read(string[] args)
    {
        var ports = new Dictionary<string, int>();
        var options = new SandboxOptions { Ports = ports };
        TimeSpan? script = null;
        bool unlimited = false;
        for (int at = 0; at < args.Length; at++)
        {
            string? value = at + 1 < args.Length ? args[at + 1] : null;
            switch (args[at])
            {
                case "--empty":
                    options = options with { SmallBusiness = false };
                    break;
                case "--no-rate-limits":
                    unlimited = true;
                    break;
                case "--seed" when int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int seed):
                    options = options with { Seed = seed };
                    at++;
                    break;
                case "--script" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds):
                    script = TimeSpan.FromSeconds(seconds);
                    at++;
                    break;
                case "--port" when value?.Split('=') is [var tool, var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port):
                    ports[tool] = port;
                    at++;
                    break;
                default:
                    return null;
            }
        }

        return (options, unlimited, script);
    }
}
