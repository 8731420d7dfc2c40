namespace Subscriptions.Paywall.Tests.Service;

public sealed class RequestWaitTests
{
    [TestCase(2, 0, 2)]
    [TestCase(0.5, 1, 0.6)]
    [TestCase(0, 0.2, 0.02)]
    [TestCase(-0.3, 1, 0)]
    [TestCase(0, 20, 2)]
    [TestCase(2, 3_600, 2)]
    public void A_connection_that_stays_open_gets_its_wait_back_bit_by_bit_and_never_more_than_the_limit(double left, double passed, double then) =>
        Assert.That(RequestWait.After(TimeSpan.FromSeconds(left), TimeSpan.FromSeconds(passed), TimeSpan.FromSeconds(2)), Is.EqualTo(TimeSpan.FromSeconds(then)));
}
