using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using System.Text.RegularExpressions;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Server.Adapters.Smtp;

/// <summary>Builds the message. Nothing that a reader wrote can add a header, a recipient or a line of protocol.</summary>
internal static partial class MailMessages
{
    /// <summary>The one address, or null when the text is anything else: a list, a name with an address, a line break.</summary>
    public static MailAddress? RecipientOf(string to) =>
        to.All(c => c is > ' ' and not '\u007f') && MailAddress.TryCreate(to, out var address)
        && address.Address == to && address.DisplayName.Length == 0 && Ascii.IsValid(address.User)
            ? address
            : null;

    /// <summary>A message id that can add no header.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static string CheckedId(string messageId) => MessageIdPattern().IsMatch(messageId)
        ? messageId
        : throw new ArgumentException($"'{messageId}' is no message id: write it as left@right.", nameof(messageId));

    public static MailMessage Compose(SmtpSettings settings, OutgoingMail mail, MailAddress recipient)
    {
        var id = CheckedId(mail.MessageId);
        var message = new MailMessage
        {
            From = new MailAddress(settings.FromAddress, WithoutControls(settings.FromName), Encoding.UTF8),
            Subject = WithoutControls(mail.Subject),
            SubjectEncoding = Encoding.UTF8,
            HeadersEncoding = Encoding.UTF8,
        };
        message.To.Add(recipient);
        message.Headers.Add("Message-ID", $"<{id}>");
        message.Headers.Add("Auto-Submitted", "auto-generated");
        return message;
    }

    public static AlternateView Part(Stream content, string mediaType) =>
        new(content, new ContentType(mediaType) { CharSet = "utf-8" }) { TransferEncoding = TransferEncoding.Base64 };

    public static string WithCrLf(string text) => text.ReplaceLineEndings("\r\n");

    public static string WithoutControls(string text) =>
        string.Create(text.Length, text, (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                target[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        });

    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.:-]{1,180}@[A-Za-z0-9.-]{1,180}$", RegexOptions.CultureInvariant)]
    private static partial Regex MessageIdPattern();
}
