using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Storage.Json;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>Reads on one connection. The mirror and handoffs have files of their own beside this one.</summary>
internal partial class SqliteView(SqliteSession session, IProtector protector) : IReadView
{
    private static readonly Sql PendingOfSql = new("""
        SELECT id, attempts, tool, subscription, received_at, method, path, headers, body, trace FROM inbox
        WHERE workspace = $w AND state = 'New' AND tool = $1 AND id > $2 ORDER BY id LIMIT $3
        """);

    // In the order of arrival, whatever their tool: no index has that beside the table itself.
    private static readonly Sql PendingSql = new("""
        SELECT id, attempts, tool, subscription, received_at, method, path, headers, body, trace FROM inbox NOT INDEXED
        WHERE workspace = $w AND state = 'New' AND id > $1 ORDER BY id LIMIT $2
        """);

    private static readonly Sql DeadSql = new("""
        SELECT id, reason, tool, subscription, received_at, method, path, headers, body, trace FROM inbox
        WHERE workspace = $w AND state = 'Dead' AND id > $1 ORDER BY id LIMIT $2
        """);

    private static readonly Sql DeliveriesWaitingSql = new("""
        SELECT tool, count(*), min(received_at) FROM inbox INDEXED BY inbox_pending WHERE workspace = $w AND state = 'New' GROUP BY tool ORDER BY tool
        """);

    private static readonly Sql StreamSql = new("""
        SELECT poll, list, list_began, listed_at, polled_at, changed_at, mapping FROM streams WHERE workspace = $w AND tool = $1 AND stream = $2
        """);

    private static readonly Sql ReconcilesSql = new("""
        SELECT tool, stream, began, ended, seen, known, missing, differed, extra, held FROM reconciles WHERE workspace = $w ORDER BY tool, stream
        """);

    private static readonly Sql RuleSql = new("SELECT identity, arming_hash, pass_after, armed_at FROM rules WHERE workspace = $w AND identity = $1");

    private static readonly Sql RulesSql = new("SELECT identity, arming_hash, pass_after, armed_at FROM rules WHERE workspace = $w ORDER BY identity");

    private static readonly Sql NamesOfSql = new("SELECT tool FROM accounts WHERE workspace = $w AND connector = $1 AND account = $2 ORDER BY tool");

    private static readonly Sql AccountSql = new("SELECT connector, account FROM accounts WHERE workspace = $w AND tool = $1");

    private static readonly Sql LooksSql = new("SELECT engagement FROM looks WHERE workspace = $w AND at <= $1 ORDER BY at, engagement LIMIT $2");

    private static readonly Sql NextLookSql = new("SELECT min(at) FROM looks WHERE workspace = $w");

    private static readonly Sql NextWaitingSql = new("""
        SELECT min(next_look) FROM handoffs WHERE workspace = $w AND state = 'Waiting' AND next_look IS NOT NULL
        """);

    private static readonly Sql SubscriptionsSql = new("""
        SELECT id, vendor_id, secret, target, requested_at FROM subscriptions WHERE workspace = $w AND tool = $1 ORDER BY id
        """);

    private static readonly Sql PausesSql = new("SELECT what, name, who, since FROM pauses WHERE workspace = $w ORDER BY what, name");

    private static readonly Sql UnmappedSql = new("""
        SELECT tool, kind, field, value, seen, first_seen, last_seen FROM unmapped WHERE workspace = $w ORDER BY tool, kind, field, value
        """);

    private static readonly Sql PassedOverSql = new("SELECT ref, tries, at FROM passed_over WHERE workspace = $w ORDER BY ref");

    protected SqliteSession Session { get; } = session;

    protected IProtector Protector { get; } = protector;

    public IReadOnlyList<InboxItem> PendingDeliveries(long after, int max) => Session.All(PendingSql, ReadItem, after, max);

    public IReadOnlyList<InboxItem> PendingDeliveries(string tool, long after, int max) => Session.All(PendingOfSql, ReadItem, tool, after, max);

    private static InboxItem ReadItem(SqliteRow row)
    {
        var (id, attempts) = (row.Long(), row.Int());
        return new InboxItem(id, Delivery(row), attempts);
    }

