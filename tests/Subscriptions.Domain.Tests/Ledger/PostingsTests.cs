using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Tests.Life;

namespace Subscriptions.Domain.Tests.Ledger;

/// <summary>Every event has its postings, every set sums to zero, and a life leaves nothing on the books that is not owed.</summary>
public sealed class PostingsTests
{
    private static readonly BillingPeriod _period = new(new(2026, 3, 2), new(2026, 4, 2));

    public static IEnumerable<Type> Events => typeof(InvoiceEvent).GetNestedTypes().Where(t => t.IsAssignableTo(typeof(InvoiceEvent)));

    [TestCaseSource(nameof(Events))]
    public void Somebody_has_decided_what_every_event_posts(Type type)
    {
        var happened = (InvoiceEvent)RuntimeHelpers.GetUninitializedObject(type);
        try
        {
            Postings.For(happened, Raised(0, 999), 1);
        }
        catch (NullReferenceException)
        {
            Assert.Pass("An empty event of this type has postings.");
        }
        catch (ArgumentNullException)
        {
            Assert.Pass("An empty event of this type has postings.");
        }
    }

    [TestCase(1200, 2000, 200)]
    [TestCase(999, 2000, 167)]
    [TestCase(999, 0, 0)]
    [TestCase(1, 2000, 0)]
    [TestCase(105, 500, 5)]
    public void The_tax_in_an_amount_is_rounded_to_the_penny(long amount, int rate, long tax) =>
        Assert.That(Postings.TaxIn(new(amount, "GBP"), rate), Is.EqualTo(tax));

    [Test]
    public void An_invoice_is_income_and_tax_that_its_reader_owes()
    {
        var raised = new InvoiceEvent.InvoiceRaised(
            new("inv_1"), new("rdr_1"), null, InvoicePurpose.First, _period, Lines(2000, 1200), new(1200, "GBP"), Given.Declined);
        Assert.That(Postings.For(raised, null, 1)!.Lines, Is.EqualTo(new LedgerLine[]
        {
            new(LedgerAccount.Receivable, 1200), new(LedgerAccount.Income, -1000), new(LedgerAccount.TaxPayable, -200),
        }));
    }

    [Test]
    public void Money_for_a_closed_invoice_is_owed_back_and_never_income()
    {
        var closed = Raised(0, 999) with { Status = InvoiceStatus.Uncollectible };
        var set = Postings.For(new InvoiceEvent.PaymentAttemptSucceeded(1, "ch_1", new(999, "GBP"), Given.Declined), closed, 9)!;
        Assert.That(set.Lines, Is.EqualTo(new LedgerLine[] { new(LedgerAccount.Gateway, 999), new(LedgerAccount.ToReturn, -999) }));
    }

    [Test]
    public void The_sets_of_every_life_sum_to_zero_and_leave_owed_what_is_owed() => Prop.ForAll(
        Arb.From(Gen.Choose(0, 1 << 24).ArrayOf(160), LifeTests.Shorter), numbers =>
        {
            var rules = Given.Rules with { Plan = Given.Monthly with { TaxRateBasisPoints = numbers.FirstOrDefault() % 3000 } };
            var life = new Life.Life(rules, Given.Utc(2026, 1, 31, 9, 30), "pm_0");
            var sets = new List<LedgerSet>();
            life.OnInvoiceEvent = (before, e) => Post(sets, before, e);
            foreach (var number in numbers)
            {
                LifeMoves.Play(life, number);
            }

            // The first invoice was raised before anybody listened.
            var first = life.InvoiceEvents.First(e => e.Event is InvoiceEvent.InvoiceRaised);
            Post(sets, null, first.Event);
            var books = sets.SelectMany(set => set.Lines).GroupBy(l => l.Account).ToDictionary(g => g.Key, g => g.Sum(l => l.Amount));
            var open = life.Invoices.Values.Sum(i => i.AmountDue.Amount);
            var due = life.Invoices.Values.SelectMany(i => i.Refunds).Where(r => r.State == RefundState.Requested).Sum(r => r.Amount.Amount);
            if (sets.Any(s => s.Lines.Sum(l => l.Amount) != 0) || sets.Select(s => s.Id).Distinct().Count() != sets.Count
                || books.GetValueOrDefault(LedgerAccount.Receivable) != open || -books.GetValueOrDefault(LedgerAccount.ToReturn) < due)
            {
                throw new BrokenInvariantException("the books hold what is owed");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static void Post(List<LedgerSet> sets, Invoice? before, InvoiceEvent e)
    {
        var id = (e as InvoiceEvent.InvoiceRaised)?.Id ?? before!.Id;
        if (Postings.For(e, before, sets.Count(s => s.InvoiceId == id) + 1) is { } set)
        {
            sets.Add(set);
        }
    }

    private static Invoice Raised(int rate, long amount) => new(
        new("inv_1"), new("rdr_1"), null, InvoicePurpose.Renewal, _period, Lines(rate, amount), new(amount, "GBP"), InvoiceStatus.Open, null, [], false,
        Given.Declined, null);

    private static InvoiceLine[] Lines(int rate, long amount) => [new("Digital", "digital@1", _period, new(amount, "GBP"), "enews", rate)];
}
