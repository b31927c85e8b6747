using System.Collections.Concurrent;
using System.Text;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Storage.Sqlite;

internal partial class SqliteView
{
    private const string JournalColumns = "id, at, level, event, message, tool, rule, handoff, ref, client, data";

    /// <summary>
    /// How many of the newest entries are looked at one by one before the index of words is asked. What occurs often is found among
    /// them at once; what occurs seldom is a short list in the index. Alone, each of the two has a slow case.
    /// </summary>
    private const int Glance = 4_000;

    // The filters that are set decide the statement; which they are fits into a few dozen texts, each kept prepared.
    private static readonly ConcurrentDictionary<string, Sql> JournalSql = new(StringComparer.Ordinal);

    private static readonly Sql IndexedSql = new("SELECT upto FROM journal_indexed WHERE one = 1");

    private static readonly Sql EntrySql = new($"SELECT {JournalColumns} FROM journal WHERE workspace = $w AND id = $1");

    private static readonly Sql NewestEntrySql = new("SELECT id FROM journal WHERE workspace = $w ORDER BY id DESC LIMIT 1");

    private static readonly Sql EntryFromSql = new("SELECT id, at FROM journal WHERE workspace = $w AND id >= $1 ORDER BY id LIMIT 1");

    private static readonly Sql BackSql = new("SELECT id FROM journal WHERE workspace = $w AND id < $1 ORDER BY id DESC LIMIT 1 OFFSET $2");

    private static readonly Sql MentionedSql = new("""
        SELECT count(*) FROM journal WHERE workspace = $w AND id >= $2 AND id < $3 AND mentions(message, client, $1)
        """);

    private static readonly Sql EventsSql = new("SELECT event, count(*) FROM journal WHERE workspace = $w AND id >= $1 AND at >= $2 GROUP BY event ORDER BY event");

    public JournalEntry? FindEntry(long id) => Session.First(EntrySql, ReadEntry, id);

    public IReadOnlyList<(string Event, int Count)> CountEvents(DateTimeOffset since) =>
        FirstSince(since) is { } first ? Session.All(EventsSql, static row => (row.Text(), row.Int()), first, since) : [];

    public IReadOnlyList<JournalEntry> Journal(JournalQuery query)
    {
        // Ids rise with time: a span of time is a span of ids, found without an index of its own.
        if (query.Since is { } since)
        {
            if (FirstSince(since) is not { } first) return [];
            query = query with { Since = null, After = Math.Max(query.After ?? 0, first - 1), NewestFirst = query.NewestFirst || query.After is null };
        }

        if (query.Until is { } until)
            query = query with { Until = null, Before = FirstSince(until) is { } first ? Math.Min(query.Before ?? long.MaxValue, first) : query.Before };
        if (!IsSearch(query) || (query.After is not null && !query.NewestFirst)) return Run(query, null);

        // The glance always reaches down to where the index begins.
        var upper = query.Before ?? long.MaxValue;
        var lower = Session.First(BackSql, static row => (long?)row.Long(), upper, Glance - 1);
        if (lower is { } far) lower = Math.Min(far, Session.First(IndexedSql, static row => row.Long()) + 1);
        var glance = Run(query with { After = Math.Max(query.After ?? 0, (lower ?? 1) - 1), NewestFirst = true }, null);
        if (glance.Count == query.Max || lower is null || lower <= query.After || IndexWords(query with { Text = Seldom(query, lower.Value, upper) }) is not { Length: > 0 } words) return glance;
        return [.. glance, .. Run(query with { Before = lower, Max = query.Max - glance.Count, NewestFirst = true }, words)];
    }

    // One filter has an index that gives its entries in order. Two, or words, would walk through all entries of the one.
    private static bool IsSearch(JournalQuery query) => query.Text is { } text && !string.IsNullOrWhiteSpace(text) || query.Client is not null ||
        (query.Tool is null ? 0 : 1) + (query.Rule is null ? 0 : 1) + (query.Handoff is null ? 0 : 1) + (query.AtLeast >= JournalLevel.Warning ? 1 : 0) > 1;

    // A beginning that very many words have is slow to look up, and narrows nothing down: it is left to be looked for in what the others find.
    private string? Seldom(JournalQuery query, long from, long to)
    {
        var words = query.Text?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(8).ToList() ?? [];
        if (words.Count == 0 || (words.Count == 1 && IndexWords(query with { Text = null }).Length == 0)) return query.Text;
        var seldom = words.Where(word => Session.First(MentionedSql, static row => row.Int(), word, from, to) < Glance / 20).ToList();
        return seldom.Count > 0 ? string.Join(' ', seldom) : IndexWords(query with { Text = null }).Length > 0 ? null : query.Text;
    }

