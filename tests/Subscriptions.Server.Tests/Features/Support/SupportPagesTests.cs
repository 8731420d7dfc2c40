using System.Net;
using AngleSharp.Dom;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Shared;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Support;

internal sealed class SupportPagesTests
{
    private const string Staff = "sam@courier.example";

    private static readonly string[] _pages = ["/support", "/support?query=a", "/support/readers/rdr_1", "/support/tasks", "/support/jobs", "/support/sign-out"];

    private ApiCaller server = null!;
    private string staffId = "";

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        server = await ApiCaller.StartAsync();
        var created = await server.Service.Services.GetRequiredService<CreateStaff>().RunAsync(Staff, RunningService.Password, StaffRoles.Support);
        staffId = ((CreatedStaff.Created)created).AccountId;
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task Nobody_sees_a_page_without_signing_in_as_staff()
    {
        var (_, reader) = await server.Service.NewSignedInReaderAsync();
        using var stranger = server.Service.NewBrowser();
        foreach (var address in _pages)
        {
            Assert.That((await stranger.GetAsync(address)).Url.AbsolutePath, Is.EqualTo("/support/sign-in"), address);
            Assert.That((await reader.GetAsync(address)).Url.AbsolutePath, Is.EqualTo("/support/sign-in"), address);
        }

        reader.Dispose();
    }

    [Test]
    public async Task A_readers_password_opens_nothing_here()
    {
        var (_, email) = await server.Service.NewReaderAsync();
        using var browser = server.Service.NewBrowser();
        var answer = await browser.SubmitAsync(await browser.GetAsync("/support/sign-in"), "Sign in", ("email", email), ("password", RunningService.Password));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That((await browser.GetAsync("/support")).Url.AbsolutePath, Is.EqualTo("/support/sign-in"));
    }

    [TestCase("/support/jobs", "/support/jobs")]
    [TestCase("/support/sign-in?to=//evil.example/", "/support")]
    [TestCase("/support/sign-in?to=https://evil.example/", "/support")]
    [TestCase("/support/sign-in?to=/my-account", "/support")]
    [TestCase("/support/sign-in?to=/support/%C3%A9", "/support")]
    public async Task Sign_in_leads_on_to_the_page_that_was_wanted_and_to_no_other_place(string opened, string expected)
    {
        using var browser = server.Service.NewBrowser();
        var page = await browser.SubmitAsync(await browser.GetAsync(opened), "Sign in", ("email", Staff), ("password", RunningService.Password));
        Assert.That(page.Url.AbsolutePath, Is.EqualTo(expected));
    }

    [Test]
    public async Task One_box_finds_the_reader_and_one_page_says_all()
    {
        var reader = await server.ReaderAsync("problem@example.com", "Priscilla Problem");
        var subscription = await server.PastDueAsync(reader);
        using var browser = await StaffAsync();
        foreach (var query in (string[])["problem@example", "priscilla", reader.Value, subscription.Value])
        {
            var found = await browser.GetAsync($"/support?query={Uri.EscapeDataString(query)}");
            Assert.That(found.Document.QuerySelectorAll("tbody a").Select(a => a.GetAttribute("href")), Is.EqualTo([$"/support/readers/{reader}"]), query);
        }

        var page = await browser.GetAsync($"/support/readers/{reader}");
        Assert.Multiple(() =>
        {
            Assert.That(page.Heading, Is.EqualTo("Priscilla Problem"));
            Assert.That(page.Text, Does.Contain("Yes. Record").And.Contain("Payment is being retried; access is kept meanwhile."));
            Assert.That(page.Text, Does.Contain("£9.99 is owed on invoice").And.Contain("The next try is on"));
            Assert.That(page.Text, Does.Contain("The bank declined").And.Contain("generic_decline"));
            Assert.That(page.Text, Does.Contain("Payment problem 1 began").And.Contain("the timetable"));
            Assert.That(page.Document.QuerySelectorAll("table").All(t => t.QuerySelector("caption") is not null), Is.True);
            Assert.That(page.Document.QuerySelectorAll("script"), Is.Empty);
        });
    }

