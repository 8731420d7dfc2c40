using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Subscriptions.Tests;

/// <summary>
/// Ports for services whose address has to be known before they start, and to stay theirs while they are restarted. A port looked for by one suite is
/// not given to another that runs at the same time.
/// </summary>
internal static class FreePorts
{
    // Below the ports that the system gives to connections.
    private const int First = 10_000, Beyond = 30_000;

    // The same number taken for UDP, which nothing here speaks: other processes see the claim, and it ends with this one however that ends.
    private static readonly ConcurrentBag<Socket> _claims = [];

    /// <summary>A port that nobody listens on, and no other test is given while this process lives.</summary>
    public static int Take()
    {
        while (true)
        {
            var port = new IPEndPoint(IPAddress.Loopback, Random.Shared.Next(First, Beyond));
            var claim = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                claim.Bind(port);
                using var probe = new TcpListener(port);
                probe.Start();
                _claims.Add(claim);
                return port.Port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                claim.Dispose();
            }
        }
    }

    /// <summary>As many of them, all different.</summary>
    public static int[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => Take())];
}
