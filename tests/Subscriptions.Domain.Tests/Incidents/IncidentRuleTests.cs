using Subscriptions.Domain.Incidents;

namespace Subscriptions.Domain.Tests.Incidents;

/// <summary>What freezes, what does not, and what ends a freeze.</summary>
public sealed class IncidentRuleTests
{
    private static readonly IncidentThresholds _limits = new();
    private static readonly DateTimeOffset _now = Given.Utc(2026, 3, 2, 8);
    private static readonly IncidentSignals _calm = new(new(0, 0), new(0, 0), new(0, 0), new(0, 0), 0, 0);

    [TestCase(200, 90, 1000, 150, true, Description = "45 % against 15 %")]
    [TestCase(200, 90, 1000, 300, false, Description = "45 % on days of 30 %: the end of every month is like that")]
    [TestCase(49, 49, 1000, 100, false, Description = "too few to say")]
    [TestCase(200, 90, 10, 0, true, Description = "nothing to compare with: the usual share counts")]
    [TestCase(200, 60, 10, 0, false)]
    public void Declines_freeze_when_they_stand_out_against_days_like_this_one(int tries, int declined, int compared, int declinedThen, bool freezes) =>
        Assert.That(Judge(IncidentKind.DeclineSurge, null, _calm with { FirstTries = new(tries, declined), Compared = new(compared, declinedThen) }), freezes ? Is.InstanceOf<FreezeVerdict.Open>() : Is.InstanceOf<FreezeVerdict.Leave>());

    [TestCase(10, 8, true)]
    [TestCase(4, 4, false)]
    [TestCase(100, 8, false)]
    public void A_gateway_or_mail_server_that_mostly_fails_freezes(int of, int bad, bool freezes)
    {
        var wanted = freezes ? typeof(FreezeVerdict.Open) : typeof(FreezeVerdict.Leave);
        Assert.That(Judge(IncidentKind.GatewayDown, null, _calm with { Gateway = new(of, bad) }), Is.InstanceOf(wanted));
        Assert.That(Judge(IncidentKind.MailServerDown, null, _calm with { Mails = new(of, bad) }), Is.InstanceOf(wanted));
    }

    [Test]
    public void Between_the_two_limits_a_freeze_stays_as_it_is()
    {
        var edge = _calm with { Gateway = new(20, 9) };
        Assert.That(Judge(IncidentKind.GatewayDown, null, edge), Is.InstanceOf<FreezeVerdict.Leave>(), "not enough to begin");
        Assert.That(Judge(IncidentKind.GatewayDown, Open(_now.AddHours(-2)), edge), Is.InstanceOf<FreezeVerdict.Leave>(), "not good enough to end");
        Assert.That(Judge(IncidentKind.GatewayDown, Open(_now.AddHours(-2)), edge with { Gateway = new(20, 5) }), Is.EqualTo(new FreezeVerdict.Close(FreezeEnd.ByRule)));
    }

    [Test]
    public void A_freeze_lasts_a_while_at_least_and_never_longer_than_it_may()
    {
        Assert.That(Judge(IncidentKind.GatewayDown, Open(_now.AddMinutes(-10)), _calm), Is.InstanceOf<FreezeVerdict.Leave>());
        Assert.That(Judge(IncidentKind.GatewayDown, Open(_now.AddDays(-7)), _calm with { Gateway = new(20, 20) }), Is.EqualTo(new FreezeVerdict.Close(FreezeEnd.AtMaximum)));
        Assert.That(Judge(IncidentKind.ByHand, Open(_now.AddDays(-6)), _calm), Is.InstanceOf<FreezeVerdict.Leave>(), "staff end what staff began");
        Assert.That(Judge(IncidentKind.ByHand, Open(_now.AddDays(-7)), _calm), Is.EqualTo(new FreezeVerdict.Close(FreezeEnd.AtMaximum)));
    }

    [TestCase(FreezeEnd.ByHand)]
    [TestCase(FreezeEnd.AtMaximum)]
    public void The_rule_does_not_undo_in_the_next_minute_what_staff_or_the_maximum_ended(FreezeEnd end)
    {
        var down = _calm with { Gateway = new(20, 20) };
        Assert.That(Judge(IncidentKind.GatewayDown, new(_now.AddDays(-1), _now.AddHours(-1), end), down), Is.InstanceOf<FreezeVerdict.Leave>());
        Assert.That(Judge(IncidentKind.GatewayDown, new(_now.AddDays(-3), _now.AddHours(-25), end), down), Is.InstanceOf<FreezeVerdict.Open>());
    }

    [Test]
    public void At_night_when_no_mail_is_offered_an_outage_of_the_mail_server_is_not_over()
    {
        Assert.That(Judge(IncidentKind.MailServerDown, Open(_now.AddHours(-9)), _calm), Is.InstanceOf<FreezeVerdict.Leave>());
        Assert.That(Judge(IncidentKind.MailServerDown, Open(_now.AddHours(-9)), _calm with { Mails = new(10, 1) }), Is.EqualTo(new FreezeVerdict.Close(FreezeEnd.ByRule)));
    }

    [Test]
    public void Webhooks_that_wait_too_long_freeze_until_they_are_caught_up()
    {
        var late = _calm with { WebhooksWaiting = 50, OldestWebhookMinutes = 61 };
        Assert.That(Judge(IncidentKind.WebhookLag, null, late), Is.InstanceOf<FreezeVerdict.Open>());
        Assert.That(Judge(IncidentKind.WebhookLag, Open(_now.AddHours(-1)), late with { OldestWebhookMinutes = 40 }), Is.InstanceOf<FreezeVerdict.Leave>());
        Assert.That(Judge(IncidentKind.WebhookLag, Open(_now.AddHours(-1)), late with { OldestWebhookMinutes = 29 }), Is.EqualTo(new FreezeVerdict.Close(FreezeEnd.ByRule)));
    }

    private static FreezeSpan Open(DateTimeOffset since) => new(since, null, null);

    private static FreezeVerdict Judge(IncidentKind kind, FreezeSpan? newest, IncidentSignals signals) => IncidentRule.Judge(kind, newest, signals, _limits, _now);
}
