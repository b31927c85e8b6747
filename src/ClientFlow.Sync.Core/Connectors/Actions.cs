using System.Text.Json.Serialization;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Connectors;

/// <summary>What one write is to bring about, in canonical words. Stored as JSON: never rename a kind, only add.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ProjectContent), "project.create")]
[JsonDerivedType(typeof(TemplateContent), "project.instantiate")]
[JsonDerivedType(typeof(ProjectSetUpContent), "project.set-up")]
[JsonDerivedType(typeof(SectionContent), "section.create")]
[JsonDerivedType(typeof(TaskContent), "task.create")]
[JsonDerivedType(typeof(DealLinkContent), "deal.link")]
[JsonDerivedType(typeof(CustomerContent), "customer.create")]
[JsonDerivedType(typeof(InvoiceContent), "invoice.create")]
[JsonDerivedType(typeof(InvoiceLineContent), "invoice-line.create")]
[JsonDerivedType(typeof(ReminderContent), "reminder.create")]
[JsonDerivedType(typeof(ReminderMoveContent), "reminder.move")]
[JsonDerivedType(typeof(ReminderCancelContent), "reminder.cancel")]
public abstract record ActionContent
{
    /// <summary>The kind's word, as in <see cref="ActionTraits.Action"/>.</summary>
    [JsonIgnore]
    public string Kind => this switch
    {
        ProjectContent => "project.create",
        TemplateContent => "project.instantiate",
        ProjectSetUpContent => "project.set-up",
        SectionContent => "section.create",
        TaskContent => "task.create",
        DealLinkContent => "deal.link",
        CustomerContent => "customer.create",
        InvoiceContent => "invoice.create",
        InvoiceLineContent => "invoice-line.create",
        ReminderContent => "reminder.create",
        ReminderMoveContent => "reminder.move",
        ReminderCancelContent => "reminder.cancel",
        _ => throw new InvalidOperationException("a content without a kind"),
    };

    /// <summary>The project that nothing was made of yet: before this is sent, one that a person made is looked for. Null for anything else.</summary>
    /// <remarks>A method, since a record prints its properties and this may be itself.</remarks>
    public ProjectContent? NewProject() => this switch
    {
        ProjectContent project => project,
        TemplateContent template => template.Project,
        _ => null,
    };

    /// <summary>What it brings about is a project: the action <c>project</c>.</summary>
    public bool MakesProject() => this is ProjectContent or ProjectSetUpContent;
}

/// <summary>A project. <paramref name="Notes"/> is its description; the connector adds the marker line.</summary>
/// <param name="Owner">The project lead's e-mail; null, or a person whom the tool doesn't know, leaves it open.</param>
public sealed record ProjectContent(string Name, string Notes, DateOnly? StartsOn, DateOnly? EndsOn, string? Owner) : ActionContent;

/// <summary>
/// A project from a template of the tool's own. The tool answers with a job, which goes on by itself: <see cref="ProjectSetUpContent"/>
/// waits for it. What is made can be told for ours, under its own name or not, until that is done.
/// </summary>
/// <param name="Template">The tool's id of the template.</param>
/// <param name="Project">What the project is to be in the end.</param>
public sealed record TemplateContent(string Template, ProjectContent Project) : ActionContent;

/// <summary>Waits until the job of the action <c>template</c> is over, and makes its project what it is to be: name, description, days, lead.</summary>
public sealed record ProjectSetUpContent(ProjectContent Project) : ActionContent;

/// <summary>A section of the project that the action <c>project</c> made.</summary>
public sealed record SectionContent(string Name) : ActionContent;

/// <summary>A task in the project that the action <c>project</c> made, in the section that the action <c>section</c> made.</summary>
public sealed record TaskContent(string Name, string? Notes, DateOnly? DueOn, string? Assignee) : ActionContent;

/// <summary>Writes the address of what the action <c>project</c> made onto a deal.</summary>
public sealed record DealLinkContent(string DealId) : ActionContent;

/// <summary>The customer that an invoice is for.</summary>
/// <param name="ClientKey">Who the client is in the CRM, the text of its <see cref="RecordRef"/>: kept as metadata.</param>
public sealed record CustomerContent(string ClientKey, string Name, string Email) : ActionContent;

/// <summary>A draft of an invoice, for the customer with the given id or the one that the action <c>customer</c> found or made.</summary>
/// <param name="CustomerId">The invoicing tool's id of the customer, where it is known already.</param>
/// <param name="DueInDays">Days from the day it is sent to the day it is due.</param>
/// <param name="Subject">The record that it bills, the text of its <see cref="RecordRef"/>: kept as metadata.</param>
public sealed record InvoiceContent(string? CustomerId, string Currency, int DueInDays, string Text, string Subject) : ActionContent
{
    /// <summary>Its lines' amounts in order, <c>KWD 1250.375;KWD 10</c>: what the tool can't carry is asked about before there is a draft.</summary>
    public string? Amounts { get; init; }
}

