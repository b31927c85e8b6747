using Microsoft.AspNetCore.Builder;

namespace ClientFlow.Sync.Sandbox.Control;

/// <summary>Drives a sandbox in another process: state, world actions, webhook switches, faults; JSON on its own port.</summary>
internal sealed class ControlServer(SandboxHost host) : IAsyncDisposable
{
    private WebApplication? _server;

    public string Url { get; private set; } = "";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        WebApplication server = LoopbackServer.Create(host.Options.PortOf("control"));
        _server = server;
        await server.StartAsync(cancellationToken);
        Url = server.Urls.First();
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
