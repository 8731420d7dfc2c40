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
    public void An_answer_shows_a_jump_of_more_than_two_seconds_either_way(double seconds, bool jumps)
    {
        var clock = new WallClock();
        var time = new ServiceTime(clock);
        var now = clock.GetUtcNow();
        Assert.That(time.Heard(now, now, now), Is.False, "the first word is no jump");
        Assert.That(time.Heard(now.AddSeconds(seconds), now, now), Is.EqualTo(jumps));
    }

    [TestCase(1.9, false)]
    [TestCase(2.1, true)]
    [TestCase(-2.1, false)]
    [TestCase(-604800, false)]
    public void What_is_told_unasked_may_have_been_on_its_way_and_shows_a_jump_forward_only(double seconds, bool jumps)
    {
        var clock = new WallClock();
        var time = new ServiceTime(clock);
        var now = clock.GetUtcNow();
        time.Heard(now, now, now);
        Assert.That(time.Heard(now.AddSeconds(seconds), null, now), Is.EqualTo(jumps));
        Assert.That(time.Now, Is.EqualTo(seconds > 0 ? now.AddSeconds(seconds) : now));
    }

    [Test]
    public void Before_the_first_answer_the_time_is_what_was_told_last()
    {
        var clock = new WallClock();
        var time = new ServiceTime(clock);
        foreach (var days in (double[])[7, -7, 3])
        {
            Assert.That(time.Heard(clock.GetUtcNow().AddDays(days), null, clock.GetUtcNow()), Is.False);
            Assert.That(time.Now, Is.EqualTo(clock.GetUtcNow().AddDays(days)));
        }
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
