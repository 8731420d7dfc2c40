using NUnit.Framework;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Adapters.Stripe;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Tests.Features.Billing;

[TestFixture]
public sealed class DeclineWordsTests
{
    public static IEnumerable<string> Codes => StripeDeclines.ByCode.Keys.Append("a_code_of_next_year");

    [TestCaseSource(nameof(Codes))]
    public void A_reader_is_never_told_that_her_card_is_called_lost_stolen_or_fraudulent(string code)
    {
        var words = DeclineWords.ForReader(Read(code));

        Assert.That(words, Does.Not.Match("(?i)lost|stolen|fraud|risk|theft|withdrawn|" + code).And.EndWith("."));
    }

    [TestCaseSource(nameof(Codes))]
    public void Staff_read_a_sentence_and_its_consequence(string code) =>
        Assert.That(DeclineWords.ForStaff(Read(code)), Does.Match(@"^[A-Z].+\. (A later try may succeed|It will .*|This payment method will not .*)\.$"));

    [Test]
    public void Staff_read_the_code_that_nobody_knows_yet() =>
        Assert.That(DeclineWords.ForStaff(Read("a_code_of_next_year")), Does.Contain("a_code_of_next_year"));

    private static Decline Read(string code)
    {
        var read = StripeDeclines.Read("card_declined", code, null, null);
        return new Decline(read.Code, read.DeclineCode, read.AdviceCode, read.Class);
    }
}
