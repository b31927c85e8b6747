using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Storage.Json;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>What only the pages ask.</summary>
internal partial class SqliteView
{
    // Worth is kept as an integer, so that SQLite adds it up exactly.
    private const decimal WorthUnit = 10_000m;

    private static readonly Sql StagesSql = new("""
        SELECT stage, count(*), currency, sum(worth) FROM engagements
        WHERE workspace = $w AND stage = $1 AND since >= $2 GROUP BY currency ORDER BY sum(worth) DESC
        """);

    private static readonly Sql EngagementsInSql = new("""
        SELECT root, stage, reason, since, client, title, currency, worth FROM engagements
        WHERE workspace = $w AND stage = $1 ORDER BY since DESC LIMIT $2
        """);

    private static readonly Sql EngagementSql = new("""
        SELECT root, stage, reason, since, client, title, currency, worth FROM engagements WHERE workspace = $w AND root = $1
        """);

    private static readonly Sql DeliveriesSql = new("""
        SELECT id, attempts, tool, subscription, received_at, method, path, headers, body, trace FROM inbox
        WHERE workspace = $w AND state = 'Read' AND received_at >= $2 AND received_at <= $3 AND tool = $1 ORDER BY received_at DESC LIMIT $4
        """);

    // Words end where a letter or digit doesn't follow: the same as in the index, whose words hold nothing else.
    private static readonly Sql PeopleSql = new($"""
        SELECT {RecordColumns} FROM people_words w
        JOIN people p ON p.id = w.rowid JOIN records r ON r.workspace = p.workspace AND r.ref = p.ref
        WHERE w.people_words MATCH $1 AND p.workspace = $w AND r.gone = 0 ORDER BY w.rowid LIMIT $2
        """);

    public IReadOnlyList<StageTotal> CountStages(DateTimeOffset offboardingSince) =>
    [
        .. Enum.GetValues<Stage>().SelectMany(stage => Session.All(StagesSql, static row =>
        {
            var (of, count) = (row.Name<Stage>(), row.Int());
            return new StageTotal(of, count, ReadWorth(row));
        }, stage, stage == Stage.Offboarding ? offboardingSince : DateTimeOffset.UnixEpoch)),
    ];

    public IReadOnlyList<EngagementRow> EngagementsIn(Stage stage, int max) => Session.All(EngagementsInSql, ReadEngagement, stage, max);

    public EngagementRow? FindEngagement(RecordRef root) => Session.First(EngagementSql, ReadEngagement, root);

    public IReadOnlyList<InboxItem> DeliveriesBetween(string tool, DateTimeOffset from, DateTimeOffset to, int max) =>
        Session.All(DeliveriesSql, ReadItem, tool, from, to, max);

    public IReadOnlyList<MirrorRow> FindPeople(string text, int max) =>
        Words(text) is { Length: > 0 } words ? Session.All(PeopleSql, Mirror, words, max) : [];

    protected static long? Worth(Money? money) => money is { } m && Math.Abs(m.Amount) < 100_000_000_000_000m ? (long)decimal.Round(m.Amount * WorthUnit) : null;

    private static Money? ReadWorth(SqliteRow row) => (row.TextOrNull(), row.LongOrNull()) is ({ } currency, { } worth) ? new Money(worth / WorthUnit, currency) : null;

    private static EngagementRow ReadEngagement(SqliteRow row) =>
        new(row.Ref(), row.Name<Stage>(), row.Text(), row.Instant(), row.TextOrNull(), row.TextOrNull(), ReadWorth(row));
}