    [Test]
    public async Task A_reader_who_ended_or_never_began_cannot_read_and_the_page_says_why()
    {
        var reader = await server.ReaderAsync("registered@example.com", "Registered");
        using var browser = await StaffAsync();
        Assert.That((await browser.GetAsync($"/support/readers/{reader}")).Text, Does.Contain("No. The reader is registered only and never had a subscription."));
    }

    [Test]
    public async Task Retry_now_is_recorded_with_the_member_of_staff()
    {
        var reader = await server.ReaderAsync("retry@example.com", "Retry");
        var subscription = await server.PastDueAsync(reader);
        server.Service.Clock.Advance(TimeSpan.FromMinutes(InvoiceDecider.StaffPauseMinutes + 1));
        using var browser = await StaffAsync();
        var page = await browser.SubmitAsync(await browser.GetAsync($"/support/readers/{reader}"), "Retry £9.99 now");
        await using var db = server.OpenDatabase();
        var attempts = await db.PaymentAttempts.Join(db.Invoices.Where(i => i.SubscriptionId == subscription), a => a.InvoiceId, i => i.Id, (a, _) => a)
            .OrderBy(a => a.StartedAt).ToListAsync();
        Assert.Multiple(() =>
        {
            Assert.That(Said(page), Does.Contain("The bank declined"));
            Assert.That(attempts[^1].Actor, Is.EqualTo($"staff:{staffId}"));
            Assert.That(TimelineOf(page), Does.Contain("at the wish of staff").And.Contain(Staff));
        });
    }

    [Test]
    public async Task Cancel_keep_hold_and_resume_answer_plainly_and_stand_in_the_timeline()
    {
        var reader = await server.ReaderAsync("changes@example.com", "Changes");
        await server.ActiveAsync(reader);
        using var browser = await StaffAsync();
        var page = await browser.GetAsync($"/support/readers/{reader}");
        List<string> said = [];
        foreach (var button in (string[])["Cancel the subscription", "Take the cancellation back", "Put on hold", "Resume"])
        {
            page = await browser.SubmitAsync(page, button);
            said.Add(Said(page));
        }

        Assert.Multiple(() =>
        {
            Assert.That(said, Is.EqualTo((string[])
                ["The subscription was cancelled.", "The cancellation was taken back.", "The subscription is on hold now.", "The subscription was taken up again."]));
            Assert.That(TimelineOf(page), Does.Contain("The cancellation was taken back").And.Contain("was put on hold").And.Contain("was taken up again"));
            Assert.That(TimelineOf(page).Split(Staff), Has.Length.GreaterThanOrEqualTo(5));
        });
    }

    [Test]
    public async Task The_gateways_ids_of_a_charge_a_payment_and_a_customer_find_the_reader_as_does_a_name_with_wide_gaps()
    {
        var reader = await server.ReaderAsync("ids@example.com", "Ida Idstone");
        var subscription = await server.ActiveAsync(reader);
        await using var db = server.OpenDatabase();
        var invoice = await db.Invoices.Include(i => i.Attempts).SingleAsync(i => i.SubscriptionId == subscription);
        var customer = await db.Readers.Where(r => r.Id == reader).Select(r => r.GatewayCustomerId).SingleAsync();
        using var browser = await StaffAsync();
        foreach (var query in (string[])[invoice.Attempts[0].ChargeId!, invoice.PaymentIntentId!, customer!, "ida  idstone "])
        {
            var found = await browser.GetAsync($"/support?query={Uri.EscapeDataString(query)}");
            Assert.That(found.Document.QuerySelectorAll("tbody a").Select(a => a.GetAttribute("href")), Is.EqualTo([$"/support/readers/{reader}"]), query);
        }
    }

