namespace ClientFlow.Sync.Core.Connectors;

/// <summary>
/// The calls that one account may still make, shared by everything that calls it. Work may use nearly all of each limit;
/// polls and full lists leave a reserve. It counts what we send, and learns from headers what others used.
/// </summary>
/// <param name="windows">The limits; none means that nothing is limited.</param>
/// <param name="zone">Where the account's midnight is.</param>
public sealed class QuotaBudget(IReadOnlyList<QuotaWindow> windows, TimeZoneInfo? zone = null)
{
    // The vendor's clock and ours, and calls on their way, differ by a little.
    private const double WorkShare = 0.9;
    private const double BackgroundShare = 0.5;

    // What polls may plan for: with reads that webhooks prompt, and with work, an idle day stays below 30 %.
    private const double PollShare = 0.2;

    private static readonly TimeSpan LongestPace = TimeSpan.FromHours(6);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly AsyncLocal<QuotaUse?> current = new();
    private readonly Gauge[] gauges = [.. windows.Select(w => new Gauge(w, zone ?? TimeZoneInfo.Utc))];
    private readonly Dictionary<string, double[]> costs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> wishes = new(StringComparer.Ordinal);

    /// <summary>Says why the calls that follow in this flow are made, and counts them, until it is disposed of.</summary>
    public QuotaUse During(CallPurpose purpose)
    {
        var use = new QuotaUse(purpose, gauges.Length, current.Value, before => current.Value = before);
        current.Value = use;
        return use;
    }

    /// <summary>Takes a call out of the budget.</summary>
    /// <returns>Null when it may go out now; else when to ask again, UTC. A call that may go is given back by <see cref="Done"/>.</returns>
    public DateTimeOffset? Take(QuotaCall call, DateTimeOffset now)
    {
        var use = current.Value;
        lock (gate)
        {
            if (FreeAt(call, use?.Purpose ?? CallPurpose.Work, now) is { } later) return later;
            for (var i = 0; i < gauges.Length; i++)
            {
                if (!gauges[i].Window.Counts(call)) continue;
                gauges[i].Add(call.Endpoint, 1, now);
                use?.Count(i);
            }

            return null;
        }
    }

    /// <summary>The call has ended, however it ended.</summary>
    public void Done(QuotaCall call)
    {
        lock (gate)
        {
            foreach (var gauge in gauges.Where(g => g.Window.Per == TimeSpan.Zero && g.Window.Counts(call))) gauge.Add(call.Endpoint, -1, default);
        }
    }

    /// <summary>Takes in what an answer's headers say: others may use the same account, and its plan may be larger or smaller than declared.</summary>
    public void Heard(IEnumerable<QuotaWord> words, DateTimeOffset now)
    {
        lock (gate)
        {
            foreach (var word in words)
                Array.Find(gauges, g => g.Window.Name == word.Window)?.Learn(word, now);
        }
    }

    /// <summary>When work may call next.</summary>
    /// <returns>Null for now; else UTC.</returns>
    public DateTimeOffset? FreeAt(QuotaCall call, DateTimeOffset now)
    {
        lock (gate) return FreeAt(call, CallPurpose.Work, now);
    }

    /// <summary>How long to wait between two polls of a stream, so that all polls of this account together stay within their share.</summary>
    /// <param name="wish">The pace where the budget doesn't matter.</param>
    public TimeSpan Pace(string stream, TimeSpan wish, DateTimeOffset now)
    {
        lock (gate)
        {
            wishes[stream] = wish;
            var stretch = 1.0;
            for (var i = 0; i < gauges.Length; i++)
            {
                if (gauges[i].Window.Per == TimeSpan.Zero) continue;
                var wanted = wishes.Sum(w => (costs.TryGetValue(w.Key, out var cost) ? cost[i] : 0) / Math.Max(0.001, w.Value.TotalSeconds));
                if (wanted <= 0) continue;
                var window = gauges[i].Window;
                var allowed = PollShare * gauges[i].Limit / window.Per.TotalSeconds;
                if (window.Per >= Long && gauges[i].Meter(now) is { ResetsAt: { } resets } meter)
                {
                    // Of what is left, half until it begins anew.
                    var left = Math.Max(0, (WorkShare * meter.Limit) - meter.Used) / 2;
                    allowed = Math.Min(allowed, left / Math.Max(1, (resets - now).TotalSeconds));
                }

                stretch = Math.Max(stretch, allowed <= 0 ? double.MaxValue : wanted / allowed);
            }

            return stretch * wish.TotalSeconds >= LongestPace.TotalSeconds ? (wish > LongestPace ? wish : LongestPace) : wish * stretch;
        }
    }

    /// <summary>Learns what a poll of a stream costs.</summary>
    public void Learn(string stream, QuotaUse use)
    {
        lock (gate)
        {
            if (!costs.TryGetValue(stream, out var cost)) costs[stream] = [.. use.Counts];
            else for (var i = 0; i < cost.Length; i++) cost[i] += (use.Counts[i] - cost[i]) / 5.0;
        }
    }

