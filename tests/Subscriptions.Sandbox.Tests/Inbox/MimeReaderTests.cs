using System.Text;
using NUnit.Framework;
using Subscriptions.Sandbox.Inbox;

namespace Subscriptions.Sandbox.Tests.Inbox;

[TestFixture]
public sealed class MimeReaderTests
{
    [Test]
    public void Both_parts_of_an_alternative_are_read_each_in_its_own_encoding()
    {
        var read = Read($"""
            Subject: =?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes("We haven’t been able"))}?=
             =?utf-8?Q?_to_take_payment?=
            Message-ID: <case-1@courier>
            Content-Type: multipart/alternative; boundary="a b"

            Preamble that nobody sees.
            --a b
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            Dear reader =E2=80=94 a long line that was=
             broken softly, =C2=A39.99.
            --a b
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: base64

            {Convert.ToBase64String(Encoding.UTF8.GetBytes("<p>£9.99 — due</p>"))}
            --a b--
            """);
        Assert.Multiple(() =>
        {
            Assert.That(read.Subject, Is.EqualTo("We haven’t been able to take payment"));
            Assert.That(read.Text, Is.EqualTo("Dear reader — a long line that was broken softly, £9.99."));
            Assert.That(read.Html, Is.EqualTo("<p>£9.99 — due</p>"));
            Assert.That(read.MessageId, Is.EqualTo("case-1@courier"));
        });
    }

    [Test]
    public void A_character_split_between_two_encoded_words_is_put_together()
    {
        var bytes = Encoding.UTF8.GetBytes("é");
        var read = Read($"Subject: =?utf-8?Q?caf={bytes[0]:X2}?= =?utf-8?Q?={bytes[1]:X2}?=\n\n");
        Assert.That(read.Subject, Is.EqualTo("café"));
    }

    [Test]
    public void A_plain_message_with_eight_bits_is_read_as_utf8() =>
        Assert.That(Read("Subject: Grüße\n\nPound: £").Text, Is.EqualTo("Pound: £"));

    [Test]
    public void An_attachment_is_not_taken_for_the_letter()
    {
        var read = Read("""
            Content-Type: multipart/mixed; boundary=x

            --x
            Content-Type: text/plain
            Content-Disposition: attachment; filename=terms.txt

            The terms.
            --x
            Content-Type: text/plain

            The letter.
            --x--
            """);
        Assert.That(read.Text, Is.EqualTo("The letter."));
    }

    [TestCase("")]
    [TestCase("no headers at all")]
    [TestCase("Subject: =?utf-8?B?%%%?=\n\n=")]
    [TestCase("Content-Type: multipart/mixed\n\n--\n--")]
    [TestCase("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=x\n\n--x")]
    [TestCase("Content-Type: text/plain; charset=klingon\nContent-Transfer-Encoding: base64\n\n***")]
    [TestCase("Content-Transfer-Encoding: quoted-printable\n\n=\n=G=1")]
    public void Nonsense_is_shown_as_it_came(string raw) => Assert.That(() => Read(raw), Throws.Nothing);

    private static DecodedMessage Read(string raw) => MimeReader.Read(Encoding.UTF8.GetBytes(raw.ReplaceLineEndings("\r\n")));
}
