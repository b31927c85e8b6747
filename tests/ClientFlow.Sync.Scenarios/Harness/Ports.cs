using System.Net;
using System.Net.Sockets;

namespace ClientFlow.Sync.Scenarios.Harness;

/// <summary>Ports for workers: below the range from which the system takes its own, so that nobody else is given one meanwhile.</summary>
internal static class Ports
{
    private static int last = 20_000 + (Environment.ProcessId % 100 * 100);

    public static int Next()
    {
        while (true)
        {
            var port = Interlocked.Increment(ref last);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody listens there already.
            }
        }
    }
}
