using System.Globalization;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>
/// How far a poll has come. It carries the versions that were handed on lately: a poll looks back over a minute, since the
/// search index lags, and must neither lose a late row nor bring the same ones again and again. Saved with the rows it brought.
/// </summary>
/// <param name="From">The search's lower bound, epoch milliseconds.</param>
/// <param name="After">The search's offset; null for its first page.</param>
/// <param name="Seen">The newest modification seen, epoch milliseconds.</param>
/// <param name="Lately">Object ids and the modification of each, as handed on.</param>
internal sealed record HubSpotCursor(long From, string? After, long Seen, IReadOnlyDictionary<string, long> Lately)
{
    private const long Overlap = 60_000;
    private const int MostLately = 500;

    public static HubSpotCursor Since(long moment) => new(Math.Max(0, moment - Overlap), null, moment, new Dictionary<string, long>());

    public static HubSpotCursor Parse(Cursor cursor)
    {
        var parts = (cursor.Text ?? "").Split(';');
        if (parts.Length != 4 || !Number(parts[0], out var from) || !Number(parts[2], out var seen)) return Since(0);
        var lately = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var entry in parts[3].Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = entry.IndexOf('@');
            if (at > 0 && Number(entry[(at + 1)..], out var modified)) lately[entry[..at]] = modified;
        }

        return new HubSpotCursor(from, parts[1].Length == 0 ? null : parts[1], seen, lately);
    }

    public Cursor Write() => new(string.Join(';',
        From.ToString(CultureInfo.InvariantCulture),
        After ?? "",
        Seen.ToString(CultureInfo.InvariantCulture),
        string.Join(',', Lately.Select(entry => $"{entry.Key}@{entry.Value.ToString(CultureInfo.InvariantCulture)}"))));

    public bool Knows(string id, long? modified) => modified is { } version && Lately.TryGetValue(id, out var known) && known == version;

    /// <summary>The next page of the same search.</summary>
    public HubSpotCursor Page(string after, long seen, IReadOnlyDictionary<string, long> lately) => new(From, after, seen, lately);

    /// <summary>The same poll with a new search, near the limit of one search's results. Always gets further.</summary>
    public HubSpotCursor Restart(long seen, IReadOnlyDictionary<string, long> lately) => new(Math.Max(seen, From + 1), null, seen, lately);

    /// <summary>Where the next poll begins.</summary>
    public static HubSpotCursor Next(long seen, IReadOnlyDictionary<string, long> lately)
    {
        var from = Math.Max(0, seen - Overlap);
        var kept = lately.Where(entry => entry.Value >= from).ToDictionary();

        // Too many to carry: they come again, and the mirror knows them.
        return new HubSpotCursor(from, null, seen, kept.Count <= MostLately ? kept : new Dictionary<string, long>());
    }

    private static bool Number(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
