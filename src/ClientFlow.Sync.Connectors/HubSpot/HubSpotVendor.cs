using System.Text.Json;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>What is particular to HubSpot's refusals.</summary>
internal static class HubSpotVendor
{
    public static WireVendor Wire { get; } = new("HubSpot")
    {
        RetryAfter = RetryAfter.InSecondsOrMilliseconds,
        Words = Words,
        Classify = static refusal => refusal.Status switch
        {
            // 423: the account is being changed; 477: it moves between data centres. Both say when to come back, and did nothing.
            423 or 477 => FailureKind.RateLimited,
            _ => null,
        },
        Advice = static refusal => refusal switch
        {
            { Words.Reason: "MISSING_SCOPES" } or { Status: 403 } =>
                "Give the app the scope that is missing, in HubSpot under Settings, Integrations, then try again.",
            { Words.Reason: "DAILY" } => "The day's quota is spent; it begins anew at midnight of the HubSpot account.",
            _ => null,
        },
    };

    private static VendorWords Words(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, HubSpotJson.Default.HubSpotError) is { } error
                ? new VendorWords(error.PolicyName ?? error.Category ?? error.ErrorType, error.Message)
                : VendorWords.None;
        }
        catch (JsonException)
        {
            return VendorWords.None;
        }
    }
}
