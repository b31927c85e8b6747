using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Scenarios.Harness;
using Microsoft.Playwright;

namespace ClientFlow.Sync.Browser;

/// <summary>A business whose pages are opened by another name than this machine's, so that people sign in: Anna, an owner, and Ben, an assistant.</summary>
public sealed class Elsewhere : Browsing
{
    internal const string Password = "correct horse battery";

    private static readonly string Hash = PasswordHash.Of(Password, new byte[16], PasswordHash.FewestRounds).Text;

    private readonly FlowOptions business;

    public Elsewhere()
        : this(new FlowOptions { Approve = true })
    {
    }

    internal Elsewhere(FlowOptions business) => this.business = business;

    private protected override FlowOptions Options => business with
    {
        Access = """
            access:
              users:
                - { name: Anna, role: owner, password: "${PEOPLES_PASSWORD}" }
                - { name: Ben, role: assistant, password: "${PEOPLES_PASSWORD}" }
            """,
        MoreSecrets = new Dictionary<string, string> { ["PEOPLES_PASSWORD"] = Hash },
    };

    private protected override Uri Url => new UriBuilder(Flow.Url) { Host = OtherName }.Uri;

    /// <summary>Signs in on the page that is open.</summary>
    internal static async Task SignInAsync(IPage page, string name, string password = Password)
    {
        await page.GetByLabel("Name").FillAsync(name);
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    /// <summary>A fresh window in which Anna is signed in.</summary>
    internal async Task<IPage> OpenAsAnnaAsync(string path, int width = 1440, bool dark = false)
    {
        var page = await OpenAsync(path, width, dark);
        await SignInAsync(page, "Anna");
        await Assertions.Expect(page.Locator("#live")).ToHaveTextAsync("live");
        return page;
    }
}
