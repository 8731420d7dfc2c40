using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Reconciliation;
using Reconciler = Subscriptions.Server.Features.Reconciliation.Reconcile;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>A Direct Debit that was paid and that the bank takes back under the scheme's guarantee, against which nothing can be said.</summary>
internal sealed class ReversedDebitTests
{
    private const string TakenBack = "55555559";

    [Test]
    public async Task A_debit_that_is_taken_back_stays_paid_and_only_new_details_pay_for_it_again()
    {
        await using var service = await RunningService.StartAsync("--Stripe:MethodKinds=card,bacs,paypal");
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        var hosted = await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-monthly"), "Subscribe and pay £9.99");
        await browser.SubmitAsync(hosted, "Set up Direct Debit", ("account_number", TakenBack), ("name", "A holder"));
        for (var day = 0; day < 20; day++)
        {
            service.Clock.Advance(TimeSpan.FromDays(1));
            await service.SettledAsync();
        }

        var owing = await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        var invoices = await InvoicesAsync(service, reader);
        var (paid, again) = (invoices.Single(i => i.Purpose == InvoicePurpose.First), invoices.Single(i => i.Purpose == InvoicePurpose.Reversal));
        Assert.Multiple(() =>
        {
            Assert.That((paid.Status, paid.Reversed, paid.Attempts.Count), Is.EqualTo((InvoiceStatus.Paid, paid.Total, 1)));
            Assert.That(paid.Contest.IsOpen, Is.False);
            Assert.That((again.Status, again.Replaces, again.Total, again.Attempts.Count), Is.EqualTo((InvoiceStatus.Open, (InvoiceId?)paid.Id, paid.Total, 0)));
            Assert.That((owing.Track, owing.NextAttemptAt, owing.Reversed), Is.EqualTo((DunningTrack.ReaderMustAct, (DateTimeOffset?)null, true)));
        });

        // The money is gone from the provider's balance, and nothing of it is missing in the books.
        var books = await ComparedBooksAsync(service);
        Assert.That(books.Values.Sum(), Is.Zero);
        Assert.That((books[LedgerAccount.Disputes], books[LedgerAccount.Receivable]), Is.EqualTo((999, 999)));
        Assert.That(books[LedgerAccount.Gateway], Is.EqualTo(-books[LedgerAccount.Fees] - books.GetValueOrDefault(LedgerAccount.Bank)));

        var page = await browser.PayWithAsync(await browser.SubmitAsync(await browser.GetAsync("/my-account/payment"), "Update payment details"), TestCard.Good);
        Assert.That(page.MainText, Does.Contain("The payment has been taken"), page.Text);
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        var settled = (await InvoicesAsync(service, reader)).Single(i => i.Id == again.Id);
        Assert.That((settled.Status, settled.Attempts.Count), Is.EqualTo((InvoiceStatus.Paid, 1)));
        var after = await ComparedBooksAsync(service);
        Assert.That((after.Values.Sum(), after[LedgerAccount.Receivable], after[LedgerAccount.Disputes]), Is.EqualTo((0, 0, 999)));
    }

    private static async Task<Dictionary<LedgerAccount, long>> ComparedBooksAsync(RunningService service)
    {
        // What happened a moment ago is left out of a comparison.
        service.Clock.Advance(TimeSpan.FromMinutes(16));
        var run = await service.Services.GetRequiredService<Reconciler>().NowAsync(null, null, Actors.System);
        Assert.That((run!.Failure, run.OpenFindings), Is.EqualTo(((string?)null, 0)));
        return (await service.Services.GetRequiredService<LedgerBooks>().BalancesAsync(DateTimeOffset.MaxValue)).ToDictionary(b => b.Account, b => b.Amount);
    }

    private static async Task<IReadOnlyList<Invoice>> InvoicesAsync(RunningService service, ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        return [.. (await db.Invoices.AsNoTracking().Include(i => i.Attempts).Where(i => i.ReaderId == reader).ToListAsync()).Select(row => row.ToInvoice())];
    }
}
