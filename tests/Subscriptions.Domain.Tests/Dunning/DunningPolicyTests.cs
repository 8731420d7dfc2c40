using Subscriptions.Domain.Dunning;

namespace Subscriptions.Domain.Tests.Dunning;

public sealed class DunningPolicyTests
{
    private static readonly DunningTimetable _sound = Given.Policy.TimeMayHeal;

    [Test]
    public void The_default_policy_breaks_no_rule() => Assert.That(Given.Policy.BrokenRules(), Is.Empty);

    [Test]
    public void Notices_out_of_order_are_named() => Assert.That(Broken(_sound with { ActNowDay = 2 }), Is.EqualTo(new[]
    {
        "TimeMayHeal: PaymentFailedDay, ActNowDay and DueToTerminateDay must come in this order, at least two days apart.",
    }));

    [TestCase(3, 4, 18)]
    [TestCase(3, 17, 18)]
    public void Notices_closer_than_two_days_are_refused(int first, int second, int third) => Assert.That(
        Broken(_sound with { PaymentFailedDay = first, ActNowDay = second, DueToTerminateDay = third }), Has.Length.EqualTo(1));

    [Test]
    public void An_end_before_the_third_notice_is_refused() => Assert.That(Broken(_sound with { EndDay = 18, RetryDays = [1] }), Is.EqualTo(new[]
    {
        "TimeMayHeal: EndDay must be at least two days after DueToTerminateDay.",
    }));

    [Test]
    public void A_retry_on_or_after_the_last_day_is_refused() => Assert.That(Broken(_sound with { RetryDays = [1, 27] }), Has.Length.EqualTo(1));

    [TestCase(0, 3)]
    [TestCase(3, 3)]
    [TestCase(5, 3)]
    public void Retries_that_do_not_rise_from_day_one_are_refused(int first, int second) =>
        Assert.That(Broken(_sound with { RetryDays = [first, second] }), Is.EqualTo(new[] { "TimeMayHeal: RetryDays must rise from 1 and stay before EndDay." }));

    [Test]
    public void More_tries_than_the_networks_allow_are_refused()
    {
        var daily = _sound with { RetryDays = [.. Enumerable.Range(1, 14)] };
        Assert.That(Broken(daily), Is.Empty, "fourteen retries and the first try are fifteen");
        Assert.That(Broken(daily with { RetryDays = [.. Enumerable.Range(1, 15)] }), Has.Length.EqualTo(1));
    }

    [Test]
    public void Every_timetable_is_looked_at() => Assert.That(
        new DunningPolicy("x", Bad, Bad, Bad, Bad).BrokenRules().Select(words => words.Split(':')[0]),
        Is.EqualTo(new[] { "TimeMayHeal", "ReaderMustAct", "AfterTrialTimeMayHeal", "AfterTrialReaderMustAct" }));

    private static DunningTimetable Bad => _sound with { EndDay = 181 };

    private static string[] Broken(DunningTimetable table) => [.. (Given.Policy with { TimeMayHeal = table }).BrokenRules()];
}
