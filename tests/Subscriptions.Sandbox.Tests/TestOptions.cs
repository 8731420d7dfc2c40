using Microsoft.Extensions.Configuration;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Tests;

namespace Subscriptions.Sandbox.Tests;

/// <summary>A sandbox in a folder, on ports of its own.</summary>
public static class TestOptions
{
    public static SandboxPorts Ports() => new(FreePorts.Take(), FreePorts.Take(), FreePorts.Take(), FreePorts.Take());

    public static SandboxOptions In(string folder, SandboxRooms rooms) =>
        new(Ports(), folder, rooms, null, TimeSpan.FromSeconds(30), ServiceDatabase.Read(new ConfigurationBuilder().Build(), folder));
}
