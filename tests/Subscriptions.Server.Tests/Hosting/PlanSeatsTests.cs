using System.Text.Json;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Plans;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Tests.Hosting;

/// <summary>The places of a group are part of a plan's version, and plans without any are written as they always were.</summary>
internal sealed class PlanSeatsTests
{
    private const string Before = """{"id":"digital@1","planId":"digital","version":1,"name":"Digital","price":{"amount":999,"currency":"GBP"},"interval":"Month","intervalCount":1,"trialDays":0,"entitlements":["archive"],"taxCode":"enews","taxRateBasisPoints":0}""";

    [Test]
    public void A_version_that_was_stored_before_there_were_groups_is_read_and_written_again_as_it_stands()
    {
        var plan = JsonSerializer.Deserialize<PlanVersion>(Before, DomainJson.Options)!;
        Assert.That(plan.Seats, Is.Null);
        Assert.That(JsonSerializer.Serialize(plan, DomainJson.Options), Is.EqualTo(Before));
    }

    [Test]
    public void Places_are_kept_with_the_version()
    {
        var plan = JsonSerializer.Deserialize<PlanVersion>(Before, DomainJson.Options)! with { Seats = 4, Price = new Money(1999, "GBP") };
        Assert.That(JsonSerializer.Deserialize<PlanVersion>(JsonSerializer.Serialize(plan, DomainJson.Options), DomainJson.Options)!.Seats, Is.EqualTo(4));
    }

    [TestCase("2", 2)]
    [TestCase("500", 500)]
    [TestCase("1", null)]
    [TestCase("501", null)]
    [TestCase("many", null)]
    public void A_group_has_two_to_five_hundred_places(string written, int? read)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(SettingsValidationTests.Good).AddInMemoryCollection([new("Plans:0:Seats", written)]).Build();
        Assert.That(SettingsValidation.TryRead(settings, out var failures)?.Plans.Single().Seats, Is.EqualTo(read));
        Assert.That(failures.Select(f => f.Setting), Is.EqualTo(read is null ? new[] { "Plans:0:Seats" } : []));
    }
}
