using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.DataProtection;

namespace Subscriptions.Sandbox.Rooms;

/// <summary>What the sandbox's web rooms have in common.</summary>
internal static class RoomHost
{
    /// <summary>A builder that listens on loopback, speaks up only when something is wrong, and leaves signals to the process.</summary>
    public static WebApplicationBuilder NewBuilder(SandboxOptions options, string room, int port)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(RoomHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        Furnish(builder, port);
        builder.Configuration["AllowedHosts"] = options.Addresses.AllowedHosts;
        builder.Services.AddDataProtection()
            .SetApplicationName($"sandbox-{room}")
            .PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(options.Data, "keys", room)));
        return builder;
    }

    /// <summary>Listens on a loopback port; of several rooms in one process none handles signals by itself.</summary>
    public static void Furnish(WebApplicationBuilder builder, int port)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenLocalhost(port);
        });
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
    }

    /// <summary>Starts a room; a taken port is named by its setting.</summary>
    public static async Task StartAsync(WebApplication app, string room, int port, CancellationToken stopping)
    {
        RefuseTakenPort(room, port);
        try
        {
            await app.StartAsync(stopping);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw PortTaken(room, port);
        }
        catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            throw PortTaken(room, port);
        }
    }

    // Looked at beforehand, because a host that fails to start fills the console with its stack first.
    private static void RefuseTakenPort(string room, int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
        }
        catch (SocketException)
        {
            throw PortTaken(room, port);
        }
    }

    /// <summary>Says which setting moves a taken port.</summary>
    public static SettingException PortTaken(string room, int port) =>
        new($"Port {port} cannot be listened on: something else uses it, or it is not allowed. Set Sandbox:Ports:{room} to a free port (environment variable Sandbox__Ports__{room}, or --Sandbox:Ports:{room}=…).");

    /// <summary>Refuses what other sites' pages send, because the panel asks for no sign-in.</summary>
    public static void RefuseForeignForms(this WebApplication app, Uri own) => app.Use((context, next) =>
    {
        var unsafeMethod = !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);
        return unsafeMethod && IsForeign(context.Request, own)
            ? Results.Problem(statusCode: 403, title: "Only this machine's own pages may do that.", type: "urn:sandbox:foreign-origin").ExecuteAsync(context)
            : next(context);
    });

    private static bool IsForeign(HttpRequest request, Uri own)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0) return false;
        return !Uri.TryCreate(origin, UriKind.Absolute, out var from)
            || !(from.Host == "localhost" || from.Authority == own.Authority || (IPAddress.TryParse(from.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)));
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