    public IReadOnlyList<DeadDelivery> DeadDeliveries(long after, int max) => Session.All(DeadSql, static row =>
    {
        var (id, reason) = (row.Long(), row.TextOrNull() ?? "");
        return new DeadDelivery(id, Delivery(row), reason);
    }, after, max);

    public IReadOnlyList<Backlog> DeliveriesWaiting() => Session.All(DeliveriesWaitingSql, ReadBacklog);

    private static Backlog ReadBacklog(SqliteRow row) => new(row.Text(), row.Int(), row.Instant());

    public StreamState FindStream(string tool, string stream) => Session.First(StreamSql, row => new StreamState
    {
        Tool = tool,
        Stream = stream,
        Poll = row.TextOrNull() is { } poll ? new Cursor(poll) : null,
        List = row.TextOrNull() is { } list ? new Cursor(list) : null,
        ListBegan = row.InstantOrNull(),
        ListedAt = row.InstantOrNull(),
        PolledAt = row.InstantOrNull(),
        ChangedAt = row.InstantOrNull(),
        Mapping = row.TextOrNull(),
    }, tool, stream) ?? new StreamState { Tool = tool, Stream = stream };

    public RuleState? FindRule(string identity) => Session.First(RuleSql, Rule, identity);

    public IReadOnlyList<RuleState> Rules() => Session.All(RulesSql, Rule);

    public IReadOnlyList<ReconcileRow> Reconciles() => Session.All(ReconcilesSql, static row => new ReconcileRow
    {
        Tool = row.Text(), Stream = row.Text(), Began = row.Instant(), Ended = row.Instant(), Seen = row.Int(), Known = row.Int(), Missing = row.Int(),
        Differed = row.Int(), Extra = row.Int(), Held = row.Flag(),
    });

    public IReadOnlyList<string> NamesOf(string connector, string account) => Session.All(NamesOfSql, static row => row.Text(), connector, account);

    public virtual (string Connector, string Account)? FindAccount(string tool) =>
        Session.First<(string, string)?>(AccountSql, static row => (row.Text(), row.Text()), tool);

    public IReadOnlyList<RecordRef> DueLooks(DateTimeOffset now, int max) => Session.All(LooksSql, static row => row.Ref(), now, max);

    public DateTimeOffset? NextLookAt()
    {
        var engagement = Session.First(NextLookSql, static row => row.InstantOrNull());
        var handoff = Session.First(NextWaitingSql, static row => row.InstantOrNull());
        return engagement is null || handoff < engagement ? handoff : engagement;
    }

    public IReadOnlyList<Subscription> Subscriptions(string tool) => Session.All(SubscriptionsSql, row => new Subscription(
        row.Text(),
        row.TextOrNull(),
        row.TextOrNull() is { } secret ? Protector.Unprotect(secret) : null,
        new Uri(row.Text()),
        row.Instant()), tool);

    public IReadOnlyList<UnmappedValue> Unmapped() => Session.All(UnmappedSql, static row => new UnmappedValue(
        row.Text(), Kind(row.Text()), row.Text(), row.Text(), row.Int(), row.Instant(), row.Instant()));

    public IReadOnlyList<PassedOverRow> PassedOver() => Session.All(PassedOverSql, static row => new PassedOverRow(row.Ref(), row.Int(), row.Instant()));

    public virtual IReadOnlyList<Pause> Pauses() => Session.All(PausesSql, static row => new Pause(row.Name<PauseOf>(), row.Text(), row.Text(), row.Instant()));

    protected static RecordKind Kind(string word) =>
        Names.TryKind(word, out var kind) ? kind : throw new FormatException($"not a kind of record: {word}");

    private static Delivery Delivery(SqliteRow row) => new()
    {
        Tool = row.Text(),
        Subscription = row.TextOrNull(),
        ReceivedAt = row.Instant(),
        Method = row.Text(),
        PathAndQuery = row.Text(),
        Headers = StorageJson.ReadHeaders(row.Text()),
        Body = row.Bytes(),
        Trace = row.TextOrNull(),
    };

    private static RuleState Rule(SqliteRow row) => new(row.Text(), row.Text(), row.RefOrNull(), row.InstantOrNull());
}
