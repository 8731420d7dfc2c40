using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Server.Adapters.Smtp;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Server.Tests.Adapters.Smtp;

/// <summary>Whoever hands mail over: what the server says, and what it must never be told.</summary>
[TestFixture]
public sealed class MailSenderTests
{
    private static readonly OutgoingMail _mail = new(
        "case-1.PaymentFailed@account.example.com", "ann@example.com", "We haven’t £9.99", "Dear Ann,\n\n.a line with a dot\n", "<p>Dear Ann</p>");

    [Test]
    public async Task A_message_goes_as_text_and_html_under_its_stable_id()
    {
        await using var server = new ScriptedSmtp();

        var handover = await SendAsync(server, _mail);

        Assert.Multiple(() =>
        {
            Assert.That(handover, Is.EqualTo(new MailHandover.Accepted()));
            Assert.That(server.Commands, Does.Contain("RCPT TO:<ann@example.com>"));
            Assert.That(server.Message, Does.Contain("Message-ID: <case-1.PaymentFailed@account.example.com>").IgnoreCase
                .And.Contain("Auto-Submitted: auto-generated").IgnoreCase
                .And.Match("(?im)^Date: .+ [0-9]{4} [0-9:]{8} ")
                .And.Contain("multipart/alternative"));
            Assert.That(server.Message.IndexOf("text/plain", StringComparison.Ordinal), Is.GreaterThan(0)
                .And.LessThan(server.Message.IndexOf("text/html", StringComparison.Ordinal)));
            Assert.That(Unfolded(server.Message), Does.Contain(Base64("Dear Ann,\r\n\r\n.a line with a dot\r\n")).And.Contain(Base64("<p>Dear Ann</p>")));
        });
    }

    [TestCase("GREETING", "421 busy", false)]
    [TestCase("GREETING", "554 no service here", false)]
    [TestCase("MAIL", "550 sender not known", false)]
    [TestCase("RCPT", "450 mailbox busy", false)]
    [TestCase("RCPT", "550 no such mailbox", true)]
    [TestCase("RCPT", "553 not allowed", true)]
    [TestCase("RCPT", "554 5.7.1 <ann@example.com>: Relay access denied", false)]
    [TestCase("RCPT", "550 5.1.1 no such mailbox, and no 5.7.1 either", true)]
    [TestCase("DATA", "451 try later", false)]
    [TestCase("DATA", "554 no", false)]
    [TestCase("MESSAGE", "452 full", false)]
    [TestCase("MESSAGE", "554 refused as it is", true)]
    [TestCase("MESSAGE", "550 5.7.60 no right to send as this sender", false)]
    [TestCase("MESSAGE", "550 relay 10.5.7.1 says no", true)]
    public async Task Only_5xx_about_this_address_or_message_is_for_good(string command, string answer, bool forGood)
    {
        await using var server = new ScriptedSmtp((command, answer));

        var handover = await SendAsync(server, _mail);

        Assert.That(handover, forGood ? Is.InstanceOf<MailHandover.RefusedForGood>() : Is.InstanceOf<MailHandover.TryLater>(), handover.ToString());
        Assert.That(handover.ToString(), Does.Contain(answer[..3]));
    }

    [TestCase("GREETING")]
    [TestCase("RCPT")]
    [TestCase("MESSAGE")]
    public async Task A_silent_server_costs_no_more_than_the_time_out(string command)
    {
        await using var server = new ScriptedSmtp((command, ""));

        var handover = await SendAsync(server, _mail, seconds: 0.4).WaitAsync(TimeSpan.FromSeconds(5));

        Assert.That(handover, Is.InstanceOf<MailHandover.TryLater>());
    }

    [Test]
    public async Task A_server_that_talks_nonsense_is_tried_later()
    {
        await using var server = new ScriptedSmtp(("GREETING", "HTTP/1.1 400 Bad Request"));

        Assert.That(await SendAsync(server, _mail, seconds: 2), Is.InstanceOf<MailHandover.TryLater>());
    }

    [Test]
    public async Task An_unreachable_server_is_tried_later()
    {
        int port;
        await using (var server = new ScriptedSmtp())
        {
            port = server.Port;
        }

        Assert.That(await SendAsync(Settings(port, 2, startTls: false), _mail), Is.InstanceOf<MailHandover.TryLater>());
    }

    [Test]
    public async Task A_server_that_cannot_encrypt_gets_nothing_when_encryption_is_wanted()
    {
        await using var server = new ScriptedSmtp();

        Assert.That(await SendAsync(Settings(server.Port, 2, startTls: true), _mail), Is.InstanceOf<MailHandover.TryLater>());
        Assert.That(server.Message, Is.Empty);
    }

    [Test]
    public async Task A_server_whose_certificate_nobody_vouches_for_gets_neither_the_account_nor_a_message()
    {
        using var authority = new TestAuthority();
        await using var server = new ScriptedSmtp(("EHLO", "250-mail\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN")) { Certificate = authority.Issue("127.0.0.1") };

        var handover = await SendAsync(Settings(server.Port, 5, startTls: true, "courier", "letmein"), _mail);

        Assert.That(handover, Is.InstanceOf<MailHandover.TryLater>());
        Assert.That(server.Commands, Does.Contain("STARTTLS").And.None.StartsWith("AUTH"));
        Assert.That(server.Message, Is.Empty);
    }

    [TestCase("ann@example.com\r\nBcc: all@example.com")]
    [TestCase("ann@example.com, all@example.com")]
    [TestCase("Ann <ann@example.com>")]
    [TestCase("no address")]
    [TestCase("")]
    public async Task What_is_not_one_address_is_refused_for_good(string to)
    {
        await using var server = new ScriptedSmtp();

        Assert.That(await SendAsync(server, _mail with { To = to }), Is.InstanceOf<MailHandover.RefusedForGood>());
        Assert.That(server.Commands, Is.Empty);
    }

    [Test]
    public async Task A_subject_adds_no_header()
    {
        await using var server = new ScriptedSmtp();

        await SendAsync(server, _mail with { Subject = "Hello\r\nBcc: all@example.com\r\n\r\nbody" });

        Assert.That(server.Message, Does.Not.Match("(?im)^Bcc:"));
        Assert.That(server.Message, Does.Match("(?m)^Subject: Hello  Bcc: all@example.com    body$"));
    }

    [Test]
    public void A_message_id_with_a_line_break_is_a_bug() =>
        Assert.That(async () => await SendAsync(Settings(1, 1, startTls: false), _mail with { MessageId = "a@b\r\nBcc: c@d" }), Throws.ArgumentException);

    private static string Unfolded(string message) => message.ReplaceLineEndings("");

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static Task<MailHandover> SendAsync(ScriptedSmtp server, OutgoingMail mail, double seconds = 5) => SendAsync(Settings(server.Port, seconds, startTls: false), mail);

    private static async Task<MailHandover> SendAsync(SmtpSettings settings, OutgoingMail mail)
    {
        await using var services = AdaptersUnderTest.Mail(settings);
        return await services.GetRequiredService<IMailSender>().SendAsync(mail, CancellationToken.None);
    }

    private static SmtpSettings Settings(int port, double seconds, bool startTls, string? user = null, string? password = null) => new()
    {
        User = user,
        Password = password,
        Host = "127.0.0.1",
        Port = port,
        StartTls = startTls,
        FromAddress = "subscriptions@example.com",
        FromName = "The Courier\r\nBcc: all@example.com",
        Timeout = TimeSpan.FromSeconds(seconds),
    };
}
