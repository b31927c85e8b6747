namespace ClientFlow.Sync.Sandbox.Http;

/// <summary>Trouble that a test scripts for the next matching call.</summary>
public abstract record Fault
{
    private Fault()
    {
    }

    /// <summary>The tool answers this and does nothing.</summary>
    public sealed record Answer(int Status, string? Body = null, IReadOnlyDictionary<string, string>? Headers = null) : Fault;

    /// <summary>The tool does what was asked and answers this all the same (a 500 after the commit).</summary>
    public sealed record AnswerAfterCommit(int Status, string? Body = null) : Fault;

    /// <summary>No answer until the caller gives up; nothing was done.</summary>
    public sealed record Hang : Fault;

    /// <summary>The work is done and no answer comes until the caller gives up.</summary>
    public sealed record HangAfterCommit : Fault;

    /// <summary>The connection is cut before anything was done.</summary>
    public sealed record Cut : Fault;

    /// <summary>The work is done and the connection is cut before a byte of the answer.</summary>
    public sealed record CutAfterCommit : Fault;

    /// <summary>The call waits this long by the sandbox's clock and then goes on normally.</summary>
    public sealed record Delay(TimeSpan By) : Fault;
}

/// <summary>Scripted faults, first match first. Each is used up after a number of calls.</summary>
public sealed class FaultScript
{
    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];

    /// <summary>Trouble that comes by itself: asked for each call that no scripted fault hits, one at a time.</summary>
    public Func<ApiCall, Fault?>? Weather { get; set; }

    public int Waiting
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    public void Add(Fault fault, Func<ApiCall, bool>? when = null, int times = 1)
    {
        lock (_lock)
            _entries.Add(new Entry(fault, when ?? (_ => true), times));
    }

    /// <summary>The fault hits calls with this method (null: any) whose path contains the text.</summary>
    public void Add(Fault fault, string? method, string pathContains, int times = 1) =>
        Add(fault, call => (method is null || call.Method == method) && call.Path.Contains(pathContains, StringComparison.Ordinal), times);

    public void Clear()
    {
        lock (_lock)
            _entries.Clear();
    }

    internal Fault? Take(ApiCall call)
    {
        lock (_lock)
        {
            int at = _entries.FindIndex(entry => entry.When(call));
            if (at < 0)
                return Weather?.Invoke(call);
            Entry entry = _entries[at];
            if (entry.Times <= 1)
                _entries.RemoveAt(at);
            else
                _entries[at] = entry with { Times = entry.Times - 1 };
            return entry.Fault;
        }
    }

    private sealed record Entry(Fault Fault, Func<ApiCall, bool> When, int Times);
}
