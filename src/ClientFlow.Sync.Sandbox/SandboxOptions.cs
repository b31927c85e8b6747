using ClientFlow.Sync.Sandbox.Asana;
using ClientFlow.Sync.Sandbox.GoogleCalendar;
using ClientFlow.Sync.Sandbox.HubSpot;
using ClientFlow.Sync.Sandbox.Stripe;

namespace ClientFlow.Sync.Sandbox;

/// <summary>How a sandbox is set up. Tokens and secrets are fixed and public: nothing behind them is real.</summary>
public sealed record SandboxOptions
{
    /// <summary>Bearer token of the HubSpot private app.</summary>
    public const string HubSpotToken = "pat-sandbox";

    /// <summary>Client secret of the HubSpot app, which signs its webhooks.</summary>
    public const string HubSpotClientSecret = "hubspot-sandbox-secret";

    /// <summary>Bearer key of the HubSpot developer account, for the app's webhook settings only.</summary>
    public const string HubSpotDeveloperKey = "hubspot-sandbox-developer";

    /// <summary>Personal access token of the Asana user who owns the integration.</summary>
    public const string AsanaToken = "asana-sandbox-token";

    /// <summary>Secret API key of the Stripe account.</summary>
    public const string StripeKey = "sk_test_sandbox";

    /// <summary>Signing secret of the webhook endpoint that the sandbox itself configures in Stripe.</summary>
    public const string StripeWebhookSecret = "whsec_sandbox";

    /// <summary>E-mail address of the Google service account.</summary>
    public const string GoogleServiceAccount = "sandbox@clientflow-sandbox.iam.gserviceaccount.com";

    /// <summary>Seeds whatever looks random: ids, retry order, the shuffle of webhooks.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>Port per tool name (`hubspot`, `asana`, …) and for `control`; absent or 0 takes a free one.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int>();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Plants the twelve clients of <see cref="World.SmallBusiness"/>; without it there are accounts and logins, and nothing in them.</summary>
    public bool SmallBusiness { get; init; } = true;

    public HubSpotBehaviour HubSpot { get; init; } = new();

    public AsanaBehaviour Asana { get; init; } = new();

    public StripeBehaviour Stripe { get; init; } = new();

    public GoogleCalendarBehaviour GoogleCalendar { get; init; } = new();

    public int PortOf(string name) => Ports.GetValueOrDefault(name);
}
