using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Storage.Json;
using Microsoft.Data.Sqlite;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>Reads and writes on the writer's connection, inside the transaction that the writer holds open.</summary>
internal sealed class SqliteUnitOfWork(SqliteSession session, IProtector protector) : SqliteView(session, protector), IUnitOfWork
{
    private static readonly Sql AcceptSql = new("""
        INSERT INTO inbox (workspace, tool, identity, subscription, received_at, method, path, headers, body, state, attempts, trace)
        VALUES ($w, $1, $2, $3, $4, $5, $6, $7, $8, 'New', 0, $9) ON CONFLICT (workspace, tool, identity) DO NOTHING
        """);

    private static readonly Sql SettleSql = new("""
        UPDATE inbox SET state = $2, reason = $3, attempts = attempts + 1 WHERE workspace = $w AND id = $1
        """);

    private static readonly Sql ReplaySql = new("""
        UPDATE inbox SET state = 'New', reason = NULL WHERE workspace = $w AND id = $1 AND state = 'Dead'
        """);

    private static readonly Sql SaveRecordSql = new("""
        INSERT INTO records (workspace, ref, scope, gone, fields, key, email, version_order, read_began, first_seen, changed_at, last_write, seen_at, loose)
        VALUES ($w, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $8,
            CASE WHEN $12 AND NOT EXISTS (SELECT 1 FROM links WHERE workspace = $w AND to_ref = $1 AND role = 'Project') THEN 1 END)
        ON CONFLICT (workspace, ref) DO UPDATE SET
            gone = excluded.gone, fields = excluded.fields, key = excluded.key, email = excluded.email,
            version_order = excluded.version_order, read_began = excluded.read_began, first_seen = excluded.first_seen,
            changed_at = excluded.changed_at, last_write = excluded.last_write, seen_at = max(seen_at, excluded.seen_at)
        """);

    private static readonly Sql AddRefSql = new("INSERT INTO record_refs (workspace, to_ref, kind, from_ref) VALUES ($w, $1, $2, $3)");

    private static readonly Sql RemoveRefSql = new("DELETE FROM record_refs WHERE workspace = $w AND to_ref = $1 AND kind = $2 AND from_ref = $3");

    private static readonly Sql MarkSeenSql = new("UPDATE records SET seen_at = $2 WHERE workspace = $w AND ref = $1 AND seen_at < $2");

    private static readonly Sql AddChangeSql = new("""
        INSERT INTO changes (workspace, ref, fields, first, observed_at, why) VALUES ($w, $1, $2, $3, $4, $5)
        """);

    private static readonly Sql AddLinkSql = new("""
        INSERT INTO links (workspace, from_ref, to_ref, role, handoff, since) VALUES ($w, $1, $2, $3, $4, $5)
        ON CONFLICT (workspace, from_ref, to_ref, role) DO NOTHING
        """);

    private static readonly Sql NotLooseSql = new("UPDATE records SET loose = NULL WHERE workspace = $w AND ref = $1 AND loose = 1");

    private static readonly Sql SaveHandoffSql = new("""
        INSERT INTO handoffs (workspace, id, rule, subject, occurrence, engagement, state, hold, reason, missing, planned_at, observed_at,
            ready_at, done_at, next_look, looks, approved_by, generation, flag, stake, currency, facts, config_hash, client, title,
            approved_for, edits, dismissed, trace)
        VALUES ($w, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
        ON CONFLICT (workspace, id) DO UPDATE SET
            engagement = excluded.engagement, state = excluded.state, hold = excluded.hold, reason = excluded.reason,
            missing = excluded.missing, planned_at = excluded.planned_at, observed_at = excluded.observed_at,
            ready_at = excluded.ready_at, done_at = excluded.done_at, next_look = excluded.next_look, looks = excluded.looks,
            approved_by = excluded.approved_by, generation = excluded.generation, flag = excluded.flag, stake = excluded.stake,
            currency = excluded.currency, facts = excluded.facts, config_hash = excluded.config_hash, client = excluded.client,
            title = excluded.title, approved_for = excluded.approved_for, edits = excluded.edits, dismissed = excluded.dismissed,
            trace = excluded.trace
        """);

