using System.Net.Sockets;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Inbox;
using Subscriptions.Sandbox.Newspaper;
using Subscriptions.Sandbox.Panel;

namespace Subscriptions.Sandbox.Rooms;

/// <summary>
/// The rooms of one process: opened in the order panel (with clock, simulator and inbox), service, newspaper, and
/// closed the other way round.
/// </summary>
public sealed class SandboxProcess : IAsyncDisposable
{
    private readonly SandboxOptions options;
    private readonly string[] args;
    private readonly SandboxClock clock;
    private readonly RunningRooms rooms = new();
    private readonly SemaphoreSlim one = new(1, 1);
    private WebApplication? panel;
    private SmtpServer? inbox;

    /// <summary>Takes the folder's clock; nothing listens yet.</summary>
    public SandboxProcess(SandboxOptions options, string[] args, TimeProvider wall)
    {
        this.options = options;
        this.args = args;
        clock = SandboxClock.Open(options.Data, wall, keep: options.Rooms.HasFlag(SandboxRooms.Panel), options.StartAt);
    }

    /// <summary>Opens every room of this process.</summary>
    /// <exception cref="SettingException">A port is taken, or another panel runs on the folder.</exception>
    public async Task StartAsync(CancellationToken stopping)
    {
        if (options.Rooms.HasFlag(SandboxRooms.Panel) && !clock.IsKeeper)
            throw new SettingException($"Sandbox:Data is {options.Data}, where another panel keeps the clock already. Name another folder, or leave Panel out of Sandbox:Rooms.");
        if (options.Rooms.HasFlag(SandboxRooms.Panel)) await OpenPanelAsync(stopping);
        if (options.Rooms.HasFlag(SandboxRooms.Service)) await OpenServiceAsync(stopping);
        if (options.Rooms.HasFlag(SandboxRooms.Newspaper)) await OpenNewspaperAsync(stopping);
    }

    /// <summary>Forgets everything and begins anew, as in an empty folder.</summary>
    public async Task<ResetOutcome> ResetAsync()
    {
        if (panel is null || !options.Rooms.HasFlag(SandboxRooms.Service)) return ResetOutcome.ServiceElsewhere;
        if (!await one.WaitAsync(TimeSpan.Zero)) return ResetOutcome.Busy;
        try
        {
            using var hold = panel.Services.GetRequiredService<ClockAdvance>().TryHold();
            if (hold is null) return ResetOutcome.Busy;
            await CloseServiceAndNewspaperAsync();
            foreach (var part in panel.Services.GetServices<IResettable>()) await part.ClearAsync();
            await options.Database.ForgetAsync();
            clock.StartAnew(options.StartAt);
            await OpenServiceAsync(CancellationToken.None);
            if (options.Rooms.HasFlag(SandboxRooms.Newspaper)) await OpenNewspaperAsync(CancellationToken.None);
            return ResetOutcome.Done;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Closes every room and stops the clock.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseServiceAndNewspaperAsync();
        if (inbox is not null) await inbox.DisposeAsync();
        await CloseAsync(panel);
        clock.Dispose();
        one.Dispose();
    }

    private async Task OpenPanelAsync(CancellationToken stopping)
    {
        panel = PanelRoom.Build(options, clock, rooms, this);
        try
        {
            inbox = SmtpServer.Start(options.Ports.Smtp, panel.Services.GetRequiredService<MailStore>(), panel.Services.GetRequiredService<MailFaults>());
        }
        catch (SocketException)
        {
            throw RoomHost.PortTaken("Smtp", options.Ports.Smtp);
        }

        await RoomHost.StartAsync(panel, "Panel", options.Ports.Panel, stopping);
    }

    private async Task OpenServiceAsync(CancellationToken stopping)
    {
        rooms.Service = ServiceRoom.Build(args, options, clock);
        var seeder = panel?.Services.GetService<ISandboxSeeder>();
        var seeding = panel is null ? null : new SeedingContext(options, panel.Services, rooms.Service.Services);
        if (seeder is not null) await seeder.BeforeServiceStartsAsync(seeding!, stopping);
        await RoomHost.StartAsync(rooms.Service, "Service", options.Ports.Service, stopping);
        if (seeder is not null) await seeder.AfterServiceStartedAsync(seeding!, stopping);
    }

    private async Task OpenNewspaperAsync(CancellationToken stopping)
    {
        rooms.Newspaper = NewspaperRoom.Build(options);
        await RoomHost.StartAsync(rooms.Newspaper, "Newspaper", options.Ports.Newspaper, stopping);
    }

    private async Task CloseServiceAndNewspaperAsync()
    {
        await CloseAsync(rooms.Newspaper);
        rooms.Newspaper = null;
        await CloseAsync(rooms.Service);
        rooms.Service = null;
    }

    private static async Task CloseAsync(WebApplication? room)
    {
        if (room is null) return;
        try
        {
            await room.StopAsync();
        }
        finally
        {
            await room.DisposeAsync();
        }
    }
}
