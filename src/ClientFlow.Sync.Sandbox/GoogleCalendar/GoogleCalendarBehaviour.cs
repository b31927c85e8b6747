namespace ClientFlow.Sync.Sandbox.GoogleCalendar;

/// <summary>Switches for what is unconfirmed about Google Calendar, or in a test's way. They may be turned while it runs.</summary>
public sealed class GoogleCalendarBehaviour
{
    /// <summary>Refuses past 600 calls a minute [unconfirmed number].</summary>
    public bool RateLimits { get; set; } = true;

    /// <summary>Too many calls are a 403 with a reason; Google's guide also speaks of 429.</summary>
    public bool RateLimitIs429 { get; set; }

    /// <summary>How long an access token lives, by the sandbox's clock.</summary>
    public TimeSpan AccessTokensLive { get; set; } = TimeSpan.FromSeconds(3600);

    /// <summary>The refresh token is refused, as seven days after the consent of an app "in testing" [unconfirmed].</summary>
    public bool RefreshTokenRevoked { get; set; }

    /// <summary>A service account's assertion must be of this hour by the sandbox's clock; turn off for clients that sign by their own.</summary>
    public bool ChecksAssertionTimes { get; set; } = true;

    /// <summary>A service account may act for a user (`sub`): domain-wide delegation is set up [unconfirmed].</summary>
    public bool DomainWideDelegation { get; set; } = true;

    /// <summary>A body with a field that the API does not know is refused; older Google stacks drop it in silence [unconfirmed].</summary>
    public bool RefusesUnknownFields { get; set; } = true;

    /// <summary>A deleted event comes back with PUT or PATCH `status: confirmed` [unconfirmed]; otherwise that is a 410.</summary>
    public bool CancelledCanBeRevived { get; set; } = true;

    /// <summary>Deleted events in lists are bare: only the id is guaranteed.</summary>
    public bool CancelledAreBare { get; set; } = true;

    /// <summary>How long a new event answers 404 to a direct call; Google says to try once more.</summary>
    public TimeSpan VisibleAfter { get; set; }

    /// <summary>How long a sync token is good for [unconfirmed].</summary>
    public TimeSpan SyncTokensLive { get; set; } = TimeSpan.FromDays(30);

    /// <summary>A full list bounded by `timeMin` or `timeMax` ends with a sync token too [unconfirmed].</summary>
    public bool SyncTokenWithTimeBounds { get; set; } = true;

    /// <summary>The first page of a list is empty and still names a next one, as the reference warns.</summary>
    public bool FirstPageIsEmpty { get; set; }

    /// <summary>The reason of the 403 for writing to a calendar that one may only read: `requiredAccessLevel` or `forbidden` [unconfirmed].</summary>
    public string ReadOnlyReason { get; set; } = "requiredAccessLevel";

    /// <summary>Channels need an https address. Off, because the sandbox and what it calls live on one machine.</summary>
    public bool ChannelsNeedHttps { get; set; }

    /// <summary>The longest life of a channel, and what it gets without `ttl` [about a week, unconfirmed].</summary>
    public TimeSpan ChannelsLive { get; set; } = TimeSpan.FromDays(7);
}
