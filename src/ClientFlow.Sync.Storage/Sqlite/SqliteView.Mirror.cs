using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Storage.Json;

namespace ClientFlow.Sync.Storage.Sqlite;

internal partial class SqliteView
{
    private const string RecordColumns = "r.ref, r.fields, r.version_order, r.read_began, r.gone, r.first_seen, r.changed_at, r.last_write";

    private static readonly Sql RecordSql = new($"SELECT {RecordColumns} FROM records r WHERE workspace = $w AND ref = $1");

    // ';' comes right after ':': the references that begin with "hubspot:62515:deal:" lie between the two.
    private static readonly Sql OfKindSql = new($"""
        SELECT {RecordColumns} FROM records r
        WHERE workspace = $w AND ref > $1 AND ref < $2 ORDER BY ref LIMIT $3
        """);

    private static readonly Sql ReferringSql = new($"""
        SELECT {RecordColumns} FROM record_refs x JOIN records r ON r.workspace = x.workspace AND r.ref = x.from_ref
        WHERE x.workspace = $w AND x.to_ref = $1 AND x.kind = $2 ORDER BY x.from_ref
        """);

    private static readonly Sql WithKeySql = new($"""
        SELECT {RecordColumns} FROM records r WHERE workspace = $w AND scope = $1 AND key = $2 ORDER BY ref
        """);

    private static readonly Sql WithEmailSql = new($"""
        SELECT {RecordColumns} FROM records r WHERE workspace = $w AND scope = $1 AND email = $2 ORDER BY ref
        """);

    private static readonly Sql NotSeenSql = new("""
        SELECT ref FROM records WHERE workspace = $w AND scope = $1 AND gone = 0 AND seen_at < $2 ORDER BY seen_at LIMIT $3
        """);

    private static readonly Sql WithoutDealSql = new($"""
        SELECT {RecordColumns} FROM records r
        WHERE r.workspace = $w AND r.scope = $1 AND r.loose = 1 AND r.gone = 0 ORDER BY r.ref
        """);

    private static readonly Sql CountSeenSql = new("""
        SELECT count(*), coalesce(sum(first_seen >= $2), 0),
               (SELECT count(DISTINCT ref) FROM changes WHERE workspace = $w AND observed_at >= $2 AND why = 'full list' AND ref > $1 || ':' AND ref < $1 || ';')
        FROM records WHERE workspace = $w AND scope = $1 AND gone = 0 AND seen_at >= $2
        """);

    private static readonly Sql ChangeMomentsSql = new("""
        SELECT observed_at FROM changes
        WHERE workspace = $w AND observed_at >= $2 AND ref > $1 || ':' AND ref < $1 || ';' AND why <> 'own write' ORDER BY observed_at DESC LIMIT $3
        """);

    private static readonly Sql CountRecordsSql = new("SELECT count(*) FROM records WHERE workspace = $w AND scope = $1 AND gone = 0");

    private static readonly Sql ChangesSql = new("""
        SELECT ref, fields, first, observed_at, why FROM changes WHERE workspace = $w AND ref = $1 ORDER BY id DESC LIMIT $2
        """);

    private static readonly Sql LinksFromSql = new("""
        SELECT from_ref, to_ref, role, handoff, since FROM links WHERE workspace = $w AND from_ref = $1 ORDER BY to_ref, role
        """);

    private static readonly Sql LinksToSql = new("""
        SELECT from_ref, to_ref, role, handoff, since FROM links WHERE workspace = $w AND to_ref = $1 ORDER BY from_ref, role
        """);

    public virtual MirrorRow? FindRecord(RecordRef reference) => Session.First(RecordSql, Mirror, reference);

    public IReadOnlyList<MirrorRow> RecordsOfKind(string connector, string account, RecordKind kind, RecordRef? after, int max)
    {
        var scope = Scope(new RecordRef(connector, account, kind, ""));
        return Session.All(OfKindSql, Mirror, after?.ToString() ?? $"{scope}:", $"{scope};", max);
    }

    public IReadOnlyList<MirrorRow> RecordsReferring(RecordRef to, RecordKind kind) => Session.All(ReferringSql, Mirror, to, Names.Of(kind));

    public IReadOnlyList<MirrorRow> RecordsWith(string connector, string account, RecordKind kind, string field, string value) => field switch
    {
        "key" => Session.All(WithKeySql, Mirror, Scope(new RecordRef(connector, account, kind, "")), value),
        "email" => Session.All(WithEmailSql, Mirror, Scope(new RecordRef(connector, account, kind, "")), value),
        _ => throw new ArgumentException($"records can't be looked up by '{field}': only 'key' and 'email' are indexed", nameof(field)),
    };

    public IReadOnlyList<RecordRef> RecordsNotSeenSince(string connector, string account, RecordKind kind, DateTimeOffset since, int max) =>
        Session.All(NotSeenSql, static row => row.Ref(), Scope(new RecordRef(connector, account, kind, "")), since, max);

    public IReadOnlyList<MirrorRow> ProjectsWithoutDeal(string connector, string account) =>
        Session.All(WithoutDealSql, Mirror, Scope(new RecordRef(connector, account, RecordKind.Project, "")));

    public (int Seen, int New, int Differed) CountSeenSince(string connector, string account, RecordKind kind, DateTimeOffset since) =>
        Session.First(CountSeenSql, static row => (row.Int(), row.Int(), row.Int()), Scope(new RecordRef(connector, account, kind, "")), since);

    public IReadOnlyList<DateTimeOffset> ChangeMoments(string connector, string account, DateTimeOffset since, int max)
    {
        var scope = Scope(new RecordRef(connector, account, RecordKind.Deal, ""));
        return Session.All(ChangeMomentsSql, static row => row.Instant(), scope[..scope.LastIndexOf(':')], since, max);
    }

    public int CountRecords(string connector, string account, RecordKind kind) =>
        Session.First(CountRecordsSql, static row => row.Int(), Scope(new RecordRef(connector, account, kind, "")));

    public IReadOnlyList<ChangeRow> ChangesOf(RecordRef reference, int max) => Session.All(ChangesSql, static row =>
    {
        var (of, fields, first) = (row.Ref(), FieldJson.ReadChanges(row.Text()), row.Flag());
        return new ChangeRow(of, new Change(of, fields, first), row.Instant(), row.Text());
    }, reference, max);

    public virtual IReadOnlyList<RecordLink> LinksFrom(RecordRef from) => Session.All(LinksFromSql, Link, from);

    public virtual IReadOnlyList<RecordLink> LinksTo(RecordRef to) => Session.All(LinksToSql, Link, to);

    /// <summary>A reference without its last part.</summary>
    protected static string Scope(RecordRef reference)
    {
        var text = reference.ToString();
        return text[..text.LastIndexOf(':')];
    }

    private static MirrorRow Mirror(SqliteRow row) => new()
    {
        Record = new Record
        {
            Ref = row.Ref(),
            Fields = FieldJson.Read(row.Text()),
            Version = new RecordVersion(row.LongOrNull(), row.Instant()),
        },
        Gone = row.Flag(),
        FirstSeen = row.Instant(),
        ChangedAt = row.Instant(),
        LastWrite = row.InstantOrNull(),
    };

    private static RecordLink Link(SqliteRow row) => new(row.Ref(), row.Ref(), row.Name<LinkRole>(), row.TextOrNull(), row.Instant());
}
