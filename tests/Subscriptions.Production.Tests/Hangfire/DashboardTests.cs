using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Production.Hangfire;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Tests.Features;

namespace Subscriptions.Production.Tests;

/// <summary>Who sees what Hangfire does.</summary>
internal sealed class DashboardTests
{
    [Test]
    public async Task The_dashboard_is_for_members_of_staff_with_the_role_Admin()
    {
        await using var service = await RunningService.StartAsync();
        await using (var scope = service.Services.CreateAsyncScope())
        {
            var create = scope.ServiceProvider.GetRequiredService<CreateStaff>();
            await create.RunAsync("admin@courier.example", RunningService.Password, StaffRoles.Admin);
            await create.RunAsync("desk@courier.example", RunningService.Password, StaffRoles.Support);
        }

        Assert.That(await SeenAsync(service, null), Does.Not.Contain("subscriptions-SendDueMails"));
        Assert.That(await SeenAsync(service, "desk@courier.example"), Does.Not.Contain("subscriptions-SendDueMails"));
        Assert.That(await SeenAsync(service, "admin@courier.example"), Does.Contain("subscriptions-SendDueMails"));
    }

    private static async Task<string> SeenAsync(RunningService service, string? staff)
    {
        using var browser = service.NewBrowser();
        if (staff is not null)
        {
            await browser.SubmitAsync(await browser.GetAsync("/support/sign-in"), "Sign in", ("email", staff), ("password", RunningService.Password));
        }

        return (await browser.GetAsync(new Uri(service.Address, HangfireSetup.Dashboard + "/recurring"))).Text;
    }
}
