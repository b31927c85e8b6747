namespace ClientFlow.Sync.Sandbox.HubSpot;

/// <summary>
/// Switches for what is unconfirmed about HubSpot (each says so), or in a test's way. They may be turned
/// while it runs; defaults are what is most likely true.
/// </summary>
public sealed class HubSpotBehaviour
{
    /// <summary>Answers 429 past the two rates below.</summary>
    public bool RateLimits { get; set; } = true;

    /// <summary>Calls of one private app in ten seconds (https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details: 100 on Free and Starter, 190 on Professional).</summary>
    public int CallsPerTenSeconds { get; set; } = 100;

    /// <summary>Searches per second of one account, all objects together.</summary>
    public int SearchesPerSecond { get; set; } = 5;

    /// <summary>`Retry-After` counts milliseconds as the vendor's page says, else seconds.</summary>
    public bool RetryAfterInMilliseconds { get; set; } = true;

    /// <summary>How far search is behind the objects themselves: "a few moments".</summary>
    public TimeSpan SearchLag { get; set; }

    /// <summary>A new association moves the modified date of both objects [unconfirmed].</summary>
    public bool AssociationsTouchModifiedDate { get; set; }

    /// <summary>The first company of a deal, contact or ticket becomes its primary one without being asked [unconfirmed].</summary>
    public bool FirstCompanyBecomesPrimary { get; set; } = true;

    /// <summary>Inputs of a batch [unconfirmed: 100].</summary>
    public int BatchLimit { get; set; } = 100;

    /// <summary>Inputs of a batch read with history [unconfirmed: 50].</summary>
    public int HistoryBatchLimit { get; set; } = 50;

    /// <summary>Two companies with one domain are refused [unconfirmed: they are not].</summary>
    public bool UniqueCompanyDomains { get; set; }

    /// <summary>Tasks and notes take properties with unique values [unconfirmed].</summary>
    public bool EngagementsTakeUniqueProperties { get; set; } = true;

    /// <summary>Unique-value properties per object type [unconfirmed: 10].</summary>
    public int UniquePropertiesPerType { get; set; } = 10;

    /// <summary>Webhooks answered with a 4xx other than 429 are sent again [unconfirmed: they are not].</summary>
    public bool RetriesRefusedWebhooks { get; set; }

    /// <summary>Every webhook event gets its own `eventId` [unconfirmed: not guaranteed].</summary>
    public bool UniqueEventIds { get; set; } = true;

    /// <summary>Events in one webhook [unconfirmed: 100].</summary>
    public int EventsPerWebhook { get; set; } = 100;

    /// <summary>Object types (such as `deals`) whose writes answer 403 `MISSING_SCOPES`.</summary>
    public ISet<string> ReadOnlyTypes { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Deals whose companies a batch can't tell right now, and says so among its errors (207).</summary>
    public ISet<string> CompaniesInTrouble { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The account behind the token; another number is another HubSpot account.</summary>
    public int PortalId { get; set; } = 62515;
}
