using System.Text.RegularExpressions;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Server.Adapters.Smtp;

/// <summary>What a mail server's refusal means for a message, whichever client heard it.</summary>
internal static partial class SmtpAnswers
{
    private const int Longest = 300;

    /// <summary>
    /// 5xx is for good only where it is about this recipient or message: a wrong password is neither, nor is what RFC 3463 numbers 5.7 (no right to
    /// relay, to send as this sender): that is about us, and would be the answer for every reader.
    /// </summary>
    /// <param name="code">The three digits.</param>
    /// <param name="text">What came with them.</param>
    /// <param name="aboutThisMail">True when it answers the recipient's address or the message itself.</param>
    public static MailHandover Judge(int code, string text, bool aboutThisMail)
    {
        var reason = $"The mail server answered {code}: {OneLine(text)}";
        return aboutThisMail && code is >= 500 and < 600 && !AboutUs().IsMatch(text)
            ? new MailHandover.RefusedForGood(reason)
            : new MailHandover.TryLater(reason);
    }

    /// <summary>A server's words, fit for a log and a page.</summary>
    public static string OneLine(string text) => MailMessages.WithoutControls(text.Length > Longest ? text[..Longest] + "…" : text).TrimEnd(' ', '.');

    [GeneratedRegex(@"(^|[\s:-])5\.7\.[0-9]{1,3}\b", RegexOptions.CultureInvariant)]
    private static partial Regex AboutUs();
}