    // Most saves move a handoff from state to state. An UPDATE rewrites the entry in each index whose columns it names, equal or
    // not: this one names only what moves then, and changes no row where more than that is new.
    private static readonly Sql MoveHandoffSql = new("""
        UPDATE handoffs SET state = $6, hold = $7, reason = $8, missing = $9, observed_at = $11, done_at = $13, looks = $15, approved_by = $16,
            generation = $17, flag = $18, stake = $19, currency = $20, facts = $21, config_hash = $22, client = $23, title = $24,
            approved_for = $25, edits = $26, dismissed = $27, trace = $28
        WHERE workspace = $w AND id = $1 AND rule = $2 AND subject = $3 AND occurrence = $4
            AND engagement = $5 AND planned_at = $10 AND ready_at IS $12 AND next_look IS $14
        """);

    private static readonly Sql SaveActionSql = new("""
        INSERT INTO actions (workspace, handoff, position, action_key, name, tool, content, state, revision, attempts, owner, send_by, frozen,
            next_at, result, failure, done_at, runnable)
        VALUES ($w, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (workspace, handoff, position) DO UPDATE SET
            action_key = excluded.action_key, name = excluded.name, tool = excluded.tool, content = excluded.content,
            state = excluded.state, revision = excluded.revision, attempts = excluded.attempts, owner = excluded.owner,
            send_by = excluded.send_by, frozen = excluded.frozen, next_at = excluded.next_at, result = excluded.result,
            failure = excluded.failure, done_at = excluded.done_at, runnable = excluded.runnable
        """);

    private static readonly Sql SetRunnableSql = new("UPDATE actions SET runnable = $3 WHERE workspace = $w AND handoff = $1 AND position = $2");

    private static readonly Sql RunnableSql = new("SELECT position FROM actions WHERE workspace = $w AND handoff = $1 AND runnable = 1");

    private static readonly Sql SaveStreamSql = new("""
        INSERT INTO streams (workspace, tool, stream, poll, list, list_began, listed_at, polled_at, changed_at, mapping)
        VALUES ($w, $1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (workspace, tool, stream) DO UPDATE SET poll = excluded.poll, list = excluded.list, list_began = excluded.list_began,
            listed_at = excluded.listed_at, polled_at = excluded.polled_at, changed_at = excluded.changed_at,
            mapping = excluded.mapping
        """);

    private static readonly Sql SaveRuleSql = new("""
        INSERT INTO rules (workspace, identity, arming_hash, pass_after, armed_at) VALUES ($w, $1, $2, $3, $4)
        ON CONFLICT (workspace, identity) DO UPDATE SET
            arming_hash = excluded.arming_hash, pass_after = excluded.pass_after, armed_at = excluded.armed_at
        """);

    private static readonly Sql RemoveRuleSql = new("DELETE FROM rules WHERE workspace = $w AND identity = $1");

    private static readonly Sql SaveAccountSql = new("""
        INSERT INTO accounts (workspace, tool, connector, account) VALUES ($w, $1, $2, $3)
        ON CONFLICT (workspace, tool) DO UPDATE SET connector = excluded.connector, account = excluded.account
        """);

    private static readonly Sql SaveReconcileSql = new("""
        INSERT INTO reconciles (workspace, tool, stream, began, ended, seen, known, missing, differed, extra, held)
        VALUES ($w, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (workspace, tool, stream) DO UPDATE SET began = excluded.began, ended = excluded.ended, seen = excluded.seen, known = excluded.known,
            missing = excluded.missing, differed = excluded.differed, extra = excluded.extra, held = excluded.held
        """);

