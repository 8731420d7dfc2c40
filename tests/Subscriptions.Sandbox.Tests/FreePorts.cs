using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Subscriptions.Sandbox.Rooms;

namespace Subscriptions.Sandbox.Tests;

/// <summary>Ports that nobody listens on at this moment, all different.</summary>
public static class FreePorts
{
    public static SandboxPorts Take()
    {
        var listeners = Enumerable.Range(0, 4).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToList();
        foreach (var listener in listeners) listener.Dispose();
        return new SandboxPorts(ports[0], ports[1], ports[2], ports[3]);
    }

    public static SandboxOptions Options(string folder, SandboxRooms rooms) =>
        new(Take(), folder, rooms, null, TimeSpan.FromSeconds(30), ServiceDatabase.Read(new ConfigurationBuilder().Build(), folder));
}
