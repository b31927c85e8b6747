using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.People;
using ClientFlow.Sync.Worker.Access;
using ClientFlow.Sync.Worker.Dashboard.Pages;
using ClientFlow.Sync.Worker.Webhooks;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>
/// The pages: what came in, what was decided and why, what was done, and what needs a person, live. Rendered here, whole without a
/// script. Each of them lies behind <see cref="Entrance"/>, each decision behind <see cref="OurForms"/> besides.
/// </summary>
public static class DashboardRoutes
{
    private const int MostExported = 200_000;

    public static void AddDashboard(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddSingleton<Tellings>();
    }

    public static void MapDashboard(this IEndpointRouteBuilder app)
    {
        var pages = app.MapGroup("").AddEndpointFilter(app.ServiceProvider.GetRequiredService<Entrance>());
        pages.MapGet("/", HomeAsync);
        pages.MapGet("/needs-you", NeedsAsync);
        pages.MapGet("/log", LogAsync);
        pages.MapGet("/log/rows", LogRowsAsync);
        pages.MapGet("/log/export", ExportAsync);
        pages.MapGet("/log/{id:long}", static (long id, HttpContext context, EngineHost engine, PageLinks links) => StoryAsync(id, null, context, engine, links));
        pages.MapGet("/handoffs/{id}", static (string id, HttpContext context, EngineHost engine, PageLinks links) => StoryAsync(null, id, context, engine, links));
        pages.MapGet("/clients", ClientsAsync);
        pages.MapGet("/clients/{client}", ClientAsync);
        pages.MapGet("/rules", RulesAsync);
        pages.MapGet("/tools", ToolsAsync);
        pages.MapGet("/live", LiveAsync);
        pages.MapGet("/page.js", static (HttpContext context) => Asset(context, "page.js", "text/javascript; charset=utf-8"));
        pages.MapGet("/{**rest}", static (string? rest, HttpContext context, EngineHost engine) => LostAsync(context, engine, "The address is wrong, or what it named is gone."));

        // The one thing besides that the sign-in page needs.
        app.MapGet("/page.css", static (HttpContext context) => Asset(context, "page.css", "text/css; charset=utf-8"));

        var decisions = pages.MapGroup("").AddEndpointFilter(app.ServiceProvider.GetRequiredService<OurForms>());
        decisions.MapPost("/handoffs/bulk/{verb}", BulkAsync);
        decisions.MapPost("/handoffs/{id}/{verb}", DecideAsync);
        decisions.MapPost("/deliveries/{id:long}/replay", ReplayAsync);
        decisions.MapPost("/values/forget", ForgetAsync);
        decisions.MapPost("/tools/{name}/{stream}/ask", AskAsync);
        decisions.MapPost("/rules/{name}/{verb}", static (string name, string verb, HttpContext context, EngineHost engine) => PauseAsync(PauseOf.Rule, name, verb, context, engine));
        decisions.MapPost("/tools/{name}/{verb}", static (string name, string verb, HttpContext context, EngineHost engine) => PauseAsync(PauseOf.Tool, name, verb, context, engine));
    }

    private static Visitor Visitor(HttpContext context) => context.Features.Get<Visitor>() ?? throw new InvalidOperationException("a page that doesn't lie behind the entrance");

    private static Person Who(HttpContext context) => Visitor(context).Person;

    private static Task<IResult> HomeAsync(HttpContext context, EngineHost engine) => PageAsync<HomePage, HomeView>(
        context, engine, (view, show) => HomeView.Read(view, engine.Workspace, engine.Decisions, PreviewIn(view, engine, show), show), static view => new() { ["View"] = view });

    private static Task<IResult> NeedsAsync(HttpContext context, EngineHost engine) => PageAsync<NeedsPage, NeedsView>(
        context, engine, (view, show) => NeedsView.Read(view, engine.Workspace, engine.Decisions, PreviewIn(view, engine, show)), static view => new() { ["View"] = view });

    private static Task<IResult> LogAsync(HttpContext context, EngineHost engine) => PageAsync<LogPage, LogView>(
        context, engine, (view, show) => LogView.Read(view, LogFilter.Of(context.Request.Query), show, Id(context, "before"), null),
        view => new() { ["View"] = view, ["Paged"] = Id(context, "before") is not null });

    // More of the log for a page that is open already: what is older, down to where a reader was, or what is new.
    private static Task<IResult> LogRowsAsync(HttpContext context, EngineHost engine) => PageAsync<LogRows, LogView>(context, engine, (view, show) =>
    {
        var filter = LogFilter.Of(context.Request.Query);
        if (Id(context, "after") is not { } after) return LogView.Read(view, filter, show, Id(context, "before"), Id(context, "down"));
        return new LogView(filter, view.Journal(filter.Query(show, LogView.PageSize) with { After = after, NewestFirst = true }), More: false);
    }, static view => new() { ["View"] = view });