    private static readonly Sql RenameActionsSql = new("""
        UPDATE actions SET tool = $2 WHERE workspace = $w AND tool = $1 AND state NOT IN ('Done', 'Withdrawn')
        """);

    // One that came under both names is read once.
    private static readonly Sql RenameInboxSql = new("UPDATE OR IGNORE inbox SET tool = $2 WHERE workspace = $w AND tool = $1 AND state = 'New'");

    // A tool that a person has paused stays paused under its new name.
    private static readonly Sql RenamePauseSql = new("UPDATE OR IGNORE pauses SET name = $2 WHERE workspace = $w AND what = 'Tool' AND name = $1");

    private static readonly Sql SavePassedOverSql = new("""
        INSERT INTO passed_over (workspace, ref, tries, at) VALUES ($w, $1, $2, $3)
        ON CONFLICT (workspace, ref) DO UPDATE SET tries = excluded.tries, at = excluded.at
        """);

    private static readonly Sql RemovePassedOverSql = new("DELETE FROM passed_over WHERE workspace = $w AND ref = $1");

    private static readonly Sql SetLookSql = new("""
        INSERT INTO looks (workspace, engagement, at) VALUES ($w, $1, $2) ON CONFLICT (workspace, engagement) DO UPDATE SET at = excluded.at
        """);

    private static readonly Sql RemoveLookSql = new("DELETE FROM looks WHERE workspace = $w AND engagement = $1");

    private static readonly Sql SaveEngagementSql = new("""
        INSERT INTO engagements (workspace, root, stage, reason, since, client, title, currency, worth) VALUES ($w, $1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (workspace, root) DO UPDATE SET since = CASE stage WHEN excluded.stage THEN since ELSE excluded.since END,
            stage = excluded.stage, reason = excluded.reason, client = excluded.client, title = excluded.title,
            currency = excluded.currency, worth = excluded.worth
        WHERE stage <> excluded.stage OR reason <> excluded.reason OR client IS NOT excluded.client OR title IS NOT excluded.title
            OR currency IS NOT excluded.currency OR worth IS NOT excluded.worth
        """);

    private static readonly Sql RemoveEngagementSql = new("DELETE FROM engagements WHERE workspace = $w AND root = $1");

    private static readonly Sql SavePauseSql = new("""
        INSERT INTO pauses (workspace, what, name, who, since) VALUES ($w, $1, $2, $3, $4) ON CONFLICT (workspace, what, name) DO NOTHING
        """);

    private static readonly Sql RemovePauseSql = new("DELETE FROM pauses WHERE workspace = $w AND what = $1 AND name = $2");

    private static readonly Sql ForgetUnmappedSql = new("""
        DELETE FROM unmapped WHERE workspace = $w AND tool = $1 AND kind = $2 AND field = $3 AND value = $4
        """);

    private static readonly Sql SaveSubscriptionSql = new("""
        INSERT INTO subscriptions (workspace, tool, id, vendor_id, secret, target, requested_at) VALUES ($w, $1, $2, $3, $4, $5, $6)
        ON CONFLICT (workspace, tool, id) DO UPDATE SET vendor_id = excluded.vendor_id, secret = excluded.secret,
            target = excluded.target, requested_at = excluded.requested_at
        """);

    private static readonly Sql RemoveSubscriptionSql = new("DELETE FROM subscriptions WHERE workspace = $w AND tool = $1 AND id = $2");

    private static readonly Sql CountUnmappedSql = new("""
        INSERT INTO unmapped (workspace, tool, kind, field, value, seen, first_seen, last_seen) VALUES ($w, $1, $2, $3, $4, 1, $5, $5)
        ON CONFLICT (workspace, tool, kind, field, value) DO UPDATE SET
            seen = seen + 1, first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)
        """);

    private static readonly Sql WriteSql = new("""
        INSERT INTO journal (workspace, at, level, event, message, tool, rule, handoff, ref, client, data)
        VALUES ($w, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """);

