using System.Text.RegularExpressions;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Server.Adapters.Smtp;

/// <summary>What a mail server's refusal means for a message, whichever client heard it.</summary>
internal static partial class SmtpAnswers
{
    private const int Longest = 300;

    /// <summary>
    /// 5xx is for good only where it is about this recipient or message: a wrong password is neither, nor is what RFC 3463 numbers 5.7 (no right to
    /// relay, to send as this sender): that is about us as a rule, and would be the answer for every reader. Servers say it of a single recipient or
    /// message too, so that whoever hands over gives up at last.
    /// </summary>
    /// <param name="code">The three digits.</param>
    /// <param name="text">What came with them.</param>
    /// <param name="aboutThisMail">True when it answers the recipient's address or the message itself.</param>
    public static MailHandover Judge(int code, string text, bool aboutThisMail)
    {
        var reason = $"The mail server answered {code}: {OneLine(text)}";
        var firm = aboutThisMail && code is >= 500 and < 600;
        return firm && !IsAboutUs(text) ? new MailHandover.RefusedForGood(reason) : new MailHandover.TryLater(reason, firm);
    }

    /// <summary>A server's words, fit for a log and a page.</summary>
    public static string OneLine(string text) => MailMessages.WithoutControls(text.Length > Longest ? text[..Longest] + "…" : text).TrimEnd(' ', '.');

    // The reply's own number is the first; words after it may speak of others.
    private static bool IsAboutUs(string text) => EnhancedCode().Match(text) is { Success: true } own && own.ValueSpan.TrimStart(" \t:-").StartsWith("5.7.", StringComparison.Ordinal);

    [GeneratedRegex(@"(^|[\s:-])[245]\.[0-9]{1,3}\.[0-9]{1,3}\b", RegexOptions.CultureInvariant)]
    private static partial Regex EnhancedCode();
}
