using System.Net;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>Where a request comes from.</summary>
internal static class ThisMachine
{
    /// <summary>
    /// Whether somebody on this very machine asks. A proxy on it carries strangers in: their requests name another host, or say that
    /// they were forwarded. One that does neither can't be told from a person here, which is why a public address asks for more.
    /// </summary>
    public static bool Asks(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) &&
        http.Request.Host.Host is "localhost" or "127.0.0.1" or "[::1]" && !WasForwarded(http.Request);

    /// <summary>Whether a program on this machine asks, by whichever of its addresses.</summary>
    public static bool Calls(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address && (IPAddress.IsLoopback(address) || address.Equals(http.Connection.LocalIpAddress)) &&
        !WasForwarded(http.Request);

    /// <summary>
    /// The address to count attempts by. Of all that a proxy may say of a request only this is taken: the last address in
    /// <c>X-Forwarded-For</c>, which is what the proxy itself saw, and only from a proxy on this machine.
    /// </summary>
    public static IPAddress AddressOf(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress ?? IPAddress.None;
        if (IPAddress.IsLoopback(address) && http.Request.Headers["X-Forwarded-For"] is [.., { } forwarded] &&
            IPEndPoint.TryParse(forwarded.Split(',')[^1].Trim(), out var client)) address = client.Address;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    private static bool WasForwarded(HttpRequest request) => request.Headers.Keys.Any(static name =>
        name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase) || name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase) ||
        name.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase) || name.Equals("Via", StringComparison.OrdinalIgnoreCase));
}
