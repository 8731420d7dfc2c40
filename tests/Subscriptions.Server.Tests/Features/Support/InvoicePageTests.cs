using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Support;

/// <summary>What staff do to invoices and credit on pages, and what the reader sees of it.</summary>
internal sealed class InvoicePageTests
{
    private const string Staff = "sam@courier.example";

    private ApiCaller server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        server = await ApiCaller.StartAsync();
        await server.Service.Services.GetRequiredService<CreateStaff>().RunAsync(Staff, RunningService.Password, StaffRoles.Support);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task Staff_refund_a_part_with_a_reason_once_and_the_reader_sees_it()
    {
        var (reader, invoice) = await PaidAsync("part@example.com");
        using var staff = await StaffAsync();
        var page = await staff.GetAsync($"/support/invoices/{invoice}");
        Assert.That(page.Text, Does.Contain("Up to £9.99 can go back"));

        var done = await staff.SubmitAsync(page, "Refund the amount", ("amount", "4.00"), ("reason", "AskedByReader"));
        Assert.That(done.Text, Does.Contain("The refund was asked for").And.Contain("Made").And.Contain("Up to £5.99 can go back"));
        await staff.SubmitAsync(page, "Refund the amount", ("amount", "4.00"), ("reason", "AskedByReader"));
        Assert.That((await InvoiceAsync(invoice)).Refunds, Has.Count.EqualTo(1), "the same form sent twice");

        var file = await staff.GetAsync($"/support/readers/{reader}");
        Assert.That(file.Text, Does.Contain("Refund 1 of invoice").And.Contain("(reason: the reader asked for it)").And.Contain(Staff));
        Assert.That(file.Link(await NumberAsync(invoice)).AbsolutePath, Is.EqualTo($"/support/invoices/{invoice}"));

        using var browser = server.Service.NewBrowser();
        await browser.SignInAsync("part@example.com", RunningService.Password);
        Assert.That((await browser.GetAsync($"/my-account/invoices/{invoice}")).MainText, Does.Contain("Refunded £4.00").And.Contain("Paid, partly refunded"));
    }

    [TestCase("", "AskedByReader", "Write the amount with a point")]
    [TestCase("4.999", "AskedByReader", "Write the amount with a point")]
    [TestCase("4,00", "AskedByReader", "Write the amount with a point")]
    [TestCase("100", "AskedByReader", "no more than £9.99 can be refunded")]
    [TestCase("4.00", "", "Choose a reason")]
    [TestCase("4.00", "LatePayment", "Choose a reason")]
    public async Task Staff_are_told_why_nothing_was_refunded(string amount, string reason, string why)
    {
        var (_, invoice) = await PaidAsync($"{Guid.CreateVersion7():N}@example.com");
        using var staff = await StaffAsync();
        var page = await staff.SubmitAsync(await staff.GetAsync($"/support/invoices/{invoice}"), "Refund the amount", ("amount", amount), ("reason", reason));
        Assert.That(page.Text, Does.Contain("Nothing was changed.").And.Contain(why));
        Assert.That(page.Document.QuerySelector("#refund-amount")!.GetAttribute("value"), Is.EqualTo(amount), "what was typed, and not the whole again");
        Assert.That((await InvoiceAsync(invoice)).Refunds, Is.Empty);
    }

    [Test]
    public async Task A_disputed_payment_says_what_the_bank_does_and_offers_no_refund()
    {
        var (_, invoice) = await PaidAsync("disputed@example.com");
        await server.Service.Banks.MoveAsync("disputed@example.com", BankMove.Dispute);
        using var staff = await StaffAsync();
        var page = await server.Service.EventuallyAsync(async () =>
            await staff.GetAsync($"/support/invoices/{invoice}") is var seen && seen.Text.Contains("the bank has taken the money and will decide", StringComparison.Ordinal) ? seen : null);

        Assert.That(page.Text, Does.Contain("No refund can be made now. The reader's bank disputes this payment.").And.Not.Contain("Refund the amount").And.Not.Contain("back to the payment method"));
    }

