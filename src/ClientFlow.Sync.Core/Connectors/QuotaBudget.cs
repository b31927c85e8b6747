namespace ClientFlow.Sync.Core.Connectors;

/// <summary>
/// The calls that one account may still make, shared by everything that calls it. Work may use nearly all of each limit;
/// polls and full lists leave a reserve. It counts what we send, and learns from headers what others used.
/// </summary>
/// <param name="windows">The limits; none means that nothing is limited.</param>
public sealed class QuotaBudget(IReadOnlyList<QuotaWindow> windows)
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
    private readonly Gauge[] gauges = [.. windows.Select(w => new Gauge(w))];
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
                gauges[i].Take(call, now);
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
            foreach (var gauge in gauges.Where(g => g.Window.Counts(call))) gauge.Done(call);
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
            var at = gauge.FreeAt(call, Math.Max(1, (int)(gauge.Limit * share)), now);
            if (at is not null && (later is null || at > later)) later = at;
        }

        return later;
    }

    // Counts in slices of a window: the oldest is counted whole until all of it is over, so that it errs on the safe side. A day that
    // begins at a midnight which nobody knows rolls, too, and is as the vendor counts it wherever an answer tells.
    private sealed class Gauge(QuotaWindow window)
    {
        private const int Slices = 20;
        private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(50);
        private static readonly TimeSpan AskAgain = TimeSpan.FromHours(1);
        private readonly Dictionary<string, List<Slice>> used = new(StringComparer.Ordinal);
        private readonly Dictionary<string, DateTimeOffset> asked = new(StringComparer.Ordinal);
        private DateTimeOffset? told;
        private int underWay;

        public QuotaWindow Window => window;

        public int Limit { get; private set; } = window.Limit;

        public void Take(QuotaCall call, DateTimeOffset now)
        {
            underWay++;
            if (told is not null) asked[call.Class ?? ""] = now;
            Add(call.Endpoint, 1, now);
        }

        public void Done(QuotaCall call)
        {
            underWay = Math.Max(0, underWay - 1);
            if (window.Per == TimeSpan.Zero) Add(call.Endpoint, -1, default);
        }

        public void Learn(QuotaWord word, DateTimeOffset now)
        {
            if (word.Limit is > 0) Limit = word.Limit.Value;
            var theirs = Limit - word.Remaining;
            if (!window.FromMidnight)
            {
                var others = theirs - Used(SlicesOf(""), now);
                if (others > 0) Add("", others, now);
                return;
            }

            // What is under way beside the call that was answered may not be in the vendor's count yet.
            told = now;
            SlicesOf("").Clear();
            Add("", Math.Max(0, theirs) + Math.Max(0, underWay - 1), now);
        }

        public DateTimeOffset? FreeAt(QuotaCall call, int most, DateTimeOffset now)
        {
            var slices = SlicesOf(call.Endpoint);
            var over = Used(slices, now) - most;
            if (over < 0) return null;
            if (window.Per == TimeSpan.Zero) return now + AtOnce;
            if (told is { } heard)
            {
                // The vendor's day may have begun anew since it last told: one call of each class an hour finds that out.
                var last = asked.TryGetValue(call.Class ?? "", out var at) && at > heard ? at : heard;
                return last + AskAgain <= now ? null : last + AskAgain;
            }

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

        private void Add(string endpoint, int calls, DateTimeOffset now)
        {
            var slices = SlicesOf(endpoint);
            Drop(slices, now);
            var until = window.Per == TimeSpan.Zero ? DateTimeOffset.MaxValue : Ending(now);
            if (slices.Count == 0 || slices[^1].Until < until) slices.Add(new Slice(until));
            slices[^1].Calls = Math.Max(0, slices[^1].Calls + calls);
        }

        private sealed class Slice(DateTimeOffset until)
        {
            public DateTimeOffset Until => until;

            public int Calls { get; set; }
        }
    }
}
