namespace Subscriptions.Domain.Tests;

public sealed class MoneyTests
{
    [TestCase(999, "GBP", "£9.99")]
    [TestCase(123456, "EUR", "€1,234.56")]
    [TestCase(-5, "USD", "−$0.05")]
    [TestCase(12000, "SEK", "SEK 120.00")]
    [TestCase(500, "JPY", "JPY 500")]
    public void An_amount_reads_as_people_write_it(long amount, string currency, string words) =>
        Assert.That(new Money(amount, currency).ToString(), Is.EqualTo(words));

    [Test]
    public void Amounts_of_one_currency_add_up() =>
        Assert.That(new Money(999, "GBP") + new Money(1, "GBP") - new Money(500, "GBP"), Is.EqualTo(new Money(500, "GBP")));

    [Test]
    public void Two_currencies_do_not_add_up() =>
        Assert.That(() => new Money(1, "GBP") + new Money(1, "EUR"), Throws.InvalidOperationException);

    [Test]
    public void A_sum_that_overflows_is_a_crash_and_never_a_small_number() =>
        Assert.That(() => new Money(long.MaxValue, "GBP") + new Money(1, "GBP"), Throws.TypeOf<OverflowException>());
}
