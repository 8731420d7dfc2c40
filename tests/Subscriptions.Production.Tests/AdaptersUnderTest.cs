using Hangfire.InMemory;
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
    public static HostParts Parts() => new Borrowed();

    public static ServiceProvider Mail(SmtpSettings settings)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        Parts().AddMail(services, settings);
        return services.BuildServiceProvider();
    }

    private sealed class Borrowed : HostParts
    {
        public override bool SpeaksImplicitTls => true;

        public override void AddGateway(IServiceCollection services, StripeSettings settings) => services.AddStripeNet(settings);

        public override void AddMail(IServiceCollection services, SmtpSettings settings) => services.AddMailKit(settings, new MailKitSettings());

        public override void AddJobs(IServiceCollection services, IReadOnlyList<JobDeclaration> jobs) =>
            services.AddHangfireJobs(jobs, new HangfireSettings { ConnectionString = "", LookEverySeconds = 1 }, () => new InMemoryStorage());

        public override void Map(WebApplication app) => HangfireSetup.MapDashboard(app);
    }
}
