using ClientFlow.Sync.Sandbox.Asana;
using ClientFlow.Sync.Sandbox.Control;
using ClientFlow.Sync.Sandbox.GoogleCalendar;
using ClientFlow.Sync.Sandbox.HubSpot;
using ClientFlow.Sync.Sandbox.Stripe;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Sandbox;

/// <summary>All simulated tools and the control API, running until disposed.</summary>
public sealed class SandboxHost : IAsyncDisposable
{
    private readonly ControlServer _control;

    private SandboxHost(SandboxOptions options)
    {
        Options = options;
        Tools =
        [
            new HubSpotTool(options),
            new AsanaTool(options),
            new StripeTool(options),
            new GoogleCalendarTool(options),
        ];
        _control = new ControlServer(this);
    }

    public SandboxOptions Options { get; }

    public IReadOnlyList<SimulatedTool> Tools { get; }

    public HubSpotTool HubSpot => Tool<HubSpotTool>();

    public AsanaTool Asana => Tool<AsanaTool>();

    public StripeTool Stripe => Tool<StripeTool>();

    public GoogleCalendarTool GoogleCalendar => Tool<GoogleCalendarTool>();

    public string ControlUrl => _control.Url;

    /// <summary>One line of JSON: `{"control":"…","tools":{"hubspot":{"root":"…","base":"…"},…}}`.</summary>
    public string Addresses => Http.ApiAnswer.Text(_control.Addresses());

    /// <summary>Completes when somebody posted to `/control/stop`.</summary>
    public Task StopAsked => _control.StopAsked;

    public static async Task<SandboxHost> StartAsync(SandboxOptions? options = null, CancellationToken cancellationToken = default)
    {
        var host = new SandboxHost(options ?? new SandboxOptions());
        try
        {
            SmallBusiness.OpenAccounts(host);
            if (host.Options.SmallBusiness)
                SmallBusiness.Plant(host);
            foreach (SimulatedTool tool in host.Tools)
                await tool.StartAsync(cancellationToken);
            await host._control.StartAsync(cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when no tool has a webhook left to send.</summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken = default) =>
        Task.WhenAll(Tools.Select(tool => tool.Webhooks.WhenIdleAsync(cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        await _control.DisposeAsync();
        foreach (SimulatedTool tool in Tools)
            await tool.DisposeAsync();
    }

    private T Tool<T>()
        where T : SimulatedTool => Tools.OfType<T>().Single();
}
