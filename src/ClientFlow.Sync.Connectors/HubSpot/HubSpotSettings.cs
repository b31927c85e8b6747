using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>A HubSpot tool's own keys in the mapping file.</summary>
/// <param name="Token">The private app's access token, or an OAuth access token.</param>
/// <param name="WebhookSecret">The app's client secret, which signs webhooks; null closes the webhook route.</param>
/// <param name="Account">The portal id, where the token can't tell it.</param>
public sealed record HubSpotSettings(Secret Token, Secret? WebhookSecret, string? Account)
{
    public static HubSpotSettings? Bind(SectionReader section)
    {
        var token = section.RequiredSecret("token");
        var webhookSecret = section.OptionalSecret("webhookSecret");
        var account = section.OptionalText("account");
        return token is null ? null : new HubSpotSettings(token, webhookSecret, account);
    }
}
