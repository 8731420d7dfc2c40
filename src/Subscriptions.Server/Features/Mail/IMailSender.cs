namespace Subscriptions.Server.Features.Mail;

/// <summary>Hands a message to the mail server. Success means that the server took responsibility (SMTP 2xx).</summary>
public interface IMailSender
{
    /// <summary>Hands over one message.</summary>
    Task<MailHandover> SendAsync(OutgoingMail mail, CancellationToken stopping);
}

/// <summary>A message ready to go.</summary>
/// <param name="MessageId">Stable over repetitions, so that mailboxes can drop a double; without angle brackets.</param>
/// <param name="To">The reader's address.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">The plain part.</param>
/// <param name="Html">The HTML part.</param>
public sealed record OutgoingMail(string MessageId, string To, string Subject, string Text, string Html);

/// <summary>How a hand-over ended.</summary>
public abstract record MailHandover
{
    /// <summary>The server answered 2xx.</summary>
    public sealed record Accepted : MailHandover;

    /// <summary>The server refused for good (5xx for this message or address, other than 5.7).</summary>
    public sealed record RefusedForGood(string Reason) : MailHandover;

    /// <summary>Not now: 4xx, 5.7, or the server could not be reached.</summary>
    /// <param name="Reason">In words.</param>
    /// <param name="Firm">It was said of this mail with 5xx: who hears it of one mail alone, again and again, need not ask for ever.</param>
    public sealed record TryLater(string Reason, bool Firm = false) : MailHandover;
}
