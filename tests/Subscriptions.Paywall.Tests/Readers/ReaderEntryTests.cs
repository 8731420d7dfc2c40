namespace Subscriptions.Paywall.Tests.Readers;

public sealed class ReaderEntryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    private static ReaderAnswer Answer(long version, int seconds = 0, int epoch = 0) =>
        new(new ReaderAccess("r", version, []), Now.AddSeconds(seconds), null, Now, Now, epoch, 0);

    [Test]
    public void A_late_lower_version_is_discarded()
    {
        var entry = new ReaderEntry();
        entry.Offer(Answer(5));
        entry.Offer(Answer(4, seconds: 60));
        Assert.That(entry.Answer!.Access!.Version, Is.EqualTo(5));
    }

    [Test]
    public void Of_one_version_the_later_answer_stays()
    {
        var entry = new ReaderEntry();
        entry.Offer(Answer(5, seconds: 10));
        entry.Offer(Answer(5, seconds: 9));
        Assert.That(entry.Answer!.ServiceNow, Is.EqualTo(Now.AddSeconds(10)));
    }

    [Test]
    public void After_the_cache_was_emptied_a_lower_version_counts_again()
    {
        var entry = new ReaderEntry();
        entry.Offer(Answer(5));
        entry.Offer(Answer(1, epoch: 1));
        Assert.That(entry.Answer!.Access!.Version, Is.EqualTo(1));
    }

    [Test]
    public void A_decision_is_made_once_per_answer_and_again_when_its_time_is_up()
    {
        var answer = Answer(1) with { Access = new ReaderAccess("r", 1, [new Grant("Subscription", "s", ["subscriber"], null, Now.AddDays(1))]) };
        var first = answer.Decide(Requirement.Subscriber, Now);

        Assert.That(answer.Decide(Requirement.Subscriber, Now.AddHours(1)), Is.SameAs(first));
        Assert.That(answer.Decide(Requirement.Subscriber, Now.AddDays(1)).Allowed, Is.False);
        Assert.That(Answer(2).Decide(Requirement.Subscriber, Now).Allowed, Is.False);
    }
}
