using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall.Tests.Settings;

public sealed class PaywallOptionsTests
{
    private static readonly Dictionary<string, string?> Right = new()
    {
        ["Paywall:ServiceAddress"] = "https://subscriptions.example.org",
        ["Paywall:SiteId"] = "courier",
        ["Paywall:SiteKey"] = "secret-key",
        ["Paywall:Rules:0:Path"] = "/archive/**",
        ["Paywall:Rules:0:Requires"] = "subscriber:archive",
        ["Paywall:StaleFor"] = "03:00:00",
    };

    private static PaywallOptions Read(params (string Name, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(Right);
        foreach (var (name, value) in changes)
            settings["Paywall:" + name] = value;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddPaywall(new ConfigurationBuilder().AddInMemoryCollection(settings).Build().GetSection("Paywall"));
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<PaywallOptions>>().Value;
    }

    [Test]
    public void Right_settings_are_read()
    {
        var options = Read();
        Assert.That(options.StaleFor, Is.EqualTo(TimeSpan.FromHours(3)));
        Assert.That(options.Rules.Single().Requires, Is.EqualTo("subscriber:archive"));
        Assert.That(options.CookieNamePrefix, Is.EqualTo("__courier"));
    }

    [TestCase("https://subscriptions.example.org/")]
    [TestCase("https://Subscriptions.Example.org")]
    [TestCase("HTTPS://subscriptions.example.org:443")]
    public void The_services_address_may_be_written_as_browsers_take_it(string address) =>
        Assert.That(Read(("ServiceAddress", address)).ServiceOrigin, Is.EqualTo("https://subscriptions.example.org"));

    [TestCase("ServiceAddress", "", "https://…")]
    [TestCase("ServiceAddress", "subscriptions.example.org", "https://…")]
    [TestCase("ServiceAddress", "http://subscriptions.example.org", "only on this machine")]
    [TestCase("ServiceAddress", "https://subscriptions.example.org/account", "without path and query")]
    [TestCase("ServiceAddress", "https://subscriptions.example.org/?a=b", "without path and query")]
    [TestCase("SiteId", "", "1 to 40 of a-z")]
    [TestCase("SiteId", "The Courier", "1 to 40 of a-z")]
    [TestCase("SiteId", "1923", "a letter first")]
    [TestCase("SiteId", "-courier", "a letter first")]
    [TestCase("SiteKey", "", "Paywall__SiteKey")]
    [TestCase("SiteAddress", "https://www.example.org/news", "scheme, host and port only")]
    [TestCase("CookiePrefix", "a b", "letters, digits")]
    [TestCase("OfferPath", "https://evil.example", "begins with one '/'")]
    [TestCase("TimeZone", "Mars/Olympus", "Europe/London")]
    [TestCase("RequestTimeout", "00:01:00", "00:00:00.1 to 00:00:10")]
    [TestCase("StaleFor", "6", "06:00:00 for six hours")]
    [TestCase("StaleFor", "-01:00:00", "06:00:00 for six hours")]
    [TestCase("StaleFor", "six hours", "hours:minutes:seconds")]
    [TestCase("KnownFor", "30.00:00:00", "1.00:00:00 for a day")]
    [TestCase("CacheEntries", "0", "100 to 5000000 readers")]
    [TestCase("RememberedPasses", "7", "100 to 5000000 passes")]
    [TestCase("Rules:0:Path", "archive", "/archive/**")]
    [TestCase("Rules:0:Requires", "everybody", "free, registered, metered, subscriber")]
    public void A_wrong_setting_is_named_and_the_message_says_what_to_write(string name, string value, string advice)
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Read((name, value)));
        Assert.That(failure!.Message, Does.Contain("Paywall:" + name).And.Contain(advice));
        Assert.That(failure.Message, Does.Not.Contain("secret-key"));
    }

    [TestCase("StaleFr", "Paywall:StaleFr")]
    [TestCase("Rules:0:Require", "Paywall:Rules:0:Require")]
    [TestCase("Cache:Entries", "Paywall:Cache")]
    [TestCase("ReaderIdResolver", "Paywall:ReaderIdResolver")]
    public void A_setting_that_has_no_such_name_is_named(string name, string told)
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Read((name, "06:00:00")));
        Assert.That(failure!.Message, Does.Contain(told + " ").And.Contain("no setting"));
        Assert.That(failure.Message, Does.Not.Contain("06:00:00"), "it may be a secret under a wrong name");
    }

    [Test]
    public void A_setting_counts_in_capital_letters_and_one_without_a_value_is_left_alone() =>
        Assert.That(Read(("KNOWNFOR", "02:00:00"), ("Unused", "")).KnownFor, Is.EqualTo(TimeSpan.FromHours(2)));

    [Test]
    public void Edge_passes_are_for_readers_who_sign_in_at_the_service()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddPaywall(
            new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(Right) { ["Paywall:EdgePass"] = "true" }).Build(),
            options => options.ReaderIdResolver = _ => null);
        using var provider = services.BuildServiceProvider();
        var failure = Assert.Throws<OptionsValidationException>(() => _ = provider.GetRequiredService<IOptions<PaywallOptions>>().Value);
        Assert.That(failure!.Message, Does.Contain("Paywall:EdgePass").And.Contain("ReaderIdResolver"));
        Assert.That(Read(("EdgePass", "true")).EdgePass, Is.True);
    }

    [Test]
    public void All_wrong_settings_are_named_at_once()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Read(("SiteId", ""), ("SiteKey", ""), ("ServiceAddress", "")));
        Assert.That(failure!.Failures.Count(), Is.EqualTo(3));
    }

    [Test]
    public void What_cannot_be_converted_hides_no_other_mistake()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Read(("EdgePass", "maybe"), ("CacheEntries", "many"), ("SiteId", ""), ("StaleFr", "06:00:00"), ("Rules:0:Requires", "everybody")));
        foreach (var name in (string[])["EdgePass", "CacheEntries", "SiteId", "StaleFr", "Rules:0:Requires"])
            Assert.That(failure!.Failures, Has.One.Contain("Paywall:" + name));
        Assert.That(failure!.Failures.Count(), Is.EqualTo(5));
    }

    [Test]
    public void A_website_with_wrong_settings_does_not_start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["Urls"] = "http://127.0.0.1:0";
        builder.Services.AddPaywall(builder.Configuration);
        using var app = builder.Build() as IDisposable;
        Assert.ThrowsAsync<OptionsValidationException>(() => ((WebApplication)app!).StartAsync());
    }
}
