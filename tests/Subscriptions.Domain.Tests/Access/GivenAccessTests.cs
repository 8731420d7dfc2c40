using Subscriptions.Domain.Access;
using static Subscriptions.Domain.Tests.Given;

namespace Subscriptions.Domain.Tests.Access;

public sealed class GivenAccessTests
{
    private static readonly DateTimeOffset _now = Utc(2026, 3, 2, 9);

    [Test]
    public void It_opens_subscriber_articles_and_what_it_names_until_its_end()
    {
        var given = Access(GrantKind.Complimentary, until: _now.AddDays(3)) with { Entitlements = ["archive"] };
        var grant = given.GrantAt(_now)!;
        Assert.That((grant.Kind, grant.Record, grant.From, grant.Until), Is.EqualTo((GrantKind.Complimentary, "grt_1", (DateTimeOffset?)_now, (DateTimeOffset?)_now.AddDays(3))));
        Assert.That(grant.Entitlements, Is.EqualTo(new[] { "subscriber", "archive" }));
        Assert.That(given.GrantAt(_now.AddDays(3)), Is.Null, "the end itself is outside");
        Assert.That(given.GrantAt(_now.AddDays(3).AddTicks(-1)), Is.Not.Null);
    }

    [Test]
    public void One_that_begins_later_is_told_beforehand() =>
        Assert.That((Access(GrantKind.Complimentary) with { From = _now.AddDays(1) }).GrantAt(_now)!.From, Is.EqualTo(_now.AddDays(1)));

    [Test]
    public void Its_words_name_the_source() => Assert.That(Access(GrantKind.GrantedElsewhere, source: "App Store").GrantAt(_now)!.Reason, Does.Contain("App Store"));

    [TestCase(GrantKind.Complimentary, null, null, null)]
    [TestCase(GrantKind.Complimentary, 0, null, "grant-ends-before-it-begins")]
    [TestCase(GrantKind.Complimentary, -1, null, "grant-ends-before-it-begins")]
    [TestCase(GrantKind.DayPass, null, null, "day-pass-without-end")]
    [TestCase(GrantKind.DayPass, 7, null, null)]
    [TestCase(GrantKind.DayPass, 8, null, "day-pass-too-long")]
    [TestCase(GrantKind.GrantedElsewhere, null, null, "grant-without-source")]
    [TestCase(GrantKind.GrantedElsewhere, null, "App Store", null)]
    public void What_cannot_be_given_says_why(GrantKind kind, int? days, string? source, string? refusal) =>
        Assert.That(Access(kind, days is { } d ? _now.AddDays(d) : null, source).Obstacle(_now)?.Code, Is.EqualTo(refusal));

    [Test]
    public void An_end_that_has_passed_gives_nothing() =>
        Assert.That((Access(GrantKind.Complimentary, until: _now.AddDays(-1)) with { From = _now.AddDays(-3) }).Obstacle(_now)?.Code, Is.EqualTo("grant-ends-before-it-begins"));

    private static GivenAccess Access(GrantKind kind, DateTimeOffset? until = null, string? source = null) => new("grt_1", kind, [], _now, until, source);
}
