using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Engine.Tests.Bench;

/// <summary>What goes wrong with one write.</summary>
/// <param name="Commits">The tool carries it out all the same.</param>
internal sealed record Fault(Failure? Failure, bool Commits)
{
    /// <summary>The call doesn't come back until it is cut.</summary>
    public bool Hangs { get; init; }

    /// <summary>The connector has a bug.</summary>
    public bool Throws { get; init; }

    /// <summary>It was carried out, and the answer was lost.</summary>
    public static Fault AnswerLost { get; } = new(new Failure(FailureKind.Uncertain, "the answer was cut"), Commits: true);

    /// <summary>It was cut before the tool had it, and nobody can tell.</summary>
    public static Fault CallLost { get; } = new(new Failure(FailureKind.Uncertain, "the call was cut"), Commits: false);

    public static Fault Down { get; } = new(new Failure(FailureKind.Unavailable, "the tool refuses connections"), Commits: false);

    public static Fault BadToken { get; } = new(new Failure(FailureKind.Unauthorized, "the token is not accepted"), Commits: false);

    public static Fault Limited(DateTimeOffset until) =>
        new(new Failure(FailureKind.RateLimited, "the quota is used up") { RetryAt = until }, Commits: false);

    public static Fault Rejected(string why) => new(new Failure(FailureKind.Rejected, why), Commits: false);
}
