using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Sandbox.World;

namespace ClientFlow.Sync.Scenarios.Harness;

/// <summary>
/// A business with its four tools, simulated in this process and reached over real HTTP, and the real worker as a process of
/// its own. What happened is judged by what stands in the tools, never by the worker's own database.
/// </summary>
internal sealed partial class Flow : IAsyncDisposable
{
    private readonly FlowOptions options;
    private readonly string folder = Directory.CreateTempSubdirectory("clientflow-scenario-").FullName;
    private readonly FollowsTheSpecs specs;
    private WorkerProcess? worker;

    private Flow(FlowOptions options, SandboxHost sandbox)
    {
        (this.options, Sandbox) = (options, sandbox);
        Url = new Uri($"http://127.0.0.1:{Ports.Next()}");
        PublicUrl = options.WebhooksApart ? new Uri($"http://127.0.0.1:{Ports.Next()}") : Url;
        foreach (var (name, value) in options.MoreSecrets) Secrets[name] = value;
        Office = new Office(sandbox);
        specs = new FollowsTheSpecs(sandbox);
    }

    public SandboxHost Sandbox { get; }

    /// <summary>What the people of the business do.</summary>
    public Office Office { get; }

    public WorkerProcess Worker => worker ?? throw new InvalidOperationException("the worker was not started");

    public Uri Url { get; }

    /// <summary>Where the vendors are told to call.</summary>
    public Uri PublicUrl { get; set; }

    public string ConfigFile => Path.Combine(folder, "northwind.yaml");

    public string DataDirectory => Path.Combine(folder, "data");

    public Dictionary<string, string> Secrets { get; } = new()
    {
        ["HUBSPOT_TOKEN"] = SandboxOptions.HubSpotToken,
        ["HUBSPOT_SECRET"] = SandboxOptions.HubSpotClientSecret,
        ["ASANA_TOKEN"] = SandboxOptions.AsanaToken,
        ["STRIPE_KEY"] = SandboxOptions.StripeKey,
        ["STRIPE_WEBHOOK_SECRET"] = SandboxOptions.StripeWebhookSecret,
    };

    /// <summary>What else is in the worker's environment.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Sandbox and worker, ready: every rule is armed.</summary>
    public static async Task<Flow> StartAsync(FlowOptions? options = null)
    {
        var flow = await PrepareAsync(options);
        try
        {
            await flow.StartWorkerAsync();
            return flow;
        }
        catch
        {
            await flow.DisposeAsync();
            throw;
        }
    }

    /// <summary>The sandbox and the file, without a worker yet.</summary>
    public static async Task<Flow> PrepareAsync(FlowOptions? options = null)
    {
        options ??= new FlowOptions();
        var sandbox = await SandboxHost.StartAsync(new SandboxOptions { SmallBusiness = options.SmallBusiness });
        sandbox.HubSpot.Behaviour.RateLimits = false;
        sandbox.Asana.Behaviour.RateLimits = false;
        sandbox.Stripe.Behaviour.RateLimits = false;
        sandbox.GoogleCalendar.Behaviour.RateLimits = false;
        if (options.SharedCalendar && !options.SmallBusiness)
            sandbox.GoogleCalendar.AddCalendar(SmallBusiness.Managers[0].Email, SmallBusiness.Managers[0].Name, "writer");
        options.Before(sandbox);
        return new Flow(options, sandbox);
    }

    /// <summary>Starts the worker, for the first time or again, and waits until it is ready.</summary>
    public async Task StartWorkerAsync()
    {
        Launch();
        await Worker.ReadyAsync();
    }

    /// <summary>Starts the worker and doesn't wait.</summary>
    public void Launch()
    {
        WriteFile();
        if (options.Webhooks)
        {
            Sandbox.HubSpot.SetWebhookTarget(new Uri(PublicUrl, "webhooks/crm"));
            Sandbox.Stripe.SetWebhookTarget(new Uri(PublicUrl, "webhooks/billing"));
        }

        worker = WorkerProcess.Run(ConfigFile, DataDirectory, Url, [.. Secrets, .. Environment],
        [
            "--urls", options.Everywhere ? $"http://0.0.0.0:{Url.Port}" : Url.ToString().TrimEnd('/'),
            .. options.WebhooksApart ? new[] { "--webhook-urls", PublicUrl.ToString().TrimEnd('/') } : [],
        ]);
    }

