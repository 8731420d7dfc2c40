using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using NUnit.Framework;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Faults;
using Subscriptions.Sandbox.Inbox;

namespace Subscriptions.Sandbox.Tests.Inbox;

[TestFixture]
public sealed class SmtpServerTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);
    private TestFolder folder = null!;
    private SandboxClock clock = null!;
    private MailStore store = null!;
    private MailFaults faults = null!;
    private SmtpServer server = null!;

    [SetUp]
    public void SetUp()
    {
        folder = new TestFolder();
        clock = SandboxClock.Open(folder.Path, new ManualTime(Start), keep: true);
        store = new MailStore(folder.Path, clock);
        faults = new MailFaults(folder.Path);
        server = SmtpServer.Start(0, store, faults, SmtpLimits.Default with { LargestMessage = 20_000 });
    }

    [TearDown]
    public async Task TearDown()
    {
        await server.DisposeAsync();
        clock.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task A_real_client_delivers_text_and_html()
    {
        using var mail = new MailMessage("courier@harrowmere.example", "ada@readers.example") { Subject = "Act now — £9.99" };
        mail.AlternateViews.Add(AlternateView.CreateAlternateViewFromString("Dear Ada,\r\n.a line that begins with a stop — é", Encoding.UTF8, MediaTypeNames.Text.Plain));
        mail.AlternateViews.Add(AlternateView.CreateAlternateViewFromString("<p>Dear Ada — é</p>", Encoding.UTF8, MediaTypeNames.Text.Html));
        await SendAsync(mail);

        var kept = new MailStore(folder.Path, clock).List("ADA@readers.example").Single();
        Assert.Multiple(() =>
        {
            Assert.That(kept.To, Is.EqualTo("ada@readers.example"));
            Assert.That(kept.Subject, Is.EqualTo("Act now — £9.99"));
            Assert.That(kept.Text, Is.EqualTo("Dear Ada,\n.a line that begins with a stop — é"));
            Assert.That(kept.Html, Is.EqualTo("<p>Dear Ada — é</p>"));
            Assert.That(kept.ReceivedAt, Is.EqualTo(Start));
        });
    }

    [Test]
    public async Task Every_recipient_gets_a_copy_and_a_double_stays_a_double()
    {
        for (var i = 0; i < 2; i++)
        {
            using var mail = new MailMessage("a@x.example", "b@x.example", "Twice", "x");
            mail.To.Add("c@x.example");
            await SendAsync(mail);
        }

        Assert.That((store.Count(null), store.Count("c@x.example")), Is.EqualTo((4, 2)));
    }

    [Test]
    public async Task A_pipelining_caller_gets_every_answer_in_order()
    {
        await using var caller = await SmtpCaller.ConnectAsync(server.Port);
        await caller.SayAsync("EHLO me\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n");
        var codes = new[] { await caller.HearAsync(), await caller.HearAsync(), await caller.HearAsync(), await caller.HearAsync(), await caller.HearAsync() };
        await caller.SayAsync("Subject: hi\r\n\r\n..stop\r\n.\r\nQUIT\r\n");
        var last = new[] { await caller.HearAsync(), await caller.HearAsync() };
        Assert.Multiple(() =>
        {
            Assert.That(codes, Is.EqualTo(new[] { "220", "250", "250", "250", "354" }));
            Assert.That(last, Is.EqualTo(new[] { "250", "221" }));
            Assert.That(store.List(null).Single().Text, Is.EqualTo(".stop"));
        });
    }

    [TestCase("MAIL FROM:<a@x.example>", "503")]
    [TestCase("EHLO me\nRCPT TO:<a@x.example>", "503")]
    [TestCase("EHLO me\nDATA", "503")]
    [TestCase("EHLO", "501")]
    [TestCase("EHLO me\nMAIL a@x.example", "501")]
    [TestCase("EHLO me\nMAIL FROM:a@x.example", "501")]
    [TestCase("EHLO me\nMAIL FROM:<a@x.example> FOO=1", "555")]
    [TestCase("EHLO me\nMAIL FROM:<a@x.example> SIZE=99999999", "552")]
    [TestCase("EHLO me\nMAIL FROM:<a@x.example> SIZE=many", "501")]
    [TestCase("EHLO me\nMAIL FROM:<a@x.example>\nMAIL FROM:<a@x.example>", "503")]
    [TestCase("EHLO me\nMAIL FROM:<a@x.example>\nRCPT TO:<>", "501")]
    [TestCase("EHLO me\nMAIL FROM:<a@x.example>\nRCPT TO:<a@b@c>", "501")]
    [TestCase("EHLO me\nMAIL FROM:<a@x.example>\nRSET\nRCPT TO:<b@x.example>", "503")]
    [TestCase("EHLO me\nMAIL FROM:<>\nRCPT TO:<b@x.example>", "250")]
    [TestCase("FROB", "500")]
    [TestCase("", "500")]
    [TestCase("EHLO me\nSTARTTLS", "502")]
    [TestCase("EHLO me\nAUTH CRAM-MD5", "504")]
    [TestCase("EHLO me\nAUTH PLAIN AGEAYg==", "235")]
    [TestCase("HELO me\nVRFY ada", "252")]
    [TestCase("NOOP", "250")]
    [TestCase("NO\tOP", "500")]
    public async Task Each_command_gets_the_answer_it_deserves(string script, string lastCode)
    {
        await using var caller = await SmtpCaller.ConnectAsync(server.Port);
        await caller.HearAsync();
        var code = "";
        foreach (var line in script.Split('\n'))
        {
            await caller.SayAsync(line + "\r\n");
            code = await caller.HearAsync();
        }

        Assert.That(code, Is.EqualTo(lastCode));
    }

    [Test]
    public async Task An_overlong_command_is_refused_and_the_talk_goes_on()
    {
        await using var caller = await SmtpCaller.ConnectAsync(server.Port);
        await caller.SayAsync("EHLO " + new string('x', 5000) + "\r\nNOOP\r\n");
        Assert.That(new[] { await caller.HearAsync(), await caller.HearAsync(), await caller.HearAsync() }, Is.EqualTo(new[] { "220", "500", "250" }));
    }

    [TestCase(998, "250")]
    [TestCase(999, "554")]
    public async Task A_line_of_a_message_has_998_bytes_at_most(int length, string code)
    {
        await using var caller = await InDataAsync();
        await caller.SayAsync($"Subject: long\r\n\r\n{new string('x', length)}\r\n.\r\n");
        Assert.That(await caller.HearAsync(), Is.EqualTo(code));
    }

    [Test]
    public async Task A_message_over_the_limit_is_refused_and_not_kept()
    {
        await using var caller = await InDataAsync();
        await caller.SayAsync(string.Concat(Enumerable.Repeat(new string('x', 900) + "\r\n", 30)) + ".\r\n");
        Assert.That((await caller.HearAsync(), store.Count(null)), Is.EqualTo(("552", 0)));
    }

    [Test]
    public async Task A_bare_line_feed_does_not_end_a_message()
    {
        await using var caller = await InDataAsync();
        await caller.SayAsync("Subject: one\r\n\r\ntext\n.\nMAIL FROM:<smuggled@x.example>\r\n.\r\n");
        Assert.That((await caller.HearAsync(), store.Count(null)), Is.EqualTo(("250", 1)));
    }

    [Test]
    public async Task A_caller_that_hangs_up_before_the_end_leaves_nothing()
    {
        await using (var caller = await InDataAsync()) await caller.SayAsync("Subject: half\r\n");
        await using var next = await SmtpCaller.ConnectAsync(server.Port);
        Assert.That((await next.HearAsync(), store.Count(null)), Is.EqualTo(("220", 0)));
    }

    [Test]
    public async Task Whoever_only_talks_nonsense_is_sent_away()
    {
        await using var caller = await SmtpCaller.ConnectAsync(server.Port);
        await caller.HearAsync();
        var code = "";
        for (var i = 0; i < SmtpLimits.Default.MostMistakes; i++)
        {
            await caller.SayAsync("GET / HTTP/1.1\r\n");
            code = await caller.HearAsync();
        }

        Assert.That((code, await caller.HearAsync()), Is.EqualTo(("421", "")));
    }

    [Test]
    public async Task Mail_refused_for_now_is_taken_when_the_fault_is_used_up()
    {
        await faults.SetAsync(new FaultRequest("mail", nameof(MailFaultKind.RefusedTemporarily), Match: "b@x.example", Count: 1));
        using var mail = new MailMessage("a@x.example", "b@x.example", "Hi", "x");
        var refused = Assert.CatchAsync<SmtpException>(() => SendAsync(mail));
        await SendAsync(mail);
        Assert.That(((int)refused!.StatusCode, store.Count(null)), Is.EqualTo((451, 1)));
    }

    [Test]
    public async Task Mail_refused_for_good_for_one_address_reaches_the_others()
    {
        await faults.SetAsync(new FaultRequest("mail", nameof(MailFaultKind.RefusedPermanently), Match: "b@x.example", Count: null));
        using var refused = new MailMessage("a@x.example", "b@x.example", "Hi", "x");
        using var taken = new MailMessage("a@x.example", "c@x.example", "Hi", "x");
        var refusal = Assert.ThrowsAsync<SmtpFailedRecipientException>(() => SendAsync(refused));
        await SendAsync(taken);
        Assert.That(((int)refusal!.StatusCode, store.Count("c@x.example")), Is.EqualTo((550, 1)));
    }

    [Test]
    public async Task A_fault_outlives_a_restart_until_it_is_cleared()
    {
        await faults.SetAsync(new FaultRequest("mail", nameof(MailFaultKind.Unreachable), Match: null, Count: null));
        var later = new MailFaults(folder.Path);
        Assert.That(later.MeetAtTheDoor(), Is.True);
        await later.ClearAsync(null);
        Assert.That(new MailFaults(folder.Path).MeetAtTheDoor(), Is.False);
    }

    [Test]
    public async Task An_unreachable_inbox_cuts_the_connection()
    {
        await faults.SetAsync(new FaultRequest("mail", nameof(MailFaultKind.Unreachable), Match: null, Count: 1));
        using var mail = new MailMessage("a@x.example", "b@x.example", "Hi", "x");
        Assert.That(() => SendAsync(mail), Throws.InstanceOf<SmtpException>());
        await SendAsync(mail);
        Assert.That(store.Count(null), Is.EqualTo(1));
    }

    private async Task SendAsync(MailMessage mail)
    {
        using var client = new SmtpClient(IPAddress.Loopback.ToString(), server.Port);
        await client.SendMailAsync(mail);
    }

    private async Task<SmtpCaller> InDataAsync()
    {
        var caller = await SmtpCaller.ConnectAsync(server.Port);
        await caller.SayAsync("EHLO me\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n");
        for (var i = 0; i < 5; i++) await caller.HearAsync();
        return caller;
    }
}
