namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>Switches for what is unconfirmed about Stripe, or in a test's way. They may be turned while it runs.</summary>
public sealed class StripeBehaviour
{
    /// <summary>Answers 429 past 25 calls a second (20 for searches), as a test-mode account does.</summary>
    public bool RateLimits { get; set; } = true;

    /// <summary>Every key answers 401, as after it was revoked in the dashboard.</summary>
    public bool KeyRevoked { get; set; }

    /// <summary>Replays carry `Idempotent-Replayed: true` [unconfirmed].</summary>
    public bool SendsReplayedHeader { get; set; } = true;

    /// <summary>A 500 is kept for its Idempotency-Key and replayed like any result.</summary>
    public bool StoresServerErrors { get; set; } = true;

    /// <summary>A refused parameter is kept for its Idempotency-Key too; Stripe is said to keep only what it began to carry out [unconfirmed].</summary>
    public bool StoresValidationFailures { get; set; }

    /// <summary>How long results are kept for their Idempotency-Key ("at least 24 hours").</summary>
    public TimeSpan KeysLive { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Error answers carry `Stripe-Should-Retry`.</summary>
    public bool SendsShouldRetry { get; set; } = true;

    /// <summary>How far the search index is behind: under a minute normally, up to an hour in outages.</summary>
    public TimeSpan SearchLag { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>How long events can be listed [30 days unconfirmed].</summary>
    public TimeSpan EventsLive { get; set; } = TimeSpan.FromDays(30);

    /// <summary>`auto_advance` when an invoice is created without it [unconfirmed].</summary>
    public bool AutoAdvanceByDefault { get; set; }

    /// <summary>A draft with `auto_advance` finalises itself after this long ["about an hour" unconfirmed], noticed at the next call.</summary>
    public TimeSpan AutoFinalizeAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>`days_until_due` counts again from finalisation; the specification says from creation [unconfirmed].</summary>
    public bool DueDateMovesAtFinalization { get; set; }

    /// <summary>Amounts in KWD, BHD, JOD, OMR and TND must be a multiple of 10, as Stripe's list of currencies asks.</summary>
    public bool ThreeDecimalAmountsEndInZero { get; set; } = true;

    /// <summary>A customer once billed in one currency is refused another; newer accounts may mix [unconfirmed].</summary>
    public bool OneCurrencyPerCustomer { get; set; } = true;

    /// <summary>`invoice.payment_succeeded` is sent for payments outside Stripe too [unconfirmed].</summary>
    public bool PaymentSucceededWhenOutOfBand { get; set; }

    /// <summary>A payment outside Stripe counts as `amount_paid` [unconfirmed].</summary>
    public bool OutOfBandCountsAsAmountPaid { get; set; } = true;
}