    /// <summary>Kills the worker (-9).</summary>
    public async Task KillWorkerAsync()
    {
        if (worker is null) return;
        await worker.DisposeAsync();
        worker = null;
    }

    /// <summary>Waits for something to be seen.</summary>
    public Task<T> UntilAsync<T>(string what, Func<T?> look, TimeSpan? within = null)
        where T : class => Patience.ForAsync(what, () => Task.FromResult(look()), within, TellAsync);

    /// <summary>Waits for something to be so.</summary>
    public Task UntilAsync(string what, Func<bool> isSo, TimeSpan? within = null) => UntilAsync(what, () => isSo() ? "" : null, within);

    /// <summary>Waits until the worker's page says something; answers the page's text.</summary>
    public Task<string> UntilPageSaysAsync(params string[] words) => Patience.ForAsync($"page that says {string.Join(" and ", words)}", async () =>
    {
        var page = await PageOrNothingAsync();
        return words.All(word => page.Contains(word, StringComparison.OrdinalIgnoreCase)) ? page : null;
    }, story: TellAsync);

    /// <summary>Waits until every tool was polled three times from now on: whatever was there to see was seen and acted upon.</summary>
    public async Task SettleAsync()
    {
        var polls = Polls().Select(count => (Count: count, Before: count())).ToList();
        await UntilAsync("third poll of each tool", () => polls.All(poll => poll.Count() >= poll.Before + 3));
    }

    /// <summary>The worker's pages as text, one after the other.</summary>
    public async Task<string> PageAsync()
    {
        var html = new StringBuilder();
        foreach (var page in (string[])["/", "/needs-you", "/log?level=detail", "/tools"])
            html.Append(await Worker.Http.GetStringAsync(new Uri($"{page}{(page.Contains('?', StringComparison.Ordinal) ? '&' : '?')}fragment=true", UriKind.Relative), TestContext.Current.CancellationToken));
        return WebUtility.HtmlDecode(Tags().Replace(html.Replace("<li", "\n<li").Replace("<tr", "\n<tr").ToString(), " "));
    }

    /// <summary>The id of the handoff that waits for a person, by a word of its card.</summary>
    public Task<string> WaitingHandoffAsync(string word) => Patience.ForAsync($"card with {word} that waits for a person", async () =>
    {
        var html = await Worker.Http.GetStringAsync(new Uri("/needs-you?fragment=true", UriKind.Relative), TestContext.Current.CancellationToken);
        return html.Split("<li class=\"card").Skip(1).Where(card => WebUtility.HtmlDecode(card).Contains(word, StringComparison.Ordinal))
            .Select(card => Ids().Match(card)).FirstOrDefault(id => id.Success)?.Groups[1].Value;
    }, story: TellAsync);

    /// <summary>Runs a command of the program beside the worker, on the same file and data.</summary>
    public Task<Ended> CommandAsync(params string[] arguments) =>
        WorkerProcess.CommandAsync([.. arguments, "--config", ConfigFile, "--data", DataDirectory], [.. Secrets, .. Environment]);

    /// <summary>Every request since the last time follows the vendors' own API descriptions.</summary>
    public void ShouldHaveFollowedTheSpecs() => specs.Verify();