    private static readonly Sql UnindexedSql = new("SELECT (SELECT coalesce(max(id), 0) FROM journal) - upto FROM journal_indexed WHERE one = 1");

    private static readonly Sql IndexWordsSql = new("""
        INSERT INTO journal_words (rowid, words)
        SELECT id, message || ' ' || coalesce(client, '') || ' zl' || level || coalesce(' zt' || hex(tool), '') || coalesce(' zr' || hex(rule), '') ||
            coalesce(' zh' || hex(handoff), '') || coalesce(' zc' || hex(client), '')
        FROM journal WHERE id > (SELECT upto FROM journal_indexed WHERE one = 1) ORDER BY id LIMIT $1
        """);

    private static readonly Sql IndexedSql = new("""
        UPDATE journal_indexed SET upto = coalesce((SELECT max(id) FROM (SELECT id FROM journal WHERE id > upto ORDER BY id LIMIT $1)), upto) WHERE one = 1
        """);

    private static readonly Sql PruneInboxSql = new("""
        DELETE FROM inbox WHERE id IN (
            SELECT id FROM inbox WHERE workspace = $w AND state = 'Read' AND received_at < $1 ORDER BY received_at LIMIT $2)
        AND id <> (SELECT max(id) FROM inbox)
        """);

    private static readonly Sql PruneChangesSql = new("""
        DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE workspace = $w AND observed_at < $1 ORDER BY observed_at LIMIT $2)
        """);

    private static readonly Sql PruneJournalSql = new("""
        DELETE FROM journal WHERE id IN (
            SELECT id FROM journal WHERE workspace = $w AND handoff IS NULL AND event NOT LIKE 'people.%' AND at < $1 ORDER BY at LIMIT $2)
        AND id <> (SELECT max(id) FROM journal)
        """);

    // Written anew at the end of the table: rows that shrink where they are leave their pages nearly empty, and nothing fills those again.
    private static readonly Sql PruneCallsSql = new("""
        INSERT OR REPLACE INTO actions (workspace, handoff, position, action_key, name, tool, content, state, revision, attempts, owner, send_by,
            frozen, next_at, result, failure, done_at, runnable)
        SELECT workspace, handoff, position, action_key, name, tool, content, state, revision, attempts, owner, send_by,
            NULL, next_at, result, failure, done_at, runnable
        FROM actions WHERE workspace = $w AND state = 'Done' AND frozen IS NOT NULL AND done_at < $1 ORDER BY done_at LIMIT $2
        """);

    private static readonly Sql VacuumSql = new("PRAGMA incremental_vacuum(200)");

    private readonly SqliteRecall recall = new();

    private long? unindexed;

    // Handoffs of which something was saved in this unit, with their writes: those are stored at the end of it, what is saved twice once, and
    // together with whether it is runnable. Until then they are nowhere else, whatever the memory of rows forgets.
    private readonly Dictionary<string, Touched> touched = new(StringComparer.Ordinal);

    private List<Action>? afterwards;

    internal SqliteConnection Connection => Session.Connection;

    /// <summary>Ends a unit: everything that was put off or is derived stands.</summary>
    public void Finish()
    {
        foreach (var (handoff, of) in touched) Store(handoff, of);
        touched.Clear();
    }

    /// <summary>Forgets a unit that was taken back, and with it all that may have been learned from it.</summary>
    public void Abandon()
    {
        touched.Clear();
        recall.ForgetAll();
        unindexed = null;
        afterwards = null;
    }

    public void WhenDurable(Action then) => (afterwards ??= []).Add(then);

    /// <summary>What the unit that just ended wants done once it is durable; null for nothing.</summary>
    public List<Action>? TakeAfterwards()
    {
        var taken = afterwards;
        afterwards = null;
        return taken;
    }

    public override MirrorRow? FindRecord(RecordRef reference) => recall.Of(Recalled.Record, reference.ToString(), () => base.FindRecord(reference));

