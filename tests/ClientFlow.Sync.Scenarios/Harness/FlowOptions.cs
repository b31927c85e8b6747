using ClientFlow.Sync.Sandbox;

namespace ClientFlow.Sync.Scenarios.Harness;

/// <summary>What a scenario's business looks like; the defaults are Northwind's.</summary>
internal sealed record FlowOptions
{
    public string Zone { get; init; } = "Europe/London";

    public string Currency { get; init; } = "GBP";

    public string Poll { get; init; } = "1s";

    /// <summary>The vendors call the worker, which then has a public address.</summary>
    public bool Webhooks { get; init; } = true;

    /// <summary>Invoices wait for a person's yes.</summary>
    public bool Approve { get; init; }

    /// <summary>Tools that are never written to.</summary>
    public IReadOnlySet<string> ReadOnly { get; init; } = new HashSet<string>();

    /// <summary>The twelve clients of the sandbox instead of an empty business.</summary>
    public bool SmallBusiness { get; init; }

    /// <summary>Amelia's calendar is shared with the tool; Tomás's never is.</summary>
    public bool SharedCalendar { get; init; } = true;

    /// <summary>The mapping file names the secrets that sign webhooks.</summary>
    public bool Secrets { get; init; } = true;

    /// <summary>What else the mapping file says otherwise.</summary>
    public Func<string, string> Edit { get; init; } = static text => text;

    /// <summary>Handoffs beside the usual three, as lines of the file.</summary>
    public string MoreHandoffs { get; init; } = "";

    /// <summary>Webhooks have an address of their own.</summary>
    public bool WebhooksApart { get; init; }

    /// <summary>The worker listens on every address of the machine.</summary>
    public bool Everywhere { get; init; }

    /// <summary>Who may sign in, as lines of the file.</summary>
    public string Access { get; init; } = "";

    /// <summary>Variables that those lines name.</summary>
    public IReadOnlyDictionary<string, string> MoreSecrets { get; init; } = new Dictionary<string, string>();

    public Action<SandboxHost> Before { get; init; } = static _ => { };
}
