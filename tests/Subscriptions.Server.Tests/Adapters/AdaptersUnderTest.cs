using Microsoft.Extensions.DependencyInjection;
using Subscriptions.Server.Adapters.Smtp;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Tests.Adapters;

/// <summary>
/// What stands behind the ports in all suites of this project: the default build's adapters. The tests of another host compile the same
/// suites with a class of this name of their own, so that a claim made of one adapter is made of each.
/// </summary>
internal static class AdaptersUnderTest
{
    /// <summary>New ones for each service, since they keep their settings.</summary>
    public static HostParts Parts() => new DefaultParts();

    /// <summary>As <see cref="Parts"/> on one settings object for mail, where a suite needs no whole service.</summary>
    public static ServiceProvider Mail(SmtpSettings settings)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        Parts().AddMail(services, settings);
        return services.BuildServiceProvider();
    }
}
