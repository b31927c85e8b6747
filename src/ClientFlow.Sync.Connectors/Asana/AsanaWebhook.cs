using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>Webhooks: made by call, proven by a secret that Asana hands over while the call is under way.</summary>
internal sealed class AsanaWebhook(AsanaClient client, AsanaSettings settings, ToolContext context)
{
    // Filters of a workspace's webhook take no fields.
    private static readonly string[] Watched = ["added", "changed", "removed", "deleted", "undeleted"];

    private readonly ConcurrentDictionary<string, bool> underWay = new(StringComparer.Ordinal);

    public async Task<Outcome<string>> SubscribeAsync(Subscription wanted, CancellationToken cancellationToken)
    {
        if (!(await client.WebhooksAsync(cancellationToken)).Succeeded(out var existing, out var failure)) return failure;
        var target = wanted.Target.AbsoluteUri;
        var kept = wanted.Secret is null ? null : existing.FirstOrDefault(one => one.Target == target && one.Active != false && one.Gid is not null);
        var id = kept?.Gid;
        if (id is null)
        {
            // One for the same address would keep signing with a secret that we don't have.
            foreach (var lost in existing.Where(one => one.Target == target))
            {
                if (await DeleteAsync(lost, cancellationToken) is { } trouble) return trouble;
            }

            underWay[wanted.Id] = true;
            try
            {
                var webhook = new AsanaNewWebhook(settings.Workspace, target, [.. Watched.Select(action => new AsanaFilter("project", action))]);
                if (!(await client.CreateWebhookAsync(webhook, cancellationToken)).Succeeded(out var made, out failure)) return failure;
                if (made.Data?.Gid is not { Length: > 0 } gid)
                    return new Failure(FailureKind.Malformed, "Asana made a webhook and did not say which. It is looked for again later.");
                id = gid;
            }
            finally
            {
                underWay.TryRemove(wanted.Id, out _);
            }
        }

        // Only now, so that there is no moment without one.
        foreach (var stale in existing.Where(one => one.Target != target && IsOurs(one, wanted.Target)))
        {
            if (await DeleteAsync(stale, cancellationToken) is { NextMove: NextMove.Retry } trouble) return trouble;
        }

        return id;
    }

    /// <summary>The secret of a handshake. One that is known already is replaced only while we ask for a new one ourselves.</summary>
    public Secret? Handshake(Delivery delivery)
    {
        if (delivery.Subscription is not { } id || delivery.Header("X-Hook-Signature") is not null) return null;
        if (delivery.Header("X-Hook-Secret") is not { Length: > 0 } secret) return null;
        var expected = underWay.ContainsKey(id) || context.FindSubscription(id) is { Secret: null };
        return expected ? new Secret(secret) : null;
    }

    public SignatureVerdict Verify(Delivery delivery)
    {
        if (delivery.Subscription is not { } id || context.FindSubscription(id)?.Secret is not { } secret) return SignatureVerdict.Closed;
        if (delivery.Header("X-Hook-Signature") is not { Length: > 0 } signature) return SignatureVerdict.Missing;
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret.Reveal()), delivery.Body.Span, expected);
        var given = Encoding.UTF8.GetBytes(signature);
        return CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(Convert.ToHexStringLower(expected)))
            ? SignatureVerdict.Valid
            : SignatureVerdict.Mismatch;
    }

    /// <summary>Asana numbers nothing; its events carry their moment, and empty heartbeats may be one and the same.</summary>
    public static string Identify(Delivery delivery)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes((delivery.Subscription ?? "") + "\n"));
        hash.AppendData(delivery.Body.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static DeliveryReading Read(Delivery delivery)
    {
        try
        {
            if (JsonSerializer.Deserialize(delivery.Body.Span, AsanaJson.Default.AsanaEvents) is { } body)
                return new DeliveryReading { Hints = [.. (body.Events ?? []).SelectMany(HintsOf).Distinct()] };
        }
        catch (JsonException)
        {
            // Said below.
        }

        return new DeliveryReading { Unreadable = "Asana sent something that is not a list of events. Check that the webhook's address is used by Asana only." };
    }

    private static IEnumerable<RecordHint> HintsOf(AsanaEvent? one)
    {
        var project = one?.Resource?.ResourceType switch
        {
            "project" => one.Resource.Gid,
            "task" when one.Parent?.ResourceType == "project" => one.Parent.Gid,
            _ => null,
        };
        if (!string.IsNullOrEmpty(project)) yield return new RecordHint(RecordKind.Project, project);
    }

    private bool IsOurs(AsanaWebhookRecord webhook, Uri target)
    {
        var route = (context.WebhookUrl ?? new Uri(target, ".")).AbsoluteUri.TrimEnd('/') + "/";
        return webhook.Target?.StartsWith(route, StringComparison.Ordinal) == true;
    }

    private async Task<Failure?> DeleteAsync(AsanaWebhookRecord webhook, CancellationToken cancellationToken)
    {
        if (webhook.Gid is null) return null;
        var deleted = await client.DeleteWebhookAsync(webhook.Gid, cancellationToken);
        return deleted.Failure is { Kind: not FailureKind.Missing } failure ? failure : null;
    }
}
