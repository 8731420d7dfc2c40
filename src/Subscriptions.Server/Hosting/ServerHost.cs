using Subscriptions.Server.Features.Acceptance;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Gate;
using Subscriptions.Server.Features.Groups;
using Subscriptions.Server.Features.Incidents;
using Subscriptions.Server.Features.Mail;
using Subscriptions.Server.Features.MyAccount;
using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Features.Scripts;
using Subscriptions.Server.Features.Shared;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Features.Webhooks;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Hosting;

/// <summary>Settings that cannot be used; each failure names its setting.</summary>
public sealed class SettingsException(IReadOnlyList<SettingFailure> failures) : Exception(string.Join(Environment.NewLine, failures))
{
    /// <summary>What is wrong.</summary>
    public IReadOnlyList<SettingFailure> Failures => failures;
}

/// <summary>Builds the service, for its own process and for hosts that bring a clock of their own.</summary>
public static class ServerHost
{
    /// <summary>The whole life of a process: a command where the arguments name one, the service otherwise.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, HostParts parts)
    {
        try
        {
            return await ServerCommands.RunAsync(args, parts, ServeAsync, Console.Out, Console.Error);
        }
        catch (SettingsException wrong)
        {
            SettingsValidation.Print(wrong.Failures, Console.Error);
            return SettingsValidation.ExitCode;
        }

        async Task ServeAsync()
        {
            var app = Create(args, parts: parts);
            // Before the host starts, which would put a trace of its own in front of what is wrong with the database.
            await DatabaseSetup.MigrateAsync(app.Services);
            await app.RunAsync();
        }
    }

    /// <summary>The service, built and not yet started.</summary>
    /// <param name="args">Settings as arguments.</param>
    /// <param name="configure">Adds settings and replaces registrations; runs before the settings are read.</param>
    /// <param name="parts">What stands behind the ports; null for the default build's.</param>
    /// <exception cref="SettingsException">A setting is missing or wrong.</exception>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null, HostParts? parts = null)
    {
        parts ??= new DefaultParts();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(ServerHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        configure?.Invoke(builder);
        var settings = SettingsValidation.TryRead(builder.Configuration, out var failures, parts) ?? throw new SettingsException(failures);
        builder.AddHosting(settings);
        builder.AddDatabase(settings.Database);
        builder.AddJobs(TimeSpan.FromSeconds(settings.LookEverySeconds), parts);
        builder.Services.AddAdapters(settings, parts);
        builder.AddIncidents(settings);
        builder.AddBilling();
        builder.AddReconciliation(settings.Reconciliation);
        builder.AddMail();
        builder.AddWebhooks();
        builder.AddAccess();
        builder.AddGate(settings.Gate);
        builder.AddApi();
        builder.AddSupport();
        builder.AddAccounts();
        builder.AddSites();
        builder.AddMyAccount();
        builder.AddGroups();
        builder.AddSharedPages();

        var app = builder.Build();
        foreach (var setting in settings.Unknown)
        {
            app.Logger.LogWarning("The setting {Setting} is not known and has no effect: is it misspelt?", setting);
        }

        app.UseSiteGates();
        app.UseHosting();
        app.MapSharedPages();
        app.MapAccounts();
        app.MapSites();
        app.MapScripts();
        app.MapApi();
        app.MapSupport();
        ReconciliationRoutes.MapDownloads(app);
        app.MapAccess();
        app.MapGate();
        app.MapWebhooks();
        app.MapIncidents();
        parts.Map(app);
        return app;
    }
}
