using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Health;
using ClientFlow.Sync.Engine.Observing;

namespace ClientFlow.Sync.Engine;

/// <summary>One tool at run time: its settings, the code that speaks to it, and how it fares.</summary>
/// <param name="quota">The calls that its account may still make, which its connector shares; null where nothing is limited.</param>
public sealed class Tool(ToolConfig config, ConnectorManifest manifest, IConnector connector, QuotaBudget? quota = null)
{
    private volatile string? account;
    private volatile bool started;
    private int writesUnderWay;

    public string Name => Config.Name;

    public ToolConfig Config { get; } = config;

    public ConnectorManifest Manifest { get; } = manifest;

    public IConnector Connector { get; } = connector;

    public ToolHealth Health { get; } = new();

    /// <summary>The calls that may still be made; <see cref="QuotaBudget.Meters"/> shows each limit.</summary>
    public QuotaBudget Quota { get; } = quota ?? new QuotaBudget([]);

    /// <summary>The vendor's id of the account; null until the tool has told it for the first time.</summary>
    public string? Account
    {
        get => account;
        set => account = value;
    }

    /// <summary>It has told its account in this life, and its streams were read once after that.</summary>
    public bool IsStarted
    {
        get => started;
        internal set => started = value;
    }

    /// <summary>What its start sleeps on while it can't be reached.</summary>
    internal Signal Start { get; } = new();

    /// <summary>How many writes are being prepared, sent or looked up just now.</summary>
    public int WritesUnderWay => Volatile.Read(ref writesUnderWay);

    /// <summary>Why it may not be asked anything now, and until when; null: it may.</summary>
    internal Failure? LeftAlone(DateTimeOffset now) =>
        Account is null ? new Failure(FailureKind.Unavailable, $"{Name} has not told yet whose account it is")
        : Health.MayCall(now) ? null
        : new Failure(FailureKind.Unavailable, $"{Name} is left alone for now") { RetryAt = Health.State.Until };

    internal void CountWrites(int more) => Interlocked.Add(ref writesUnderWay, more);

    /// <summary>Who a record of this tool is.</summary>
    /// <exception cref="InvalidOperationException">The account is not known yet: nothing may be read or written before it is.</exception>
    public RecordRef Ref(RecordKind kind, string id) =>
        new(Config.Connector, Account ?? throw new InvalidOperationException($"{Name} has not told its account"), kind, id);

    /// <summary>What the connector promises about a kind of write; null when it doesn't offer it.</summary>
    public ActionTraits? Traits(string action) => Manifest.Actions.FirstOrDefault(a => a.Action == action);
}

/// <summary>One business at run time: its file, its tools, what is remembered of it, and the signals between the parts.</summary>
public sealed class Workspace
{
    private volatile string? diskTrouble;
    private readonly Lock gate = new();
    private volatile HandoffRule[] armed = [];
    private volatile bool passUnderWay;
    private volatile bool armingEnded;

    /// <param name="heartbeats">Where the tools' calls are marked; null where nobody marks them.</param>
    public Workspace(WorkspaceConfig config, IReadOnlyList<Tool> tools, IStore store, TimeProvider clock, Heartbeats? heartbeats = null)
    {
        (Config, Tools, Clock, Heartbeats) = (config, tools, clock, heartbeats ?? new Heartbeats(clock));
        Store = new MarkingStore(store, Heartbeats);
        ReadOnlyTools = tools.Where(t => t.Config.ReadOnly).Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
    }

    public WorkspaceConfig Config { get; }

    public IReadOnlyList<Tool> Tools { get; }

    public IStore Store { get; }

    public TimeProvider Clock { get; }

    /// <summary>The progress of each loop.</summary>
    public Heartbeats Heartbeats { get; }

    public IReadOnlySet<string> ReadOnlyTools { get; }

