namespace ClientFlow.Sync.Core.Records;

/// <summary>What a canonical record is. The names are stored: never rename one, only add.</summary>
public enum RecordKind
{
    /// <summary>Who pays: a company, or a customer in the invoicing tool.</summary>
    Client,

    /// <summary>A person at a client.</summary>
    Contact,

    /// <summary>A sale, from inquiry to won or lost.</summary>
    Deal,

    /// <summary>The work that was sold.</summary>
    Project,

    /// <summary>A point in a project that can be accepted and billed.</summary>
    Milestone,

    /// <summary>One thing to do in a project.</summary>
    Task,

    /// <summary>A request for money, from draft to paid.</summary>
    Invoice,

    /// <summary>An entry in somebody's calendar.</summary>
    Reminder,
}
