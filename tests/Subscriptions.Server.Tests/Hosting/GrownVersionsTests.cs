using System.Text.Json;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Plans;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Tests.Hosting;

/// <summary>What versions of plans and policies have come to hold since they were first written; those without it are written as they always were.</summary>
internal sealed class GrownVersionsTests
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

    [Test]
    public void A_policy_that_closes_nothing_in_the_third_stage_is_written_as_before_there_was_the_choice()
    {
        var timetable = new DunningTimetable([1, 3], 3, 10, 18, 27);
        var policy = new DunningPolicy("default@1", timetable, timetable, timetable, timetable);
        var written = JsonSerializer.Serialize(policy, DomainJson.Options);
        Assert.That(written, Does.Not.Contain("closesInThirdStage"));
        Assert.That(JsonSerializer.Deserialize<DunningPolicy>(written, DomainJson.Options)!.ClosesInThirdStage, Is.False);
        Assert.That(JsonSerializer.Deserialize<DunningPolicy>(JsonSerializer.Serialize(policy with { ClosesInThirdStage = true }, DomainJson.Options), DomainJson.Options)!.ClosesInThirdStage, Is.True);
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