    private static async Task<IResult> ExportAsync(HttpContext context, EngineHost engine)
    {
        if (!Powers.SeesAll(Who(context).Role)) return Results.Text("Only an owner can carry the log away.\n", statusCode: StatusCodes.Status403Forbidden);
        var csv = context.Request.Query["as"] == "csv";
        var show = Now(engine);
        context.Response.ContentType = csv ? "text/csv; charset=utf-8" : "application/x-ndjson; charset=utf-8";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"clientflow-log-{show.Today:yyyy-MM-dd}.{(csv ? "csv" : "jsonl")}\"";
        context.Response.Headers.CacheControl = "no-store";
        await LogExport.WriteAsync(context.Response.Body, engine.Workspace.Store, LogFilter.Of(context.Request.Query).Query(show, 0), csv, MostExported, context.RequestAborted);
        return Results.Empty;
    }

    private static async Task<IResult> StoryAsync(long? entry, string? handoff, HttpContext context, EngineHost engine, PageLinks links)
    {
        var found = await engine.Workspace.Store.ReadAsync(view => StoryView.Read(view, engine.Workspace, links, entry, handoff), context.RequestAborted);
        if (found is null) return await LostAsync(context, engine, "The log has no such entry, and no handoff has this id.");
        return await PageAsync<StoryPage, (Need? Need, string? Makes)>(context, engine,
            (view, show) => found.Handoff is { } of
                ? (Needs.In(view, engine.Workspace, engine.Decisions).FirstOrDefault(n => n.Handoff?.Id == of.Id), PreviewIn(view, engine, show).Of(of))
                : default,
            asked => new() { ["View"] = found, ["Need"] = asked.Need is { } need ? need with { Makes = asked.Makes } : null, ["Makes"] = asked.Need is null ? asked.Makes : null });
    }

    private static Preview PreviewIn(IReadView view, EngineHost engine, Show show) => new(view, engine.Workspace, engine.Engagements, show);

    private static Task<IResult> ClientsAsync(HttpContext context, EngineHost engine)
    {
        var text = context.Request.Query["q"].ToString();
        if (text.Length > LogFilter.LongestText) text = text[..LogFilter.LongestText];
        return PageAsync<ClientsPage, (IReadOnlyList<(MirrorRow, RecordRef)> People, IReadOnlyList<(Stage, IReadOnlyList<(EngagementRow, RecordRef?)>)> Active)>(context, engine,
            (view, _) => text.Trim().Length > 0
                ? ([.. view.FindPeople(text, 40).Select(r => (r, ClientView.Resolve(view, r.Record.Ref))).DistinctBy(p => p.Item2).OrderByDescending(p => HasDeals(engine.Workspace, p.Item2))], [])
                : ([], [.. Enum.GetValues<Stage>().Where(s => s != Stage.Offboarding).Reverse().Select(s => (s, ClientView.WithClients(view, view.EngagementsIn(s, 20))))]),
            view => new() { ["Text"] = text.Trim(), ["People"] = view.People, ["Active"] = view.Active });
    }

    // A client's page is about deals: who stands where they are kept comes before who is known from an invoice alone.
    private static bool HasDeals(Workspace workspace, RecordRef client) => workspace.ToolOf(client) is { } tool && tool.Manifest.Streams.Any(static s => s.Kind == RecordKind.Deal);

    private static async Task<IResult> ClientAsync(string client, HttpContext context, EngineHost engine)
    {
        var show = Now(engine);
        var found = RecordRef.TryParse(Uri.UnescapeDataString(client), out var reference)
            ? await engine.Workspace.Store.ReadAsync(view => ClientView.Read(view, engine.Workspace, engine.Engagements, show, reference.Value), context.RequestAborted)
            : null;
        return found is null ? await LostAsync(context, engine, "No such client is known.") : await PageAsync<ClientPage, ClientView>(context, engine, (_, _) => found, static view => new() { ["View"] = view });
    }

    private static Task<IResult> RulesAsync(HttpContext context, EngineHost engine, MappingFile file) => PageAsync<RulesPage, RulesView>(
        context, engine, (view, show) => RulesView.Read(view, engine.Workspace, file, show), static view => new() { ["View"] = view });

    private static Task<IResult> ToolsAsync(HttpContext context, EngineHost engine, RefusalCounter refusals) => PageAsync<ToolsPage, ToolsView>(
        context, engine, (view, show) => ToolsView.Read(view, engine.Workspace, refusals.Of, show), static view => new() { ["View"] = view });

