using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.Features.Accounts;

/// <summary>The keys that protect cookies, links and signing keys lie in the database, for every process on it.</summary>
internal sealed class KeyRingTests
{
    [Test]
    public async Task A_program_that_lies_in_another_folder_reads_what_the_former_one_protected()
    {
        var folders = Directory.CreateTempSubdirectory("key-ring-");
        var folder = folders.CreateSubdirectory("app-1.2");
        await using var service = await RunningService.StartAsync(services => EnvironmentIn(services).ContentRootPath = folder.FullName);
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        var keys = (await browser.GetAsync("/.well-known/jwks.json")).Text;

        folder = folders.CreateSubdirectory("app-1.3");
        await service.RestartServiceAsync();

        Assert.That((await browser.GetAsync("/my-account")).Url.AbsolutePath, Is.EqualTo("/my-account"), "she is still signed in");
        Assert.That((await browser.GetAsync("/.well-known/jwks.json")).Text, Is.EqualTo(keys), "passes are signed by the same key");
        folders.Delete(recursive: true);
    }

    private static IHostEnvironment EnvironmentIn(IServiceCollection services) =>
        (IHostEnvironment)services.Last(service => service.ServiceType == typeof(IHostEnvironment)).ImplementationInstance!;
}