    [Test]
    public async Task Credit_that_staff_give_shows_on_the_reader_s_next_invoice()
    {
        var (reader, invoice) = await PaidAsync("credit@example.com");
        using var staff = await StaffAsync();
        var page = await staff.GetAsync($"/support/readers/{reader}/credit");
        Assert.That(page.Text, Does.Contain("There is no credit"));
        var done = await staff.SubmitAsync(page, "Give the credit", ("amount", "20.00"), ("currency", "GBP"), ("reason", "Goodwill"));
        Assert.That(done.Text, Does.Contain("£20.00 stand to the reader's credit").And.Contain("Given: Goodwill"));

        server.Service.Clock.Advance(TimeSpan.FromDays(32));
        var next = await server.Service.EventuallyAsync(async () =>
        {
            await using var db = server.OpenDatabase();
            return await db.Invoices.AsNoTracking().FirstOrDefaultAsync(i => i.ReaderId == reader && i.Id != invoice && i.Status == InvoiceStatus.NothingDue);
        });
        using var browser = server.Service.NewBrowser();
        await browser.SignInAsync("credit@example.com", RunningService.Password);
        Assert.That((await browser.GetAsync($"/my-account/invoices/{next.Id}")).MainText, Does.Contain("Your credit−£9.99").And.Contain("To pay£0.00").And.Contain("Nothing to pay"));
        Assert.That((await staff.GetAsync($"/support/readers/{reader}")).Text, Does.Contain("The subscription was renewed without a payment"));
    }

    [Test]
    public async Task Staff_void_what_was_never_owed_and_lower_what_is()
    {
        var reader = await server.ReaderAsync("owes@example.com", "Olive Owes", RunningService.Password);
        await server.PastDueAsync(reader);
        await server.Service.SettledAsync();
        await using var db = server.OpenDatabase();
        var invoice = (await db.Invoices.AsNoTracking().SingleAsync(i => i.ReaderId == reader)).Id;
        using var staff = await StaffAsync();
        var lowered = await staff.SubmitAsync(
            await staff.GetAsync($"/support/invoices/{invoice}"), "Issue the credit note", ("amount", "2.00"), ("reason", "DeliveryProblem"), ("destination", "Invoice"));
        Assert.That(lowered.Text, Does.Contain("The credit note was issued.").And.Contain("Due £7.99").And.Contain("-CN1"));
        using var browser = server.Service.NewBrowser();
        await browser.SignInAsync("owes@example.com", RunningService.Password);
        Assert.That((await browser.GetAsync("/my-account")).MainText, Does.Contain("£7.99"));

        var voided = await staff.SubmitAsync(lowered, "Void the invoice", ("reason", "ChargedInError"));
        Assert.That(voided.Text, Does.Contain("The invoice was voided.").And.Contain("Void (never owed)"));
        Assert.That((await staff.GetAsync($"/support/readers/{reader}")).Text, Does.Contain("was voided: its £7.99 were never owed (reason: charged in error)"));
        Assert.That((await browser.GetAsync($"/my-account/invoices/{invoice}")).MainText, Does.Contain("Cancelled: nothing was owed"));
        await server.Service.SubscriptionInAsync(reader, "Active");
    }

    [Test]
    public async Task Unknown_invoices_and_readers_are_not_found_and_nobody_but_staff_looks()
    {
        using var staff = await StaffAsync();
        Assert.That((await staff.GetAsync("/support/invoices/inv_nobody")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await staff.GetAsync("/support/readers/rdr_nobody/credit")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        using var stranger = server.Service.NewBrowser();
        Assert.That((await stranger.GetAsync("/support/invoices/inv_nobody")).Url.AbsolutePath, Is.EqualTo("/support/sign-in"));
        Assert.That((await stranger.GetAsync("/support/readers/rdr_1/credit")).Url.AbsolutePath, Is.EqualTo("/support/sign-in"));
    }

    private async Task<(ReaderId Reader, InvoiceId Invoice)> PaidAsync(string email)
    {
        var reader = await server.ReaderAsync(email, "Rosa Reader", RunningService.Password);
        await server.ActiveAsync(reader);
        await using var db = server.OpenDatabase();
        return (reader, (await db.Invoices.AsNoTracking().SingleAsync(i => i.ReaderId == reader)).Id);
    }

    private async Task<Data.Rows.InvoiceRow> InvoiceAsync(InvoiceId id)
    {
        await using var db = server.OpenDatabase();
        return await db.Invoices.AsNoTracking().SingleAsync(i => i.Id == id);
    }

    private async Task<string> NumberAsync(InvoiceId id) => (await InvoiceAsync(id)).Number;

    private async Task<Browser> StaffAsync()
    {
        var browser = server.Service.NewBrowser();
        await browser.SubmitAsync(await browser.GetAsync("/support/sign-in"), "Sign in", ("email", Staff), ("password", RunningService.Password));
        return browser;
    }
}
