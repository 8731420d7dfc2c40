using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Readers;

public sealed class FeedStateTests
{
    [TestCase(0, true)]
    [TestCase(5, true)]
    [TestCase(5.1, false)]
    [TestCase(-0.5, true)]
    [TestCase(-2, false)]
    [TestCase(-3600, false)]
    public void The_feed_is_trusted_for_five_seconds_of_a_clock_that_was_not_set_back(double seconds, bool heard)
    {
        var clock = new WallClock();
        var feed = new FeedState(clock);
        feed.Heard();
        clock.Advance(TimeSpan.FromSeconds(seconds));

        Assert.That(feed.IsHeard(clock.GetUtcNow()), Is.EqualTo(heard));
    }

    [Test]
    public void A_feed_that_was_never_heard_is_not_trusted()
    {
        var clock = new WallClock();
        Assert.That(new FeedState(clock).IsHeard(clock.GetUtcNow()), Is.False);
    }
}
