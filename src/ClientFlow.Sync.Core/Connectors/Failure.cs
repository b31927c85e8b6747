using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace ClientFlow.Sync.Core.Connectors;

/// <summary>What kind of trouble a call met, told from the vendor's status and reason.</summary>
public enum FailureKind
{
    /// <summary>The quota is used up for now.</summary>
    RateLimited,

    /// <summary>The tool is down or refuses connections; nothing was done.</summary>
    Unavailable,

    /// <summary>The call may or may not have been carried out: it timed out or was cut after sending.</summary>
    Uncertain,

    /// <summary>The credential is not accepted.</summary>
    Unauthorized,

    /// <summary>The tool understood and said no.</summary>
    Rejected,

    /// <summary>What the call is about does not exist, or no longer.</summary>
    Missing,

    /// <summary>The answer is not what the vendor's description says.</summary>
    Malformed,
}

/// <summary>Who moves next after a failure.</summary>
public enum NextMove
{
    Retry,
    LookUp,
    HoldLane,
    AskAPerson,
}

/// <summary>Expected trouble, as a value.</summary>
/// <param name="Kind">What kind of trouble.</param>
/// <param name="Message">One sentence for a person: what happened and what to fix. Never holds a secret.</param>
public sealed record Failure(FailureKind Kind, string Message)
{
    /// <summary>The <see cref="Reason"/> of a call that we held back ourselves, for our budget is spent: the tool itself is well.</summary>
    public const string OwnBudget = "own-budget";

    /// <summary>The <see cref="Reason"/> of a refused credential that the tool accepts when it is asked whose it is.</summary>
    public const string NotTheCredential = "not-the-credential";

    /// <summary>The <see cref="Reason"/> of a write that can't go on because what an earlier one brought about came to nothing: a retry begins there.</summary>
    public const string CameToNothing = "came-to-nothing";

    /// <summary>The <see cref="Reason"/> of a write that waits for work under way in the tool: nothing went wrong.</summary>
    public const string NotYet = "not-yet";

    /// <summary>The <see cref="Reason"/> of a look-up that found what may be ours and may be not.</summary>
    public const string Ambiguous = "ambiguous";

    /// <summary>When the vendor asked us to come back, UTC.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>The vendor's own reason code, such as <c>rateLimitExceeded</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>The HTTP status, where there was an answer.</summary>
    public int? Status { get; init; }

    /// <summary>It concerns this call alone (an object that is locked, a budget of our own): the tool is well, and other calls need not wait. Not stored.</summary>
    [JsonIgnore]
    public bool OneCall { get; init; }

    /// <summary>Others would be answered: the trouble is what was asked about, and not the tool, our own pace or work under way.</summary>
    public bool IsAboutOne => NextMove == NextMove.AskAPerson || (OneCall && Reason is not (OwnBudget or NotYet));

    /// <summary>Who moves next.</summary>
    public NextMove NextMove => Kind switch
    {
        FailureKind.RateLimited or FailureKind.Unavailable => NextMove.Retry,
        FailureKind.Uncertain => NextMove.LookUp,
        FailureKind.Unauthorized => NextMove.HoldLane,
        FailureKind.Rejected or FailureKind.Missing or FailureKind.Malformed => NextMove.AskAPerson,
    };
}

/// <summary>A value, or the failure that came instead.</summary>
public readonly struct Outcome<T>
{
    private readonly T? value;

    private Outcome(T? value, Failure? failure) => (this.value, Failure) = (value, failure);

    /// <summary>The failure, null on success.</summary>
    public Failure? Failure { get; }

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">There is a failure instead.</exception>
    public T Value => Failure is null ? value! : throw new InvalidOperationException($"no value: {Failure.Message}");

    /// <summary>Takes the value or the failure.</summary>
    public bool Succeeded([MaybeNullWhen(false)] out T result, [NotNullWhen(false)] out Failure? failure)
    {
        (result, failure) = (value, Failure);
        return failure is null;
    }

    /// <summary>The same failure, as the outcome of something else.</summary>
    public Outcome<TOther> As<TOther>() => Failure ?? throw new InvalidOperationException("a success can't change its type");

    /// <summary>Makes another value of this one; a failure stays what it is.</summary>
    public Outcome<TOther> Then<TOther>(Func<T, TOther> next) => Failure is { } failure ? failure : next(value!);

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Failure failure) => new(default, failure);
}
