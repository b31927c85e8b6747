namespace ClientFlow.Sync.Core.Connectors;

/// <summary>One limit that a vendor sets on calls to one account.</summary>
/// <param name="Name">The word in the YAML file's <c>quota</c> section: <c>day</c>.</param>
/// <param name="Limit">How many calls.</param>
/// <param name="Per">Within how long, rolling; zero: at the same time.</param>
/// <param name="Text">What is limited, for people: <c>calls a day</c>.</param>
public sealed record QuotaWindow(string Name, int Limit, TimeSpan Per, string Text)
{
    /// <summary>Counts only calls of this class, such as <c>search</c>; null counts all.</summary>
    public string? Class { get; init; }

    /// <summary>Counts reads only (false), writes only (true), or both (null).</summary>
    public bool? Writes { get; init; }

    /// <summary>Each endpoint has the limit to itself.</summary>
    public bool EachEndpoint { get; init; }

    /// <summary>Begins anew at midnight of the account, whose zone nobody tells: as the answers count it, and rolling where they don't.</summary>
    public bool FromMidnight { get; init; }

    /// <summary>The vendor refuses nothing beyond it and complains later: it slows polls, and holds back no call.</summary>
    public bool Soft { get; init; }

    /// <summary>Whether a call counts.</summary>
    public bool Counts(QuotaCall call) => (Class is null || Class == call.Class) && (Writes is null || Writes == call.Write);
}

/// <summary>What a quota needs to know of a call.</summary>
/// <param name="Write">It changes something.</param>
/// <param name="Class">The vendor's class of calls with a limit of its own; null where it has none.</param>
/// <param name="Endpoint">Which endpoint it goes to, without ids.</param>
public readonly record struct QuotaCall(bool Write, string? Class, string Endpoint)
{
    /// <summary>Any read at all.</summary>
    public static QuotaCall Reading => new(false, null, "");
}

/// <summary>What an answer's headers say of a window.</summary>
/// <param name="Window">Its name.</param>
/// <param name="Limit">How many calls the account's plan has; null where it isn't told.</param>
/// <param name="Remaining">How many of them are left.</param>
public sealed record QuotaWord(string Window, int? Limit, int Remaining);

/// <summary>How much of a limit is used, for pages and people.</summary>
/// <param name="Window">The window's name: <c>day</c>.</param>
/// <param name="Text">What is limited, for people: <c>calls a day</c>.</param>
/// <param name="Limit">How many calls.</param>
/// <param name="Used">How many of them are used now, by us and, where the vendor tells, by others.</param>
/// <param name="ResetsAt">When none of those is counted any more, UTC; null for calls at the same time, and where nothing is used.</param>
public sealed record QuotaMeter(string Window, string Text, int Limit, int Used, DateTimeOffset? ResetsAt)
{
    /// <summary>The used part, 0 to 1.</summary>
    public double Share => Limit <= 0 ? 1 : Math.Min(1, (double)Used / Limit);
}

/// <summary>Why a call is made: when a quota runs short, polls wait first.</summary>
public enum CallPurpose
{
    /// <summary>A handoff, a person or a webhook waits for it.</summary>
    Work,

    /// <summary>Polls and full lists: they leave a reserve.</summary>
    Background,
}

/// <summary>Why calls are made, and how many they were; see <see cref="QuotaBudget.During"/>.</summary>
public sealed class QuotaUse : IDisposable
{
    private readonly QuotaUse? before;
    private readonly Action<QuotaUse?> end;
    private readonly int[] counts;

    internal QuotaUse(CallPurpose purpose, int windows, QuotaUse? before, Action<QuotaUse?> end)
    {
        (Purpose, this.before, this.end) = (purpose, before, end);
        counts = new int[windows];
    }

    public CallPurpose Purpose { get; }

    internal double[] Counts => [.. counts.Select(c => (double)c)];

    /// <summary>Whoever asked first goes on as before.</summary>
    public void Dispose() => end(before);

    internal void Count(int window)
    {
        Interlocked.Increment(ref counts[window]);
        before?.Count(window);
    }
}
