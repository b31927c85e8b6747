namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>
/// Switches for what is unconfirmed about Asana (the sections name tools.md), or in a test's way. They may be turned
/// while it runs; defaults are what is most likely true.
/// </summary>
public sealed class AsanaBehaviour
{
    /// <summary>Answers 429 past the rates below (2.6).</summary>
    public bool RateLimits { get; set; } = true;

    /// <summary>Calls per minute and token (2.6: 150 on the free plan, 1,500 on paid ones).</summary>
    public int CallsPerMinute { get; set; } = 1500;

    /// <summary>Searches per minute and token (2.6).</summary>
    public int SearchesPerMinute { get; set; } = 60;

    /// <summary>A paid plan; without it search answers 402 (2.2).</summary>
    public bool Premium { get; set; }

    /// <summary>A status update of type `complete` completes its project (2.4, unconfirmed).</summary>
    public bool CompleteStatusCompletesProject { get; set; } = true;

    /// <summary>Personal access tokens may use `external` on tasks (2.7: documented for OAuth apps only).</summary>
    public bool ExternalWithPersonalToken { get; set; }

    /// <summary>A second task with the same `external.gid` is refused (2.7, unconfirmed).</summary>
    public bool UniqueExternalIds { get; set; }

    /// <summary>A project in an organization needs a team (2.2: being deprecated).</summary>
    public bool ProjectsNeedTeam { get; set; } = true;

    /// <summary>`opt_fields=assignee` returns the user's name too, not only gid and type.</summary>
    public bool NamedReferences { get; set; }

    /// <summary>Webhook targets on this machine answer 403 as the vendor's do (2.5). Off, or nothing could be tested.</summary>
    public bool RefusesLocalTargets { get; set; }

    /// <summary>A webhook whose deliveries were given up is deleted (2.5).</summary>
    public bool DeletesFailedWebhooks { get; set; } = true;

    /// <summary>How long a `sync` token lives (2.3, unconfirmed: about 24 h).</summary>
    public TimeSpan SyncTokenLife { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long a job waits before it starts, and how long it takes then (2.2, unconfirmed: seconds). A job follows them while it runs.</summary>
    public TimeSpan JobWaits { get; set; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="JobWaits"/>
    public TimeSpan JobTakes { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The new project is there, empty, as soon as its job is answered (2.2, unconfirmed); else when the job has succeeded.</summary>
    public bool ProjectAppearsWithJob { get; set; } = true;

    /// <summary>Jobs come to nothing. An empty project that appeared stays.</summary>
    public bool JobsFail { get; set; }

    /// <summary>Jobs that may be under way at once (2.6).</summary>
    public int ConcurrentJobs { get; set; } = 5;

    /// <summary>How far search is behind (2.3: 10 to 60 s).</summary>
    public TimeSpan SearchLag { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Rows that a list without `limit` returns before it is refused (2.1).</summary>
    public int UnpagedRows { get; set; } = 1000;

    /// <summary>Members of the team that see no access: projects here answer 403.</summary>
    public ISet<string> Forbidden { get; } = new HashSet<string>(StringComparer.Ordinal);
}
