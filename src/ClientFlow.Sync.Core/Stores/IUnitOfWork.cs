using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
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

    /// <summary>Projects in one account that are not gone and that no deal has. By index: projects that were linked cost nothing.</summary>
    IReadOnlyList<MirrorRow> ProjectsWithoutDeal(string connector, string account);

    /// <summary>How many records of a kind are known in one account and not gone.</summary>
    int CountRecords(string connector, string account, RecordKind kind);

    /// <summary>
    /// Of the records of a kind in one account that are not gone: how many were seen since an instant, how many of those for the first
    /// time, and in how many a full list found another state than was known.
    /// </summary>
    (int Seen, int New, int Differed) CountSeenSince(string connector, string account, RecordKind kind, DateTimeOffset since);

    /// <summary>When records of one account changed by others' doing, newest first, UTC.</summary>
    IReadOnlyList<DateTimeOffset> ChangeMoments(string connector, string account, DateTimeOffset since, int max);

    /// <summary>A record's changes, newest first.</summary>
    IReadOnlyList<ChangeRow> ChangesOf(RecordRef reference, int max);

    // Links -------------------------------------------------------------------------------------------------------------

    /// <summary>The links from a record.</summary>
    IReadOnlyList<RecordLink> LinksFrom(RecordRef from);

    /// <summary>The links to a record.</summary>
    IReadOnlyList<RecordLink> LinksTo(RecordRef to);

    // Engagements -------------------------------------------------------------------------------------------------------

    /// <summary>How many engagements are in each stage and what they are worth, by currency. Those in offboarding only since an instant: the rest is history.</summary>
    IReadOnlyList<StageTotal> CountStages(DateTimeOffset offboardingSince);

    /// <summary>The engagements in a stage, newest there first.</summary>
    IReadOnlyList<EngagementRow> EngagementsIn(Stage stage, int max);

    /// <summary>Where an engagement stands; null when it was never planned.</summary>
    EngagementRow? FindEngagement(RecordRef root);

    /// <summary>Clients and contacts whose name or e-mail holds each of the words, or begins of words, best known first.</summary>
    IReadOnlyList<MirrorRow> FindPeople(string text, int max);

    // Handoffs and their actions ----------------------------------------------------------------------------------------

    /// <summary>A handoff by its short id, or null.</summary>
    Handoff? FindHandoff(string id);

    /// <summary>The handoffs of one engagement.</summary>
    IReadOnlyList<Handoff> HandoffsOf(RecordRef engagement);

    /// <summary>The handoffs about one subject.</summary>
    IReadOnlyList<Handoff> HandoffsAbout(RecordRef subject);

    /// <summary>Handoffs in one of the given states, newest planned first.</summary>
    IReadOnlyList<Handoff> HandoffsIn(IReadOnlyList<HandoffState> states, int max);

    /// <summary>Handoffs that wait for a person: for a yes or a choice. The longest waiting first; whatever waits for facts beside them costs nothing.</summary>
    IReadOnlyList<Handoff> HandoffsHeld(int max);

    /// <summary>Waiting handoffs whose next look is due.</summary>
    IReadOnlyList<Handoff> HandoffsToLookAt(DateTimeOffset now, int max);

    /// <summary>How many handoffs of a rule became ready since an instant.</summary>
    int CountReadySince(string ruleIdentity, DateTimeOffset since);

    /// <summary>Handoffs that are done and whose facts turned false since, newest planned first.</summary>
    IReadOnlyList<Handoff> FlaggedHandoffs(int max);

    /// <summary>How many handoffs were done since an instant.</summary>
    int CountDoneSince(DateTimeOffset since);

    /// <summary>How each rule fared with the handoffs planned since an instant.</summary>
    /// <param name="lateAfter">How long after its gate opened a handoff may take.</param>
    IReadOnlyList<RuleReliability> Reliability(DateTimeOffset since, DateTimeOffset now, TimeSpan lateAfter);

    /// <summary>How many handoffs are in each state, by rule identity.</summary>
    IReadOnlyList<(string Rule, HandoffState State, int Count)> CountHandoffs();

    /// <summary>A handoff's actions, in order.</summary>
    IReadOnlyList<HandoffAction> ActionsOf(string handoff);

    /// <summary>
    /// The writes of one tool that may go on now, oldest first: pending, sending or uncertain, due, every earlier action of
    /// the same handoff done or withdrawn, and the handoff ready or sending, leaving out some handoffs. None while the tool is paused,
    /// and while its rule is paused only what may have been sent already.
    /// </summary>
    IReadOnlyList<HandoffAction> DueActions(string tool, DateTimeOffset now, IReadOnlyList<string> exceptHandoffs, int max);

    /// <summary>When the next write of one tool that may go on comes due (see <see cref="DueActions"/>), UTC, leaving out some handoffs; null when none waits.</summary>
    DateTimeOffset? NextActionAt(string tool, IReadOnlyList<string> exceptHandoffs);

    /// <summary>The handoffs that are ready or sending and whose next write goes to a tool: for each the money that hangs on it, null where none does.</summary>
    IReadOnlyList<Money?> HandoffsWaitingFor(string tool);

    /// <summary>The writes that may go on, due or not, by tool; the age is that of their handoffs' gates.</summary>
    IReadOnlyList<Backlog> WritesWaiting();

    // The rest ----------------------------------------------------------------------------------------------------------

    /// <summary>Deliveries that wait to be read, oldest first, behind a given one.</summary>
    IReadOnlyList<InboxItem> PendingDeliveries(long after, int max);

    /// <summary>Deliveries that could not be read, oldest first, behind a given one.</summary>
    IReadOnlyList<DeadDelivery> DeadDeliveries(long after, int max);

    /// <summary>Deliveries to one tool that wait to be read, oldest first, behind a given one.</summary>
    IReadOnlyList<InboxItem> PendingDeliveries(string tool, long after, int max);

    /// <summary>The deliveries that wait to be read, by tool.</summary>
    IReadOnlyList<Backlog> DeliveriesWaiting();

    /// <summary>How far a stream has come; a fresh state where nothing is stored.</summary>
    StreamState FindStream(string tool, string stream);

    /// <summary>What the last full comparison of each stream found.</summary>
    IReadOnlyList<ReconcileRow> Reconciles();

    /// <summary>A rule's state, or null.</summary>
    RuleState? FindRule(string identity);

    /// <summary>All rules that have a state.</summary>
    IReadOnlyList<RuleState> Rules();

    /// <summary>The account that a tool was first connected to, or null.</summary>
    (string Connector, string Account)? FindAccount(string tool);

    /// <summary>The names that tools of one account ever had.</summary>
    IReadOnlyList<string> NamesOf(string connector, string account);

    /// <summary>Moments at which an engagement has to be looked at with no change at all, due by now.</summary>
    IReadOnlyList<RecordRef> DueLooks(DateTimeOffset now, int max);

    /// <summary>The earliest of all looks (engagements and waiting handoffs), UTC; null when there is none.</summary>
    DateTimeOffset? NextLookAt();

    /// <summary>The webhook subscriptions of a tool that we made.</summary>
    IReadOnlyList<Subscription> Subscriptions(string tool);

    /// <summary>Deliveries of a tool that arrived within a span, newest first.</summary>
    IReadOnlyList<InboxItem> DeliveriesBetween(string tool, DateTimeOffset from, DateTimeOffset to, int max);

    /// <summary>What a person has paused.</summary>
    IReadOnlyList<Pause> Pauses();

    /// <summary>Values that no mapping knows.</summary>
    IReadOnlyList<UnmappedValue> Unmapped();

    /// <summary>Records that their tools don't show.</summary>
    IReadOnlyList<PassedOverRow> PassedOver();

    /// <summary>Journal entries, newest first (with <see cref="JournalQuery.After"/>: oldest first).</summary>
    IReadOnlyList<JournalEntry> Journal(JournalQuery query);

    /// <summary>A journal entry by its id, or null.</summary>
    JournalEntry? FindEntry(long id);

    /// <summary>How many journal entries of each event were written since an instant.</summary>
    IReadOnlyList<(string Event, int Count)> CountEvents(DateTimeOffset since);
}

