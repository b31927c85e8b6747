namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>
/// Switches for what is unconfirmed about Asana (each says so), or in a test's way. They may be turned
/// while it runs; defaults are what is most likely true.
/// </summary>
public sealed class AsanaBehaviour
{
    /// <summary>Answers 429 past the rates below.</summary>
    public bool RateLimits { get; set; } = true;

    /// <summary>Calls per minute and token (https://developers.asana.com/docs/rate-limits: 150 on the free plan, 1,500 on paid ones).</summary>
    public int CallsPerMinute { get; set; } = 1500;

    /// <summary>Searches per minute and token.</summary>
    public int SearchesPerMinute { get; set; } = 60;

    /// <summary>A paid plan; without it search answers 402.</summary>
    public bool Premium { get; set; }

    /// <summary>A status update of type `complete` completes its project [unconfirmed].</summary>
    public bool CompleteStatusCompletesProject { get; set; } = true;

    /// <summary>Personal access tokens may use `external` on tasks (documented for OAuth apps only).</summary>
    public bool ExternalWithPersonalToken { get; set; }

    /// <summary>A second task with the same `external.gid` is refused [unconfirmed].</summary>
    public bool UniqueExternalIds { get; set; }

    /// <summary>A project in an organization needs a team (the field is being deprecated).</summary>
    public bool ProjectsNeedTeam { get; set; } = true;

    /// <summary>`opt_fields=assignee` returns the user's name too, not only gid and type.</summary>
    public bool NamedReferences { get; set; }

    /// <summary>Webhook targets on this machine answer 403 as the vendor's do. Off, or nothing could be tested.</summary>
    public bool RefusesLocalTargets { get; set; }

    /// <summary>A webhook whose deliveries were given up is deleted.</summary>
    public bool DeletesFailedWebhooks { get; set; } = true;

    /// <summary>How long a `sync` token lives [unconfirmed: about 24 h].</summary>
    public TimeSpan SyncTokenLife { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long a job waits before it starts, and how long it takes then [unconfirmed: seconds]. A job follows them while it runs.</summary>
    public TimeSpan JobWaits { get; set; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="JobWaits"/>
    public TimeSpan JobTakes { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The new project is there, empty, as soon as its job is answered [unconfirmed]; else when the job has succeeded.</summary>
    public bool ProjectAppearsWithJob { get; set; } = true;

    /// <summary>Jobs come to nothing. An empty project that appeared stays.</summary>
    public bool JobsFail { get; set; }

    /// <summary>Jobs that may be under way at once.</summary>
    public int ConcurrentJobs { get; set; } = 5;

    /// <summary>How far search is behind: 10 to 60 s.</summary>
    public TimeSpan SearchLag { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Rows that a list without `limit` returns before it is refused.</summary>
    public int UnpagedRows { get; set; } = 1000;

    /// <summary>Members of the team that see no access: projects here answer 403.</summary>
    public ISet<string> Forbidden { get; } = new HashSet<string>(StringComparer.Ordinal);
}
