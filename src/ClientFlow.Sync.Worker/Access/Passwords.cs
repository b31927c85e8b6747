using System.Security.Cryptography;
using System.Threading.RateLimiting;
using ClientFlow.Sync.Core.Configuration;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>
/// Checks passwords. Each check is meant to be slow, so only few run at once: strangers who guess must not take the processor from the
/// work. Whoever comes in a known browser has a queue of his own.
/// </summary>
public sealed class Passwords(Accounts accounts) : IDisposable
{
    // Somebody who doesn't exist takes as long to refuse as somebody who does.
    private static readonly PasswordHash Nobody = PasswordHash.Of("", RandomNumberGenerator.GetBytes(16));

    private readonly ConcurrencyLimiter strangers = Queue();
    private readonly ConcurrencyLimiter known = Queue();

    /// <summary>Whether the two belong together; null when too many ask at once.</summary>
    public async Task<bool?> CheckAsync(string name, string password, bool isKnown, CancellationToken cancellationToken)
    {
        using var lease = await (isKnown ? known : strangers).AcquireAsync(cancellationToken: cancellationToken);
        if (!lease.IsAcquired) return null;
        var found = accounts.FindName(name);
        return (found?.Password ?? Nobody).Matches(password) && found is not null;
    }

    public void Dispose()
    {
        strangers.Dispose();
        known.Dispose();
    }

    private static ConcurrencyLimiter Queue() =>
        new(new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 10, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
}
