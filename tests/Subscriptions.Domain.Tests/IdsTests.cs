using Subscriptions.Domain.Invoices;

namespace Subscriptions.Domain.Tests;

public sealed class IdsTests
{
    private static readonly SubscriptionId _subscription = new("sub_7_1");
    private static readonly DateOnly _from = new(2026, 3, 2);

    [Test]
    public void Raising_the_same_invoice_twice_gives_the_same_id() => Assert.That(
        InvoiceId.For(_subscription, InvoicePurpose.Renewal, _from, 3), Is.EqualTo(new InvoiceId("inv_7_1_r20260302_3")));

    [Test]
    public void Purpose_period_number_and_subscription_each_make_another_id()
    {
        InvoiceId[] ids =
        [
            InvoiceId.For(_subscription, InvoicePurpose.Renewal, _from, 3),
            InvoiceId.For(_subscription, InvoicePurpose.First, _from, 3),
            InvoiceId.For(_subscription, InvoicePurpose.AfterTrial, _from, 3),
            InvoiceId.For(_subscription, InvoicePurpose.Renewal, _from.AddDays(1), 3),
            InvoiceId.For(_subscription, InvoicePurpose.Renewal, _from, 4),
            InvoiceId.For(new("sub_7_2"), InvoicePurpose.Renewal, _from, 3),
        ];
        Assert.That(ids, Is.Unique);
    }
}
