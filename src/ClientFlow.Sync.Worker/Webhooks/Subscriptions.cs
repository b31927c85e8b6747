using System.Collections.Concurrent;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Worker.Composition;

namespace ClientFlow.Sync.Worker.Webhooks;

/// <summary>
/// Keeps the webhook subscriptions that we make ourselves: declared, not remembered. Each run finds ours at the vendor or
/// makes it; restarting never makes a second one.
/// </summary>
public sealed class Subscriptions(Workspace workspace, WorkspaceFactory factory)
{
    // A handshake is answered only while we ask for it: a stranger can't plant a secret of his own.
    private static readonly TimeSpan HandshakeWindow = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Every = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> lastKept = new(StringComparer.Ordinal);

    /// <summary>Loads the stored subscriptions, so that signatures can be checked from the first delivery on.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        foreach (var tool in workspace.Tools)
        {
            foreach (var subscription in await workspace.Store.ReadAsync(view => view.Subscriptions(tool.Name), cancellationToken))
                factory.Subscriptions[(tool.Name, subscription.Id)] = subscription;
        }
    }

    /// <summary>
    /// Makes sure that the vendor calls us, for one tool, once an hour. It is asked more often, so that a tool that is slow to start
    /// doesn't go without webhooks until the next hour.
    /// </summary>
    public async Task KeepAsync(Tool tool, CancellationToken cancellationToken)
    {
        if (tool.Connector is not ISubscribes subscribes || workspace.Config.PublicUrl is not { } publicUrl || tool.Account is null) return;
        var asked = workspace.Clock.GetUtcNow();
        if (tool.Config.ReadOnly || !tool.Health.MayCall(asked)) return;
        if (lastKept.TryGetValue(tool.Name, out var last) && asked - last < Every) return;
        lastKept[tool.Name] = asked;
        var route = new Uri(publicUrl, $"webhooks/{Uri.EscapeDataString(tool.Name)}/");
        var known = factory.Subscriptions.Values.FirstOrDefault(s =>
            factory.Subscriptions.ContainsKey((tool.Name, s.Id)) && s.Target.ToString().StartsWith(route.ToString(), StringComparison.Ordinal));

        // One whose secret is not known can't be checked: it is replaced.
        var id = known?.Secret is not null ? known.Id : Guid.CreateVersion7(workspace.Clock.GetUtcNow()).ToString("N") + Guid.NewGuid().ToString("N")[..8];
        var wanted = known?.Secret is not null ? known : new Subscription(id, null, subscribes.NewSecret(), new Uri(route, id), workspace.Clock.GetUtcNow());
        if (!ReferenceEquals(wanted, known)) await SaveAsync(tool, wanted, cancellationToken);

        var outcome = await subscribes.SubscribeAsync(wanted, cancellationToken);
        if (outcome.Failure is { } failure)
        {
            await workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.Write(new JournalEntry
            {
                At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Warning, Event = "inbox.subscription.failed", Tool = tool.Name,
                Message = $"{tool.Name} could not be asked to call {wanted.Target.GetLeftPart(UriPartial.Authority)}: {failure.Message}. Polling goes on, and it is tried again within the hour",
            }), cancellationToken);
            return;
        }

        var now = factory.Subscriptions.GetValueOrDefault((tool.Name, wanted.Id), wanted);
        if (now.VendorId == outcome.Value) return;
        await SaveAsync(tool, now with { VendorId = outcome.Value }, cancellationToken);
        foreach (var old in factory.Subscriptions.Keys.Where(k => k.Tool == tool.Name && k.Id != wanted.Id).ToList())
        {
            factory.Subscriptions.TryRemove(old, out _);
            await workspace.Store.WriteAsync(WritePriority.Bulk, unit => unit.RemoveSubscription(tool.Name, old.Id), cancellationToken);
        }
    }

    /// <summary>Takes the secret of a handshake that we are waiting for.</summary>
    /// <returns>False when no handshake is expected there.</returns>
    public async Task<bool> ShakeAsync(Tool tool, string id, Secret secret)
    {
        // One whose secret is known is asked for again when the vendor gave it up; the connector says that it is under way.
        if (factory.Subscriptions.GetValueOrDefault((tool.Name, id)) is not { } waiting) return false;
        if (waiting.Secret is null && workspace.Clock.GetUtcNow() - waiting.RequestedAt > HandshakeWindow) return false;
        await SaveAsync(tool, waiting with { Secret = secret }, CancellationToken.None);
        return true;
    }

    private async Task SaveAsync(Tool tool, Subscription subscription, CancellationToken cancellationToken)
    {
        factory.Subscriptions[(tool.Name, subscription.Id)] = subscription;
        await workspace.Store.WriteAsync(WritePriority.Urgent, unit => unit.SaveSubscription(tool.Name, subscription), cancellationToken);
    }
}
