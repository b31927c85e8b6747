using System.Net;
using System.Net.Sockets;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>
/// Slows down whoever guesses passwords: after a few free attempts each further one waits twice as long as the last, up to a quarter
/// of an hour, by name and by address. Nobody is ever locked out for good. A fixed number of places, which names and addresses share
/// by a hash that differs from start to start: whatever strangers send, no more memory is taken, no place can be aimed at, and an
/// unknown name is answered as a known one.
/// </summary>
public sealed class Attempts(TimeProvider clock)
{
    /// <summary>The longest that anybody waits.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);

    private readonly Lock gate = new();
    private readonly Table names = new(16_384, free: 5);
    private readonly Table addresses = new(16_384, free: 20);

    /// <summary>Begins an attempt. It counts as failed until <see cref="Succeeded"/> says otherwise, so that many at once gain nothing.</summary>
    /// <param name="name">Whom it is for.</param>
    /// <param name="address">Null where the browser is known: it has a count of its own, and strangers can't use it up.</param>
    /// <returns>How long to wait; zero: go ahead.</returns>
    public TimeSpan Begin(string name, IPAddress? address)
    {
        var now = clock.GetUtcNow();
        lock (gate)
        {
            ref var byName = ref names.Of(name);
            ref var byAddress = ref addresses.Of(address is null ? "" : Network(address));
            var wait = byName.Wait(now);
            if (address is not null && byAddress.Wait(now) is var more && more > wait) wait = more;
            if (wait > TimeSpan.Zero) return wait;
            byName.Count(now, names.Free);
            if (address is not null) byAddress.Count(now, addresses.Free);
            return TimeSpan.Zero;
        }
    }

    /// <summary>The attempt was right. An address keeps what else it did: its owner may know one password and guess another.</summary>
    public void Succeeded(string name, IPAddress? address)
    {
        lock (gate)
        {
            names.Of(name) = default;
            if (address is not null) addresses.Of(Network(address)).Forgive(addresses.Free);
        }
    }

    /// <summary>Nothing was checked: the attempt counts for nothing.</summary>
    public void GiveBack(string name, IPAddress? address)
    {
        lock (gate)
        {
            names.Of(name).Forgive(names.Free);
            if (address is not null) addresses.Of(Network(address)).Forgive(addresses.Free);
        }
    }

    // A household has 2^64 addresses of the newer kind.
    private static string Network(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();

    private sealed class Table(int places, int free)
    {
        private readonly Place[] all = new Place[places];

        public int Free => free;

        public ref Place Of(string key) => ref all[(uint)key.GetHashCode(StringComparison.OrdinalIgnoreCase) % (uint)all.Length];
    }

    private struct Place
    {
        private int failures;
        private long last;
        private long until;

        public readonly TimeSpan Wait(DateTimeOffset now) => new(Math.Max(0, until - now.UtcTicks));

        public void Count(DateTimeOffset now, int free)
        {
            if (now.UtcTicks - last > Forgotten.Ticks) failures = 0;
            (failures, last) = (failures + 1, now.UtcTicks);
            Set(free);
        }

        public void Forgive(int free)
        {
            if (failures > 0) failures--;
            Set(free);
        }

        private void Set(int free) => until = failures <= free
            ? 0
            : last + TimeSpan.FromSeconds(Math.Min(Math.Pow(2, failures - free - 1), Longest.TotalSeconds)).Ticks;
    }
}
