using Microsoft.Playwright;
using Xunit;

[assembly: AssemblyFixture(typeof(ClientFlow.Sync.Browser.OneBrowser))]

namespace ClientFlow.Sync.Browser;

/// <summary>The browser of all tests: starting one costs more than most of them do. Each window has cookies and a storage of its own.</summary>
public sealed class OneBrowser : IAsyncDisposable
{
    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static IPlaywright? playwright;
    private static IBrowser? browser;

    /// <returns>Null where there is none to be had.</returns>
    internal static async Task<IBrowser?> GetAsync()
    {
        if (Chromium() is not { } path) return null;

        await Gate.WaitAsync();
        try
        {
            if (browser is not null) return browser;

            // Two processors may have a worker, its tools and two windows to carry.
            Assertions.SetDefaultExpectTimeout(30_000);
            playwright = await Playwright.CreateAsync();
            return browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = path,
                Args =
                [
                    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    $"--host-resolver-rules=MAP {Browsing.OtherName} 127.0.0.1",
                ],
            });
        }
        finally
        {
            Gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }

    private static string? Chromium() =>
        Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named ? named
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
                .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
}