    private static Task<IResult> LostAsync(HttpContext context, EngineHost engine, string what)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return PageAsync<LostPage, string>(context, engine, (_, _) => what, static what => new() { ["What"] = what });
    }

    private static async Task<IResult> PageAsync<TPage, TView>(
        HttpContext context, EngineHost engine, Func<IReadView, Show, TView> read, Func<TView, Dictionary<string, object?>> parameters)
        where TPage : IComponent
    {
        var show = Now(engine);
        var (seen, needs, newest) = await engine.Workspace.Store.ReadAsync(view => (read(view, show), Needs.Count(view, engine.Workspace), Newest(view)), context.RequestAborted);
        var given = parameters(seen);
        given["Frame"] = new Frame
        {
            Workspace = engine.Workspace,
            Show = show,
            Token = context.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(context).RequestToken!,
            Here = Here(context.Request),
            Needs = needs,
            Newest = newest,
            Visitor = Visitor(context),
            Fragment = context.Request.Query["fragment"] == "true",
            Told = context.Request.Query["told"].ToString() is { Length: > 0 } told ? context.RequestServices.GetRequiredService<Tellings>().Take(told) : null,
        };
        context.Response.Headers.CacheControl = "no-store";
        return new RazorComponentResult<TPage>(given) { StatusCode = context.Response.StatusCode };
    }

    private static string Here(HttpRequest request) =>
        request.Path + QueryString.Create(request.Query.Where(q => q.Key is not ("fragment" or "told" or "key")).SelectMany(q => q.Value, (q, v) => KeyValuePair.Create(q.Key, v)));

    private static Show Now(EngineHost engine) => new(engine.Workspace.Config.Business.Zone, engine.Workspace.Clock.GetUtcNow());

    private static long? Id(HttpContext context, string name) => long.TryParse(context.Request.Query[name], out var id) && id >= 0 ? id : null;

    private static long Newest(IReadView view) => view.Journal(new JournalQuery { Max = 1 }) is [var entry, ..] ? entry.Id : 0;

    // Tells the page when there is something new; the page then asks for its main part again.
    private static async Task LiveAsync(HttpContext context, EngineHost engine, Entrance entrance, IHostApplicationLifetime lifetime)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";

        // A proxy would gather the news until it is enough for it.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        var store = engine.Workspace.Store;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var (last, conditions) = (-1L, "");
        try
        {
            // A session may end while its page is open.
            while (!ends.IsCancellationRequested && entrance.Look(context) is not null)
            {
                // How tools fare is in memory, and not every turn of it is told to the journal.
                var fare = string.Join(' ', engine.Workspace.Tools.Select(t => t.Health.State.Condition));
                var newest = await store.ReadAsync(Newest, ends.Token);
                if (newest != last || fare != conditions)
                {
                    var needs = await store.ReadAsync(view => Needs.Count(view, engine.Workspace), ends.Token);
                    await context.Response.WriteAsync($"id: {newest}\ndata: {needs}\n\n", ends.Token);
                    await context.Response.Body.FlushAsync(ends.Token);
                    (last, conditions) = (newest, fare);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(500), engine.Workspace.Clock, ends.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or the worker stops.
        }
    }

    private static async Task<IResult> DecideAsync(string id, string verb, HttpContext context, EngineHost engine)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (decisions, who, aborted) = (engine.Decisions, Who(context), context.RequestAborted);
        (bool Done, string Message)? said = verb switch
        {
            "edit" => await decisions.EditAsync(id, form.Where(f => f.Key.StartsWith("field.", StringComparison.Ordinal)).ToDictionary(f => f.Key["field.".Length..], f => f.Value.ToString()), who, aborted),
            "pick" when RecordRef.TryParse(form["choice"], out var choice) => await decisions.PickAsync(id, choice.Value, who, aborted),
            "pick" => (false, "pick one first"),
            _ => await CarryOutAsync(engine, id, verb, form["shown"], who, aborted),
        };
        return said is { } answer ? Back(context, form, answer) : Results.NotFound();
    }

    private static async Task<(bool Done, string Message)?> CarryOutAsync(EngineHost engine, string id, string verb, string? shown, Person who, CancellationToken aborted) => verb switch
    {
        "approve" => await engine.Decisions.ApproveAsync(id, who, aborted, shown),
        "retry" => await engine.Decisions.RetryAsync(id, who, aborted),
        "skip" => await engine.Decisions.SkipAsync(id, who, aborted),
        "done" => await engine.Decisions.MarkDoneAsync(id, who, aborted),
        "dismiss" => await engine.Decisions.DismissAsync(id, who, aborted),
        _ => null,
    };

    private static async Task<IResult> BulkAsync(string verb, HttpContext context, EngineHost engine)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var items = form["item"].OfType<string>().Distinct().Take(500).ToList();
        if (items.Count == 0) return Back(context, form, (false, "Select something first"));
        if (await TooManyAsync(verb, items, context, engine) is { } tooMany) return Back(context, form, (false, tooMany));
        var (done, refused) = (0, new List<string>());
        foreach (var item in items)
        {
            var (id, shown) = item.Split('|', 2) is [var first, var rest] ? (first, rest) : (item, null);
            if (await CarryOutAsync(engine, id, verb, shown, Who(context), context.RequestAborted) is not var (did, message)) return Results.NotFound();
            if (did) done++;
            else refused.Add(message);
        }

        var what = $"{done} of {items.Count} done";
        return Back(context, form, (done > 0, refused.Count == 0 ? what : $"{what}. {Show.Sentence(string.Join("; ", refused.Distinct().Take(3)))}"));
    }

    // One whose id says nothing of its rule counts for each.
    private static async Task<string?> TooManyAsync(string verb, List<string> items, HttpContext context, EngineHost engine)
    {
        if (verb is "retry" or "dismiss") return null;
        var role = Who(context).Role;
        var rules = await engine.Workspace.Store.ReadAsync(view => items.Select(item => view.FindHandoff(item.Split('|')[0])?.Key.Rule).ToList(), context.RequestAborted);
        return engine.Workspace.Config.Rules.Select(rule => Powers.Many(role, rules.Count(r => r is null || r == rule.Identity), rule.Limit)).FirstOrDefault(why => why is not null);
    }

    private static async Task<IResult> ReplayAsync(long id, HttpContext context, EngineHost engine)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        return Back(context, form, await engine.DeadLetters.ReplayAsync($"{DeadLetters.Delivery}{id}", Who(context), context.RequestAborted));
    }

    private static async Task<IResult> ForgetAsync(HttpContext context, EngineHost engine)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        return Names.TryKind(form["kind"].ToString(), out var kind)
            ? Back(context, form, await engine.Decisions.ForgetAsync(form["tool"].ToString(), kind, form["field"].ToString(), form["value"].ToString(), Who(context), context.RequestAborted))
            : Results.NotFound();
    }

    private static async Task<IResult> AskAsync(string name, string stream, HttpContext context, EngineHost engine)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        return Back(context, form, await engine.Absences.AskAsync(name, stream, Who(context), context.RequestAborted));
    }

    private static async Task<IResult> PauseAsync(PauseOf of, string name, string verb, HttpContext context, EngineHost engine)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        return verb switch
        {
            "pause" => Back(context, form, await engine.Pausing.PauseAsync(of, name, Who(context), context.RequestAborted)),
            "resume" => Back(context, form, await engine.Pausing.ResumeAsync(of, name, Who(context), context.RequestAborted)),
            _ => Results.NotFound(),
        };
    }

    private static IResult Back(HttpContext context, IFormCollection form, (bool Done, string Message) said)
    {
        var back = LocalPath.Or(form["back"], "/");
        var told = context.RequestServices.GetRequiredService<Tellings>().Keep(new Told(said.Done, said.Message));
        return Results.LocalRedirect($"{back}{(back.Contains('?', StringComparison.Ordinal) ? '&' : '?')}told={told}");
    }

    private static IResult Asset(HttpContext context, string name, string type)
    {
        var stream = typeof(DashboardRoutes).Assembly.GetManifestResourceStream($"ClientFlow.Sync.Worker.Dashboard.{name}");
        context.Response.Headers.CacheControl = "no-cache";
        return stream is null ? Results.NotFound() : Results.Stream(stream, type, entityTag: Version);
    }

    private static readonly Microsoft.Net.Http.Headers.EntityTagHeaderValue Version =
        new($"\"{typeof(DashboardRoutes).Assembly.ManifestModule.ModuleVersionId:N}\"");
}

/// <summary>What came of decisions, kept until the page that follows has told it. In the address stands only a number that nobody can guess.</summary>
public sealed class Tellings
{
    private readonly ConcurrentDictionary<string, Told> kept = new(StringComparer.Ordinal);

    public string Keep(Told told)
    {
        if (kept.Count > 1_000) kept.Clear();
        var id = Guid.NewGuid().ToString("N");
        kept[id] = told;
        return id;
    }

    public Told? Take(string id) => kept.GetValueOrDefault(id);
}
