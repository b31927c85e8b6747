using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Storage.Json;

namespace ClientFlow.Sync.Storage.Sqlite;

internal partial class SqliteView
{
    private const string HandoffColumns = """
        rule, subject, occurrence, engagement, state, hold, reason, missing, planned_at, observed_at, ready_at, done_at, next_look, looks,
        approved_by, generation, flag, stake, currency, facts, config_hash, client, title, approved_for, edits, dismissed, trace
        """;

    private const string ActionColumns = """
        handoff, position, action_key, name, tool, content, state, revision, attempts, owner, send_by, frozen, next_at, result, failure,
        done_at
        """;

    private static readonly Sql HandoffSql = new($"SELECT {HandoffColumns} FROM handoffs WHERE workspace = $w AND id = $1");

    private static readonly Sql HandoffsOfSql = new($"""
        SELECT {HandoffColumns} FROM handoffs WHERE workspace = $w AND engagement = $1 ORDER BY planned_at, id
        """);

    private static readonly Sql HandoffsAboutSql = new($"""
        SELECT {HandoffColumns} FROM handoffs WHERE workspace = $w AND subject = $1 ORDER BY planned_at, id
        """);

    private static readonly Sql HandoffsInSql = new($"""
        SELECT {HandoffColumns} FROM handoffs WHERE workspace = $w AND state = $1 ORDER BY planned_at DESC LIMIT $2
        """);

    private static readonly Sql HandoffsHeldSql = new($"""
        SELECT {HandoffColumns} FROM handoffs
        INDEXED BY handoffs_held
        WHERE workspace = $w AND state = 'Waiting' AND hold IN ('Approval', 'Limit', 'Question') ORDER BY planned_at LIMIT $1
        """);

    private static readonly Sql HandoffsToLookAtSql = new($"""
        SELECT {HandoffColumns} FROM handoffs
        WHERE workspace = $w AND state = 'Waiting' AND next_look IS NOT NULL AND next_look <= $1 ORDER BY next_look LIMIT $2
        """);

    private static readonly Sql ReadySinceSql = new("""
        SELECT count(*) FROM handoffs WHERE workspace = $w AND rule = $1 AND ready_at IS NOT NULL AND ready_at >= $2
        """);

    private static readonly Sql FlaggedSql = new($"""
        SELECT {HandoffColumns} FROM handoffs WHERE workspace = $w AND flag IS NOT NULL ORDER BY planned_at DESC LIMIT $1
        """);

    private static readonly Sql DoneSinceSql = new("SELECT count(*) FROM handoffs WHERE workspace = $w AND state = 'Done' AND done_at >= $1");

    private static readonly Sql ReliabilitySql = new("""
        SELECT rule, count(*), sum(state = 'Done'),
            sum(state IN ('Done', 'Ready', 'Sending') AND ready_at IS NOT NULL AND coalesce(done_at, $2) - ready_at > $3),
            sum(state = 'Dead'), sum(state = 'Waiting')
        FROM handoffs WHERE workspace = $w AND planned_at >= $1 AND state NOT IN ('Baseline', 'Withdrawn', 'Skipped')
        GROUP BY rule ORDER BY rule
        """);

    private static readonly Sql CountHandoffsSql = new("""
        SELECT rule, state, count(*) FROM handoffs WHERE workspace = $w GROUP BY rule, state ORDER BY rule, state
        """);

    private static readonly Sql ActionsSql = new($"SELECT {ActionColumns} FROM actions WHERE workspace = $w AND handoff = $1 ORDER BY position");

    private static readonly Sql ActionSql = new($"SELECT {ActionColumns} FROM actions WHERE workspace = $w AND handoff = $1 AND position = $2");

    // A paused rule sends nothing; what may have been sent already is still looked up. Pauses come first: mostly there are none.
    private const string MayGoOn = """
        NOT (state = 'Pending' AND EXISTS (
            SELECT 1 FROM pauses p CROSS JOIN handoffs h
            WHERE p.workspace = $w AND p.what = 'Rule' AND h.workspace = $w AND h.id = actions.handoff AND h.rule = p.name))
        """;

    private static readonly Sql DueActionsSql = new($"""
        SELECT handoff, position FROM actions
        WHERE workspace = $w AND tool = $1 AND runnable = 1 AND next_at <= $2 AND {MayGoOn} ORDER BY next_at LIMIT $3
        """);

    private static readonly Sql NextActionSql = new($"""
        SELECT handoff, next_at FROM actions WHERE workspace = $w AND tool = $1 AND runnable = 1 AND {MayGoOn} ORDER BY next_at LIMIT $2
        """);

    private static readonly Sql WaitingForSql = new("""
        SELECT h.stake, h.currency FROM actions a JOIN handoffs h ON h.workspace = a.workspace AND h.id = a.handoff
        WHERE a.workspace = $w AND a.tool = $1 AND a.runnable = 1
        """);

    private static readonly Sql WritesWaitingSql = new("""
        SELECT a.tool, count(*), min(coalesce(h.ready_at, h.planned_at)) FROM actions a JOIN handoffs h ON h.workspace = a.workspace AND h.id = a.handoff
        WHERE a.workspace = $w AND a.runnable = 1 AND NOT (a.state = 'Pending' AND EXISTS (
            SELECT 1 FROM pauses p WHERE p.workspace = $w AND p.what = 'Rule' AND p.name = h.rule))
        GROUP BY a.tool ORDER BY a.tool
        """);

    private static readonly Sql PausedSql = new("SELECT count(*) FROM pauses WHERE workspace = $w AND what = 'Tool' AND name = $1");

    public virtual Handoff? FindHandoff(string id) => Session.First(HandoffSql, ReadHandoff, id);

