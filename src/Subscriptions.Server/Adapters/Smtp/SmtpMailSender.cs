using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Server.Adapters.Smtp;

/// <summary>
/// Hands mail to an SMTP server with the framework's client, one connection per message. What the server says comes
/// out as a value; a server that says nothing costs no more than the time-out.
/// </summary>
public sealed class SmtpMailSender(SmtpSettings settings, ILogger<SmtpMailSender> log) : IMailSender
{
    /// <summary>What the client gets beyond the time-out to let go of a connection before we stop watching it.</summary>
    private static readonly TimeSpan _parting = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    /// <remarks>A hand-over that has begun is not cancelled by a shutdown: its outcome would be lost.</remarks>
    public async Task<MailHandover> SendAsync(OutgoingMail mail, CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        if (MailMessages.RecipientOf(mail.To) is not { } recipient)
        {
            return new MailHandover.RefusedForGood("This is not an address that mail can be sent to.");
        }

        var text = new HandoverStream(Encoding.UTF8.GetBytes(MailMessages.WithCrLf(mail.Text)));
        var html = new HandoverStream(Encoding.UTF8.GetBytes(MailMessages.WithCrLf(mail.Html)));
        var message = MailMessages.Compose(settings, mail, recipient);
        message.AlternateViews.Add(MailMessages.Part(text, MediaTypeNames.Text.Plain));
        message.AlternateViews.Add(MailMessages.Part(html, MediaTypeNames.Text.Html));
        var handover = await HandOverAsync(message, () => text.WasRead);
        if (handover is MailHandover.TryLater later)
        {
            log.LogWarning("Message {MessageId} was not taken: {Reason}", mail.MessageId, later.Reason);
        }

        return handover;
    }

    private async Task<MailHandover> HandOverAsync(MailMessage message, Func<bool> reachedMessage)
    {
        using var timeout = new CancellationTokenSource(settings.Timeout);
        var client = Client();
        var sending = client.SendMailAsync(message, timeout.Token);
        _ = sending.ContinueWith(sent => LetGo(sent, client, message), TaskScheduler.Default);
        try
        {
            await sending.WaitAsync(settings.Timeout + _parting, CancellationToken.None);
            return new MailHandover.Accepted();
        }
        catch (SmtpFailedRecipientException refused)
        {
            return Judge(refused, refusesThisMail: true);
        }
        catch (SmtpException refused)
        {
            return Judge(refused, reachedMessage());
        }
        catch (Exception silence) when (silence is OperationCanceledException or TimeoutException)
        {
            return new MailHandover.TryLater($"The mail server did not finish within {settings.Timeout.TotalSeconds:0} s.");
        }
        catch (Exception broken) when (broken is IOException or InvalidOperationException or FormatException)
        {
            return new MailHandover.TryLater($"The mail server could not be understood ({broken.Message}).");
        }
    }

    /// <summary>Runs when the client has really finished, which after a time-out may be later than our answer.</summary>
    private static void LetGo(Task sent, SmtpClient client, MailMessage message)
    {
        _ = sent.Exception;
        client.Dispose();
        message.Dispose();
    }

    private static MailHandover Judge(SmtpException refused, bool refusesThisMail) => (int)refused.StatusCode is > 0 and var code
        ? SmtpAnswers.Judge(code, refused.Message, refusesThisMail)
        : new MailHandover.TryLater($"The mail server could not be reached: {SmtpAnswers.OneLine((refused.InnerException ?? refused).Message)}");

    private SmtpClient Client() => new(settings.Host, settings.Port)
    {
        DeliveryMethod = SmtpDeliveryMethod.Network,
        EnableSsl = settings.StartTls,
        UseDefaultCredentials = false,
        Credentials = settings.User is null ? null : new NetworkCredential(settings.User, settings.Password),
        // Ours ends first: the client tells of its own as of a server that was not reached.
        Timeout = (int)(settings.Timeout + _parting).TotalMilliseconds,
    };
}