    private List<JournalEntry> Run(JournalQuery query, string? words)
    {
        var values = new List<object?>();
        var text = JournalText(query, values, words);
        return Session.All(JournalSql.GetOrAdd(text, static text => new Sql(text)), ReadEntry, [.. values]);
    }

    internal static string JournalText(JournalQuery query, List<object?> values, string? words = null)
    {
        var text = new StringBuilder($"SELECT {JournalColumns} FROM journal WHERE workspace = $w");
        if (words is not null)
        {
            // The list of ids decides the order, and stops as soon as enough are found.
            text.Clear().Append($"SELECT {JournalColumns} FROM journal_words w CROSS JOIN journal j ON j.id = w.rowid WHERE j.workspace = $w");
            values.Add(words);
            text.Append(" AND w.journal_words MATCH $1");
            Where("w.rowid < ", query.Before);
            Where("w.rowid > ", query.After);
        }
        else
        {
            Where("id < ", query.Before);
            Where("id > ", query.After);
        }

        Where("tool = ", query.Tool);
        Where("rule = ", query.Rule);
        Where("handoff = ", query.Handoff);
        Where("client = ", query.Client);

        // Literals, so that SQLite sees that a partial index holds them.
        text.Append((query.AtLeast ?? JournalLevel.Detail) switch
        {
            JournalLevel.Detail => "",
            JournalLevel.Information => " AND level <> 'Detail'",
            JournalLevel.Warning => " AND level IN ('Warning', 'Error')",
            JournalLevel.Error => " AND level = 'Error'",
        });
        if (query.Text?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } parts)
        {
            values.Add(string.Join(' ', parts));
            text.Append($" AND mentions(message, client, ${values.Count})");
        }

        values.Add(query.Max);
        text.Append(query.After is null || query.NewestFirst ? $" ORDER BY {(words is null ? "id" : "w.rowid")} DESC" : " ORDER BY id");
        return text.Append($" LIMIT ${values.Count}").ToString();

        void Where(string condition, object? value)
        {
            if (value is null) return;
            values.Add(value);
            text.Append($" AND {condition}${values.Count}");
        }
    }

    /// <summary>A text as the index of words is asked for it: each run of letters and digits as the beginning of a word.</summary>
    protected static string Words(string text)
    {
        var words = new StringBuilder();
        var inside = false;
        var count = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            // What is longer than this asks for nothing more, and costs.
            if (count > 16 || words.Length > 400) break;
            // As the index itself parts words: in most scripts a mark parts them, only the accents of Latin letters are taken off.
            if (Rune.IsLetterOrDigit(rune) || rune.Value is >= 0x300 and <= 0x331)
            {
                if (!inside) words.Append(words.Length > 0 ? " \"" : "\"");
                if (!inside) count++;
                words.Append(rune.ToString());
                inside = true;
            }
            else
            {
                if (inside) words.Append("\"*");
                inside = false;
            }
        }

        return (inside ? words.Append("\"*") : words).ToString();
    }

    private static string IndexWords(JournalQuery query)
    {
        var parts = new List<string>();
        if (query.Text is { } text && Words(text) is { Length: > 0 } words) parts.Add(words);
        Filter('t', query.Tool);
        Filter('r', query.Rule);
        Filter('h', query.Handoff);
        Filter('c', query.Client);
        if (query.AtLeast == JournalLevel.Error) parts.Add("zlError");
        if (query.AtLeast == JournalLevel.Warning) parts.Add("(zlError OR zlWarning)");
        return string.Join(" AND ", parts.Select(p => p.Replace(" \"", " AND \"", StringComparison.Ordinal)));

        void Filter(char letter, string? value)
        {
            if (value is { Length: > 0 }) parts.Add($"z{letter}{Convert.ToHexString(Encoding.UTF8.GetBytes(value))}");
        }
    }

    // The first entry written at an instant or later, by halving: a clock that was set back costs a few entries at the edge.
    private long? FirstSince(DateTimeOffset since)
    {
        var (low, high) = (1L, Session.First(NewestEntrySql, static row => row.Long()));
        long? found = null;
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            var (id, at) = Session.First(EntryFromSql, static row => (row.Long(), row.Instant()), middle);
            if (id == 0 || id > high) high = middle - 1;
            else if (at >= since) (found, high) = (id, middle - 1);
            else low = id + 1;
        }

        return found;
    }

    private static JournalEntry ReadEntry(SqliteRow row) => new()
    {
        Id = row.Long(),
        At = row.Instant(),
        Level = row.Name<JournalLevel>(),
        Event = row.Text(),
        Message = row.Text(),
        Tool = row.TextOrNull(),
        Rule = row.TextOrNull(),
        Handoff = row.TextOrNull(),
        Record = row.RefOrNull(),
        Client = row.TextOrNull(),
        Data = row.TextOrNull(),
    };
}