    /// <summary>How much of each limit is used.</summary>
    public IReadOnlyList<QuotaMeter> Meters(DateTimeOffset now)
    {
        lock (gate) return [.. gauges.Select(g => g.Meter(now))];
    }

    private DateTimeOffset? FreeAt(QuotaCall call, CallPurpose purpose, DateTimeOffset now)
    {
        var share = purpose == CallPurpose.Work ? WorkShare : BackgroundShare;
        DateTimeOffset? later = null;
        foreach (var gauge in gauges)
        {
            if (gauge.Window.Soft || !gauge.Window.Counts(call)) continue;
            var at = gauge.FreeAt(call.Endpoint, Math.Max(1, (int)(gauge.Limit * share)), now);
            if (at is not null && (later is null || at > later)) later = at;
        }

        return later;
    }

    // Counts in slices of a window: the oldest is counted whole until all of it is over, so that it errs on the safe side.
    private sealed class Gauge(QuotaWindow window, TimeZoneInfo zone)
    {
        private const int Slices = 20;
        private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(50);
        private readonly Dictionary<string, List<Slice>> used = new(StringComparer.Ordinal);

        public QuotaWindow Window => window;

        public int Limit { get; private set; } = window.Limit;

        public void Add(string endpoint, int calls, DateTimeOffset now)
        {
            var slices = SlicesOf(endpoint);
            Drop(slices, now);
            var until = window.Per == TimeSpan.Zero ? DateTimeOffset.MaxValue : window.FromMidnight ? Midnight(now) : Ending(now);
            if (slices.Count == 0 || slices[^1].Until < until) slices.Add(new Slice(until));
            slices[^1].Calls = Math.Max(0, slices[^1].Calls + calls);
        }

        public void Learn(QuotaWord word, DateTimeOffset now)
        {
            if (word.Limit is > 0) Limit = word.Limit.Value;
            var others = Limit - word.Remaining - Used(SlicesOf(""), now);
            if (others > 0) Add("", others, now);
        }

        public DateTimeOffset? FreeAt(string endpoint, int most, DateTimeOffset now)
        {
            var slices = SlicesOf(endpoint);
            var over = Used(slices, now) - most;
            if (over < 0) return null;
            if (window.Per == TimeSpan.Zero) return now + AtOnce;
            foreach (var slice in slices)
            {
                over -= slice.Calls;
                if (over < 0) return slice.Until;
            }

            return now + window.Per;
        }

        public QuotaMeter Meter(DateTimeOffset now)
        {
            var fullest = used.Values.MaxBy(slices => Used(slices, now));
            var calls = fullest is null ? 0 : Used(fullest, now);
            return new QuotaMeter(window.Name, window.Text, Limit, calls, calls == 0 || window.Per == TimeSpan.Zero ? null : fullest![^1].Until);
        }

        private List<Slice> SlicesOf(string endpoint)
        {
            var key = window.EachEndpoint ? endpoint : "";
            if (!used.TryGetValue(key, out var slices)) used[key] = slices = [];
            return slices;
        }

        private static int Used(List<Slice> slices, DateTimeOffset now)
        {
            Drop(slices, now);
            return slices.Sum(s => s.Calls);
        }

        private static void Drop(List<Slice> slices, DateTimeOffset now) => slices.RemoveAll(s => s.Until <= now);

        // When the slice that holds this moment has left the window.
        private DateTimeOffset Ending(DateTimeOffset now)
        {
            var slice = Math.Max(1, window.Per.Ticks / Slices);
            return new DateTimeOffset(((now.UtcTicks / slice) + 1) * slice, TimeSpan.Zero) + window.Per;
        }

        private DateTimeOffset Midnight(DateTimeOffset now)
        {
            var local = TimeZoneInfo.ConvertTime(now, zone).Date.AddDays(1);

            // Where the clock jumps at midnight, the day begins with the first moment that exists.
            while (zone.IsInvalidTime(local)) local = local.AddMinutes(15);
            return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        }

        private sealed class Slice(DateTimeOffset until)
        {
            public DateTimeOffset Until => until;

            public int Calls { get; set; }
        }
    }
}

/// <summary>Why calls are made, and how many they were; see <see cref="QuotaBudget.During"/>.</summary>
public sealed class QuotaUse : IDisposable
{
    private readonly QuotaUse? before;
    private readonly Action<QuotaUse?> end;
    private readonly int[] counts;

    internal QuotaUse(CallPurpose purpose, int windows, QuotaUse? before, Action<QuotaUse?> end)
    {
        (Purpose, this.before, this.end) = (purpose, before, end);
        counts = new int[windows];
    }

    public CallPurpose Purpose { get; }

    internal double[] Counts => [.. counts.Select(c => (double)c)];

    /// <summary>Whoever asked first goes on as before.</summary>
    public void Dispose() => end(before);

    internal void Count(int window)
    {
        Interlocked.Increment(ref counts[window]);
        before?.Count(window);
    }
}
