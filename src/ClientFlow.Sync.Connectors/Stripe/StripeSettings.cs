using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Stripe;

/// <summary>A Stripe tool's own keys in the mapping file.</summary>
/// <param name="Key">A secret key, or better a restricted one: <c>sk_…</c> or <c>rk_…</c>.</param>
/// <param name="WebhookSecret">The endpoint's signing secret, <c>whsec_…</c>; without it the webhook route is closed.</param>
public sealed record StripeSettings(Secret Key, Secret? WebhookSecret)
{
    /// <summary>Reads them; null when the key is missing.</summary>
    public static StripeSettings? Bind(SectionReader section)
    {
        var (key, webhookSecret) = (section.RequiredSecret("key"), section.OptionalSecret("webhookSecret"));
        return key is null ? null : new StripeSettings(key, webhookSecret);
    }
}
