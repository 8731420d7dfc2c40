using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Mail.Templates;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Tests.Features.Shared;

public sealed class AskerTests
{
    [TestCase(MethodKind.Card, "Your bank wants", "your bank's page", "Confirm with my bank")]
    [TestCase(MethodKind.PayPal, "PayPal wants", "PayPal's page", "Confirm with PayPal")]
    public void Who_pays_with_PayPal_is_not_sent_to_a_bank(MethodKind? kind, string wants, string page, string button)
    {
        var asker = Asker.Of(kind);
        Assert.That(asker.PresenceWords, Does.StartWith(wants).And.Contain(page));
        Assert.That(asker.Button, Is.EqualTo(button));
    }

    [TestCase("paypal", "PayPal")]
    [TestCase("card", "Your bank")]
    [TestCase(null, "Your bank")]
    public void A_method_is_known_by_the_kind_that_the_gateway_names(string? kind, string who) => Assert.That(Asker.Of(kind).Who, Is.EqualTo(who));

    [TestCase(DunningStage.PaymentFailed)]
    [TestCase(DunningStage.ActNow)]
    [TestCase(DunningStage.DueToTerminate)]
    public void No_notice_about_PayPal_speaks_of_a_bank(DunningStage stage)
    {
        var facts = new NoticeFacts(new Money(999, "GBP"), null, null, new DateOnly(2026, 12, 23), BankAsks: true);

        Assert.That(NoticeWords.For(stage, facts with { MethodKind = MethodKind.PayPal }).Body, Does.Contain("PayPal wants").And.Not.Contain("bank"));
        Assert.That(NoticeWords.For(stage, facts).Body, Does.Contain("our bank wants"));
    }
}
