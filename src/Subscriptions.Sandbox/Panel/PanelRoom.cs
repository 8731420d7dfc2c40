using System.Text.Json.Serialization;
using Microsoft.Extensions.FileProviders;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Faults;
using Subscriptions.Sandbox.Inbox;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Sandbox.Panel;

/// <summary>The panel: readers, inbox, clock and faults, as pages for people and as JSON for tools.</summary>
internal static class PanelRoom
{
    public static WebApplication Build(SandboxOptions options, SandboxClock clock, RunningRooms rooms, SandboxProcess process)
    {
        var builder = RoomHost.NewBuilder(options, "panel", options.Ports.Panel);
        var services = builder.Services;
        services.AddSingleton(options).AddSingleton(rooms).AddSingleton(process);
        services.AddSingleton(TimeProvider.System).AddSingleton(clock).AddSingleton<BillingClock>(clock);
        services.AddSingleton(ClockAdvanceLimits.Default with { StepLimit = options.StepLimit }).AddSingleton<ClockAdvance>();
        services.AddSingleton<MailReports>();
        services.AddSingleton(new MailStore(options.Data, clock)).AddSingleton(new MailFaults(options.Data));
        services.AddSingleton<IFaultSource>(all => all.GetRequiredService<MailFaults>()).AddSingleton<FaultBoard>();
        services.AddSingleton(all => new SeededReaders(options.Data, all.GetServices<ILiveReaders>()));
        services.AddSingleton<IResettable>(all => all.GetRequiredService<SeededReaders>()).AddSingleton<IResettable, InboxReset>();
        PanelParts.Add(services, options);

        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = StatusPages.Explain).AddOpenApi();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.Converters.Add(new InstantConverter());
        });
        services.AddRazorPages(pages => pages.RootDirectory = "/Panel/Pages");

        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages(StatusPages.AnswerAsync);
        app.RefuseForeignForms(options.Addresses.Panel);
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new EmbeddedFileProvider(typeof(PanelRoom).Assembly, "Subscriptions.Sandbox.Panel.Assets"),
            RequestPath = "/assets",
        });
        app.MapOpenApi();
        app.MapRazorPages();
        app.MapPanelApi();
        app.MapDisputesApi();
        PanelParts.Map(app);
        return app;
    }

    private sealed class InboxReset(MailStore store, MailFaults faults) : IResettable
    {
        public async Task ClearAsync()
        {
            store.Clear();
            await faults.ClearAsync(null);
        }
    }
}
