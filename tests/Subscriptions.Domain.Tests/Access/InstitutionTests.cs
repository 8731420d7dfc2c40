using NUnit.Framework;
using Subscriptions.Domain.Access;

namespace Subscriptions.Domain.Tests.Access;

internal sealed class InstitutionTests
{
    private static readonly DateTimeOffset _now = new(2027, 4, 13, 9, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan _year = TimeSpan.FromDays(365);
    private static readonly Institution _university = new("uni", "the University", ["uni.example", "*.college.example"], ["archive"], null);

    [TestCase("ann@uni.example", true)]
    [TestCase("Ann@UNI.example", true)]
    [TestCase("ann@mail.uni.example", false)]
    [TestCase("ann@notuni.example", false)]
    [TestCase("ann@uni.example.org", false)]
    [TestCase("ann@law.college.example", true)]
    [TestCase("ann@a.b.college.example", true)]
    [TestCase("ann@college.example", false)]
    [TestCase("ann@evilcollege.example", false)]
    [TestCase("uni.example@elsewhere.org", false)]
    public void An_address_belongs_by_its_whole_domain_and_below_it_only_where_that_is_said(string email, bool belongs) =>
        Assert.That(_university.Includes(email), Is.EqualTo(belongs));

    [Test]
    public void A_confirmed_address_reads_until_it_has_to_be_confirmed_again()
    {
        var grant = _university.GrantFor("ann@uni.example", _now, _year, Given.London, _now)!;
        Assert.That((grant.Kind, grant.Record, grant.From, grant.Until), Is.EqualTo((GrantKind.Institution, "uni", (DateTimeOffset?)_now, (DateTimeOffset?)(_now + _year))));
        Assert.That(grant.Entitlements, Is.EqualTo(new[] { "subscriber", "archive" }));
        Assert.That(_university.GrantFor("ann@uni.example", _now, _year, Given.London, _now + _year), Is.Null);
    }

    [Test]
    public void The_contracts_end_is_the_end_if_it_comes_first()
    {
        var ending = _university with { LastDay = new DateOnly(2027, 7, 31) };
        Assert.That(ending.GrantFor("ann@uni.example", _now, _year, Given.London, _now)!.Until, Is.EqualTo(Given.London.StartOf(new DateOnly(2027, 8, 1))));
        Assert.That(ending.GrantFor("ann@uni.example", _now, _year, Given.London, new DateTimeOffset(2027, 8, 1, 9, 0, 0, TimeSpan.Zero)), Is.Null);
    }

    [Test]
    public void An_address_that_is_not_confirmed_opens_nothing() => Assert.That(_university.GrantFor("ann@uni.example", null, _year, Given.London, _now), Is.Null);
}