    [Test]
    public async Task The_last_paid_day_is_told_to_staff_as_to_the_reader()
    {
        var reader = await server.ReaderAsync("days@example.com", "Day Teller", RunningService.Password);
        await server.ActiveAsync(reader);
        using var hers = server.Service.NewBrowser();
        var told = (await hers.SignInAsync("days@example.com", RunningService.Password)).MainText;
        var row = await server.Service.SubscriptionInAsync(reader, "Active");
        var (last, first) = (row.PaidThrough!.Value.AddDays(-1), row.PaidThrough!.Value.AddMonths(-1));
        using var browser = await StaffAsync();

        var active = await browser.GetAsync($"/support/readers/{reader}");
        var cancelled = await browser.SubmitAsync(active, "Cancel the subscription");

        Assert.That(told, Does.Contain($"paid until {ReaderWords.Day(last)}"));
        Assert.That(active.MainText, Does.Contain($"lets the reader in: Paid until {ReaderWords.ShortDay(last)}."));
        Assert.That(active.MainText, Does.Contain($"Active and paid until {ReaderWords.ShortDay(last)}; renews on {ReaderWords.ShortDay(last.AddDays(1))}"));
        Assert.That(active.MainText, Does.Contain($"It will end after {ReaderWords.ShortDay(last)}"));
        Assert.That(active.Document.QuerySelector("[aria-label=Invoices] tbody")!.TextContent, Does.Contain($"{ReaderWords.ShortDay(first)} to {ReaderWords.ShortDay(last)}"));
        Assert.That(cancelled.MainText, Does.Contain($"Cancelled, but paid until {ReaderWords.ShortDay(last)}.").And.Contain($"the end of {ReaderWords.ShortDay(last)}"));
        Assert.That(TimelineOf(cancelled), Does.Contain($"it ends after {ReaderWords.ShortDay(last)}"));
        Assert.That(cancelled.MainText, Does.Not.Match(@"\b20\d\d-\d\d-\d\d\b").And.Not.Match(@"\b([Ss]he|[Hh]er|[Hh]erself)\b"));
    }

    [Test]
    public async Task Cancelling_a_subscription_on_hold_says_how_many_paid_days_are_lost()
    {
        var reader = await server.ReaderAsync("hold@example.com", "Hold");
        await server.ActiveAsync(reader);
        using var browser = await StaffAsync();
        var held = await browser.SubmitAsync(await browser.GetAsync($"/support/readers/{reader}"), "Put on hold");
        Assert.That(held.MainText, Does.Match(@"(28|29|30|31) paid days are kept until then"));
        Assert.That(held.MainText, Does.Match(@"It will end at once, and the (28|29|30|31) paid days that the reader has left are lost").And.Not.Contain("Nothing paid is left"));
    }

    [TestCase("pm_card_radarBlock", "the bank refused this payment method for good", "only the reader can put it right")]
    [TestCase("pm_card_authenticationRequired", "No payment can be tried without the reader", "only the reader can put it right")]
    public async Task A_try_is_offered_only_where_one_can_be_made(string card, string why, string meanwhile)
    {
        var reader = await server.ReaderAsync($"{card}@example.com", "Notry");
        await server.PastDueAsync(reader, card);
        using var browser = await StaffAsync();
        var page = await browser.GetAsync($"/support/readers/{reader}");
        Assert.That(page.Document.QuerySelectorAll("button").Select(b => b.TextContent.Trim()), Has.None.StartsWith("Retry"));
        Assert.That(page.MainText, Does.Contain(why).And.Contain(meanwhile).And.Not.Contain("Payment is being retried").And.Not.Contain("herself"));
    }

    [Test]
    public async Task A_first_payment_without_a_method_is_not_offered_for_a_try()
    {
        var reader = await server.ReaderAsync("nomethod@example.com", "Nomethod");
        using (var scope = server.Service.Services.CreateScope())
        {
            await scope.ServiceProvider.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", null, Actors.Reader(reader));
        }

        using var browser = await StaffAsync();
        var page = await browser.GetAsync($"/support/readers/{reader}");
        Assert.That(page.Document.QuerySelectorAll("button").Select(b => b.TextContent.Trim()), Has.None.StartsWith("Retry"));
        Assert.That(page.MainText, Does.Contain("there is no payment method"));
    }

