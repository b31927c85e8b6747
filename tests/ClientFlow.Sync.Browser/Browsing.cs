using System.Collections.Concurrent;
using System.Text.Json;
using ClientFlow.Sync.Scenarios.Harness;
using Microsoft.Playwright;

namespace ClientFlow.Sync.Browser;

/// <summary>
/// A running business and a browser before its pages. What a page must never do is watched throughout: an error on the console, or
/// a request to another host.
/// </summary>
public class Browsing : IAsyncLifetime
{
    /// <summary>A name of this machine by which it seems to be another one.</summary>
    internal const string OtherName = "flow.northwind.example";

    private readonly ConcurrentQueue<string> trouble = new();
    private Flow? flow;
    private IBrowser? browser;

    internal Flow Flow => flow!;

    /// <summary>The business's file.</summary>
    private protected virtual FlowOptions Options => new() { Approve = true };

    /// <summary>How the business comes to be as the browser finds it; by itself, its worker is ready and nothing has happened.</summary>
    internal Func<Flow, Task> Begins { get; init; } = static flow => flow.StartWorkerAsync();

    /// <summary>Where the browser comes in.</summary>
    private protected virtual Uri Url => Flow.Url;

    public async ValueTask InitializeAsync()
    {
        browser = await OneBrowser.GetAsync();
        if (browser is null) return;
        flow = await Flow.PrepareAsync(Options);
        await Begins(flow);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (flow is not null) await flow.DisposeAsync();
    }

    /// <summary>Loudly.</summary>
    internal void SkipWithoutBrowser() =>
        Assert.SkipWhen(browser is null, "THE BROWSER TESTS DID NOT RUN: there is no Chromium. Install Debian's `chromium`, or name one in CHROMIUM");

    /// <summary>A fresh window; a phone's is 390 wide, a desk's 1440.</summary>
    internal async Task<IPage> OpenAsync(string path, int width = 1440, bool dark = false)
    {
        SkipWithoutBrowser();
        trouble.Clear();
        var context = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = width < 600 ? 844 : 1100 }, BaseURL = Url.ToString(),
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light, Locale = "en-GB", ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(30_000);
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type == "error") trouble.Enqueue($"console: {message.Text}");
        };
        page.PageError += (_, error) => trouble.Enqueue($"error: {error}");
        page.Dialog += (_, dialog) => trouble.Enqueue($"dialog: {dialog.Message}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(Url.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) trouble.Enqueue($"request to {request.Url}");
        };
        await page.GotoAsync(path);
        return page;
    }

    /// <summary>No error on the console, no request to another host, no dialog.</summary>
    internal void ShouldHaveBeenQuiet() => trouble.ShouldBeEmpty();

    /// <summary>What is expected while the worker is away is forgotten.</summary>
    internal void Forget() => trouble.Clear();

    /// <summary>No rule of axe is broken, and nothing hangs over at the side.</summary>
    internal static async Task ShouldBeAccessibleAsync(IPage page, string where)
    {
        await page.EvaluateAsync(Axe());
        var broken = await page.EvaluateAsync<JsonElement>("""
            async () => (await axe.run(document, { resultTypes: ["violations"], preload: false })).violations
                .map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + n.any.map(a => a.message).join("; ")).join(" | ")}`)
            """);
        broken.EnumerateArray().Select(v => v.GetString()).ShouldBeEmpty(where);
        var over = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        over.ShouldBeLessThanOrEqualTo(0, $"{where} hangs over at the side");
    }

    /// <summary>A picture for docs/images: <c>SHOTS=$PWD/docs/images dotnet test tests/ClientFlow.Sync.Browser --settings tests/all.runsettings --filter StateTests</c>.</summary>
    internal static async Task ShootAsync(IPage page, string name, int width, bool dark)
    {
        if (Environment.GetEnvironmentVariable("SHOTS") is not { Length: > 0 } folder) return;
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}{(width < 600 ? "-phone" : "")}{(dark ? "-dark" : "")}.png") });
    }

    private static string Axe()
    {
        using var reader = new StreamReader(typeof(Browsing).Assembly.GetManifestResourceStream("axe.js")!);
        return reader.ReadToEnd();
    }
}
