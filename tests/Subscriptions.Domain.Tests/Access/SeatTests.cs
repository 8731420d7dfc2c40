using NUnit.Framework;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Tests.Access;

internal sealed class SeatTests
{
    private static readonly DateTimeOffset _from = new(2027, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly PlanVersion _family = new("family@1", "family", 1, "Family", new Money(1999, "GBP"), PlanInterval.Month, 1, 0, ["archive"], "enews", 0) { Seats = 2 };
    private static readonly AccessGrant _grace = new(GrantKind.Grace, "sub_1", ["subscriber", "archive"], _from, _from.AddDays(9), "Payment is being retried; access is kept meanwhile.");

    [Test]
    public void A_place_opens_the_same_for_the_same_time_and_says_nothing_of_payments()
    {
        var grant = Seat.GrantOf("seat_1", 2, _family, _grace)!;
        Assert.That((grant.Kind, grant.Record, grant.Entitlements, grant.From, grant.Until), Is.EqualTo((GrantKind.GroupSeat, "seat_1", _grace.Entitlements, _grace.From, _grace.Until)));
        Assert.That(grant.Reason, Does.Not.Contain("ayment"));
    }

    [Test]
    public void A_place_opens_nothing_where_the_holder_reads_nothing() => Assert.That(Seat.GrantOf("seat_1", 1, _family, null), Is.Null);

    [Test]
    public void Of_a_plan_with_fewer_places_the_last_open_nothing()
    {
        Assert.That(Seat.GrantOf("seat_3", 3, _family, _grace), Is.Null);
        Assert.That(Seat.GrantOf("seat_1", 1, _family with { Seats = null }, _grace), Is.Null);
    }
}
