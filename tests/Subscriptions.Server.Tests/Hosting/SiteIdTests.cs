using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Subscriptions.Paywall;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Tests.Hosting;

[TestFixture]
public sealed class SiteIdTests
{
    private const int Longest = 40;

    private static readonly string[] _ids =
    [
        "courier", "c", "courier-2", "c--", "courier1923", "1923", "1923-courier", "-courier", "Courier", "the courier", "the_courier", "courier.org", "čourier",
        new('c', Longest), new('c', Longest + 1),
    ];

    [TestCaseSource(nameof(_ids))]
    public void A_site_may_have_the_same_id_at_the_service_and_at_the_website(string id) =>
        Assert.That(WebsiteTakes(id), Is.EqualTo(ServiceTakes(id)));

    private static bool ServiceTakes(string id)
    {
        SettingsValidation.TryRead(new ConfigurationBuilder().AddInMemoryCollection([new("Sites:0:Id", id)]).Build(), out var failures);
        return failures.All(failure => failure.Setting != "Sites:0:Id");
    }

    private static bool WebsiteTakes(string id)
    {
        using var provider = new ServiceCollection().AddLogging().AddPaywall(options =>
            (options.ServiceAddress, options.SiteId, options.SiteKey) = ("https://subscriptions.example.org", id, "a-key")).BuildServiceProvider();
        try
        {
            return provider.GetRequiredService<IOptions<PaywallOptions>>().Value.SiteId == id;
        }
        catch (OptionsValidationException)
        {
            return false;
        }
    }
}