    public override IReadOnlyList<RecordLink> LinksFrom(RecordRef from) => recall.Of(Recalled.LinksFrom, from.ToString(), () => base.LinksFrom(from));

    public override IReadOnlyList<RecordLink> LinksTo(RecordRef to) => recall.Of(Recalled.LinksTo, to.ToString(), () => base.LinksTo(to));

    public override Handoff? FindHandoff(string id) => recall.Of(Recalled.Handoff, id, () => base.FindHandoff(id));

    public override IReadOnlyList<Handoff> HandoffsOf(RecordRef engagement) => Listed(Recalled.HandoffsOf, engagement, base.HandoffsOf);

    public override IReadOnlyList<Handoff> HandoffsAbout(RecordRef subject) => Listed(Recalled.HandoffsAbout, subject, base.HandoffsAbout);

    public override IReadOnlyList<HandoffAction> ActionsOf(string handoff) => touched.GetValueOrDefault(handoff)?.Writes is { } writes
        ? writes : recall.Of(Recalled.Actions, handoff, () => base.ActionsOf(handoff));

    public override (string Connector, string Account)? FindAccount(string tool) => recall.Of(Recalled.Account, tool, () => base.FindAccount(tool));

    public override IReadOnlyList<Pause> Pauses() => recall.Of(Recalled.Pauses, "", base.Pauses);

    public override IReadOnlyList<HandoffAction> DueActions(string tool, DateTimeOffset now, IReadOnlyList<string> exceptHandoffs, int max)
    {
        Finish();
        return base.DueActions(tool, now, exceptHandoffs, max);
    }

    public override DateTimeOffset? NextActionAt(string tool, IReadOnlyList<string> exceptHandoffs)
    {
        Finish();
        return base.NextActionAt(tool, exceptHandoffs);
    }

    public override IReadOnlyList<Money?> HandoffsWaitingFor(string tool)
    {
        Finish();
        return base.HandoffsWaitingFor(tool);
    }

    public bool Accept(Delivery delivery, string identity) => Session.Run(
        AcceptSql, delivery.Tool, identity, delivery.Subscription, delivery.ReceivedAt, delivery.Method, delivery.PathAndQuery,
        StorageJson.Write(delivery.Headers), delivery.Body.ToArray(), delivery.Trace) > 0;

    public void Settle(long delivery, InboxState state, string? reason) => Session.Run(SettleSql, delivery, state, reason);

    public bool Replay(long delivery) => Session.Run(ReplaySql, delivery) > 0;

    public void SaveRecord(MirrorRow row)
    {
        var record = row.Record;
        var reference = record.Ref.ToString();
        var before = FindRecord(record.Ref)?.Record;
        Session.Run(
            SaveRecordSql, reference, Scope(record.Ref), row.Gone, FieldJson.Write(record.Fields), record.Text("key"), record.Text("email"),
            record.Version.Order, record.Version.ReadBegan, row.FirstSeen, row.ChangedAt, row.LastWrite,
            record.Ref.Kind == RecordKind.Project);
        recall.Keep(Recalled.Record, reference, row);

        var kind = Names.Of(record.Ref.Kind);
        var after = Referred(record);
        foreach (var to in Referred(before))
            if (!after.Remove(to)) Session.Run(RemoveRefSql, to, kind, reference);
        foreach (var to in after) Session.Run(AddRefSql, to, kind, reference);
    }

    public void MarkSeen(RecordRef reference, DateTimeOffset readBegan) => Session.Run(MarkSeenSql, reference, readBegan);

    public void AddChange(ChangeRow change) => Session.Run(
        AddChangeSql, change.Ref, FieldJson.Write(change.Change.Fields), change.Change.First, change.ObservedAt, change.Why);

