namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>Switches for what is unconfirmed about the vendor, or in a test's way. They may be turned while it runs.</summary>
public sealed class HubSpotBehaviour
{
    /// <summary>Answers 429 past the vendor's rates.</summary>
    public bool RateLimits { get; set; } = true;
}