    public async ValueTask DisposeAsync()
    {
        await KillWorkerAsync();
        await Sandbox.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Writes the mapping file as a user would: addresses in the file, secrets by name.</summary>
    public void WriteFile(Func<string, string>? edit = null)
    {
        var credentials = Path.Combine(folder, "google.json");
        if (!File.Exists(credentials)) Sandbox.GoogleCalendar.WriteUserCredentials(credentials);
        string Extra(string tool) => $"poll: {options.Poll}{(options.ReadOnly.Contains(tool) ? ", readOnly: true" : "")}";
        var text = $$$"""
            version: 1
            business: { name: Northwind Consulting, timezone: {{{options.Zone}}}, currency: {{{options.Currency}}} }
            {{{(options.Webhooks ? $"publicUrl: {PublicUrl}" : "")}}}

            tools:
              crm:      { connector: hubspot, token: "${HUBSPOT_TOKEN}", {{{(options.Secrets ? "webhookSecret: \"${HUBSPOT_SECRET}\", " : "")}}}baseUrl: "{{{Sandbox.HubSpot.BaseUrl}}}", {{{Extra("crm")}}} }
              projects: { connector: asana, token: "${ASANA_TOKEN}", workspace: "{{{Sandbox.Asana.World.WorkspaceGid}}}", team: "{{{SmallBusiness.TeamGid}}}", baseUrl: "{{{Sandbox.Asana.BaseUrl}}}", {{{Extra("projects")}}} }
              billing:  { connector: stripe, key: "${STRIPE_KEY}", {{{(options.Secrets ? "webhookSecret: \"${STRIPE_WEBHOOK_SECRET}\", " : "")}}}baseUrl: "{{{Sandbox.Stripe.BaseUrl}}}", {{{Extra("billing")}}} }
              calendar: { connector: google-calendar, credentials: "{{{credentials}}}", calendar: primary, baseUrl: "{{{Sandbox.GoogleCalendar.BaseUrl}}}", tokenUri: "{{{Sandbox.GoogleCalendar.TokenUrl}}}", {{{Extra("calendar")}}} }

            mapping:
              crm.deal:
                endsOn: { field: contract_end_date }
                scope:  { field: scope_summary }

            handoffs:
              won-deal-to-project:
                when: { deal.stage: won }
                require: [ client.email, deal.scope, deal.owner ]
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
                approve: {{{(options.Approve ? "true" : "false")}}}
                create:
                  invoice: { in: billing, draft: true, dueIn: 14d, lines: [ { text: "{{deal.name}}", amount: remaining } ] }
              renewal-reminder:
                when: { project.endsOn: { exists: true } }
                create:
                  reminder: { in: calendar, for: "{{deal.owner}}", on: "{{project.endsOn}} - 30d", at: "09:00", title: "Renewal: {{client.name}}" }
            {{{options.MoreHandoffs}}}
            {{{options.Access}}}
            """;
        File.WriteAllText(ConfigFile, (edit ?? options.Edit)(text));
    }

    // A worker that was only launched takes a moment until it listens.
    private async Task<string> PageOrNothingAsync()
    {
        try
        {
            return await PageAsync();
        }
        catch (HttpRequestException)
        {
            return "";
        }
    }

    private IEnumerable<Func<int>> Polls() =>
    [
        () => Sandbox.HubSpot.Requests.Count("POST", "/objects/deals/search"),
        () => Sandbox.HubSpot.Requests.Count("POST", "/objects/contacts/search"),
        () => Sandbox.HubSpot.Requests.Count("POST", "/objects/companies/search"),
        () => Sandbox.Asana.Requests.All.Count(r => r.Method == "GET" && r.Path.EndsWith("/projects", StringComparison.Ordinal)),
        () => Sandbox.Stripe.Requests.Count("GET", "/v1/events") / 2,
        () => Sandbox.GoogleCalendar.Requests.All.Count(r => r.Method == "GET" && r.Path.EndsWith("/events", StringComparison.Ordinal)) / 2,
    ];

    private async Task<string> TellAsync()
    {
        if (worker is null) return "the worker is not running";
        var page = "";
        try
        {
            page = await PageAsync();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            page = $"(no page: {e.Message})";
        }

        return $"the page says:\n{page}\nthe worker says:\n{worker.Output}";
    }

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex("<code>([^<]+)</code>")]
    private static partial Regex Ids();
}