    public void AddLink(RecordLink link)
    {
        if (Session.Run(AddLinkSql, link.From, link.To, link.Role, link.Handoff, link.Since) > 0)
        {
            Joined(Recalled.LinksFrom, link.From, link, static l => l.To);
            Joined(Recalled.LinksTo, link.To, link, static l => l.From);
        }

        if (link.Role == LinkRole.Project) Session.Run(NotLooseSql, link.To);
    }

    public void SaveHandoff(Handoff handoff)
    {
        var id = handoff.Id;
        var before = FindHandoff(id);
        object?[] values =
        [
            id, handoff.Key.Rule, handoff.Key.Subject, handoff.Key.Occurrence, handoff.Engagement, handoff.State, handoff.Hold,
            handoff.Reason, StorageJson.Write(handoff.Missing), handoff.PlannedAt, handoff.ObservedAt, handoff.ReadyAt, handoff.DoneAt,
            handoff.NextLook, handoff.Looks, handoff.ApprovedBy, handoff.Generation, handoff.Flag,
            handoff.AtStake?.Amount.ToString(CultureInfo.InvariantCulture), handoff.AtStake?.Currency, StorageJson.Write(handoff.Facts),
            handoff.ConfigHash, handoff.Client, handoff.Title, handoff.ApprovedFor, StorageJson.Write(handoff.Edits), handoff.Dismissed,
            handoff.Trace,
        ];
        if (before is null || Session.Run(MoveHandoffSql, values) == 0) Session.Run(SaveHandoffSql, values);
        recall.Keep(Recalled.Handoff, id, handoff);
        if (before is null || before.Engagement != handoff.Engagement)
        {
            if (before is not null) recall.Forget(Recalled.HandoffsOf, before.Engagement.ToString());
            Joined(Recalled.HandoffsOf, handoff.Engagement, id);
        }

        if (before is null)
        {
            Joined(Recalled.HandoffsAbout, handoff.Key.Subject, id);
            recall.Keep(Recalled.Actions, id, new List<HandoffAction>());
            recall.Keep(Recalled.Runnable, id, null);
        }

        Touch(id);
    }

    public void SaveAction(HandoffAction action)
    {
        var writes = ActionsOf(action.Handoff).Where(a => a.Position != action.Position).Append(action).OrderBy(a => a.Position).ToList();
        var of = Touch(action.Handoff);
        of.Writes = writes;
        of.Saved.Add(action.Position);
    }

    public void SaveStream(StreamState state) => Session.Run(
        SaveStreamSql, state.Tool, state.Stream, state.Poll?.Text, state.List?.Text, state.ListBegan, state.ListedAt, state.PolledAt, state.ChangedAt,
        state.Mapping);

    public void SaveRule(RuleState state) => Session.Run(SaveRuleSql, state.Identity, state.ArmingHash, state.PassAfter, state.ArmedAt);

    public void RemoveRule(string identity) => Session.Run(RemoveRuleSql, identity);

    public void SaveAccount(string tool, string connector, string account)
    {
        Session.Run(SaveAccountSql, tool, connector, account);
        recall.Forget(Recalled.Account, tool);
    }

    public void SaveReconcile(ReconcileRow row) => Session.Run(
        SaveReconcileSql, row.Tool, row.Stream, row.Began, row.Ended, row.Seen, row.Known, row.Missing, row.Differed, row.Extra, row.Held);

    public int Rename(string tool, string name)
    {
        Finish();
        recall.ForgetAll();
        Session.Run(RenameInboxSql, tool, name);
        Session.Run(RenamePauseSql, tool, name);
        return Session.Run(RenameActionsSql, tool, name);
    }

    public void SetLook(RecordRef engagement, DateTimeOffset? at)
    {
        var root = engagement.ToString();
        if (recall.Knows<DateTimeOffset?>(Recalled.Look, root, out var known) && known == at) return;
        if (at is null) Session.Run(RemoveLookSql, root);
        else Session.Run(SetLookSql, root, at);
        recall.Keep(Recalled.Look, root, at);
    }