    /// <summary>This process: who owns an attempt. A new one at each start, so that no attempt of an earlier life is taken for ours.</summary>
    public string Owner { get; } = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.CreateVersion7():N}";

    /// <summary>Deliveries wait to be read.</summary>
    public Broadcast Delivered { get; } = new();

    /// <summary>Handoffs became ready, or an action may go on: wakes every lane.</summary>
    public Broadcast Readied { get; } = new();

    /// <summary>
    /// Whether everything that runs (starts of tools, arming, lanes, inboxes, looks) sleeps until a signal that is not given yet, or until a
    /// later moment; and how often it woke, all told.
    /// </summary>
    public (bool Asleep, long Wakes) Rest(DateTimeOffset now)
    {
        List<Signal> all = [.. Delivered.Listeners, .. Readied.Listeners, Looked, .. Tools.Where(t => !t.IsStarted).Select(t => t.Start)];
        if (!ArmingEnded) all.Add(Listed);
        return (Tools.All(t => t.WritesUnderWay == 0) && all.TrueForAll(s => s.IsAsleep(now)), all.Sum(s => s.Wakes));
    }

    /// <summary>Something is to be looked at again at another moment than before.</summary>
    public Signal Looked { get; } = new();

    /// <summary>A stream was listed in full, so that rules may be armed.</summary>
    public Signal Listed { get; } = new();

    /// <summary>Why soon nothing can be saved any more, for a person; null while the disk has room.</summary>
    public string? DiskTrouble
    {
        get => diskTrouble;
        set => diskTrouble = value;
    }

    /// <summary>The rules that fire.</summary>
    public IReadOnlyList<HandoffRule> ArmedRules => armed;

    /// <summary>Every rule of the file fires: the worker is ready.</summary>
    public bool AllArmed => armed.Length == Config.Rules.Count;

    /// <summary>Nothing is left to arm, nor to be decided anew after arming.</summary>
    internal bool ArmingEnded
    {
        get => armingEnded;
        set => armingEnded = value;
    }

    /// <summary>A rule's baseline pass has begun and is not complete, in this life or an earlier one.</summary>
    public bool PassUnderWay
    {
        get => passUnderWay;
        set => passUnderWay = value;
    }

    /// <summary>Wakes whoever waits for what a plan brought, once it is durable.</summary>
    public void Wake(Planned planned)
    {
        if (planned.HasFlag(Planned.Readied)) Readied.Set();
        if (planned.HasFlag(Planned.Looks)) Looked.Set();
    }

    /// <summary>From now on the rule fires.</summary>
    public void Arm(HandoffRule rule)
    {
        lock (gate)
        {
            if (!armed.Contains(rule)) armed = [.. armed, rule];
        }
    }

    /// <summary>A tool by its name in the file, or null.</summary>
    public Tool? Find(string name) => Tools.FirstOrDefault(t => t.Name == name);

    /// <summary>The name in the file of the rule that called for a handoff, or its identity when the file no longer has it.</summary>
    public string RuleName(Handoff handoff) => RuleOf(handoff)?.Name ?? handoff.Key.Rule;

    /// <summary>The rule that a handoff comes from, or null when the file no longer has it.</summary>
    public HandoffRule? RuleOf(Handoff handoff) => Config.Rules.FirstOrDefault(r => r.Identity == handoff.Key.Rule);

    /// <summary>The tool that a record lives in, or null when the file no longer names it.</summary>
    public Tool? ToolOf(RecordRef reference) =>
        Tools.FirstOrDefault(t => t.Config.Connector == reference.Connector && t.Account == reference.Account);

    // Each transaction is a step of the loop that asks for it.
    private sealed class MarkingStore(IStore inner, Heartbeats heartbeats) : IStore
    {
        public TimeSpan? WritingFor => inner.WritingFor;

        public Task<T> WriteAsync<T>(WritePriority priority, Func<IUnitOfWork, T> work, CancellationToken cancellationToken)
        {
            heartbeats.Beat();
            return inner.WriteAsync(priority, work, cancellationToken);
        }

        public Task<bool> AcceptAsync(Delivery delivery, string identity, CancellationToken cancellationToken)
        {
            heartbeats.Beat();
            return inner.AcceptAsync(delivery, identity, cancellationToken);
        }

        public Task<T> ReadAsync<T>(Func<IReadView, T> work, CancellationToken cancellationToken)
        {
            heartbeats.Beat();
            return inner.ReadAsync(work, cancellationToken);
        }

        public async Task<int> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken)
        {
            // Many transactions, each of them a step of the writer.
            var pruning = inner.PruneAsync(now, cancellationToken);
            await heartbeats.BehindAsync(pruning);
            return await pruning;
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

/// <summary>A signal that several wait for, each by a subscription of its own.</summary>
public sealed class Broadcast
{
    private volatile Signal[] listeners = [];
    private readonly Lock gate = new();

    /// <summary>Everybody who subscribed.</summary>
    public IReadOnlyList<Signal> Listeners => listeners;

    public void Set()
    {
        foreach (var listener in listeners) listener.Set();
    }

    /// <summary>A signal that is set whenever this is.</summary>
    public Signal Subscribe()
    {
        var signal = new Signal();
        lock (gate) listeners = [.. listeners, signal];
        return signal;
    }
}

/// <summary>Wakes whoever waits for work. Signals that come while nobody waits are kept as one.</summary>
public sealed class Signal
{
    /// <summary>Timers are bound to some 49 days: a longer wait simply looks again.</summary>
    internal static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    private static readonly TimeSpan Leap = TimeSpan.FromMilliseconds(50);
    private volatile TaskCompletionSource source = New();
    private long asleepUntil;
    private long wakes;

    /// <summary>How often whoever waits woke.</summary>
    public long Wakes => Interlocked.Read(ref wakes);

    /// <summary>Somebody waits, nothing has been signalled, and the moment that is waited for is not there.</summary>
    public bool IsAsleep(DateTimeOffset now) => Interlocked.Read(ref asleepUntil) > now.UtcTicks && !source.Task.IsCompleted;

    public void Set() => source.TrySetResult();

    /// <summary>Waits for a signal or for a moment, whichever comes first, and takes the signal.</summary>
    /// <param name="until">UTC; null waits for a signal alone.</param>
    public async Task WaitAsync(DateTimeOffset? until, TimeProvider clock, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var current = source;
        try
        {
            if (until is not { } moment)
            {
                Interlocked.Exchange(ref asleepUntil, long.MaxValue);
                await current.Task.WaitAsync(cancellationToken);
            }
            else
            {
                var asked = clock.GetUtcNow();
                var wait = moment - asked;
                if (wait > LongestSleep) wait = LongestSleep;

                // Timers count whole milliseconds and cut the rest: a wait of less would be none, over and over until it has passed.
                wait = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
                if (wait > TimeSpan.Zero)
                {
                    Interlocked.Exchange(ref asleepUntil, (asked + wait).UtcTicks);
                    using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                    var sleep = current.Task.WaitAsync(wait, clock, enough.Token);

                    // Where the clock moved on before the timer was set (the machine slept), the timer is late by as much: whoever
                    // waits looks again now.
                    if (clock.GetUtcNow() - asked > Leap) await enough.CancelAsync();
                    await sleep;
                }
            }
        }
        catch (TimeoutException)
        {
            // The moment came first.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The clock leapt.
        }
        finally
        {
            Interlocked.Increment(ref wakes);
            Interlocked.Exchange(ref asleepUntil, 0);
        }

        if (current.Task.IsCompleted) Interlocked.CompareExchange(ref source, New(), current);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
