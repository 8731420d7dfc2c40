using Hangfire.InMemory;
using Hangfire.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Subscriptions.Production.Hangfire;
using Subscriptions.Production.MailKit;
using Subscriptions.Production.StripeNet;
using Subscriptions.Server.Adapters.Smtp;
using Subscriptions.Server.Adapters.Stripe;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Tests.Adapters;

/// <summary>The same seam as in the Server's tests, with the production host's adapters. Hangfire's records lie in memory, since its SQL Server storage needs a server.</summary>
internal static class AdaptersUnderTest
{
    public static HostParts Parts() => Parts(NewStorage);

    /// <param name="storage">Where Hangfire keeps its records.</param>
    /// <param name="lookEverySeconds">Seconds between two looks that nobody asks for.</param>
    public static HostParts Parts(Func<InMemoryStorage> storage, int lookEverySeconds = 1) => new Borrowed(storage, lookEverySeconds);

    /// <summary>
    /// Records of their own, and no log: Hangfire keeps one for the whole process, that of whichever host began last, and would go on writing to it
    /// when that host is gone.
    /// </summary>
    public static InMemoryStorage NewStorage()
    {
        LogProvider.SetCurrentLogProvider(null);
        return new();
    }

    public static ServiceProvider Mail(SmtpSettings settings)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        Parts().AddMail(services, settings);
        return services.BuildServiceProvider();
    }

    private sealed class Borrowed(Func<InMemoryStorage> storage, int lookEverySeconds) : HostParts
    {
        public override void AddGateway(IServiceCollection services, StripeSettings settings) => services.AddStripeNet(settings);

        public override void AddMail(IServiceCollection services, SmtpSettings settings) => services.AddMailKit(settings, new MailKitSettings());

        public override void AddJobs(IServiceCollection services, IReadOnlyList<JobDeclaration> jobs) =>
            services.AddHangfireJobs(jobs, new HangfireSettings { ConnectionString = "", LookEverySeconds = lookEverySeconds }, storage);

        public override void Map(WebApplication app) => HangfireSetup.MapDashboard(app);
    }
}
