namespace ClientFlow.Sync.Testing;

/// <summary>A clock that stands still until a test moves it. Timers fire in the order in which they are due, on the caller's thread.</summary>
public sealed class ManualClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<ManualTimer> timers = [];
    private DateTimeOffset now = start.ToUniversalTime();
    private long sequence;
    private TaskCompletionSource pending = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ManualClock() : this(new DateTimeOffset(2026, 11, 2, 9, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers are waiting to fire.</summary>
    public int PendingTimers
    {
        get
        {
            lock (gate) return timers.Count;
        }
    }

    /// <summary>When the next timer is due, or null where none is set.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (gate) return timers.Count == 0 ? null : timers.Min(t => t.Due);
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate) return now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves time on, and fires whatever comes due on the way, each at its own moment.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        AdvanceTo(GetUtcNow() + by);
    }

    /// <summary>Moves time on to a moment; a moment that has passed changes nothing.</summary>
    public void AdvanceTo(DateTimeOffset moment)
    {
        while (true)
        {
            ManualTimer? due;
            lock (gate)
            {
                due = timers.Where(t => t.Due <= moment).OrderBy(t => t.Due).ThenBy(t => t.Sequence).FirstOrDefault();
                if (due is null)
                {
                    if (moment > now) now = moment.ToUniversalTime();
                    return;
                }

                if (due.Due > now) now = due.Due;
                timers.Remove(due);
                if (due.Period > TimeSpan.Zero) Set(due, now + due.Period);
            }

            due.Fire();
        }
    }

    /// <summary>Completes as soon as a timer is waiting.</summary>
    public Task TimerSetAsync()
    {
        lock (gate) return timers.Count > 0 ? Task.CompletedTask : pending.Task;
    }

    /// <summary>Runs the clock from timer to timer until the work is done: waits take no time.</summary>
    public async Task<T> RunAsync<T>(Task<T> work)
    {
        while (await Task.WhenAny(work, TimerSetAsync()) != work)
        {
            if (NextDue is { } due) AdvanceTo(due);
        }

        return await work;
    }

    private void Set(ManualTimer timer, DateTimeOffset due)
    {
        timer.Due = due;
        timer.Sequence = sequence++;
        timers.Add(timer);
        pending.TrySetResult();
        pending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private bool disposed;

        public DateTimeOffset Due { get; set; }

        public long Sequence { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool atOnce;
            lock (clock.gate)
            {
                if (disposed) return false;
                clock.timers.Remove(this);
                Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                atOnce = dueTime <= TimeSpan.Zero;
                if (!atOnce) clock.Set(this, clock.now + dueTime);
                else if (Period > TimeSpan.Zero) clock.Set(this, clock.now + Period);
            }

            if (atOnce) ThreadPool.QueueUserWorkItem(static timer => timer.Fire(), this, preferLocal: false);
            return true;
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (clock.gate)
            {
                disposed = true;
                clock.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
