namespace ClientFlow.Sync.Chaos;

/// <summary>What people do with one deal, drawn when it begins.</summary>
internal enum Plot
{
    /// <summary>Won, done, billed.</summary>
    Plain,

    /// <summary>Won while its scope is missing; somebody fills it in later.</summary>
    LateFact,

    /// <summary>Its project was made by hand before it was won.</summary>
    ByHand,

    /// <summary>Its project is made by hand while it is won.</summary>
    ByHandInTheRace,

    Renamed,

    Deleted,

    /// <summary>The project's date moves, once or twice, whenever.</summary>
    Moved,

    DateCleared,

    /// <summary>The deal is re-opened once all is made, and may be won again.</summary>
    Reopened,

    /// <summary>The deal is re-opened in the moment it was won.</summary>
    ReopenedInTheRace,

    Lost,

    /// <summary>The amount changes before the project is closed.</summary>
    AnotherAmount,

    /// <summary>The project is opened and closed again after it was billed.</summary>
    ClosedTwice,

    DraftDeleted,

    /// <summary>The draft is finalised and paid.</summary>
    Paid,

    ReminderDeleted,

    ReminderMoved,

    /// <summary>Two deals of one client, side by side.</summary>
    Twins,
}

/// <summary>One deal, what people did with it, and so what must stand in the tools in the end.</summary>
internal sealed class Story(int number, Plot plot)
{
    public int Number => number;

    public Plot Plot => plot;

    public required string Client { get; init; }

    public required string Name { get; init; }

    public required string Email { get; init; }

    public required string Deal { get; init; }

    public required string Contact { get; init; }

    public required string Currency { get; init; }

    public required bool SharedCalendar { get; init; }

    /// <summary>What the deal is worth, in minor units.</summary>
    public required long Minor { get; set; }

    /// <summary>When the project ends; null: no date.</summary>
    public DateOnly? Ends { get; set; }

    /// <summary>The name that the project gets.</summary>
    public string Project => $"{Client} – {Name}";

    /// <summary>The name that it must have in the end.</summary>
    public string ProjectNow { get; set; } = "";

    /// <summary>The project that stands, once it was seen.</summary>
    public string? Gid { get; set; }

    /// <summary>The project that somebody made.</summary>
    public string? ByHand { get; set; }

    public bool WantsProject { get; set; }

    public bool WantsInvoice { get; set; }

    /// <summary>Somebody deleted the project: it stays away, and so does its reminder.</summary>
    public bool ProjectDeleted { get; set; }

    public bool DraftDeleted { get; set; }

    public bool ReminderDeleted { get; set; }

    /// <summary>Where a person put the reminder; null: where the rule has it.</summary>
    public DateTimeOffset? ReminderMovedTo { get; set; }

    /// <summary>Somebody acted within the race window: it is judged for doubles only.</summary>
    public bool Raced { get; set; }

    public bool Over { get; set; }

    /// <summary>What happened to it, for whoever looks into a finding.</summary>
    public List<string> Log { get; } = [];

    /// <summary>When each handoff was called for and when it was first seen, in the machine's time: leaps are not counted.</summary>
    public Dictionary<string, (DateTimeOffset Called, DateTimeOffset? Seen)> Handoffs { get; } = [];

    public override string ToString() => $"#{number} {plot}: deal {Deal} “{Name}” of {Client}";
}
