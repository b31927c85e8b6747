using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Stores;

/// <summary>Everything that can be asked of what is remembered. All of it belongs to one workspace.</summary>
public interface IReadView
{
    // Mirror ------------------------------------------------------------------------------------------------------------

    /// <summary>A record's known state, or null.</summary>
    MirrorRow? FindRecord(RecordRef reference);

    /// <summary>Records of a kind in one account, ordered by reference, after a given one: for resumable passes.</summary>
    IReadOnlyList<MirrorRow> RecordsOfKind(string connector, string account, RecordKind kind, RecordRef? after, int max);

    /// <summary>Records of a kind that name the given record in one of their reference fields: the deals of a client. By index.</summary>
    IReadOnlyList<MirrorRow> RecordsReferring(RecordRef to, RecordKind kind);

    /// <summary>Records of a kind in one account whose text field has this value: customers by <c>key</c>. Only <c>key</c> and <c>email</c> are indexed.</summary>
    IReadOnlyList<MirrorRow> RecordsWith(string connector, string account, RecordKind kind, string field, string value);

    /// <summary>References of records of a kind in one account that were not seen by a full list that began at an instant, at most <paramref name="max"/>, not gone ones.</summary>
    IReadOnlyList<RecordRef> RecordsNotSeenSince(string connector, string account, RecordKind kind, DateTimeOffset since, int max);

    /// <summary>Records of a kind in one account that are not gone and that no link of a role leads to.</summary>
    IReadOnlyList<MirrorRow> RecordsUnlinked(string connector, string account, RecordKind kind, LinkRole role);

    /// <summary>How many records of a kind are known in one account and not gone.</summary>
    int CountRecords(string connector, string account, RecordKind kind);

    /// <summary>A record's changes, newest first.</summary>
    IReadOnlyList<ChangeRow> ChangesOf(RecordRef reference, int max);

    // Links -------------------------------------------------------------------------------------------------------------

    /// <summary>The links from a record.</summary>
    IReadOnlyList<RecordLink> LinksFrom(RecordRef from);

    /// <summary>The links to a record.</summary>
    IReadOnlyList<RecordLink> LinksTo(RecordRef to);

    // Handoffs and their actions ----------------------------------------------------------------------------------------

    /// <summary>A handoff by its short id, or null.</summary>
    Handoff? FindHandoff(string id);

    /// <summary>The handoffs of one engagement.</summary>
    IReadOnlyList<Handoff> HandoffsOf(RecordRef engagement);

    /// <summary>The handoffs about one subject.</summary>
    IReadOnlyList<Handoff> HandoffsAbout(RecordRef subject);

    /// <summary>Handoffs in one of the given states, newest planned first.</summary>
    IReadOnlyList<Handoff> HandoffsIn(IReadOnlyList<HandoffState> states, int max);

    /// <summary>Waiting handoffs whose next look is due.</summary>
    IReadOnlyList<Handoff> HandoffsToLookAt(DateTimeOffset now, int max);

    /// <summary>How many handoffs of a rule became ready since an instant.</summary>
    int CountReadySince(string ruleIdentity, DateTimeOffset since);

    /// <summary>How many handoffs are in each state, by rule identity.</summary>
    IReadOnlyList<(string Rule, HandoffState State, int Count)> CountHandoffs();

    /// <summary>A handoff's actions, in order.</summary>
    IReadOnlyList<HandoffAction> ActionsOf(string handoff);

    /// <summary>
    /// The writes of one tool that may go on now, oldest first: pending, sending or uncertain, due, every earlier action of
    /// the same handoff done or withdrawn, and the handoff ready or sending.
    /// </summary>
    IReadOnlyList<HandoffAction> DueActions(string tool, DateTimeOffset now, int max);

    /// <summary>When the next write of one tool that may go on comes due (see <see cref="DueActions"/>), UTC, leaving out some handoffs; null when none waits.</summary>
    DateTimeOffset? NextActionAt(string tool, IReadOnlyList<string> exceptHandoffs);