    public void SaveEngagement(EngagementRow row)
    {
        var root = row.Root.ToString();
        if (recall.Knows<EngagementRow>(Recalled.Engagement, root, out var known) && known! with { Since = row.Since } == row) return;
        Session.Run(SaveEngagementSql, root, row.Stage, row.Reason, row.Since, row.Client, row.Title, row.Worth?.Currency, Worth(row.Worth));
        recall.Keep(Recalled.Engagement, root, row);
    }

    public void RemoveEngagement(RecordRef root)
    {
        Session.Run(RemoveEngagementSql, root);
        recall.Forget(Recalled.Engagement, root.ToString());
    }

    public void SavePause(Pause pause)
    {
        Session.Run(SavePauseSql, pause.Of, pause.Name, pause.Who, pause.Since);
        recall.Forget(Recalled.Pauses, "");
    }

    public void RemovePause(PauseOf of, string name)
    {
        Session.Run(RemovePauseSql, of, name);
        recall.Forget(Recalled.Pauses, "");
    }

    public void SaveSubscription(string tool, Subscription subscription) => Session.Run(
        SaveSubscriptionSql, tool, subscription.Id, subscription.VendorId, subscription.Secret is { } secret ? Protector.Protect(secret) : null,
        subscription.Target.OriginalString, subscription.RequestedAt);

    public void RemoveSubscription(string tool, string id) => Session.Run(RemoveSubscriptionSql, tool, id);

    public void CountUnmapped(string tool, RecordKind kind, string field, string value, DateTimeOffset at) =>
        Session.Run(CountUnmappedSql, tool, Names.Of(kind), field, value, at);

    public void ForgetUnmapped(string tool, RecordKind kind, string field, string value) =>
        Session.Run(ForgetUnmappedSql, tool, Names.Of(kind), field, value);

    public void SavePassedOver(PassedOverRow row) => Session.Run(SavePassedOverSql, row.Record, row.Tries, row.At);

    public void RemovePassedOver(RecordRef reference) => Session.Run(RemovePassedOverSql, reference);

    public void Write(JournalEntry entry)
    {
        Session.Run(
            WriteSql, entry.At, entry.Level, entry.Event, entry.Message, entry.Tool, entry.Rule, entry.Handoff, entry.Record, entry.Client, entry.Data);
        unindexed++;
    }

    /// <summary>How many entries of the journal the index of words lacks, or a few less.</summary>
    internal long Unindexed => unindexed ??= Session.First(UnindexedSql, static row => row.Long());

    /// <summary>Brings the oldest entries that it lacks into the index of words, in a transaction of its own.</summary>
    internal void IndexWords(int max)
    {
        Session.Run(IndexWordsSql, max);
        Session.Run(IndexedSql, max);
        unindexed = null;
    }

    /// <summary>Deletes deliveries that were read and are older than an instant. The newest row stays, so that no id is given twice.</summary>
    internal int PruneInbox(DateTimeOffset before, int max) => Session.Run(PruneInboxSql, before, max);

    internal int PruneChanges(DateTimeOffset before, int max) => Session.Run(PruneChangesSql, before, max);

    /// <summary>
    /// Deletes what the journal says before an instant of records, tools and the worker itself; what it says of handoffs and of people's decisions
    /// stays. So does the newest entry: no id is given twice.
    /// </summary>
    internal int PruneJournal(DateTimeOffset before, int max) => Session.Run(PruneJournalSql, before, max);

    /// <summary>Forgets the calls of writes that were confirmed before an instant: nothing is sent or looked up by them any more, and the story has their words.</summary>
    internal int PruneCalls(DateTimeOffset before, int max)
    {
        var calls = Session.Run(PruneCallsSql, before, max);
        if (calls > 0) recall.ForgetAll();
        return calls;
    }

    /// <summary>Gives a few free pages back to the disk; one step frees one page, so all steps are taken.</summary>
    internal void GiveBackSpace() => Session.All(VacuumSql, static _ => true);

