using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>A HubSpot tool's own keys in the mapping file.</summary>
/// <param name="Token">The private app's access token, or an OAuth access token.</param>
/// <param name="WebhookSecret">The app's client secret, which signs webhooks; null closes the webhook route.</param>
/// <param name="Account">The portal id, where the token can't tell it.</param>
public sealed record HubSpotSettings(Secret Token, Secret? WebhookSecret, string? Account)
{
    /// <summary>The portal id of the file; null where it names none.</summary>
    public string? Portal => Account is { Length: > 0 } account && account.All(char.IsAsciiDigit) ? account : null;

    /// <summary>A private app's token: to ask whose it is, it would have to stand in an address.</summary>
    public bool IsPrivateApp => Token.Reveal().StartsWith("pat-", StringComparison.Ordinal);

    public static HubSpotSettings? Bind(SectionReader section)
    {
        var token = section.RequiredSecret("token");
        var webhookSecret = section.OptionalSecret("webhookSecret");
        var account = section.OptionalText("account");
        if (token is null) return null;
        var settings = new HubSpotSettings(token, webhookSecret, account);

        // What answers at another address is a stand-in, which has no pages and no other accounts.
        if (settings is { Portal: null, IsPrivateApp: true } && section.Entry("baseUrl") is null)
        {
            section.Diagnostics.Warning(Codes.AccountUntold, section.Entry(account is null ? "token" : "account")!.Value.Span,
                $"nobody can tell which HubSpot account `{section.Path}` belongs to", account is null ? "doesn't tell its account" : "is not a portal id",
                "add the portal id, as in `account: \"12345678\"`: it stands beside the account's name in HubSpot");
        }

        return settings;
    }
}
