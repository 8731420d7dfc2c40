using System.Net;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Tests.Hosting;

internal sealed class InstitutionsSectionTests
{
    private static readonly Dictionary<string, string?> _university = new()
    {
        ["Institutions:0:Id"] = "uni",
        ["Institutions:0:Name"] = "the University",
        ["Institutions:0:EmailDomains:0"] = "Uni.example",
        ["Institutions:0:EmailDomains:1"] = "*.uni.example",
        ["Institutions:0:Ranges"] = "192.0.2.0/24, 2001:db8::/32",
        ["Institutions:0:Entitlements"] = "archive",
        ["Institutions:0:Until"] = "2027-07-31",
        ["Institutions:ConfirmEveryDays"] = "180",
    };

    [Test]
    public void Institutions_are_read_with_their_domains_and_networks()
    {
        var settings = Read([], out var failures)!;
        var (institution, ranges) = settings.Institutions.All.Single();
        Assert.That(failures, Is.Empty);
        Assert.That(settings.Unknown, Is.Empty);
        Assert.That((institution.Id, institution.Name, institution.LastDay, settings.Institutions.ConfirmEvery.Days), Is.EqualTo(("uni", "the University", (DateOnly?)new DateOnly(2027, 7, 31), 180)));
        Assert.That(institution.EmailDomains, Is.EqualTo(new[] { "uni.example", "*.uni.example" }));
        Assert.That(ranges, Is.EqualTo(new[] { IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("2001:db8::/32") }));
    }

    [TestCase("Institutions:0:Id", null, "Institutions:0:Id")]
    [TestCase("Institutions:0:Id", "The Uni", "Institutions:0:Id")]
    [TestCase("Institutions:0:Name", null, "Institutions:0:Name")]
    [TestCase("Institutions:0:EmailDomains:0", "example", "Institutions:0:EmailDomains")]
    [TestCase("Institutions:0:EmailDomains:0", "*.uk", "Institutions:0:EmailDomains")]
    [TestCase("Institutions:0:EmailDomains:0", "ann@uni.example", "Institutions:0:EmailDomains")]
    [TestCase("Institutions:0:EmailDomains:0", "a.*.example", "Institutions:0:EmailDomains")]
    [TestCase("Institutions:0:Ranges", "192.0.2.1/24", "Institutions:0:Ranges")]
    [TestCase("Institutions:0:Ranges", "0.0.0.0/0", "Institutions:0:Ranges")]
    [TestCase("Institutions:0:Ranges", "the campus", "Institutions:0:Ranges")]
    [TestCase("Institutions:0:Entitlements", "a+b", "Institutions:0:Entitlements")]
    [TestCase("Institutions:0:Until", "31 July", "Institutions:0:Until")]
    [TestCase("Institutions:ConfirmEveryDays", "0", "Institutions:ConfirmEveryDays")]
    public void What_is_wrong_stops_the_start_by_its_name(string setting, string? value, string named)
    {
        Assert.That(Read([new(setting, value)], out var failures), Is.Null);
        Assert.That(failures.Select(f => f.Setting), Is.EqualTo(new[] { named }));
    }

    [Test]
    public void An_institution_without_domain_and_network_would_let_nobody_read_and_is_refused()
    {
        Assert.That(Read([new("Institutions:0:EmailDomains:0", null), new("Institutions:0:EmailDomains:1", null), new("Institutions:0:Ranges", null)], out var failures), Is.Null);
        Assert.That(failures.Single().Setting, Is.EqualTo("Institutions:0:EmailDomains"));
    }

    private static ServerSettings? Read(KeyValuePair<string, string?>[] changes, out IReadOnlyList<SettingFailure> failures) => SettingsValidation.TryRead(
        new ConfigurationBuilder().AddInMemoryCollection(SettingsValidationTests.Good).AddInMemoryCollection(_university).AddInMemoryCollection(changes).Build(), out failures);
}
