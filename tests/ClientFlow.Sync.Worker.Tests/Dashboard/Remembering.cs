using System.Net;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Observing;
using ClientFlow.Sync.Engine.People;
using ClientFlow.Sync.Testing;
using ClientFlow.Sync.Testing.Builders;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Dashboard;

/// <summary>A worker whose tools can't be reached: it shows what it remembers, and a test says what that is.</summary>
internal sealed partial class Remembering : IAsyncDisposable
{
    private readonly string directory;
    private readonly WorkerHost worker;
    private readonly HttpClient http;

    private Remembering(string directory, WorkerHost worker) =>
        (this.directory, this.worker, http) = (directory, worker, new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri(worker.Urls[0]) });

    private IStore Store => worker.Engine.Workspace.Store;

    /// <param name="readOnly">The tool that is never written to.</param>
    /// <param name="approve">What is called for waits for a yes.</param>
    public static async Task<Remembering> StartAsync(string? readOnly = null, bool approve = false)
    {
        var directory = Directory.CreateTempSubdirectory("clientflow-shown-").FullName;
        var loaded = ConfigLoader.LoadText("shown.yaml", $$$"""
            version: 1
            business: { name: Northwind, timezone: Europe/London, currency: GBP }
            tools:
              crm: { connector: hubspot, token: "${TOKEN}", baseUrl: "http://127.0.0.1:9/" }
              projects: { connector: asana, token: "${TOKEN}", workspace: "1", baseUrl: "http://127.0.0.1:9/"{{{Extra("projects")}}} }
              billing: { connector: stripe, key: "${TOKEN}", baseUrl: "http://127.0.0.1:9/"{{{Extra("billing")}}} }
              calendar: { connector: google-calendar, credentials: google.json, baseUrl: "http://127.0.0.1:9/"{{{Extra("calendar")}}} }
            mapping:
              crm.deal:
                endsOn: { field: contract_end_date }
            handoffs:
              won-deal-to-project:
                when: { deal.stage: won }
                approve: {{{(approve ? "true" : "false")}}}
                create:
                  project:
                    in: projects
                    name: "{{client.name}} – {{deal.name}}"
                    endsOn: "{{deal.endsOn}}"
                    owner: "{{deal.owner}}"
                    checklist: [ { task: Send the welcome pack, due: +1d }, { task: Collect access, due: +3d } ]
              closed-project-to-invoice:
                when: { project.status: closed }
                approve: {{{(approve ? "true" : "false")}}}
                create:
                  invoice: { in: billing, draft: true, dueIn: 14d, lines: [ { text: "{{deal.name}}", amount: "{{deal.amount}}" }, { text: Hosting, amount: 240 } ] }
              renewal-reminder:
                when: { project.endsOn: { exists: true } }
                approve: {{{(approve ? "true" : "false")}}}
                create:
                  reminder: { in: calendar, for: "{{deal.owner}}", on: "{{project.endsOn}} - 30d", at: "09:00", title: "Renewal: {{client.name}}" }
            """, ConnectorTypes.All, new OneSecret());
        loaded.Diagnostics.Where(d => d.Severity == Severity.Error).ShouldBeEmpty();
        return new Remembering(directory, await WorkerHost.StartAsync(new WorkerOptions
        {
            Config = loaded.Config!, Types = ConnectorTypes.All, DataDirectory = directory, Urls = "http://127.0.0.1:0", Quiet = true, Clock = new ManualClock(A.Now),
        }, TestContext.Current.CancellationToken));

        string Extra(string tool) => tool == readOnly ? ", readOnly: true" : "";
    }

    /// <summary>The usual deal, its client and contact, and a project of its own where one is given.</summary>
    public Task KnowAsync(RecordBuilder deal, RecordBuilder? project = null) => Store.WriteAsync(WritePriority.Urgent, unit =>
    {
        var whole = deal.With("client", A.Client()).With("contact", A.Contact());
        foreach (var record in (RecordBuilder?[])[A.Client(), A.Contact(), whole, project])
            if (record is not null) unit.SaveRecord(new MirrorRow { Record = record, FirstSeen = A.Now, ChangedAt = A.Now });
        if (project is not null) unit.AddLink(new RecordLink(deal.Ref, project.Ref, LinkRole.Project, null, A.Now));
    }, TestContext.Current.CancellationToken);

    /// <summary>A project that no deal is known of.</summary>
    public Task KnowAloneAsync(RecordBuilder project) => Store.WriteAsync(WritePriority.Urgent,
        unit => unit.SaveRecord(new MirrorRow { Record = project, FirstSeen = A.Now, ChangedAt = A.Now }), TestContext.Current.CancellationToken);

    /// <summary>A rule looks at an engagement.</summary>
    /// <returns>The handoff's id.</returns>
    public Task<string> PlanAsync(string rule, RecordBuilder root, bool arming = false) => Store.WriteAsync(WritePriority.Urgent, unit =>
    {
        var workspace = worker.Engine.Workspace;
        var plans = new PlanWriter(workspace, worker.Engine.Engagements);
        var looked = workspace.Config.Rules.Single(r => r.Name == rule);
        if (arming) plans.Baseline(unit, root.Ref, looked, A.Now);
        else plans.Plan(unit, root.Ref, looked, A.Now);
        return unit.HandoffsOf(root.Ref).Single(h => h.Key.Rule == looked.Identity).Id;
    }, TestContext.Current.CancellationToken);

    public Task PauseAsync(string rule) =>
        worker.Engine.Pausing.PauseAsync(PauseOf.Rule, rule, Person.CommandLine, TestContext.Current.CancellationToken);

    public Task<string> HtmlAsync(string path) => http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    /// <summary>What a page says, without its tags; of one section alone where its heading's id is given.</summary>
    public async Task<string> TextAsync(string path, string? section = null)
    {
        var html = await HtmlAsync(path);
        if (section is not null) html = Regex.Match(html, $"<section aria-labelledby=\"{section}\">.*?</section>", RegexOptions.Singleline).Value;
        return Blanks().Replace(WebUtility.HtmlDecode(Tags().Replace(html, " ")), " ");
    }

    public Task<IReadOnlyList<JournalEntry>> JournalAsync() => Store.ReadAsync(static view => view.Journal(new JournalQuery { Max = 100 }), TestContext.Current.CancellationToken);

    /// <summary>The journal says something of a tool.</summary>
    public Task WriteAsync(string message) => Store.WriteAsync(WritePriority.Urgent,
        unit => unit.Write(new JournalEntry { At = A.Now, Level = JournalLevel.Information, Event = "mirror.record.changed", Message = message, Tool = "billing" }),
        TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await worker.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    private sealed class OneSecret : ISecretSource
    {
        public string? FromEnvironment(string name) => "not-a-real-token";

        public string? FromFile(string path) => """{ "type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r" }""";
    }
}
