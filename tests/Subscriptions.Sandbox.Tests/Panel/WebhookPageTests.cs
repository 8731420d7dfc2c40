using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Subscriptions.Sandbox.Stripe.Webhooks;
using Subscriptions.Sandbox.Tests.Stripe;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Sandbox.Tests.Panel;

[TestFixture]
public sealed partial class WebhookPageTests
{
    private RunningPanel panel = null!;
    private WebhookEndpoint service = null!;

    [SetUp]
    public async Task SetUp()
    {
        panel = await RunningPanel.StartAsync();
        service = await WebhookEndpoint.StartAsync(panel.Options.Ports.Service);
    }

    [TearDown]
    public async Task TearDown()
    {
        await panel.DisposeAsync();
        await service.DisposeAsync();
    }

    [Test]
    public async Task A_rolled_secret_and_the_former_one_both_sign_and_the_page_says_what_to_set()
    {
        var former = panel.Keys.WebhookSecret;

        var (_, page) = await panel.SendAsync("/webhooks", "Roll", ("hours", "24"));

        var set = Both().Match(page);
        Assert.That(set.Groups[2].Value, Is.EqualTo(former));
        await panel.CustomerAsync();
        var (signature, body) = await service.NextAsync();
        var seconds = long.Parse(signature.Split(',')[0][2..], System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(signature, Is.EqualTo(WebhookSignature.Header([set.Groups[1].Value, former], body, DateTimeOffset.FromUnixTimeSeconds(seconds))));
    }

    [Test]
    public async Task Without_an_overlap_the_former_secret_signs_no_more()
    {
        var (_, page) = await panel.SendAsync("/webhooks", "Roll", ("hours", "0"));

        Assert.That(page, Does.Contain("One secret signs").And.Not.Contain(panel.Keys.WebhookSecret));
        await panel.CustomerAsync();
        Assert.That((await service.NextAsync()).Signature.Split(",v1="), Has.Length.EqualTo(2));
    }

    [TestCase("Forged")]
    [TestCase("Changed")]
    [TestCase("Stale")]
    [TestCase("Unsigned")]
    [TestCase("Huge")]
    public async Task What_must_not_be_believed_is_sent_and_the_answer_shown(string kind)
    {
        service.Status = 400;

        var (_, page) = await panel.SendAsync("/webhooks", "False", ("kind", kind));

        Assert.That(page, Does.Contain("The service refused it: it answered 400."));
        var (signature, body) = await service.NextAsync();
        var now = DateTimeOffset.UtcNow;
        var age = signature.Length == 0 ? 0 : now.ToUnixTimeSeconds() - long.Parse(signature.Split(',')[0][2..], System.Globalization.CultureInfo.InvariantCulture);
        var genuine = signature == WebhookSignature.Header(panel.Keys.WebhookSecret, body, now.AddSeconds(-age));
        Assert.That((signature.Length > 0, genuine, age > 300, Encoding.UTF8.GetByteCount(body) > 512 * 1024), Is.EqualTo(kind switch
        {
            "Stale" => (true, true, true, false),
            "Unsigned" => (false, false, false, false),
            "Huge" => (true, true, false, true),
            _ => (true, false, false, false),
        }));
    }

    [Test]
    public async Task An_event_can_be_sent_again()
    {
        await panel.CustomerAsync();
        var first = JsonNode.Parse((await service.NextAsync()).Body)!["id"]!.GetValue<string>();
        while (!service.IsQuiet)
        {
            await service.NextAsync();
        }

        var page = await Poll.UntilAsync(() => panel.PageAsync("/webhooks"), shown => !shown.Contains("on its way", StringComparison.Ordinal));
        var delivery = Delivery().Matches(page).Select(match => match.Groups[1].Value).Last();
        var (_, after) = await panel.SendAsync("/webhooks", "Again", ("delivery", delivery));

        Assert.That(after, Does.Contain("on its way again"));
        var again = new List<string>();
        do
        {
            again.Add(JsonNode.Parse((await service.NextAsync()).Body)!["id"]!.GetValue<string>());
        }
        while (!again.Contains(first));
    }

    [Test]
    public async Task A_bounce_is_reported_signed_for_the_message_of_the_letter()
    {
        using (var client = new System.Net.Mail.SmtpClient("127.0.0.1", panel.Options.Ports.Smtp))
        {
            using var mail = new System.Net.Mail.MailMessage("a@x.example", "eve@readers.example", "Act now", "Text");
            mail.Headers.Add("Message-ID", "<mail_1@localhost>");
            await client.SendMailAsync(mail);
        }

        var letter = JsonNode.Parse(await panel.PageAsync("/inbox.json"))![0]!["id"]!.GetValue<string>();
        (service.Status, service.Answer) = (202, """{"result":"recorded"}""");
        var (_, page) = await panel.SendAsync("/inbox/" + letter, null, ("became", "bounced"));

        Assert.That(page, Does.Contain("took the report and recorded it"));
        var (signature, body) = await service.NextAsync();
        Assert.That(MailSignature.Verify(signature, Encoding.UTF8.GetBytes(body), [panel.Keys.MailSecret!], DateTimeOffset.UtcNow), Is.EqualTo(MailSignatureVerdict.Genuine));
        var report = JsonNode.Parse(body)!;
        Assert.That((report["messageId"]!.GetValue<string>().Trim('<', '>'), report["event"]!.GetValue<string>(), report["permanent"]!.GetValue<bool>()),
            Is.EqualTo(("mail_1@localhost", "bounced", true)));
    }

    [GeneratedRegex("Stripe__WebhookSecret=(whsec_[0-9a-f]+),(whsec_[0-9a-f]+)")]
    private static partial Regex Both();

    [GeneratedRegex("name=\"delivery\" value=\"([0-9]+)\"")]
    private static partial Regex Delivery();
}
