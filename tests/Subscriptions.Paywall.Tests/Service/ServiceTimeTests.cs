using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Service;

public sealed class ServiceTimeTests
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    [Test]
    public void The_services_time_is_wall_time_and_the_difference_it_showed()
    {
        var clock = new WallClock();
        var time = new ServiceTime(clock);
        time.Heard(clock.GetUtcNow() + Week, clock.GetUtcNow(), clock.GetUtcNow());
        clock.Advance(TimeSpan.FromHours(1));
        Assert.That(time.Now, Is.EqualTo(clock.GetUtcNow() + Week));
    }

    [TestCase(1.9, false)]
    [TestCase(2.1, true)]
    [TestCase(-1.9, false)]
    [TestCase(-2.1, true)]
    [TestCase(604800, true)]
    public void A_jump_is_more_than_two_seconds_either_way(double seconds, bool jumps)
    {
        var clock = new WallClock();
        var time = new ServiceTime(clock);
        var now = clock.GetUtcNow();
        Assert.That(time.Heard(now, now, now), Is.False, "the first word is no jump");
        Assert.That(time.Heard(now.AddSeconds(seconds), now, now), Is.EqualTo(jumps));
    }

    [Test]
    public void An_answer_that_took_long_is_no_jump()
    {
        var clock = new WallClock();
        var time = new ServiceTime(clock);
        var now = clock.GetUtcNow();
        time.Heard(now, now, now);
        Assert.That(time.Heard(now.AddSeconds(5), now, now.AddSeconds(9)), Is.False);
        Assert.That(time.Heard(now.AddSeconds(0.1), now, now.AddSeconds(9)), Is.False);
    }
}
