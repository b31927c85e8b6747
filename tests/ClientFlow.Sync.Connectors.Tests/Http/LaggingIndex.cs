namespace ClientFlow.Sync.Connectors.Tests.Http;

/// <summary>Rows as a vendor's index shows them: each version some time after it was made, and many of one moment. All in seconds.</summary>
public sealed class LaggingIndex(long now, int step, int lag)
{
    public const int PageSize = 3;

    private readonly List<(string Id, long Made, long ShownAt)> versions = [];

    /// <summary>The last version of every row.</summary>
    public IEnumerable<(string Id, long Made)> Newest => versions.GroupBy(v => v.Id).Select(of => (of.Key, of.Max(v => v.Made)));

    /// <summary>What the rows show now, in the order of their moments.</summary>
    public IReadOnlyList<(string Id, long Made)> Shown =>
    [
        .. versions.Where(v => v.ShownAt <= now).GroupBy(v => v.Id).Select(of => (Id: of.Key, Made: of.Max(v => v.Made)))
            .OrderBy(v => v.Made).ThenBy(v => v.Id, StringComparer.Ordinal),
    ];

    /// <summary>Something happens, as a number drawn by chance says.</summary>
    /// <param name="rows">How many rows are edited over and over; null: each version is of a row of its own.</param>
    /// <returns>Whether it is time for a poll.</returns>
    public bool Happens(int drawn, int? rows)
    {
        switch (drawn % 6)
        {
            case 0: return true;
            case 1: now += step * (drawn / 6 % 4); return false;
            default: versions.Add(($"r{(rows is { } count ? drawn / 6 % count : versions.Count)}", now, now + (drawn / 60 % (lag + 1)))); return false;
        }
    }

    /// <summary>All that was made is shown.</summary>
    public void Settle() => now += lag;
}
