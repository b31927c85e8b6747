using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.World;
using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Chaos;

/// <summary>How a run ended.</summary>
internal sealed record Verdict(int Handoffs, int Kills, IReadOnlyList<Finding> Findings, TimeSpan WorstDelay)
{
    /// <summary>Nothing was lost, doubled or wrong, and something was tried.</summary>
    public bool IsGood => Findings.Count == 0 && Handoffs > 0;

    /// <summary>The last line of a run.</summary>
    public string Line => string.Create(CultureInfo.InvariantCulture,
        $"handoffs={Handoffs} kills={Kills} lost={Count(Breach.Lost)} doubled={Count(Breach.Doubled)} wrong={Count(Breach.Wrong)} worst_delay={WorstDelay.TotalSeconds:0}s");

    private int Count(Breach breach) => Findings.Count(f => f.Breach == breach);
}

/// <summary>A business at work, its tools in trouble, and a worker that dies again and again.</summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    // A look-up is due 133 s after a write at the latest: most leaps are longer, some are shorter, few are long.
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(12);

    private readonly ChaosOptions options;
    private readonly TextWriter output;
    private readonly SandboxHost sandbox;
    private readonly LeapingClock clock;
    private readonly Random random;
    private readonly string folder = Directory.CreateTempSubdirectory("clientflow-chaos-").FullName;
    private readonly Uri url = new($"http://127.0.0.1:{FreePort()}");
    private readonly Weather weather;
    private readonly People people;
    private readonly Lock world = new();
    private readonly Dictionary<string, int> deaths = new(StringComparer.Ordinal);
    private ChaosWorker? worker;
    private int kills;

    private ChaosRun(ChaosOptions options, TextWriter output, SandboxHost sandbox, LeapingClock clock)
    {
        (this.options, this.output, this.sandbox, this.clock) = (options, output, sandbox, clock);
        random = new Random(options.Seed);
        weather = new Weather(sandbox, options.Seed + 1);
        people = new People(sandbox, clock, options.Seed + 2, options.Open);
    }

    private string Config => Path.Combine(folder, "northwind.yaml");

    /// <summary>Runs until the kills or the minutes are used up, lets everything settle, and judges.</summary>
    public static async Task<Verdict> RunAsync(ChaosOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        var clock = new LeapingClock();
        var sandbox = await SandboxHost.StartAsync(new SandboxOptions { SmallBusiness = false, Seed = options.Seed, Clock = clock }, cancellationToken);
        sandbox.HubSpot.Behaviour.RateLimits = sandbox.Asana.Behaviour.RateLimits = sandbox.Stripe.Behaviour.RateLimits = sandbox.GoogleCalendar.Behaviour.RateLimits = false;
        sandbox.GoogleCalendar.AddCalendar(SmallBusiness.Managers[0].Email, SmallBusiness.Managers[0].Name, "writer");
        await using var run = new ChaosRun(options, output, sandbox, clock);
        return await run.RunAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        worker?.Dispose();
        await sandbox.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<Verdict> RunAsync(CancellationToken cancellationToken)
    {
        WriteFile();
        sandbox.HubSpot.SetWebhookTarget(new Uri(url, "webhooks/crm"));
        sandbox.Stripe.SetWebhookTarget(new Uri(url, "webhooks/billing"));
        Launch(null);
        await ArmedAsync(cancellationToken);

        using var work = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = WorkAsync(work.Token);
        await KillAgainAndAgainAsync(cancellationToken);
        weather.Clear();
        people.Leaving = true;
        var findings = await SettleAsync(cancellationToken);
        await work.CancelAsync();
        await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Tell(findings);
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                lock (world)
                {
                    weather.Tick();
                    people.Tick();
                }
            }
            catch (Exception e)
            {
                await output.WriteLineAsync($"a bug in the chaos program itself: {e}");
                Environment.Exit(3);
            }

            await Task.Delay(50, cancellationToken);
        }
    }

    private async Task KillAgainAndAgainAsync(CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var told = TimeSpan.Zero;
        while (kills < options.Kills && Stopwatch.GetElapsedTime(began).TotalMinutes < options.Minutes)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Most lives end by themselves at a commit point; the rest whenever it happens, now and then before they are ready.
            // A life counts from its first call, so that a slow machine has as much of it.
            var kind = random.Next(12);
            var life = TimeSpan.FromSeconds(random.NextDouble() * kind switch { 0 => 1, < 9 => 3, _ => 6 });
            if (kind > 0) await FirstCallAsync(cancellationToken);
            await worker!.WaitAsync(life, cancellationToken);
            await DieAsync();
            Leap();
            Launch(random.Next(3) == 0 ? null : $"{DeathPoint.Names[random.Next(DeathPoint.Names.Count)]}:{(random.Next(2) == 0 ? "before" : "after")}:{1 + (int)Math.Pow(random.Next(1, 11), 1 + random.NextDouble())}");
            if (Stopwatch.GetElapsedTime(began) - told < TimeSpan.FromSeconds(30)) continue;
            told = Stopwatch.GetElapsedTime(began);
            await output.WriteLineAsync($"{told.TotalSeconds:0} s: {kills} kills, {Done()} handoffs, {people.Open} deals open, {people.Stories.Count} in all");
        }
    }

    private async Task FirstCallAsync(CancellationToken cancellationToken)
    {
        var before = Calls();
        for (var tries = 0; tries < 600 && Calls() == before && !worker!.HasExited; tries++) await worker.WaitAsync(TimeSpan.FromMilliseconds(50), cancellationToken);

        int Calls() => sandbox.Tools.Sum(tool => tool.Requests.Size);
    }

    // A finding counts once nothing moves any more: the host is off and on again, by minutes, hours and more than a day.
    private async Task<IReadOnlyList<Finding>> SettleAsync(CancellationToken cancellationToken)
    {
        var oracle = new Oracle(sandbox);
        IReadOnlyList<Finding> findings = [];
        for (var round = 0; round < 9; round++)
        {
            await DieAsync();
            clock.Leap(round switch { < 5 => Rest, < 8 => TimeSpan.FromHours(2), _ => TimeSpan.FromHours(26) });
            Launch(null);
            var began = Stopwatch.GetTimestamp();
            await FirstCallAsync(cancellationToken);
            while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(15))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (worker!.HasExited) break;
                await Task.Delay(500, cancellationToken);
                lock (world) findings = oracle.Judge(people.Stories);
                if (findings.Count == 0 && people.Open == 0 && Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(3)) break;
            }

            await output.WriteLineAsync($"settling, round {round + 1}: {people.Open} deals open, {findings.Count} findings{string.Concat(findings.Take(3).Select(f => $"; {f}"))}");
            if (findings.Count == 0 && people.Open == 0 && round is >= 1 and < 7) round = 7;
        }

        return findings;
    }

    private async Task DieAsync()
    {
        var byItself = worker!.HasExited;
        await worker.KillAsync();
        if (byItself && !worker.WasKilled)
            throw new InvalidOperationException($"the worker ended without being killed; seed {options.Seed}; it said:\n{worker.Output}");
        kills++;
        worker.Dispose();
        worker = null;
    }

    private void Launch(string? diesAt)
    {
        if (diesAt is not null) deaths[diesAt.Split(':')[0]] = deaths.GetValueOrDefault(diesAt.Split(':')[0]) + 1;
        worker = ChaosWorker.Start(Config, Path.Combine(folder, "data"), url, clock.Ahead, diesAt);
        people.NextLife();
    }

    // The host was off.
    private void Leap() => clock.Leap(random.Next(20) switch
    {
        < 5 => TimeSpan.FromSeconds(random.Next(0, 20)),
        < 18 => TimeSpan.FromSeconds(random.Next(60, 400)),
        < 19 => TimeSpan.FromMinutes(random.Next(10, 90)),
        _ => TimeSpan.FromHours(random.Next(2, 14)),
    });

    private async Task ArmedAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = url };
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (worker!.HasExited || Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(60))
                throw new InvalidOperationException($"the worker did not become ready; it said:\n{worker.Output}");
            try
            {
                using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // It doesn't listen yet.
            }

            await Task.Delay(100, cancellationToken);
        }
    }

    private int Done() => people.Stories.Sum(s => s.Handoffs.Values.Count(h => h.Seen is not null));

    private Verdict Tell(IReadOnlyList<Finding> findings)
    {
        output.WriteLine($"trouble: {weather.Story}");
        output.WriteLine($"lives that were to end at a commit point: {string.Join(", ", deaths.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => $"{d.Key} {d.Value}"))}");
        output.WriteLine($"stories: {string.Join(", ", people.Stories.CountBy(s => s.Plot).OrderBy(p => p.Key).Select(p => $"{p.Key} {p.Value}"))}; {people.Stories.Count(s => s.Raced)} judged for doubles only");
        output.WriteLine($"the clock was put forward by {clock.Ahead.TotalHours:0.0} h");
        foreach (var finding in findings.Take(20))
        {
            output.WriteLine(finding);
            foreach (var line in finding.Story.Log) output.WriteLine($"    {line}");
            foreach (var line in Calls(finding.Story)) output.WriteLine($"    {line}");
        }

        if (findings.Count > 0)
        {
            output.WriteLine($"the worker's data is kept in {folder}-kept");
            Directory.Move(folder, $"{folder}-kept");
            Directory.CreateDirectory(folder);
            output.WriteLine($"to repeat: {options.Command}");
        }

        var worst = people.Stories.SelectMany(s => s.Handoffs.Values).Where(h => h.Seen is not null).Select(h => h.Seen!.Value - h.Called).DefaultIfEmpty().Max();
        return new Verdict(Done(), kills, findings, worst);
    }

    // What the worker asked of the tools for this deal.
    private IEnumerable<string> Calls(Story story)
    {
        return sandbox.Tools.SelectMany(tool => tool.Requests.All.Where(r => r.Method != "GET" && !r.Path.EndsWith("/search", StringComparison.Ordinal) &&
                !r.Path.EndsWith("/batch/read", StringComparison.Ordinal) && (Speaks(r.Path) || Speaks(Uri.UnescapeDataString(r.Body)))).Select(r => (tool, r)))
            .OrderBy(c => c.r.At).Select(c => $"{c.r.At:MM-dd HH:mm:ss.fff} {c.tool.Name} {c.r.Method} {c.r.Path} -> {c.r.Status} {c.r.Body[..Math.Min(c.r.Body.Length, 160)].ReplaceLineEndings(" ")}");

        bool Speaks(string text) => text.Contains(story.Name, StringComparison.Ordinal) || text.Contains(story.Deal, StringComparison.Ordinal) ||
            (story.Gid is { } gid && text.Contains(gid, StringComparison.Ordinal)) || text.Contains(story.Email, StringComparison.Ordinal);
    }

    private void WriteFile()
    {
        var credentials = Path.Combine(folder, "google.json");
        sandbox.GoogleCalendar.WriteUserCredentials(credentials);
        File.WriteAllText(Config, $$$"""
            version: 1
            business: { name: Northwind Consulting, timezone: Europe/London, currency: GBP }
            publicUrl: {{{url}}}

            tools:
              crm:      { connector: hubspot, token: "${HUBSPOT_TOKEN}", webhookSecret: "${HUBSPOT_SECRET}", baseUrl: "{{{sandbox.HubSpot.BaseUrl}}}", poll: 1s }
              projects: { connector: asana, token: "${ASANA_TOKEN}", workspace: "{{{sandbox.Asana.World.WorkspaceGid}}}", team: "{{{SmallBusiness.TeamGid}}}", baseUrl: "{{{sandbox.Asana.BaseUrl}}}", poll: 2s }
              billing:  { connector: stripe, key: "${STRIPE_KEY}", webhookSecret: "${STRIPE_WEBHOOK_SECRET}", baseUrl: "{{{sandbox.Stripe.BaseUrl}}}", poll: 1s }
              calendar: { connector: google-calendar, credentials: "{{{credentials}}}", calendar: primary, baseUrl: "{{{sandbox.GoogleCalendar.BaseUrl}}}", tokenUri: "{{{sandbox.GoogleCalendar.TokenUrl}}}", poll: 1s }

            mapping:
              crm.deal:
                endsOn: { field: contract_end_date }
                scope:  { field: scope_summary }

            handoffs:
              won-deal-to-project:
                when: { deal.stage: won }
                require: [ client.email, deal.scope, deal.owner ]
                limit: 100000
                create:
                  project:
                    in: projects
                    name: "{{client.name}} – {{deal.name}}"
                    endsOn: "{{deal.endsOn}}"
                    owner: "{{deal.owner}}"
                    checklist:
                      - { task: Send the welcome pack, due: +1d }
                      - { task: Collect access and assets, due: +3d, assign: "{{deal.owner}}" }
              closed-project-to-invoice:
                when: { project.status: closed }
                limit: 100000
                create:
                  invoice: { in: billing, draft: true, dueIn: 14d, lines: [ { text: "{{deal.name}}", amount: remaining } ] }
              renewal-reminder:
                when: { project.endsOn: { exists: true } }
                limit: 100000
                create:
                  reminder: { in: calendar, for: "{{deal.owner}}", on: "{{project.endsOn}} - 30d", at: "09:00", title: "Renewal: {{client.name}}" }
            """);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
