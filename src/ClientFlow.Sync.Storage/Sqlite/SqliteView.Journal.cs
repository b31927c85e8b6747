using System.Collections.Concurrent;
using System.Text;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Storage.Sqlite;

internal partial class SqliteView
{
    // The filters that are set decide the statement; which they are fits into a few dozen texts, each kept prepared.
    private static readonly ConcurrentDictionary<string, Sql> JournalSql = new(StringComparer.Ordinal);

    public IReadOnlyList<JournalEntry> Journal(JournalQuery query)
    {
        var values = new List<object?>();
        var text = JournalText(query, values);
        return Session.All(JournalSql.GetOrAdd(text, static text => new Sql(text)), static row => new JournalEntry
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
        }, [.. values]);
    }

    internal static string JournalText(JournalQuery query, List<object?> values)
    {
        var text = new StringBuilder("SELECT id, at, level, event, message, tool, rule, handoff, ref, client, data FROM journal WHERE workspace = $w");
        Where("id < ", query.Before);
        Where("id > ", query.After);
        Where("tool = ", query.Tool);
        Where("rule = ", query.Rule);
        Where("handoff = ", query.Handoff);

        // Literals, so that SQLite sees that a partial index holds them.
        text.Append((query.AtLeast ?? JournalLevel.Detail) switch
        {
            JournalLevel.Detail => "",
            JournalLevel.Information => " AND level <> 'Detail'",
            JournalLevel.Warning => " AND level IN ('Warning', 'Error')",
            JournalLevel.Error => " AND level = 'Error'",
        });
        if (query.Text?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } words)
        {
            values.Add(string.Join(' ', words));
            text.Append($" AND mentions(message, client, ${values.Count})");
        }

        values.Add(query.Max);
        return text.Append(query.After is null ? " ORDER BY id DESC" : " ORDER BY id").Append($" LIMIT ${values.Count}").ToString();

        void Where(string condition, object? value)
        {
            if (value is null) return;
            values.Add(value);
            text.Append($" AND {condition}${values.Count}");
        }
    }
}