    [Test]
    public async Task Cancelling_while_a_renewal_has_no_outcome_promises_staff_no_way_back_and_leaves_the_retry()
    {
        var reader = await server.ReaderAsync("silent@example.com", "Silent");
        await server.ActiveAsync(reader);
        await server.Service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), "confirm"));
        server.Service.Clock.Advance(TimeSpan.FromDays(32));
        await server.Service.EventuallyAsync(async () => await server.Service.SubscriptionInAsync(reader, "Active") is { PaymentUnderWay: true } pending ? pending : null);
        using var browser = await StaffAsync();
        var page = await browser.GetAsync($"/support/readers/{reader}");
        await server.Service.Faults.ClearAllAsync();
        Assert.That(page.MainText, Does.Contain("It will end as soon as the payment that is on its way is settled").And.Contain("This cannot be taken back"));
        Assert.That(page.MainText, Does.Contain("The renewal is due and its payment is under way.").And.Not.Contain("Nothing paid is left"));
        Assert.That(page.Document.QuerySelectorAll("button").Select(b => b.TextContent.Trim()), Has.One.EqualTo("Retry £9.99 now"));
    }

    [Test]
    public async Task A_come_back_that_was_never_paid_does_not_hide_why_the_subscription_ended()
    {
        var reader = await server.ReaderAsync("again@example.com", "Again");
        var ended = await server.PastDueAsync(reader, "pm_card_radarBlock");
        await server.Service.EventuallyAsync(async () =>
        {
            // Each notice has to go out before the next is due.
            server.Service.Clock.Advance(TimeSpan.FromHours(6));
            await using var db = server.OpenDatabase();
            return await db.Subscriptions.AsNoTracking().SingleOrDefaultAsync(s => s.Id == ended && s.Status == "Ended");
        });
        using (var scope = server.Service.Services.CreateScope())
        {
            await scope.ServiceProvider.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", null, Actors.Reader(reader));
        }

        server.Service.Clock.Advance(TimeSpan.FromHours(24));
        var left = await server.Service.SubscriptionInAsync(reader, "Ended");
        using var browser = await StaffAsync();
        Assert.That(left.Id, Is.Not.EqualTo(ended));
        Assert.That((await browser.GetAsync($"/support/readers/{reader}")).MainText, Does.Contain("No. The subscription ended for non-payment."));
    }

    [Test]
    public async Task Somebody_elses_subscription_is_not_touched()
    {
        var mine = await server.ReaderAsync("mine@example.com", "Mine");
        await server.ActiveAsync(mine);
        var hers = await server.ActiveAsync(await server.ReaderAsync("hers@example.com", "Hers"));
        using var browser = await StaffAsync();
        var page = await browser.SubmitAsync(await browser.GetAsync($"/support/readers/{mine}"), "Cancel the subscription", ("subscription", hers.Value));
        Assert.That(Said(page), Does.Contain("Nothing was changed."));
        Assert.That((await server.GetAsync($"/api/subscriptions/{hers}")).GetProperty("cancelAtPeriodEnd").GetBoolean(), Is.False);
    }

    [Test]
    public async Task Ending_her_sign_ins_signs_her_out_and_is_recorded()
    {
        var (reader, hers) = await server.Service.NewSignedInReaderAsync();
        using var browser = await StaffAsync();
        var page = await browser.SubmitAsync(await browser.GetAsync($"/support/readers/{reader}"), "End all sign-ins");
        Assert.That(page.Text, Does.Contain("The reader is signed in nowhere."));
        Assert.That(TimelineOf(page), Does.Contain("was ended.").And.Contain(Staff));
        Assert.That((await hers.GetAsync("/my-account")).Url.AbsolutePath, Is.EqualTo("/sign-in"));
        hers.Dispose();
    }

    [Test]
    public async Task A_form_without_its_token_changes_nothing()
    {
        var reader = await server.ReaderAsync("forged@example.com", "Forged");
        var subscription = await server.ActiveAsync(reader);
        using var browser = await StaffAsync();
        var page = await browser.GetAsync($"/support/readers/{reader}");
        var answer = await browser.SubmitAsync(page, "Cancel the subscription", ("__RequestVerificationToken", "forged"));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await server.GetAsync($"/api/subscriptions/{subscription}")).GetProperty("cancelAtPeriodEnd").GetBoolean(), Is.False);
    }

    [Test]
    public async Task A_task_is_shown_closed_and_opened_again_when_it_comes_up_again()
    {
        var tasks = server.Service.Services.GetRequiredService<StaffTasks>();
        await tasks.OpenAsync("parked-work", "CollectInvoice:inv_x", "CollectInvoice of inv_x met a bug and waits.");
        using var browser = await StaffAsync();
        var open = await browser.GetAsync("/support/tasks");
        var closed = await browser.SubmitAsync(open, "Close");
        await tasks.OpenAsync("parked-work", "CollectInvoice:inv_x", "CollectInvoice of inv_x met a bug and waits.");
        Assert.Multiple(() =>
        {
            Assert.That(open.Text, Does.Contain("inv_x met a bug"));
            Assert.That(closed.Text, Does.Contain("The task was closed.").And.Not.Contain("inv_x met a bug"));
        });
        Assert.That((await browser.GetAsync("/support/tasks")).Text, Does.Contain("inv_x met a bug"));
    }

    [TestCase("/support/readers/nobody", HttpStatusCode.NotFound)]
    [TestCase("/support/readers/%27%3B--", HttpStatusCode.NotFound)]
    [TestCase("/support?query=%00", HttpStatusCode.UnprocessableEntity)]
    [TestCase("/support?query=a&cursor=rubbish", HttpStatusCode.OK)]
    [TestCase("/support/jobs", HttpStatusCode.OK)]
    [TestCase("/assets/support.css", HttpStatusCode.OK)]
    public async Task Odd_addresses_get_an_answer_that_fits(string path, HttpStatusCode expected)
    {
        using var browser = await StaffAsync();
        Assert.That((await browser.GetAsync(path)).Status, Is.EqualTo(expected));
    }

    [Test]
    public async Task Names_are_text_and_never_markup()
    {
        var reader = await server.ReaderAsync("markup@example.com", "<script>alert(1)</script> & Sons");
        using var browser = await StaffAsync();
        var page = await browser.GetAsync($"/support/readers/{reader}");
        Assert.That(page.Document.QuerySelectorAll("script"), Is.Empty);
        Assert.That(page.Heading, Is.EqualTo("<script>alert(1)</script> & Sons"));
    }

    [Test]
    public async Task Signing_out_ends_it()
    {
        using var browser = await StaffAsync();
        await browser.SubmitAsync(await browser.GetAsync("/support"), "Sign out");
        Assert.That((await browser.GetAsync("/support")).Url.AbsolutePath, Is.EqualTo("/support/sign-in"));
    }

    private static string Said(Page page) => page.Document.QuerySelector("main [role=status]")?.TextContent.Trim() ?? page.Text;

    private static string TimelineOf(Page page) => page.Document.QuerySelector("#timeline")!.ParentElement!.TextContent;

    private async Task<Browser> StaffAsync()
    {
        var browser = server.Service.NewBrowser();
        var page = await browser.SubmitAsync(await browser.GetAsync("/support/sign-in"), "Sign in", ("email", Staff), ("password", RunningService.Password));
        Assert.That(page.Url.AbsolutePath, Is.EqualTo("/support"), page.Text);
        return browser;
    }
}
