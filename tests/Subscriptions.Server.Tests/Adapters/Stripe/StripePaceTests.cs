using NUnit.Framework;
using Subscriptions.Server.Adapters.Stripe;

namespace Subscriptions.Server.Tests.Adapters.Stripe;

internal sealed class StripePaceTests
{
    [Test]
    public async Task A_reader_does_not_wait_behind_the_backlog()
    {
        using var pace = Pace(10);
        var backlog = Enumerable.Range(0, 100).Select(_ => pace.WaitAsync(backlog: true)).ToArray();
        var readers = new[] { pace.WaitAsync(backlog: false), pace.WaitAsync(backlog: false) };

        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromMilliseconds(500));
        Assert.That(backlog.Count(waiting => waiting.IsCompleted), Is.LessThanOrEqualTo(8));
    }

    [Test]
    public async Task When_calls_come_too_fast_the_backlog_pauses_and_readers_do_not()
    {
        using var pace = Pace(10);
        pace.SlowDown(TimeSpan.FromMilliseconds(400));
        var backlog = pace.WaitAsync(backlog: true);
        await pace.WaitAsync(backlog: false).WaitAsync(TimeSpan.FromMilliseconds(300));
        Assert.That(backlog.IsCompleted, Is.False);
        await backlog.WaitAsync(TimeSpan.FromSeconds(5));
    }

    private static StripePace Pace(int perSecond) =>
        new(new StripeSettings { SecretKey = "sk_test_simulator", WebhookSecrets = [], CallsPerSecond = perSecond }, TimeProvider.System);
}