    private static HashSet<string> Referred(Record? record) =>
        record is null ? [] : record.Fields.Keys.SelectMany(record.Refs).Select(to => to.ToString()).ToHashSet(StringComparer.Ordinal);

    private Touched Touch(string handoff)
    {
        if (!touched.TryGetValue(handoff, out var of)) touched.Add(handoff, of = new Touched());
        return of;
    }

    // At most one write of a handoff is runnable: the first that is neither done nor withdrawn, while it and the handoff may go on.
    private void Store(string handoff, Touched of)
    {
        var was = recall.Of(Recalled.Runnable, handoff, () => Session.First(RunnableSql, static row => (int?)row.Int(), handoff));
        var writes = of.Writes ?? ActionsOf(handoff);
        var next = writes.FirstOrDefault(a => a.State is not (ActionState.Done or ActionState.Withdrawn));
        var now = next is { State: ActionState.Pending or ActionState.Sending or ActionState.Uncertain } &&
            FindHandoff(handoff) is { State: HandoffState.Ready or HandoffState.Sending } ? next.Position : (int?)null;
        foreach (var action in writes.Where(a => of.Saved.Contains(a.Position))) Store(action, action.Position == now);
        if (of.Writes is not null) recall.Keep(Recalled.Actions, handoff, writes);
        if (was == now) return;
        if (was is { } before && !of.Saved.Contains(before)) Session.Run(SetRunnableSql, handoff, before, false);
        if (now is { } first && !of.Saved.Contains(first)) Session.Run(SetRunnableSql, handoff, first, true);
        recall.Keep(Recalled.Runnable, handoff, now);
    }

    private void Store(HandoffAction action, bool runnable)
    {
        var order = action.Order;
        Session.Run(
            SaveActionSql, action.Handoff, action.Position, order.Key, order.Name, order.Tool, StorageJson.Write(order.Content), action.State,
            action.Revision, action.Attempts, action.Owner, action.SendBy, StorageJson.Write(action.Frozen), action.NextAt,
            StorageJson.Write(action.Result), StorageJson.Write(action.Failure), action.DoneAt, runnable);
    }

    // Lists are kept by their ids alone: their rows are what is known of each.
    private List<Handoff> Listed(Recalled of, RecordRef reference, Func<RecordRef, IReadOnlyList<Handoff>> read)
    {
        var key = reference.ToString();
        if (recall.Knows<List<string>>(of, key, out var ids))
            return [.. ids!.Select(id => FindHandoff(id)!).OrderBy(h => h.PlannedAt).ThenBy(h => h.Id, StringComparer.Ordinal)];
        var rows = read(reference);
        foreach (var row in rows) recall.Keep(Recalled.Handoff, row.Id, row);
        recall.Keep(of, key, rows.Select(h => h.Id).ToList());
        return [.. rows];
    }

    private void Joined(Recalled of, RecordRef reference, string id)
    {
        var key = reference.ToString();
        if (recall.Knows<List<string>>(of, key, out var ids)) recall.Keep(of, key, ids!.Append(id).Distinct().ToList());
    }

    private void Joined(Recalled of, RecordRef reference, RecordLink link, Func<RecordLink, RecordRef> other)
    {
        var key = reference.ToString();
        if (!recall.Knows<IReadOnlyList<RecordLink>>(of, key, out var links)) return;
        recall.Keep(of, key, links!.Append(link).OrderBy(l => other(l).ToString(), StringComparer.Ordinal).ThenBy(l => l.Role.ToString(), StringComparer.Ordinal).ToList());
    }

    /// <summary>A handoff of which something was saved.</summary>
    private sealed class Touched
    {
        /// <summary>All of its writes as they are now; null where none was saved, and the stored ones are.</summary>
        public IReadOnlyList<HandoffAction>? Writes { get; set; }

        /// <summary>Which of them are to be stored, by their positions.</summary>
        public HashSet<int> Saved { get; } = [];
    }
}