    public IReadOnlyList<Handoff> HandoffsHeld(int max) => Session.All(HandoffsHeldSql, ReadHandoff, max);

    public virtual IReadOnlyList<Handoff> HandoffsOf(RecordRef engagement) => Session.All(HandoffsOfSql, ReadHandoff, engagement);

    public virtual IReadOnlyList<Handoff> HandoffsAbout(RecordRef subject) => Session.All(HandoffsAboutSql, ReadHandoff, subject);

    // One ordered walk for each state, merged here: asked with IN, SQLite would sort every row of all those states first.
    public IReadOnlyList<Handoff> HandoffsIn(IReadOnlyList<HandoffState> states, int max) =>
        [.. states.Distinct().SelectMany(state => Session.All(HandoffsInSql, ReadHandoff, state, max)).OrderByDescending(h => h.PlannedAt).Take(max)];

    public IReadOnlyList<Handoff> HandoffsToLookAt(DateTimeOffset now, int max) => Session.All(HandoffsToLookAtSql, ReadHandoff, now, max);

    public int CountReadySince(string ruleIdentity, DateTimeOffset since) => Session.First(ReadySinceSql, static row => row.Int(), ruleIdentity, since);

    public IReadOnlyList<Handoff> FlaggedHandoffs(int max) => Session.All(FlaggedSql, ReadHandoff, max);

    public int CountDoneSince(DateTimeOffset since) => Session.First(DoneSinceSql, static row => row.Int(), since);

    public IReadOnlyList<RuleReliability> Reliability(DateTimeOffset since, DateTimeOffset now, TimeSpan lateAfter) => Session.All(
        ReliabilitySql, static row => new RuleReliability(row.Text(), row.Int(), row.Int(), row.Int(), row.Int(), row.Int()), since, now, lateAfter.Ticks);

    public IReadOnlyList<(string Rule, HandoffState State, int Count)> CountHandoffs() =>
        Session.All(CountHandoffsSql, static row => (row.Text(), row.Name<HandoffState>(), row.Int()));

    public virtual IReadOnlyList<HandoffAction> ActionsOf(string handoff) => Session.All(ActionsSql, ReadAction, handoff);

    // At most one action of a handoff is runnable, so as many rows more as there are exceptions always hold the answer.
    public virtual IReadOnlyList<HandoffAction> DueActions(string tool, DateTimeOffset now, IReadOnlyList<string> exceptHandoffs, int max) => IsPaused(tool) ? [] :
    [
        .. Session.All(DueActionsSql, static row => (Handoff: row.Text(), Position: row.Int()), tool, now, exceptHandoffs.Count + max)
            .Where(due => !exceptHandoffs.Contains(due.Handoff)).Take(max)
            .Select(due => Session.First(ActionSql, ReadAction, due.Handoff, due.Position)!),
    ];

    public virtual DateTimeOffset? NextActionAt(string tool, IReadOnlyList<string> exceptHandoffs) =>
        IsPaused(tool) ? null : Session.All(NextActionSql, static row => (Handoff: row.Text(), At: row.Instant()), tool, exceptHandoffs.Count + 1)
            .Where(next => !exceptHandoffs.Contains(next.Handoff))
            .Select(static next => (DateTimeOffset?)next.At)
            .FirstOrDefault();

    public virtual IReadOnlyList<Money?> HandoffsWaitingFor(string tool) => Session.All(WaitingForSql, static row => ReadMoney(row), tool);

    public IReadOnlyList<Backlog> WritesWaiting() => Session.All(WritesWaitingSql, ReadBacklog);

    private static Money? ReadMoney(SqliteRow row) => (row.TextOrNull(), row.TextOrNull()) is ({ } amount, { } currency)
        ? new Money(decimal.Parse(amount, CultureInfo.InvariantCulture), currency)
        : null;

    private bool IsPaused(string tool) => Session.First(PausedSql, static row => row.Int(), tool) > 0;

    private static Handoff ReadHandoff(SqliteRow row) => new()
    {
        Key = new HandoffKey(row.Text(), row.Ref(), row.Text()),
        Engagement = row.Ref(),
        State = row.Name<HandoffState>(),
        Hold = row.Name<Hold>(),
        Reason = row.Text(),
        Missing = StorageJson.ReadList(row.Text()),
        PlannedAt = row.Instant(),
        ObservedAt = row.Instant(),
        ReadyAt = row.InstantOrNull(),
        DoneAt = row.InstantOrNull(),
        NextLook = row.InstantOrNull(),
        Looks = row.Int(),
        ApprovedBy = row.TextOrNull(),
        Generation = row.Int(),
        Flag = row.TextOrNull(),
        AtStake = ReadMoney(row),
        Facts = StorageJson.ReadMap(row.Text()),
        ConfigHash = row.Text(),
        Client = row.TextOrNull(),
        Title = row.TextOrNull(),
        ApprovedFor = row.TextOrNull(),
        Edits = StorageJson.ReadMap(row.Text()),
        Dismissed = row.TextOrNull(),
        Trace = row.TextOrNull(),
    };

    private static HandoffAction ReadAction(SqliteRow row) => new()
    {
        Handoff = row.Text(),
        Position = row.Int(),
        Order = new ActionOrder(row.Text(), row.Text(), row.Text(), StorageJson.ReadContent(row.Text())),
        State = row.Name<ActionState>(),
        Revision = row.Int(),
        Attempts = row.Int(),
        Owner = row.TextOrNull(),
        SendBy = row.InstantOrNull(),
        Frozen = StorageJson.ReadCall(row.TextOrNull()),
        NextAt = row.Instant(),
        Result = StorageJson.ReadResult(row.TextOrNull()),
        Failure = StorageJson.ReadFailure(row.TextOrNull()),
        DoneAt = row.InstantOrNull(),
    };
}