/// <summary>A line of the invoice that the action <c>invoice</c> made.</summary>
public sealed record InvoiceLineContent(string Text, Money Amount) : ActionContent;

/// <summary>A calendar entry that reminds a person.</summary>
/// <param name="Notes">Its description; the connector adds nothing to it.</param>
/// <param name="At">When it begins, UTC.</param>
/// <param name="Zone">IANA id of the business's zone, in which people read it.</param>
/// <param name="Duration">How long it lasts.</param>
/// <param name="For">The person's e-mail, whose calendar it goes to; null or unknown: the tool's own <c>calendar</c>.</param>
/// <param name="Subject">The record that it is about, the text of its <see cref="RecordRef"/>.</param>
/// <param name="Generation">Counts from 1; rises when it is made again after we deleted it ourselves.</param>
public sealed record ReminderContent(
    string Title, string Notes, DateTimeOffset At, string Zone, TimeSpan Duration, string? For, string Subject, int Generation) : ActionContent
{
    /// <summary>
    /// The local day and time that the rule named, before it was moved to a business day; null where a person chose the moment, which
    /// no date moves. For the planner alone.
    /// </summary>
    public string? Basis { get; init; }
}

/// <summary>Moves the reminder that the action <paramref name="Of"/> made. A person's own move since then stays.</summary>
/// <param name="Was">When it began as we last wrote it, UTC: anything else there is a person's doing.</param>
public sealed record ReminderMoveContent(string Of, string Title, DateTimeOffset At, DateTimeOffset Was, string Zone, TimeSpan Duration) : ActionContent
{
    /// <inheritdoc cref="ReminderContent.Basis"/>
    public string? Basis { get; init; }
}

/// <summary>Takes the reminder that the action <paramref name="Of"/> made out of the calendar.</summary>
public sealed record ReminderCancelContent(string Of) : ActionContent;

/// <summary>One write that a handoff needs.</summary>
/// <param name="Key">Computed from rule, subject, occurrence and name; see <c>ActionKey</c>. Safe in any vendor's id: a-v and 0-9 only.</param>
/// <param name="Name">Unique in its handoff: <c>project</c>, <c>task-3</c>.</param>
/// <param name="Tool">The tool's name in the YAML file.</param>
/// <param name="Content">What it is to bring about.</param>
public sealed record ActionOrder(string Key, string Name, string Tool, ActionContent Content);

/// <summary>What a write brought about.</summary>
/// <param name="Id">The vendor's id of what was made, found or changed.</param>
/// <param name="Url">Its page for people, where the vendor tells one.</param>
public sealed record ActionResult(string Id, string? Url)
{
    /// <summary>It was there already, made by somebody else: it is adopted.</summary>
    public bool Adopted { get; init; }

    /// <summary>More that later actions need, such as the calendar that an event is in.</summary>
    public IReadOnlyDictionary<string, string> More { get; init; } = new Dictionary<string, string>();

    /// <summary>A sentence for the journal when something was left as a person wanted it.</summary>
    public string? Note { get; init; }

    /// <summary>The state of what was made, for the mirror; null where the answer doesn't hold it whole.</summary>
    [JsonIgnore]
    public SourceRecord? State { get; init; }
}

/// <summary>One call as it will be sent, frozen at the first attempt: a repeat sends the very same bytes under the same key.</summary>
/// <param name="Path">Path and query, relative to the tool's base address.</param>
/// <param name="Headers">Beyond authorisation: an idempotency key, a version.</param>
public sealed record FrozenCall(string Method, string Path, string? ContentType, string? Body, IReadOnlyDictionary<string, string> Headers);

/// <summary>What came of preparing a write.</summary>
public abstract record Preparation
{
    private Preparation()
    {
    }

    /// <summary>This call is to be sent.</summary>
    public sealed record Send(FrozenCall Call) : Preparation;

    /// <summary>Nothing needs to be sent: it is so already.</summary>
    public sealed record Exists(ActionResult Result) : Preparation;

    /// <summary>Only a person can decide, for example between two customers with the same e-mail.</summary>
    public sealed record Ask(string Question) : Preparation;
}

/// <summary>What a connector is given to act upon.</summary>
/// <param name="Order">The write.</param>
/// <param name="Revision">Counts from 1; rises only after absence is proven or a person edited the order.</param>
/// <param name="Results">What earlier actions of the same handoff brought about, by name.</param>
public sealed record ActionCall(ActionOrder Order, int Revision, IReadOnlyDictionary<string, ActionResult> Results)
{
    /// <summary>No byte of the attempt that is in doubt was sent before this, UTC; null where there was none.</summary>
    public DateTimeOffset? SentAfter { get; init; }
}
