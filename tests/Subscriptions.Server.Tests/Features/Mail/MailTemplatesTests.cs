using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Mail.Templates;

namespace Subscriptions.Server.Tests.Features.Mail;

[TestFixture]
public sealed class MailTemplatesTests
{
    private const string Update = "https://account.example.com/pay/abc";
    private const string Account = "https://account.example.com/my-account";

    private static readonly NoticeFacts _facts = new(new Money(999, "GBP"), "0341", new DateOnly(2026, 12, 1), new DateOnly(2026, 12, 18));
    private static readonly Uri _account = new(Account);
    private static readonly string[] _headings =
        ["We haven't been able to take payment", "Act now to keep your subscription", "Your subscription is due to terminate"];

    public static IEnumerable<MailModel> Others =>
    [
        new DateMovedMail("Ann", _facts, new DateOnly(2026, 12, 11), _account),
        new DateMovedMail("Ann", _facts, new DateOnly(2026, 12, 11), _account) { CollectionFailed = true },
        new PaymentReceivedMail("Ann", new Money(999, "GBP"), "4242", new DateOnly(2027, 1, 1), _account),
        new SubscriptionEndedMail("Ann", EndReason.NonPayment, new DateOnly(2026, 12, 18), _account),
        new SubscriptionEndedMail("Ann", EndReason.Canceled, new DateOnly(2026, 12, 18), _account),
        new SubscriptionEndedMail("Ann", EndReason.NeverPaid, new DateOnly(2026, 12, 18), _account),
        new WelcomeMail("Ann", "Digital", new Money(999, "GBP"), new Money(999, "GBP"), new DateOnly(2027, 1, 1), _account),
        new CancellationConfirmedMail("Ann", new DateOnly(2026, 12, 18), _account),
        new CardExpiresMail("Ann", "4242", new DateOnly(2026, 12, 31), new Uri("https://account.example.com/my-account/payment"), _account),
        new MethodGoneMail("Ann", MethodKind.Card, "4242", new DateOnly(2026, 12, 31), new Uri("https://account.example.com/my-account/payment"), _account),
        new SeatInvitationMail("Ann", new Uri("https://account.example.com/group/1"), new DateOnly(2027, 1, 1)),
        new ConfirmAddressMail("Ann", new Uri("https://account.example.com/confirm-address/1"), 7),
        new PasswordResetMail("Ann", new Uri("https://account.example.com/reset?t=1"), 30),
    ];

    [TestCase(DunningStage.PaymentFailed)]
    [TestCase(DunningStage.ActNow)]
    [TestCase(DunningStage.DueToTerminate)]
    public async Task A_notice_says_all_that_it_must(DunningStage stage)
    {
        var mail = await RenderAsync(Notice(stage));
        var heading = _headings[(int)stage - 1];
        var page = Parse(mail.Html);

        Assert.Multiple(() =>
        {
            Assert.That(mail.Subject, Does.StartWith(heading).And.Contain("The Harrowmere Courier"));
            Assert.That(page.QuerySelector("h1")!.TextContent, Is.EqualTo(heading));
            Assert.That(page.Title, Is.EqualTo(mail.Subject));
            foreach (var text in new[] { mail.Text, page.Body!.TextContent })
            {
                Assert.That(text, Does.Contain(heading).And.Contain("£9.99").And.Contain("0341").And.Contain("My Account")
                    .And.Contain("Tuesday 1 December 2026").And.Contain("Friday 18 December 2026").And.Contain("update your payment details"));
                Assert.That(text.Contains("tried to contact you several times"), Is.EqualTo(stage > DunningStage.PaymentFailed));
                Assert.That(text.Contains("terminate on Friday 18 December 2026"), Is.EqualTo(stage == DunningStage.DueToTerminate));
            }

            string[] links = stage == DunningStage.DueToTerminate ? [Account] : [Update, Account];
            Assert.That(page.QuerySelectorAll("a").Select(a => a.GetAttribute("href")), Is.EqualTo(links));
            Assert.That(links, Has.All.Matches<string>(link => mail.Text.Contains(link)));
            Assert.That(mail.Text.Contains(Update), Is.EqualTo(stage != DunningStage.DueToTerminate));
        });
    }

    [Test]
    public async Task Without_a_next_try_or_a_card_a_notice_says_so([Range(1, 3)] int stage)
    {
        var mail = await RenderAsync(Notice((DunningStage)stage) with { Facts = _facts with { NextAttemptOn = null, MethodLast4 = null } });

        Assert.That(mail.Text, Does.Contain("shall not try to take the payment again until").And.Contain("Your payment method"));
    }

    [TestCaseSource(nameof(Others))]
    public async Task No_other_mail_has_the_heading_of_a_notice(MailModel model)
    {
        var mail = await RenderAsync(model);

        Assert.That(_headings, Has.None.Matches<string>(heading =>
            (mail.Subject + mail.Text + Parse(mail.Html).Body!.TextContent).Contains(heading, StringComparison.OrdinalIgnoreCase)));
    }

    [TestCaseSource(nameof(Others))]
    public async Task Text_and_html_say_the_same_and_lead_to_the_same_places(MailModel model)
    {
        var mail = await RenderAsync(model);
        var page = Parse(mail.Html);

        Assert.Multiple(() =>
        {
            foreach (var paragraph in page.QuerySelectorAll("h1, p:not(:has(a))"))
            {
                Assert.That(mail.Text, Does.Contain(paragraph.TextContent.Trim()));
            }

            Assert.That(page.QuerySelectorAll("a").Select(a => a.GetAttribute("href")), Is.Not.Empty.And.All.Matches<string>(mail.Text.Contains));
            Assert.That(page.QuerySelectorAll("img, script, link, iframe"), Is.Empty);
            Assert.That(page.DocumentElement.GetAttribute("lang"), Is.EqualTo("en-GB"));
        });
    }

    [Test]
    public async Task A_readers_name_is_text_and_nothing_else()
    {
        var mail = await RenderAsync(Notice(DunningStage.ActNow) with { ReaderName = "<script>alert(1)</script>\r\nBcc: x & \"Zoë\"" });

        Assert.Multiple(() =>
        {
            Assert.That(mail.Html, Does.Not.Contain("<script"));
            Assert.That(Parse(mail.Html).Body!.TextContent, Does.Contain("Dear <script>alert(1)</script>  Bcc: x & \"Zoë\","));
            Assert.That(mail.Text, Does.Contain("Dear <script>alert(1)</script>  Bcc: x & \"Zoë\","));
        });
    }

    [Test]
    public void The_pages_notice_speaks_of_dates_but_not_of_amounts_or_cards([Range(1, 3)] int stage)
    {
        var (heading, body) = NoticeWords.For((DunningStage)stage, _facts);

        Assert.That(heading, Is.EqualTo(_headings[stage - 1]));
        Assert.That(body, Does.Contain("1 December 2026").And.Contain("18 December 2026").And.Contain("My Account")
            .And.Not.Contain("9.99").And.Not.Contain("0341"));
    }

    [Test]
    public void The_silent_stage_has_no_words() =>
        Assert.That(() => NoticeWords.For(DunningStage.Silent, _facts), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static DunningNoticeMail Notice(DunningStage stage) => new("Ann", stage, _facts, _account, new Uri(Update));

    private static IDocument Parse(string html) => new HtmlParser().ParseDocument(html);

    private static async Task<RenderedMail> RenderAsync(MailModel model)
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        return await new MailTemplates("The Harrowmere Courier", services, NullLoggerFactory.Instance).RenderAsync(model);
    }
}
