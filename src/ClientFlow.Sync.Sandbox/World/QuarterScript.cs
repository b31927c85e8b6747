using System.Globalization;

namespace ClientFlow.Sync.Sandbox.World;

/// <summary>One thing that somebody does, so many seconds into a quarter that takes three minutes. False: not possible yet, try again.</summary>
public sealed record QuarterStep(double Second, string What, Func<SandboxHost, DateTimeOffset, bool> Act);

/// <summary>What was played: when, and whether it could be done.</summary>
public sealed record PlayedStep(DateTimeOffset At, string What, bool Done);

/// <summary>
/// A quarter of the small business in a few minutes: deals are won and reopened, projects are made by hand and closed, end dates
/// move. It acts only as people do in the tools' own pages, always in the same order; webhooks follow as they would.
/// </summary>
public sealed class QuarterScript(SandboxHost host, IReadOnlyList<QuarterStep>? steps = null)
{
    /// <summary>The length for which the seconds of the steps are written.</summary>
    public static readonly TimeSpan NormalLength = TimeSpan.FromMinutes(3);

    private const int Tries = 20;
    private readonly Lock _lock = new();
    private readonly List<PlayedStep> _played = [];

    /// <summary>The whole quarter, in order.</summary>
    public static IReadOnlyList<QuarterStep> Steps { get; } =
    [
        Win(2, "Season campaign"),
        CloseNewest(12),
        BillingAndCalendars.OwnerFinalizesNewestDraft(20),
        Win(25, "Trade fair stand"),
        EndDate(35, "Season campaign", 210),
        DueDate(38, "Kauri Coast Outfitters", "Season campaign", 200),
        ByHand(43, "Bäckerei Müller", "Online shop"),
        BillingAndCalendars.ClientPaysOldestOpen(46),
        Win(50, "Online shop"),
        Win(60, "Spring catalogue"),
        CloseNewest(72),
        Change(80, "Spring catalogue is reopened", "Spring catalogue", ("dealstage", "contractsent")),
        Change(90, "the end date of Trade fair stand is cleared", "Trade fair stand", ("contract_end_date", "")),
        Change(100, "Podcast series is sent out", "Podcast series", ("dealstage", "contractsent")),
        BillingAndCalendars.ClientPaysOldestOpen(104),
        Win(108, "Podcast series"),
        Change(120, "the scope of Podcast series is written down", "Podcast series", ("scope_summary", "Six episodes, recorded in Oslo")),
        Win(130, "Spring catalogue"),
        Ticket(140, "Brightwater Architects", "Please add the Leeds office to the signage"),
        Change(148, "Catalogue relaunch is lost", "Catalogue relaunch", ("dealstage", "closedlost")),
        DueDate(156, "Brightwater Architects", "Brand refresh", 30),
        CloseNewest(166),
        EndDate(174, "Client portal", 300),
    ];

    /// <summary>What was played so far.</summary>
    public IReadOnlyList<PlayedStep> Played
    {
        get
        {
            lock (_lock)
                return [.. _played];
        }
    }

    /// <summary>Plays the quarter on the sandbox's clock, stretched or squeezed to a length.</summary>
    public async Task PlayAsync(TimeSpan? length = null, CancellationToken cancellationToken = default)
    {
        double scale = (length ?? NormalLength) / NormalLength;
        TimeProvider clock = host.Options.Clock;
        DateTimeOffset start = clock.GetUtcNow();
        foreach (QuarterStep step in steps ?? Steps)
        {
            TimeSpan wait = start + TimeSpan.FromSeconds(step.Second * scale) - clock.GetUtcNow();
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, clock, cancellationToken);
            bool done = step.Act(host, start);
            // A project that the product makes may take a moment longer than the script thought.
            for (int tries = 1; !done && tries < Tries; tries++)
            {
                await Task.Delay(TimeSpan.FromSeconds(0.5 * scale), clock, cancellationToken);
                done = step.Act(host, start);
            }

            lock (_lock)
                _played.Add(new PlayedStep(clock.GetUtcNow(), step.What, done));
        }
    }

    private static QuarterStep Win(double second, string deal) => OnDeal(second, $"{deal} is won", deal, (host, id) => host.HubSpot.World.WinDeal(id));

    private static QuarterStep Change(double second, string what, string deal, params (string, string)[] properties) =>
        OnDeal(second, what, deal, (host, id) => host.HubSpot.World.Change("deals", id, properties));

    private static QuarterStep EndDate(double second, string deal, int days) => OnDeal(second, $"the end date of {deal} moves", deal,
        (host, id) => host.HubSpot.World.Change("deals", id, ("contract_end_date", InDays(host, days))));

    private static QuarterStep OnDeal(double second, string what, string deal, Action<SandboxHost, string> act) => new(second, what, (host, _) =>
    {
        if (host.HubSpot.World.DealNamed(deal) is not { } id)
            return false;
        act(host, id);
        return true;
    });

    /// <summary>Closes the newest open project that came after the start, whoever made it.</summary>
    private static QuarterStep CloseNewest(double second) => new(second, "the newest project is closed", (host, start) =>
    {
        if (host.Asana.World.OpenProjects.LastOrDefault(project => project.CreatedAt >= start) is not { Gid: { } gid })
            return false;
        foreach ((string task, _, bool completed) in host.Asana.World.TasksOf(gid))
        {
            if (!completed)
                host.Asana.World.CompleteTask(task);
        }

        host.Asana.World.CompleteProject(gid);
        return true;
    });

    private static QuarterStep ByHand(double second, string client, string deal) => new(second, $"somebody makes a project for {deal} by hand", (host, _) =>
    {
        host.Asana.World.CreateProject(SmallBusiness.ProjectName(client, deal), SmallBusiness.Managers[1].Email);
        return true;
    });

    private static QuarterStep DueDate(double second, string client, string deal, int days) => new(second, $"the project {deal} is due on another day", (host, _) =>
    {
        if (host.Asana.World.ProjectNamed(SmallBusiness.ProjectName(client, deal)) is not { } gid)
            return false;
        host.Asana.World.SetDueDate(gid, InDays(host, days));
        return true;
    });

    private static QuarterStep Ticket(double second, string client, string subject) => new(second, $"{client} writes a ticket", (host, _) =>
    {
        if (host.HubSpot.World.CompanyNamed(client) is not { } company)
            return false;
        host.HubSpot.World.Create("tickets", new Dictionary<string, string> { ["subject"] = subject, ["hs_pipeline_stage"] = "1" }, company);
        return true;
    });

    private static string InDays(SandboxHost host, int days) =>
        DateOnly.FromDateTime(host.Options.Clock.GetUtcNow().UtcDateTime).AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
