using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.GoogleCalendar;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.HubSpot;
using ClientFlow.Sync.Sandbox.Stripe;

namespace ClientFlow.Sync.Chaos;

/// <summary>
/// What goes wrong between worker and tools. Each tool has a mood that changes every few seconds, from calm to an outage; in it each
/// call may be refused, stalled or cut, before or after its work was done, and webhooks are dropped, doubled, held up and shuffled; the index that searches ask lags.
/// </summary>
internal sealed class Weather
{
    private readonly SandboxHost sandbox;
    private readonly Random random;
    private readonly Lock gate = new();
    private readonly Dictionary<SimulatedTool, (double Rate, bool Out, DateTimeOffset Until)> moods = [];
    private readonly Dictionary<string, int> hits = new(StringComparer.Ordinal);
    private bool over;

    public Weather(SandboxHost sandbox, int seed)
    {
        (this.sandbox, random) = (sandbox, new Random(seed));
        foreach (var tool in sandbox.Tools) tool.Faults.Weather = call => Over(tool, call);
    }

    /// <summary>How often each kind of trouble struck.</summary>
    public string Story
    {
        get
        {
            lock (gate) return string.Join(", ", hits.OrderBy(h => h.Key, StringComparer.Ordinal).Select(h => $"{h.Key} {h.Value}"));
        }
    }

    /// <summary>Changes the moods that are over.</summary>
    public void Tick()
    {
        lock (gate)
        {
            if (over) return;
            foreach (var tool in sandbox.Tools)
            {
                if (moods.TryGetValue(tool, out var mood) && mood.Until > DateTimeOffset.UtcNow) continue;
                var kind = random.NextDouble();
                moods[tool] = (kind < 0.4 ? 0.02 : kind < 0.8 ? 0.08 : 0.25, kind > 0.95, DateTimeOffset.UtcNow.AddSeconds(1 + (random.NextDouble() * 5)));
                var switches = tool.Webhooks.Switches;
                switches.Drop = random.NextDouble() < 0.25;
                switches.Copies = random.NextDouble() < 0.3 ? random.Next(2, 4) : 1;
                switches.Shuffle = random.NextDouble() < 0.5;
                if (tool is HubSpotTool crm) crm.Behaviour.SearchLag = TimeSpan.FromSeconds(random.NextDouble() < 0.3 ? random.Next(1, 20) : 0);
                switches.Delay = random.NextDouble() < 0.3 ? TimeSpan.FromMilliseconds(random.Next(20, 300)) : TimeSpan.Zero;
            }
        }
    }

    /// <summary>It clears up for good.</summary>
    public void Clear()
    {
        lock (gate)
        {
            over = true;
            foreach (var tool in sandbox.Tools)
            {
                tool.Faults.Weather = null;
                if (tool is HubSpotTool crm) crm.Behaviour.SearchLag = TimeSpan.Zero;
                (tool.Webhooks.Switches.Drop, tool.Webhooks.Switches.Copies, tool.Webhooks.Switches.Delay) = (false, 1, TimeSpan.Zero);
            }
        }
    }

    private Fault? Over(SimulatedTool tool, ApiCall call)
    {
        lock (gate)
        {
            if (over || !moods.TryGetValue(tool, out var mood)) return null;
            if (mood.Out) return Count(random.Next(3) switch { 0 => new Fault.Cut(), 1 => new Fault.Answer(503), _ => new Fault.Answer(502) });
            var reads = call.Method == "GET" || call.Path.EndsWith("/search", StringComparison.Ordinal) || call.Path.EndsWith("/batch/read", StringComparison.Ordinal);
            if (random.NextDouble() > mood.Rate * (reads ? 0.5 : 1.5)) return null;
            return Count(random.Next(16) switch
            {
                0 or 1 => TooMany(tool),
                2 => new Fault.Answer(500),
                3 => new Fault.Answer(502),
                4 => new Fault.Answer(503),
                5 => new Fault.Answer(504),
                6 => new Fault.Hang(),
                7 => new Fault.HangAfterCommit(),
                8 or 9 => new Fault.Cut(),
                10 or 11 or 12 => new Fault.CutAfterCommit(),
                13 => new Fault.AnswerAfterCommit(500),
                14 => new Fault.AnswerAfterCommit(random.Next(2) == 0 ? 502 : 504),
                _ => new Fault.Delay(TimeSpan.FromMilliseconds(random.Next(20, 1500))),
            });
        }
    }

    private Fault Count(Fault fault)
    {
        var name = fault switch
        {
            Fault.Answer answer => $"{answer.Status}",
            Fault.AnswerAfterCommit answer => $"{answer.Status}-after-commit",
            Fault.Hang => "hang",
            Fault.HangAfterCommit => "hang-after-commit",
            Fault.Cut => "cut",
            Fault.CutAfterCommit => "cut-after-commit",
            _ => "delay",
        };
        hits[name] = hits.GetValueOrDefault(name) + 1;
        return fault;
    }

    private static Fault.Answer TooMany(SimulatedTool tool) => tool switch
    {
        StripeTool => StripeTool.TooManyRequests(),
        GoogleCalendarTool => GoogleCalendarTool.TooManyRequests(),
        HubSpotTool => new Fault.Answer(429, """{"status":"error","message":"You have reached your ten_secondly_rolling limit.","errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING","category":"RATE_LIMITS"}""",
            new Dictionary<string, string> { ["Retry-After"] = "400" }),
        _ => new Fault.Answer(429, """{"errors":[{"message":"You have made too many requests recently. Please, be chill."}]}""",
            new Dictionary<string, string> { ["Retry-After"] = "1" }),
    };
}
