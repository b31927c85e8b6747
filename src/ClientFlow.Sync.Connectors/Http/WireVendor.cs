using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Http;

/// <summary>What is particular to one vendor's answers.</summary>
/// <param name="Name">The product's name for people: HubSpot.</param>
public sealed record WireVendor(string Name)
{
    /// <summary>How long an answer asks us to wait.</summary>
    public Func<HttpResponseMessage, DateTimeOffset, TimeSpan?> RetryAfter { get; init; } = Http.RetryAfter.InSeconds;

    /// <summary>How long a refusal asks us to wait by its words alone, where no header says so.</summary>
    public Func<WireRefusal, DateTimeOffset, TimeSpan?> Wait { get; init; } = static (_, _) => null;

    /// <summary>How long the limit counts that a refusal names, by its words: nobody has to wait longer for it. Null where they name none.</summary>
    public Func<WireRefusal, TimeSpan?> Window { get; init; } = static _ => null;

    /// <summary>How long to wait after a refusal; null where nothing of it tells.</summary>
    public TimeSpan? WaitAfter(HttpResponseMessage response, WireRefusal refusal, DateTimeOffset now)
    {
        var asked = RetryAfter(response, now);
        if (Window(refusal) is not { } window) return asked ?? Wait(refusal, now);

        // More seconds than the limit counts were milliseconds.
        return asked is not { } wait ? window : wait <= window ? wait : TimeSpan.FromSeconds(Math.Max(1, wait.TotalSeconds / 1000));
    }

    /// <summary>The vendor's own word on whether the same call should be sent again at once; null where it says nothing.</summary>
    public Func<HttpResponseMessage, bool?> ShouldRetry { get; init; } = static _ => null;

    /// <summary>A refusal for now that concerns the one call, such as a lock: other calls need not wait.</summary>
    public Func<WireRefusal, bool> OneCall { get; init; } = static _ => false;

    /// <summary>What an answer's headers say of the account's limits; most vendors say nothing.</summary>
    public Func<HttpResponseMessage, IEnumerable<QuotaWord>> Quota { get; init; } = static _ => [];

    /// <summary>Reads the vendor's own words from the body of a refusal. Must not throw; unreadable is <see cref="VendorWords.None"/>.</summary>
    public Func<ReadOnlyMemory<byte>, VendorWords> Words { get; init; } = static _ => VendorWords.None;

    /// <summary>Sorts a refusal by status and reason where the floor's own sorting is wrong for this vendor; null keeps it.</summary>
    public Func<WireRefusal, FailureKind?> Classify { get; init; } = static _ => null;

    /// <summary>What a person can do about a refusal: a sentence that is added to the message; null adds nothing.</summary>
    public Func<WireRefusal, string?> Advice { get; init; } = static _ => null;
}

/// <summary>A vendor's own words for a refusal.</summary>
/// <param name="Reason">Its code: <c>MISSING_SCOPES</c>.</param>
/// <param name="Sentence">Its sentence.</param>
public sealed record VendorWords(string? Reason, string? Sentence)
{
    public static VendorWords None { get; } = new(null, null);
}

/// <summary>An answer that is not a success.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Write">The call was a write.</param>
/// <param name="Words">What the vendor says.</param>
/// <param name="Body">The raw body.</param>
public sealed record WireRefusal(int Status, bool Write, VendorWords Words, ReadOnlyMemory<byte> Body)
{
    /// <summary>Its headers, names without regard to case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}
