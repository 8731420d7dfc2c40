using System.Text;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using Subscriptions.Server.Adapters.Stripe;

namespace Subscriptions.Server.Tests.Adapters.Stripe;

[TestFixture]
public sealed class StripeSignatureTests
{
    private const string Secret = "whsec_one";

    private static readonly DateTimeOffset _now = new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] _body = """{"id": "evt_1", "object": "event", "type": "payment_intent.succeeded"}"""u8.ToArray();

    [Test]
    public void The_known_signature_of_known_bytes_is_genuine() =>
        Assert.That(StripeSignature.Verify(
            "t=1,v1=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), "1.hello"u8)),
            "hello"u8, [Secret], DateTimeOffset.FromUnixTimeSeconds(1)), Is.EqualTo(SignatureVerdict.Genuine));

    [Test]
    public void One_good_signature_among_several_will_do()
    {
        var good = StripeSignature.Sign(Secret, _body, _now);
        var time = good[..good.IndexOf(',')];
        var mixed = $"{time},v0={new string('a', 64)},v1={new string('0', 64)},{good[(time.Length + 1)..]}";

        Assert.That(StripeSignature.Verify(mixed, _body, [Secret], _now), Is.EqualTo(SignatureVerdict.Genuine));
    }

    [Test]
    public void During_a_rotation_either_secret_will_do()
    {
        Assert.That(StripeSignature.Verify(StripeSignature.Sign("whsec_old", _body, _now), _body, [Secret, "whsec_old"], _now), Is.EqualTo(SignatureVerdict.Genuine));
        Assert.That(StripeSignature.Verify(StripeSignature.Sign("whsec_other", _body, _now), _body, [Secret, "whsec_old"], _now), Is.EqualTo(SignatureVerdict.Forged));
    }

    [Test]
    public void Other_bytes_or_another_time_are_forged()
    {
        var header = StripeSignature.Sign(Secret, _body, _now);
        byte[] changed = [.. _body, (byte)' '];

        Assert.That(StripeSignature.Verify(header, changed, [Secret], _now), Is.EqualTo(SignatureVerdict.Forged));
        Assert.That(StripeSignature.Verify("t=" + (_now.ToUnixTimeSeconds() + 1) + header[header.IndexOf(',')..], _body, [Secret], _now), Is.EqualTo(SignatureVerdict.Forged));
    }

    [TestCase(300, SignatureVerdict.Genuine)]
    [TestCase(301, SignatureVerdict.Stale)]
    [TestCase(-300, SignatureVerdict.Genuine)]
    [TestCase(-301, SignatureVerdict.Stale)]
    public void The_tolerance_is_300_seconds_either_way(int age, SignatureVerdict expected) =>
        Assert.That(StripeSignature.Verify(StripeSignature.Sign(Secret, _body, _now), _body, [Secret], _now.AddSeconds(age)), Is.EqualTo(expected));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("garbage")]
    [TestCase("t=,v1=")]
    [TestCase("t=1")]
    [TestCase("t=-1,v1=0000000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("t=99999999999999999999,v1=0000000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("t=9223372036854775807,v1=0000000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("t=1,v1=zz00000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("t=1,v0=0000000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,v1=a,t=1")]
    public void Garbage_is_malformed(string? header) =>
        Assert.That(StripeSignature.Verify(header, _body, [Secret], _now), Is.EqualTo(SignatureVerdict.Malformed));

    [Test]
    public void A_genuine_webhook_names_its_event() =>
        Assert.That(Read(_body), Is.EqualTo(new WebhookReading.Accepted("evt_1", "payment_intent.succeeded")));

    [TestCase("not json", 400)]
    [TestCase("[]", 400)]
    [TestCase("{}", 400)]
    [TestCase("""{"id": 1, "object": "event", "type": "x"}""", 400)]
    [TestCase("""{"id": "evt_1", "object": "event", "type": ""}""", 400)]
    [TestCase("""{"id": "\ud800", "object": "event", "type": "x"}""", 400)]
    public void A_signed_body_that_is_no_event_is_refused(string body, int status) =>
        Assert.That(((WebhookReading.Refused)Read(Encoding.UTF8.GetBytes(body))).Status, Is.EqualTo(status));

    [Test]
    public async Task A_body_over_the_limit_is_not_read_to_its_end()
    {
        var request = new DefaultHttpContext().Request;
        request.Body = new MemoryStream(new byte[StripeWebhook.MaxBodyBytes + 1]);

        var body = await StripeWebhook.ReadBodyAsync(request, CancellationToken.None);

        Assert.That(((WebhookReading.Refused)Webhook().TryRead(new HeaderDictionary(), body)).Status, Is.EqualTo(413));
    }

    [Test]
    public void An_unsigned_webhook_is_refused() =>
        Assert.That(((WebhookReading.Refused)Webhook().TryRead(new HeaderDictionary(), _body)).Status, Is.EqualTo(400));

    private static WebhookReading Read(byte[] body) => Webhook().TryRead(
        new HeaderDictionary { [StripeSignature.Header] = StripeSignature.Sign(Secret, body, TimeProvider.System.GetUtcNow()) }, body);

    private static StripeWebhook Webhook() =>
        new(new StripeSettings { SecretKey = "sk_test_x", WebhookSecrets = [Secret] }, TimeProvider.System);
}
