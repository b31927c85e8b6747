using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.People;

/// <summary>Work that needs a person: a handoff that a tool refused for good, or a delivery that could not be read.</summary>
/// <param name="Id">What it is put back by: a handoff's short id, or <c>delivery-</c> and the inbox row.</param>
/// <param name="What">A handoff's title; for a delivery, its tool and when it came.</param>
/// <param name="Reason">Why it needs a person, and what to mend.</param>
public sealed record DeadLetter(string Id, string What, string Reason);

/// <summary>Lists what needs a person, and puts it back. What was confirmed by a tool is never repeated.</summary>
public sealed class DeadLetters(Workspace workspace, Decisions decisions)
{
    /// <summary>What a delivery's id begins with.</summary>
    public const string Delivery = "delivery-";

    /// <summary>Stands for all of them.</summary>
    public const string All = "all";

    private const int AtOnce = 100;

    /// <summary>All of them: handoffs first, then deliveries, oldest first.</summary>
    public static IReadOnlyList<DeadLetter> In(IReadView view) =>
    [
        .. view.HandoffsIn([HandoffState.Dead], int.MaxValue).Reverse().Select(h => new DeadLetter(h.Id, h.Title ?? h.Key.Rule, h.Reason)),
        .. Deliveries(view).Select(d => new DeadLetter(IdOf(d), Named(d), d.Reason)),
    ];

    /// <summary>Puts one or many back.</summary>
    /// <param name="what">A letter's id; a rule's name for all handoffs of it; a tool's name for all deliveries to it; or <see cref="All"/>.</param>
    /// <param name="who">Who said so.</param>
    /// <returns>Whether anything was put back, and what happened, a line for each.</returns>
    public async Task<(bool Done, string Message)> ReplayAsync(string what, Person who, CancellationToken cancellationToken)
    {
        var rule = workspace.Config.Rules.FirstOrDefault(r => r.Name == what);
        var (handoffs, deliveries) = await workspace.Store.ReadAsync(view => (
            Handoffs: Chosen(view.HandoffsIn([HandoffState.Dead], int.MaxValue), what, rule),
            Deliveries: Deliveries(view).Where(d => what == All || IdOf(d) == what || d.Delivery.Tool == what).ToList()), cancellationToken);
        var said = new List<string>();
        foreach (var handoff in handoffs)
        {
            var (done, message) = await decisions.RetryAsync(handoff.Id, who, cancellationToken);
            if (done) said.Add(message);
        }

        foreach (var some in deliveries.Chunk(AtOnce))
            said.AddRange(await PutBackAsync(some, who, cancellationToken));
        if (deliveries.Count > 0) workspace.Delivered.Set();
        return said.Count > 0
            ? (true, string.Join('\n', said))
            : (false, what == All ? "there is nothing to put back" : $"nothing that could be put back is called `{what}`: `clientflow replay` lists what can be");
    }

    private static List<Handoff> Chosen(IReadOnlyList<Handoff> dead, string what, HandoffRule? rule)
    {
        if (what != All && rule is null && what.Length >= Decisions.FewestCharacters && Decisions.Beginning(dead, what) is [var one]) return [one];
        return [.. dead.Where(h => what == All || h.Id == what || (rule is not null && h.Key.Rule == rule.Identity)).Reverse()];
    }

    private Task<List<string>> PutBackAsync(IReadOnlyList<DeadDelivery> deliveries, Person who, CancellationToken cancellationToken) =>
        workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
        {
            var said = new List<string>();
            foreach (var delivery in deliveries)
            {
                if (workspace.Find(delivery.Delivery.Tool) is not { Connector: IReceives })
                {
                    said.Add($"{IdOf(delivery)} stays: no tool `{delivery.Delivery.Tool}` in the mapping file takes webhooks any more");
                    continue;
                }

                if (!unit.Replay(delivery.Id)) continue;
                said.Add($"{IdOf(delivery)} is read again");
                unit.Write(new JournalEntry
                {
                    At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Information, Event = "people.delivery.replayed", Tool = delivery.Delivery.Tool,
                    Message = $"{who} had {Named(delivery)} read again ({IdOf(delivery)})",
                });
            }

            return said;
        }, cancellationToken);

    private static IEnumerable<DeadDelivery> Deliveries(IReadView view)
    {
        long after = 0;
        while (true)
        {
            var some = view.DeadDeliveries(after, AtOnce);
            foreach (var one in some) yield return one;
            if (some.Count < AtOnce) yield break;
            after = some[^1].Id;
        }
    }

    private static string IdOf(DeadDelivery delivery) => Delivery + delivery.Id.ToString(CultureInfo.InvariantCulture);

    private static string Named(DeadDelivery delivery) =>
        $"a delivery to {delivery.Delivery.Tool} of {delivery.Delivery.ReceivedAt.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC";
}
