using System.Collections.Frozen;

namespace ClientFlow.Sync.Core.Records;

/// <summary>What a canonical field can hold, and with it how a mapping, a condition or a template may use it.</summary>
public enum FieldType
{
    Text,
    Person,
    Number,
    Amount,
    Day,
    Moment,
    Flag,
    Choice,
    Reference,
    References,
}

/// <summary>One field that records of a kind may have.</summary>
/// <param name="Name">The canonical name, used in YAML: <c>endsOn</c>.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Choices">The words of a <see cref="FieldType.Choice"/>; empty for other types.</param>
/// <param name="Says">What it means, for people and for the editor's hover.</param>
public sealed record FieldDefinition(string Name, FieldType Type, string Says, IReadOnlyList<string> Choices);

/// <summary>The fields of each kind of record: the vocabulary of mappings, conditions and templates.</summary>
public static class RecordSchema
{
    private static readonly FrozenDictionary<RecordKind, IReadOnlyList<FieldDefinition>> Kinds =
        new Dictionary<RecordKind, IReadOnlyList<FieldDefinition>>
        {
            [RecordKind.Client] =
            [
                Of("name", FieldType.Text, "the client's name"),
                Of("email", FieldType.Text, "where the client is written to: its primary contact's e-mail"),
                Of("phone", FieldType.Text, "the client's phone number"),
                Of("createdAt", FieldType.Moment, "when it was made in its tool"),
                Of("key", FieldType.Text, "the marker that our own write left on it"),
                Of("url", FieldType.Text, "its page in its tool"),
            ],
            [RecordKind.Contact] =
            [
                Of("name", FieldType.Text, "the person's name"),
                Of("email", FieldType.Text, "the person's e-mail"),
                Of("phone", FieldType.Text, "the person's phone number"),
                Of("createdAt", FieldType.Moment, "when it was made in its tool"),
                Of("url", FieldType.Text, "its page in its tool"),
            ],
            [RecordKind.Deal] =
            [
                Of("name", FieldType.Text, "the deal's name"),
                Of("stage", FieldType.Choice, "how far the sale is", "intake", "qualified", "proposal", "won", "lost"),
                Of("amount", FieldType.Amount, "what was or may be sold"),
                Of("owner", FieldType.Person, "the account manager's e-mail"),
                Of("scope", FieldType.Text, "what was sold, in words"),
                Of("startsOn", FieldType.Day, "the first day of the work"),
                Of("endsOn", FieldType.Day, "the last day of the contract"),
                Of("closedOn", FieldType.Day, "the day it was won or lost, as its tool has it"),
                Of("client", FieldType.Reference, "its primary company, else its primary contact"),
                Of("contact", FieldType.Reference, "its primary contact"),
                Of("contacts", FieldType.References, "all its contacts"),
                Of("notes", FieldType.Text, "what was noted about it"),
                Of("pipeline", FieldType.Text, "the pipeline it runs in"),
                Of("createdAt", FieldType.Moment, "when it was made in its tool"),
                Of("projectUrl", FieldType.Text, "the page of the project that belongs to it, as written back to its tool"),
                Of("mergedFrom", FieldType.Text, "the ids of the deals that were merged into it, parted by semicolons"),
                Of("url", FieldType.Text, "its page in its tool"),
            ],
            [RecordKind.Project] =
            [
                Of("name", FieldType.Text, "the project's name"),
                Of("status", FieldType.Choice, "closed means completed", "open", "closed", "dropped"),
                Of("archived", FieldType.Flag, "put away in its tool, completed or not"),
                Of("owner", FieldType.Person, "the project lead's e-mail"),
                Of("startsOn", FieldType.Day, "the first day of the work"),
                Of("endsOn", FieldType.Day, "the day it is due or its contract ends"),
                Of("closedAt", FieldType.Moment, "when it was completed"),
                Of("notes", FieldType.Text, "its description"),
                Of("createdAt", FieldType.Moment, "when it was made in its tool"),
                Of("dealUrl", FieldType.Text, "the page of the deal that it names as its own"),
                Of("key", FieldType.Text, "the marker that our own write left on it"),
                Of("url", FieldType.Text, "its page in its tool"),
            ],
            [RecordKind.Milestone] =
            [
                Of("name", FieldType.Text, "the milestone's name"),
                Of("status", FieldType.Choice, "closed means accepted", "open", "closed"),
                Of("project", FieldType.Reference, "the project it belongs to"),
                Of("dueOn", FieldType.Day, "the day it is due"),
                Of("owner", FieldType.Person, "who answers for it, by e-mail"),
                Of("closedAt", FieldType.Moment, "when it was accepted"),
                Of("url", FieldType.Text, "its page in its tool"),
            ],
            [RecordKind.Task] =
            [
                Of("name", FieldType.Text, "what is to be done"),
                Of("status", FieldType.Choice, "closed means done", "open", "closed"),
                Of("project", FieldType.Reference, "the project it belongs to"),
                Of("dueOn", FieldType.Day, "the day it is due"),
                Of("owner", FieldType.Person, "who does it, by e-mail"),
                Of("closedAt", FieldType.Moment, "when it was done"),
                Of("key", FieldType.Text, "the marker that our own write left on it"),
                Of("url", FieldType.Text, "its page in its tool"),
            ],
            [RecordKind.Invoice] =
            [
                Of("number", FieldType.Text, "the number that the client sees"),
                Of("status", FieldType.Choice, "uncollectible means written off", "draft", "open", "paid", "void", "uncollectible"),
                Of("total", FieldType.Amount, "what is asked for"),
                Of("net", FieldType.Amount, "what is asked for without tax"),
                Of("remaining", FieldType.Amount, "what is still to be paid"),
                Of("dueOn", FieldType.Day, "the day it is due"),
                Of("client", FieldType.Reference, "the customer it is for"),
                Of("text", FieldType.Text, "its description"),
                Of("createdAt", FieldType.Moment, "when it was made in its tool"),
                Of("paidAt", FieldType.Moment, "when it was paid in full"),
                Of("key", FieldType.Text, "the marker that our own write left on it"),
                Of("url", FieldType.Text, "its page in its tool"),
            ],
            [RecordKind.Reminder] =
            [
                Of("title", FieldType.Text, "what the calendar shows"),
                Of("at", FieldType.Moment, "when it begins"),
                Of("status", FieldType.Choice, "whether it still stands", "set", "cancelled"),
                Of("calendar", FieldType.Text, "whose calendar it is in"),
                Of("key", FieldType.Text, "the marker that our own write left on it"),
                Of("url", FieldType.Text, "its page in its tool"),
            ],
        }.ToFrozenDictionary();

    /// <summary>The fields that records of a kind may have, in the order in which they are shown.</summary>
    public static IReadOnlyList<FieldDefinition> Of(RecordKind kind) => Kinds[kind];

    /// <summary>One field's definition, or null where the kind has no such field.</summary>
    public static FieldDefinition? Find(RecordKind kind, string field) => Kinds[kind].FirstOrDefault(f => f.Name == field);

    private static FieldDefinition Of(string name, FieldType type, string says, params string[] choices) => new(name, type, says, choices);
}