    /// <summary>The handoffs that are ready or sending and whose next write goes to a tool: for each the money that hangs on it, null where none does.</summary>
    IReadOnlyList<Money?> HandoffsWaitingFor(string tool);

    // The rest ----------------------------------------------------------------------------------------------------------

    /// <summary>Deliveries that wait to be read, oldest first, behind a given one.</summary>
    IReadOnlyList<InboxItem> PendingDeliveries(long after, int max);

    /// <summary>Deliveries that could not be read, oldest first, behind a given one.</summary>
    IReadOnlyList<DeadDelivery> DeadDeliveries(long after, int max);

    /// <summary>How far a stream has come; a fresh state where nothing is stored.</summary>
    StreamState FindStream(string tool, string stream);

    /// <summary>A rule's state, or null.</summary>
    RuleState? FindRule(string identity);

    /// <summary>All rules that have a state.</summary>
    IReadOnlyList<RuleState> Rules();

    /// <summary>The account that a tool was first connected to, or null.</summary>
    (string Connector, string Account)? FindAccount(string tool);

    /// <summary>Moments at which an engagement has to be looked at with no change at all, due by now.</summary>
    IReadOnlyList<RecordRef> DueLooks(DateTimeOffset now, int max);

    /// <summary>The earliest of all looks (engagements and waiting handoffs), UTC; null when there is none.</summary>
    DateTimeOffset? NextLookAt();

    /// <summary>The webhook subscriptions of a tool that we made.</summary>
    IReadOnlyList<Subscription> Subscriptions(string tool);

    /// <summary>Values that no mapping knows.</summary>
    IReadOnlyList<UnmappedValue> Unmapped();

    /// <summary>Journal entries, newest first (with <see cref="JournalQuery.After"/>: oldest first).</summary>
    IReadOnlyList<JournalEntry> Journal(JournalQuery query);
}

/// <summary>Everything that can be written, in one transaction.</summary>
public interface IUnitOfWork : IReadView
{
    /// <summary>Stores a delivery unless one with the same identity is stored already.</summary>
    /// <returns>True when it is new.</returns>
    bool Accept(Delivery delivery, string identity);

    /// <summary>Says what became of a delivery.</summary>
    void Settle(long delivery, InboxState state, string? reason);

    /// <summary>Puts a delivery that could not be read back among those that wait to be read.</summary>
    /// <returns>False when it is none of those.</returns>
    bool Replay(long delivery);

    /// <summary>Stores a record's state, its references and when it was seen.</summary>
    void SaveRecord(MirrorRow row);

    /// <summary>Marks records as seen by a read that began at an instant, without changing their state.</summary>
    void MarkSeen(RecordRef reference, DateTimeOffset readBegan);

    void AddChange(ChangeRow change);

    /// <summary>Links two records; a link that stands already is left as it is.</summary>
    void AddLink(RecordLink link);

    void SaveHandoff(Handoff handoff);

    void SaveAction(HandoffAction action);

    void SaveStream(StreamState state);

    void SaveRule(RuleState state);

    void RemoveRule(string identity);

    void SaveAccount(string tool, string connector, string account);

    /// <summary>Sets when an engagement is to be looked at next; null takes the moment away.</summary>
    void SetLook(RecordRef engagement, DateTimeOffset? at);

    void SaveSubscription(string tool, Subscription subscription);

    void RemoveSubscription(string tool, string id);

    /// <summary>Counts a value that no mapping knows.</summary>
    void CountUnmapped(string tool, RecordKind kind, string field, string value, DateTimeOffset at);

    /// <summary>Appends to the journal.</summary>
    void Write(JournalEntry entry);
}

/// <summary>Keeps texts unreadable at rest: webhook secrets that vendors handed us.</summary>
public interface IProtector
{
    string Protect(Secret secret);

    /// <summary>The secret, or null when it was protected with keys that are gone.</summary>
    Secret? Unprotect(string text);
}
