using Microsoft.Playwright;

namespace ClientFlow.Sync.Browser;

/// <summary>A window that is closed with everything that it kept.</summary>
internal sealed class Closing(IPage page) : IAsyncDisposable
{
    public IPage Page => page;

    public ValueTask DisposeAsync() => page.Context.DisposeAsync();
}
