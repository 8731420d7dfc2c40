using FsCheck;
using FsCheck.Fluent;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Domain.Tests.Life;

/// <summary>The invariants over random lives: times forward, outcomes of every kind, repeated, late and out of turn.</summary>
public sealed class LifeTests
{
    // Some four in a hundred of the rarest kind end for non-payment. So many lives leave no doubt that more than ten do,
    // whatever numbers chance draws; with 400, one run in twelve fell short.
    private const int Lives = 2000;

    [Test]
    public void The_invariants_hold_in_every_life_of_a_paying_reader() => HoldIn(Given.Rules);

    [Test]
    public void The_invariants_hold_in_every_life_that_begins_with_a_trial() => HoldIn(Given.TrialRules);

    [Test]
    public void The_invariants_hold_across_the_ocean_and_its_clock_changes() => HoldIn(Given.TrialRules with { Hours = Given.HoursIn("America/New_York") });

    [Test]
    public void The_invariants_hold_with_closed_days_and_paydays() => HoldIn(Given.Rules with
    {
        Hours = Given.London with { Calendar = new(true, true, [new((12, 24), (1, 2))], []) },
        Policy = Given.Policy with { Paydays = new([25, 31], 2) },
    });

    [Test]
    public void The_invariants_hold_where_access_closes_in_the_third_stage() => HoldIn(Given.Rules with { Policy = Given.Policy with { ClosesInThirdStage = true } });

    [TestCase(false)]
    [TestCase(true)]
    public void The_invariants_hold_through_pauses_and_freezes(bool closes)
    {
        var rules = Given.Rules with { Policy = Given.Policy with { ClosesInThirdStage = closes } };
        var (ended, paused, frozen) = (0, 0, 0);
        Prop.ForAll(Numbers(), numbers =>
        {
            var watch = Live(rules, numbers, withHolds: true);
            watch.Replay();
            ended += watch.EndedForNonPayment;
            paused += watch.Paused;
            frozen += watch.Frozen;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Lives));
        TestContext.Out.WriteLine($"{Lives} lives: {ended} ends for non-payment, {paused} pauses and {frozen} freezes lived through.");
        Assert.That(Math.Min(ended, Math.Min(paused, frozen)), Is.GreaterThan(10), "the lives must reach what the invariants speak of");
    }

    [Test]
    public void The_events_of_every_life_give_its_state() => Prop.ForAll(Numbers(), numbers => Live(Given.Rules, numbers).Replay())
        .Check(Config.QuickThrowOnFailure.WithMaxTest(Lives / 4));

    private static void HoldIn(SubscriptionRules rules)
    {
        var (ended, recovered) = (0, 0);
        Prop.ForAll(Numbers(), numbers =>
        {
            var watch = Live(rules, numbers);
            ended += watch.EndedForNonPayment;
            recovered += watch.Recovered;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Lives));
        TestContext.Out.WriteLine($"{Lives} lives: {recovered} recoveries, {ended} ends for non-payment.");
        Assert.That((ended, recovered), Is.GreaterThan((10, 10)), "the lives must reach what the invariants speak of");
    }

    private static LifeWatch Live(SubscriptionRules rules, int[] numbers, bool withHolds = false)
    {
        // Every other trial is agreed before there are payment details, and begins only when a move brings some.
        var detailsLater = rules.Plan.TrialDays > 0 && numbers.FirstOrDefault() % 2 == 1;
        var life = new Life(rules, Given.Utc(2026, 1, 31, 9, 30), detailsLater ? null : "pm_0") { WithHolds = withHolds };
        var watch = new LifeWatch(life, rules);
        foreach (var number in numbers)
        {
            LifeMoves.Play(life, number);
            watch.Look();
        }

        return watch;
    }

    // Long lives, and where one fails, the shortest that still fails.
    private static Arbitrary<int[]> Numbers() => Arb.From(Gen.Choose(0, 1 << 24).ArrayOf(160), Shorter);

    public static IEnumerable<int[]> Shorter(int[] numbers)
    {
        for (var size = numbers.Length / 2; size >= 1; size /= 2)
        {
            for (var from = 0; from + size <= numbers.Length; from += size)
            {
                yield return [.. numbers[..from], .. numbers[(from + size)..]];
            }
        }
    }
}
