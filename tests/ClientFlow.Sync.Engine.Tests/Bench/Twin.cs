using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Engine.Tests.Bench;

/// <summary>A call that reached the tool, whatever became of it.</summary>
internal sealed record SentCall(ActionCall Call, FrozenCall Frozen, DateTimeOffset At);

/// <summary>Something that the tool made because it was told to.</summary>
internal sealed record Made(string Key, string Id, ActionContent Content);

/// <summary>One vendor's side of the world: it outlives our processes, as vendors do, and makes a double whenever it is told to.</summary>
internal sealed class Twin(string product, TimeProvider clock, Pulse pulse)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(RecordKind Kind, string Id), SourceRecord> records = [];
    private readonly List<(RecordKind Kind, string Id)> log = [];
    private readonly List<SentCall> calls = [];
    private readonly List<Made> made = [];
    private readonly List<string> reads = [];
    private readonly Dictionary<string, (DateTimeOffset Over, bool Fails)> jobs = [];
    private readonly List<ActionCall> lookUps = [];
    private readonly Queue<Fault> faults = [];
    private readonly Queue<Failure> lookUpFaults = [];
    private int ids;
    private int parts;
    private int underWay;
    private int prepared;
    private int oldestCursor;
    private int asked;

    public string Product => product;

    public string Account { get; set; } = $"{product}-account";

    /// <summary>Every call fails with this while it is set.</summary>
    public Failure? Trouble { get; set; }

    /// <summary>Every read fails with this where it says so.</summary>
    public Func<RecordKind, IReadOnlyList<string>, Failure?> ReadTrouble { get; set; } = static (_, _) => null;

    /// <summary>Runs inside every direct read, before it answers.</summary>
    public Func<Task> BeforeReadAnswers { get; set; } = static () => Task.CompletedTask;

    /// <summary>Runs inside every direct read of these, before it fails or is answered.</summary>
    public Func<IReadOnlyList<string>, Task> WhileReading { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Runs inside every poll, before it answers.</summary>
    public Func<Task> WhilePolling { get; set; } = static () => Task.CompletedTask;

    /// <summary>Runs inside every page of a list, before it answers.</summary>
    public Func<Task> WhileListing { get; set; } = static () => Task.CompletedTask;

    /// <summary>Runs whenever it is asked whose the credential is.</summary>
    public Func<Task> WhileAsked { get; set; } = static () => Task.CompletedTask;

    /// <summary>Runs inside every preparation.</summary>
    public Func<Task> WhilePreparing { get; set; } = static () => Task.CompletedTask;

    public Failure? PrepareTrouble { get; set; }

    /// <summary>A preparation fails with this where it says so.</summary>
    public Func<ActionCall, Failure?> PrepareTroubleOf { get; set; } = static _ => null;

    /// <summary>How long a job takes that is asked for now.</summary>
    public TimeSpan JobTakes { get; set; }

    /// <summary>Jobs that are asked for now come to nothing.</summary>
    public bool JobsFail { get; set; }

    /// <summary>Writes wait for this before they are carried out.</summary>
    public Task Open { get; set; } = Task.CompletedTask;

    /// <summary>Gives records a version of the tool's own.</summary>
    public bool Versioned { get; set; }

    /// <summary>A deleted record shows in polls as gone, and not just by its absence.</summary>
    public bool TellsDeletions { get; set; } = true;


    /// <summary>Records that a direct read of several refuses to show beside the others.</summary>
    public HashSet<string> RefusedBeside { get; } = [];

    /// <summary>Records that exist and that lists leave out all the same.</summary>
    public HashSet<string> HiddenFromLists { get; } = [];

    public int PageSize { get; set; } = 100;

    public int Lists { get; private set; }

    public int Polls { get; private set; }

    /// <summary>Calls of any kind.</summary>
    public int Asked => Volatile.Read(ref asked);

    /// <summary>A list answers this many pages and then the tool is down.</summary>
    public int? ListsPages { get; set; }

    /// <summary>Polls only tell which records changed.</summary>
    public bool Hints { get; set; }

    /// <summary>A poll lists whatever is there and not archived, and knows no changes.</summary>
    public bool PollsWhole { get; set; }

    /// <summary>So many times the place of a list under way is refused as too old.</summary>
    public int ForgetsLists { get; set; }

    public int MostUnderWay { get; private set; }

    public int UnderWay
    {
        get
        {
            lock (gate) return underWay;
        }
    }

    public IReadOnlyList<SentCall> Calls
    {
        get
        {
            lock (gate) return [.. calls];
        }
    }

    public IReadOnlyList<Made> Made
    {
        get
        {
            lock (gate) return [.. made];
        }
    }

    public IReadOnlyList<ActionCall> LookUps
    {
        get
        {
            lock (gate) return [.. lookUps];
        }
    }

    /// <summary>The direct reads, as <c>deal d1,d2</c>.</summary>
    public IReadOnlyList<string> Reads
    {
        get
        {
            lock (gate) return [.. reads];
        }
    }

    public IReadOnlyList<T> MadeOf<T>()
        where T : ActionContent => [.. Made.Select(m => m.Content).OfType<T>()];

    /// <summary>Nothing goes wrong any more.</summary>
    public void Mend()
    {
        lock (gate) faults.Clear();
    }

    /// <summary>The next writes go wrong like this, in order.</summary>
    public void Next(params Fault[] next)
    {
        lock (gate)
            foreach (var fault in next) faults.Enqueue(fault);
    }

    public void NextLookUps(params Failure[] next)
    {
        lock (gate)
            foreach (var failure in next) lookUpFaults.Enqueue(failure);
    }

    /// <summary>A person or the tool itself makes or changes a record; a null takes a field away.</summary>
    public SourceRecord Put(RecordKind kind, string id, params (string Field, string? Value)[] fields)
    {
        lock (gate)
        {
            var before = records.GetValueOrDefault((kind, id)) ?? new SourceRecord { Kind = kind, Id = id };
            var after = new Dictionary<string, string?>(before.Fields);
            foreach (var (field, value) in fields) after[field] = value;
            return Save(before with { Fields = after });
        }
    }

    public void Refer(RecordKind kind, string id, string field, RecordKind to, params string[] ids)
    {
        lock (gate)
        {
            var before = records[(kind, id)];
            Save(before with { References = [.. before.References.Where(r => r.Field != field), new SourceReference(field, to, ids)] });
        }
    }

    public void Delete(RecordKind kind, string id)
    {
        lock (gate)
        {
            records.Remove((kind, id));
            log.Add((kind, id));
        }
    }

    /// <summary>From now on cursors that were given before are refused as too old.</summary>
    public void ForgetCursors()
    {
        lock (gate)
        {
            log.Add((RecordKind.Task, "a change that nobody asks for"));
            oldestCursor = log.Count;
        }
    }

    public SourceRecord? Find(RecordKind kind, string id)
    {
        lock (gate) return records.GetValueOrDefault((kind, id));
    }

    public Task<Outcome<string>> WhoAmI() => During<Outcome<string>>(async () =>
    {
        await WhileAsked();
        return Trouble is { } trouble ? trouble : Account;
    });

    public Task<Outcome<StreamPage>> Poll(RecordKind kind, Cursor cursor) => During(async () =>
    {
        await WhilePolling();
        return PollOnce(kind, cursor);
    });

    private Outcome<StreamPage> PollOnce(RecordKind kind, Cursor cursor) => Answer(() =>
    {
        Polls++;
        if (PollsWhole)
        {
            var open = records.Values.Where(r => r.Kind == kind && r.Fields.GetValueOrDefault("archived") != "true" && !HiddenFromLists.Contains(r.Id)).ToList();
            return new StreamPage
            {
                ReadBegan = clock.GetUtcNow(), Next = new Cursor("poll:0"), More = false, Records = open, Whole = open.Select(r => r.Id).ToHashSet(),
            };
        }

        var from = int.Parse(cursor.Text.Split(':')[1], CultureInfo.InvariantCulture);
        if (from < oldestCursor)
            return new StreamPage { ReadBegan = clock.GetUtcNow(), Next = new Cursor("list:0"), More = false, Expired = true };
        var changed = log.Skip(from).Where(c => c.Kind == kind).Distinct().ToList();
        var states = changed.Select(c => records.GetValueOrDefault(c) ?? new SourceRecord { Kind = c.Kind, Id = c.Id, Gone = true })
            .Where(r => !r.Gone || TellsDeletions).ToList();
        return new StreamPage
        {
            ReadBegan = clock.GetUtcNow(), Next = new Cursor($"poll:{log.Count}"), More = false,
            Records = Hints ? [] : states, Hints = Hints ? [.. states.Select(s => new RecordHint(s.Kind, s.Id))] : [],
        };
    });

    public Task<Outcome<StreamPage>> List(RecordKind kind, Cursor? from) => During(async () =>
    {
        await WhileListing();
        return ListOnce(kind, from);
    });

    private Outcome<StreamPage> ListOnce(RecordKind kind, Cursor? from) => Answer(() =>
    {
        Lists++;
        if (from is not null && ForgetsLists-- > 0)
            return new StreamPage { ReadBegan = clock.GetUtcNow(), Next = new Cursor("list:0"), More = false, Expired = true };
        var offset = from is { } cursor ? int.Parse(cursor.Text.Split(':')[1], CultureInfo.InvariantCulture) : 0;
        var all = records.Values.Where(r => r.Kind == kind && !HiddenFromLists.Contains(r.Id)).OrderBy(r => r.Id, StringComparer.Ordinal).ToList();
        var more = offset + PageSize < all.Count;
        return new StreamPage
        {
            ReadBegan = clock.GetUtcNow(), Records = [.. all.Skip(offset).Take(PageSize)], More = more,
            Next = more ? new Cursor($"list:{offset + PageSize}") : new Cursor($"poll:{log.Count}"),
        };
    }, list: true);

    public Task<Outcome<StreamPage>> Read(RecordKind kind, IReadOnlyList<string> wanted) => During(async () =>
    {
        Outcome<StreamPage> answer;
        lock (gate) reads.Add($"{Names.Of(kind)} {string.Join(',', wanted)}");
        await WhileReading(wanted);
        if (ReadTrouble(kind, wanted) is { } trouble) return trouble;
        answer = Answer(() => new StreamPage
        {
            ReadBegan = clock.GetUtcNow(), Next = default, More = false,
            Refused = [.. wanted.Where(RefusedBeside.Contains).Select(id => (id, new Failure(FailureKind.Rejected, "it is private") { Status = 403 }))],
            Records = [.. wanted.Where(id => !RefusedBeside.Contains(id)).Select(id => records.GetValueOrDefault((kind, id)) ?? new SourceRecord { Kind = kind, Id = id, Gone = true })],
        });
        await BeforeReadAnswers();
        return answer;
    });

    public Task<Outcome<Preparation>> Prepare(ActionCall call) => During<Outcome<Preparation>>(async () =>
    {
        await WhilePreparing();
        if ((PrepareTroubleOf(call) ?? PrepareTrouble ?? Trouble) is { } trouble) return trouble;
        lock (gate)
        {
            if (call.Order.Content is DealLinkContent { DealId: var deal } && !records.ContainsKey((RecordKind.Deal, deal)))
                return new Failure(FailureKind.Missing, $"there is no deal {deal}");
            if (call.Order.Content is DealLinkContent link && records[(RecordKind.Deal, link.DealId)].Fields.GetValueOrDefault("projectUrl") == call.Results["project"].Url)
                return new Preparation.Exists(new ActionResult(link.DealId, null));

            if (call.Order.Content is ProjectSetUpContent)
            {
                var project = call.Results["template"].Id;
                var (over, fails) = jobs[project];
                if (clock.GetUtcNow() < over) return new Failure(FailureKind.Unavailable, "the job is under way") { OneCall = true, Reason = Failure.NotYet, RetryAt = clock.GetUtcNow().AddSeconds(30) };
                if (fails) return new Failure(FailureKind.Rejected, "the job failed") { Reason = Failure.CameToNothing };
                if (records.GetValueOrDefault((RecordKind.Project, project)) is { } there && there.Fields["key"] == call.Order.Key)
                    return new Preparation.Exists(new ActionResult(project, $"https://{product}/{project}") { State = there });
            }

            // No two preparations give the same bytes: whoever sends the same twice has kept them.
            return new Preparation.Send(new FrozenCall("POST", call.Order.Content.Kind, "text/plain",
                $"{call.Order.Key} r{call.Revision} {call.Order.Content} draft {++prepared}", new Dictionary<string, string>()));
        }
    });

    public Task<Outcome<ActionResult>> Send(ActionCall call, FrozenCall frozen, KeyStrength strength, CancellationToken cancellationToken) =>
        During<Outcome<ActionResult>>(async () =>
        {
            Fault? fault;
            lock (gate)
            {
                calls.Add(new SentCall(call, frozen, clock.GetUtcNow()));
                MostUnderWay = Math.Max(MostUnderWay, ++underWay);
                faults.TryDequeue(out fault);
            }

            pulse.Beat();
            try
            {
                await Open;
                if (fault is null && Trouble is { } trouble) return trouble;
                ActionResult? result = null;
                if (fault is null or { Commits: true })
                    lock (gate) result = Commit(call, strength);
                if (fault is { Hangs: true }) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                if (fault is { Throws: true }) throw new InvalidOperationException("a bug in the connector");
                return fault?.Failure is { } failure ? failure : result!;
            }
            finally
            {
                lock (gate) underWay--;
            }
        });

    public Task<Outcome<ActionResult?>> LookUp(ActionCall call) => During(() =>
    {
        lock (gate)
        {
            lookUps.Add(call);
            if (lookUpFaults.TryDequeue(out var failure)) return Task.FromResult<Outcome<ActionResult?>>(failure);
            if (Trouble is { } trouble) return Task.FromResult<Outcome<ActionResult?>>(trouble);
            var found = made.Find(m => m.Key == call.Order.Key);
            return Task.FromResult<Outcome<ActionResult?>>(found is null ? default(ActionResult)! : Result(found, call.Order.Content));
        }
    });

    private Task<T> During<T>(Func<Task<T>> call)
    {
        Interlocked.Increment(ref asked);
        return pulse.During(call);
    }

    private Outcome<StreamPage> Answer(Func<StreamPage> page, bool list = false)
    {
        lock (gate)
        {
            if (Trouble is { } trouble) return trouble;
            if (list && ListsPages is { } pages && Lists >= pages) return new Failure(FailureKind.Unavailable, "the tool went down");
            return page();
        }
    }

    private SourceRecord Save(SourceRecord record)
    {
        var next = record with { Order = Versioned ? (record.Order ?? 0) + 1 : null };
        records[(next.Kind, next.Id)] = next;
        log.Add((next.Kind, next.Id));
        return next;
    }

    private ActionResult Commit(ActionCall call, KeyStrength strength)
    {
        var content = call.Order.Content;
        if (strength == KeyStrength.Native && made.Find(m => m.Key == call.Order.Key) is { } known) return Result(known, content);

        // Who comes first is chance: a project's number must not depend on how many sections and tasks were made before it.
        var id = content switch
        {
            DealLinkContent link => link.DealId,
            ProjectSetUpContent => call.Results["template"].Id,
            SectionContent or TaskContent or InvoiceLineContent => $"{product}-part-{++parts}",
            _ => $"{product}-{++ids}",
        };
        var thing = new Made(call.Order.Key, id, content);
        made.Add(thing);
        var now = clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        switch (content)
        {
            case ProjectContent project:
                Put(RecordKind.Project, id, ("name", project.Name), ("status", "open"), ("key", call.Order.Key), ("createdAt", now),
                    ("url", $"https://{product}/{id}"), ("endsOn", project.EndsOn?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
                break;
            case TemplateContent { Project: var project }:
                jobs[id] = (clock.GetUtcNow() + JobTakes, JobsFail);
                if (!JobsFail) Put(RecordKind.Project, id, ("name", project.Name), ("status", "open"), ("key", call.Order.Key), ("createdAt", now), ("url", $"https://{product}/{id}"));
                break;
            case ProjectSetUpContent { Project: var project }:
                Put(RecordKind.Project, id, ("name", project.Name), ("key", call.Order.Key), ("endsOn", project.EndsOn?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
                break;
            case CustomerContent customer:
                Put(RecordKind.Client, id, ("name", customer.Name), ("email", customer.Email), ("key", customer.ClientKey));
                break;
            case InvoiceContent invoice:
                Put(RecordKind.Invoice, id, ("status", "draft"), ("key", call.Order.Key), ("text", invoice.Text), ("createdAt", now), ("total", "0"));
                Refer(RecordKind.Invoice, id, "client", RecordKind.Client, invoice.CustomerId ?? call.Results["customer"].Id);
                break;
            case InvoiceLineContent line:
                Put(RecordKind.Invoice, call.Results["invoice"].Id, ("total", line.Amount.Amount.ToString(CultureInfo.InvariantCulture)));
                break;
            case ReminderContent reminder:
                Put(RecordKind.Reminder, id, ("title", reminder.Title), ("at", reminder.At.ToString("O", CultureInfo.InvariantCulture)), ("status", "set"));
                break;
            case ReminderMoveContent move:
                Put(RecordKind.Reminder, call.Results[move.Of].Id, ("at", move.At.ToString("O", CultureInfo.InvariantCulture)));
                break;
            case ReminderCancelContent cancel:
                Delete(RecordKind.Reminder, call.Results[cancel.Of].Id);
                break;
            case DealLinkContent:
                Put(RecordKind.Deal, id, ("projectUrl", call.Results["project"].Url));
                break;
        }

        return Result(thing, content);
    }

    private ActionResult Result(Made thing, ActionContent content)
    {
        RecordKind? kind = content switch
        {
            ProjectContent or ProjectSetUpContent => RecordKind.Project,
            CustomerContent => RecordKind.Client,
            InvoiceContent => RecordKind.Invoice,
            ReminderContent => RecordKind.Reminder,
            DealLinkContent => RecordKind.Deal,
            _ => null,
        };
        return new ActionResult(thing.Id, $"https://{product}/{thing.Id}") { State = kind is { } k ? records.GetValueOrDefault((k, thing.Id)) : null };
    }
}
