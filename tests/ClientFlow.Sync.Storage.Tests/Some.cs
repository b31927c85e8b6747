using System.Collections.Immutable;
using System.Text;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using Record = ClientFlow.Sync.Core.Records.Record;

namespace ClientFlow.Sync.Storage.Tests;

/// <summary>Rows that are valid and always the same; a test names only what it is about.</summary>
internal static class Some
{
    /// <summary>Noon, with a fraction down to the tick.</summary>
    public static readonly DateTimeOffset Now = new DateTimeOffset(2026, 11, 3, 12, 0, 0, TimeSpan.Zero).AddTicks(1_234_567);

    public static RecordRef Deal(string id = "678") => new("hubspot", "62515", RecordKind.Deal, id);

    public static RecordRef Client(string id = "31") => new("hubspot", "62515", RecordKind.Client, id);

    public static RecordRef Project(string id = "1201") => new("asana", "1200", RecordKind.Project, id);

    public static MirrorRow Row(RecordRef reference, params (string Name, FieldValue Value)[] fields) => new()
    {
        Record = new Record
        {
            Ref = reference,
            Fields = fields.ToImmutableSortedDictionary(f => f.Name, f => f.Value, StringComparer.Ordinal),
            Version = new RecordVersion(41, Now),
        },
        FirstSeen = Now,
        ChangedAt = Now,
    };

    public static FieldValue Text(string text) => new FieldValue.Text(text);

    public static FieldValue Ref(RecordRef reference) => new FieldValue.Reference(reference);

    public static Delivery Delivery(string body = "{}", DateTimeOffset? at = null) => new()
    {
        Tool = "crm",
        Subscription = "s-1",
        ReceivedAt = at ?? Now,
        Method = "POST",
        PathAndQuery = "/webhooks/crm/s-1?x=%20",
        Headers = new Dictionary<string, string> { ["X-HubSpot-Signature-v3"] = "a=\"b\"; é" },
        Body = Encoding.UTF8.GetBytes(body),
    };

    public static Handoff Handoff(
        string subject = "678", HandoffState state = HandoffState.Ready, string rule = "won-deal-to-project", DateTimeOffset? planned = null) => new()
    {
        Key = new HandoffKey(rule, Deal(subject), "once"),
        Engagement = Deal(subject),
        State = state,
        Reason = "deal.stage is won",
        PlannedAt = planned ?? Now,
        ObservedAt = Now.AddSeconds(-1),
        ConfigHash = "c0ffee",
    };

    public static HandoffAction Action(
        Handoff handoff, int position = 0, ActionState state = ActionState.Pending, DateTimeOffset? next = null, string tool = "projects",
        ActionContent? content = null)
    {
        var name = $"action-{position}";
        return new HandoffAction
        {
            Handoff = handoff.Id,
            Position = position,
            Order = new ActionOrder(handoff.Key.ActionKey(name), name, tool, content ?? new SectionContent("Onboarding")),
            State = state,
            NextAt = next ?? Now,
        };
    }

    public static JournalEntry Entry(string message = "Deal won", string? client = null, JournalLevel level = JournalLevel.Information) => new()
    {
        At = Now,
        Level = level,
        Event = "handoff.project.done",
        Message = message,
        Client = client,
    };
}

/// <summary>Turns a text round: readable enough for a test, and not the secret.</summary>
internal sealed class BackwardsProtector : IProtector
{
    public string Protect(Secret secret) => new([.. secret.Reveal().Reverse()]);

    public Secret? Unprotect(string text) => text == "gone" ? null : new Secret(new string([.. text.Reverse()]));
}