/// <summary>Everything that can be written, in one transaction.</summary>
public interface IUnitOfWork : IReadView
{
    /// <summary>Runs something once this transaction is durable, and never when it is taken back: counters, which must not throw.</summary>
    void WhenDurable(Action then);

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

    void SaveReconcile(ReconcileRow row);

    void SaveRule(RuleState state);

    void RemoveRule(string identity);

    void SaveAccount(string tool, string connector, string account);

    /// <summary>Hands what waits for a tool to its new name: writes that are not finished, and deliveries that are not read.</summary>
    /// <returns>How many writes.</returns>
    int Rename(string tool, string name);

    /// <summary>Sets when an engagement is to be looked at next; null takes the moment away.</summary>
    void SetLook(RecordRef engagement, DateTimeOffset? at);

    /// <summary>Says where an engagement stands. One that stands so already keeps its moment, and costs no write.</summary>
    void SaveEngagement(EngagementRow row);

    void RemoveEngagement(RecordRef root);

    void SavePause(Pause pause);

    void RemovePause(PauseOf of, string name);

    void SaveSubscription(string tool, Subscription subscription);

    void RemoveSubscription(string tool, string id);

    /// <summary>Counts a value that no mapping knows.</summary>
    void CountUnmapped(string tool, RecordKind kind, string field, string value, DateTimeOffset at);

    /// <summary>Forgets a value that no mapping knew. Seen again, it is counted anew.</summary>
    void ForgetUnmapped(string tool, RecordKind kind, string field, string value);

    void SavePassedOver(PassedOverRow row);

    void RemovePassedOver(RecordRef reference);

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
