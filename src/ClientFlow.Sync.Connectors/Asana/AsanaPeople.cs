using System.Collections.Concurrent;
using System.Collections.Frozen;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>Remembers the workspace's people, and what status updates said: neither comes along with a project.</summary>
internal sealed class AsanaPeople(AsanaClient client, TimeProvider clock) : IDisposable
{
    // Somebody who stays unknown must not cost a call with every page.
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(3);
    private const int MostStatuses = 20_000;

    private readonly OneAsks gate = new();
    private readonly ConcurrentDictionary<string, string?> statuses = new(StringComparer.Ordinal);
    private volatile People known = new([]);
    private DateTimeOffset? read;

    /// <summary>The e-mail of a user; null where Asana doesn't tell it.</summary>
    public async Task<Outcome<string?>> EmailOfAsync(AsanaUser? user, CancellationToken cancellationToken)
    {
        if (user?.Gid is not { Length: > 0 } gid) return (string?)null;
        if (!string.IsNullOrEmpty(user.Email)) return user.Email;
        if (!known.ByGid.ContainsKey(gid) && await RefreshAsync(cancellationToken) is { } failure) return failure;
        return known.ByGid.GetValueOrDefault(gid);
    }

    /// <summary>The gid of the user with an e-mail; null where the workspace has none.</summary>
    public async Task<Outcome<string?>> FindAsync(string? email, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(email)) return (string?)null;
        if (!known.ByEmail.ContainsKey(email.Trim()) && await RefreshAsync(cancellationToken) is { } failure) return failure;
        return known.ByEmail.GetValueOrDefault(email.Trim());
    }

    /// <summary>What the project's latest status update says: <c>on_track</c>, <c>dropped</c>, …</summary>
    public async Task<Outcome<string?>> StatusTypeOfAsync(AsanaProject project, CancellationToken cancellationToken)
    {
        if (project.CurrentStatusUpdate?.StatusType is { Length: > 0 } told) return told;
        if (project.Completed == true || project.CurrentStatusUpdate?.Gid is not { Length: > 0 } gid) return (string?)null;
        if (statuses.TryGetValue(gid, out var remembered)) return remembered;

        // One call for each status update there ever is: its type doesn't change.
        var answer = await client.StatusUpdateAsync(gid, cancellationToken);
        if (!answer.Succeeded(out var update, out var failure) && failure.Kind is not (FailureKind.Missing or FailureKind.Rejected)) return failure;
        if (statuses.Count >= MostStatuses) statuses.Clear();
        return statuses[gid] = update?.Data?.StatusType;
    }

    public void Dispose() => gate.Dispose();

    private Task<Failure?> RefreshAsync(CancellationToken cancellationToken) => gate.AskAsync(async () =>
    {
        var now = clock.GetUtcNow();
        if (read is { } at && at + AskAgain > now) return null;
        if ((await client.UsersAsync(cancellationToken)).Succeeded(out var users, out var failure)) known = new People(users);
        else if (failure.Kind is not (FailureKind.Missing or FailureKind.Rejected)) return failure;
        read = now; // A token that may not list people works without them.
        return null;
    }, cancellationToken);

    private sealed class People(IReadOnlyList<AsanaUser> users)
    {
        public FrozenDictionary<string, string> ByGid { get; } = users
            .Where(user => user is { Gid.Length: > 0, Email.Length: > 0 })
            .DistinctBy(user => user.Gid)
            .ToFrozenDictionary(user => user.Gid!, user => user.Email!);

        public FrozenDictionary<string, string> ByEmail { get; } = users
            .Where(user => user is { Gid.Length: > 0, Email.Length: > 0 })
            .DistinctBy(user => user.Email!, StringComparer.OrdinalIgnoreCase)
            .ToFrozenDictionary(user => user.Email!, user => user.Gid!, StringComparer.OrdinalIgnoreCase);
    }
}
