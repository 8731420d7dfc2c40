using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Tests.Features.Support;

[TestFixture]
public sealed class WebhookWordsTests
{
    private static readonly DateTimeOffset _at = new(2027, 3, 1, 6, 0, 0, TimeSpan.Zero);

    [Test]
    public void No_state_of_a_webhook_is_shown_to_staff_as_the_code_names_it([Values] WebhookState state) =>
        Assert.That(WebhookWords.State(state), Does.Not.Contain(state.ToString()));

    [Test]
    public void One_that_waits_says_whether_it_was_looked_at_before_or_broke_off()
    {
        Assert.Multiple(() =>
        {
            Assert.That(WebhookWords.Describe(Row(WebhookState.Received)), Does.Contain("by itself"));
            Assert.That(WebhookWords.Describe(Row(WebhookState.Received, tries: 2)), Does.Contain("broke off"));
            Assert.That(WebhookWords.Describe(Row(WebhookState.Received, processedAt: _at)), Does.Contain("Looked at before"));
            Assert.That(WebhookWords.Describe(Row(WebhookState.Parked, tries: 6)), Does.Contain("\"Process again\""));
        });
    }

    private static WebhookEventRow Row(WebhookState state, int tries = 0, DateTimeOffset? processedAt = null) =>
        new() { Id = "evt_1", Type = "refund.failed", State = state, Tries = tries, ProcessedAt = processedAt, ReceivedAt = _at, ReceivedAtWall = _at };
}
