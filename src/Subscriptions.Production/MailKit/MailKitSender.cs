using System.Net.Sockets;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Subscriptions.Server.Adapters.Smtp;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Production.MailKit;

/// <summary>
/// Hands mail to an SMTP server with MailKit, one connection per message. What the server says comes out as a value; a server
/// that says nothing costs no more than the time-out.
/// </summary>
internal sealed class MailKitSender(SmtpSettings settings, MailKitSettings more, MailTokens? tokens, ILogger<MailKitSender> log) : IMailSender
{
    /// <inheritdoc />
    /// <remarks>A hand-over that has begun is not cancelled by a shutdown: its outcome would be lost.</remarks>
    public async Task<MailHandover> SendAsync(OutgoingMail mail, CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        if (MailMessages.RecipientOf(mail.To) is not { } recipient)
        {
            return new MailHandover.RefusedForGood("This is not an address that mail can be sent to.");
        }

        using var message = Compose(mail, recipient.Address);
        var handover = await HandOverAsync(message);
        if (handover is MailHandover.TryLater later)
        {
            log.LogWarning("Message {MessageId} was not taken: {Reason}", mail.MessageId, later.Reason);
        }

        return handover;
    }

    private async Task<MailHandover> HandOverAsync(MimeMessage message)
    {
        using var end = new CancellationTokenSource(settings.Timeout);
        using var client = new ReportingClient(more.DeliveryNotifications)
        {
            Timeout = (int)settings.Timeout.TotalMilliseconds,
            CheckCertificateRevocation = more.CheckRevocation,
            ServerCertificateValidationCallback = more.Trust,
        };
        try
        {
            await client.ConnectAsync(settings.Host, settings.Port, more.Security(settings), end.Token);
            await ProveAsync(client, end.Token);
            await client.SendAsync(message, end.Token);
        }
        catch (SmtpCommandException refused)
        {
            return SmtpAnswers.Judge((int)refused.StatusCode, refused.Message, refused.ErrorCode is SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.MessageNotAccepted);
        }
        catch (OperationCanceledException)
        {
            return new MailHandover.TryLater($"The mail server did not finish within {settings.Timeout.TotalSeconds:0} s.");
        }
        catch (AuthenticationException refused)
        {
            tokens?.Forget();
            return new MailHandover.TryLater($"The mail server does not accept the account: {SmtpAnswers.OneLine(refused.Message)}");
        }
        catch (SslHandshakeException refused)
        {
            return new MailHandover.TryLater(
                $"No encrypted connection to the mail server came about (MailKit:ImplicitTls {more.ImplicitTls}, MailKit:CertificateAuthority {(more.Authority is null ? "not set" : "set")}, MailKit:CheckRevocation {more.CheckRevocation}): {SmtpAnswers.OneLine((refused.InnerException ?? refused).Message)}.");
        }
        catch (Exception trouble) when (trouble is SmtpProtocolException or SocketException or IOException or HttpRequestException
            or NotSupportedException or TimeoutException or ServiceNotConnectedException or ServiceNotAuthenticatedException or InvalidOperationException)
        {
            return new MailHandover.TryLater($"The mail server could not be reached or understood: {SmtpAnswers.OneLine(trouble.Message)}");
        }

        await PartAsync(client, end.Token);
        return new MailHandover.Accepted();
    }

    private async Task ProveAsync(SmtpClient client, CancellationToken cancel)
    {
        if (tokens is not null)
        {
            await client.AuthenticateAsync(new SaslMechanismOAuth2(more.OAuth!.User, await tokens.GetAsync(cancel)), cancel);
        }
        else if (settings is { User: { } user, Password: { } password })
        {
            await client.AuthenticateAsync(user, password, cancel);
        }
    }

    // The message is the server's by now; whether it also says goodbye changes nothing.
    private async Task PartAsync(SmtpClient client, CancellationToken cancel)
    {
        try
        {
            await client.DisconnectAsync(true, cancel);
        }
        catch (Exception parting) when (parting is OperationCanceledException or IOException or SmtpProtocolException or SmtpCommandException or SocketException)
        {
            log.LogDebug(parting, "The mail server took the message and did not say goodbye");
        }
    }

    private MimeMessage Compose(OutgoingMail mail, string recipient)
    {
        var message = new MimeMessage
        {
            MessageId = MailMessages.CheckedId(mail.MessageId),
            Subject = MailMessages.WithoutControls(mail.Subject),
            Body = new MultipartAlternative { Part("plain", mail.Text), Part("html", mail.Html) },
        };
        message.From.Add(new MailboxAddress(MailMessages.WithoutControls(settings.FromName), settings.FromAddress));
        message.To.Add(new MailboxAddress("", recipient));
        message.Headers.Add("Auto-Submitted", "auto-generated");
        return message;
    }

    private static TextPart Part(string subtype, string content)
    {
        var part = new TextPart(subtype) { ContentTransferEncoding = ContentEncoding.Base64 };
        part.SetText(Encoding.UTF8, MailMessages.WithCrLf(content));
        return part;
    }

    /// <summary>Asks for reports of failures and delays; they go to the sender's address, and from there to <c>/webhooks/mail</c>.</summary>
    private sealed class ReportingClient(bool wanted) : SmtpClient
    {
        protected override DeliveryStatusNotification? GetDeliveryStatusNotifications(MimeMessage message, MailboxAddress mailbox) =>
            wanted ? DeliveryStatusNotification.Failure | DeliveryStatusNotification.Delay : null;

        protected override string? GetEnvelopeId(MimeMessage message) => wanted ? message.MessageId : null;
    }
}

/// <summary>Puts MailKit behind the mail port.</summary>
public static class MailKitSetup
{
    /// <summary>Adds the sender.</summary>
    public static IServiceCollection AddMailKit(this IServiceCollection services, SmtpSettings settings, MailKitSettings more)
    {
        services.AddSingleton(settings);
        services.AddHttpClient(nameof(MailTokens), http => http.Timeout = settings.Timeout);
        return services.AddSingleton<IMailSender>(provider => new MailKitSender(
            settings, more,
            more.OAuth is { } account ? new MailTokens(provider.GetRequiredService<IHttpClientFactory>(), account, provider.GetRequiredService<TimeProvider>()) : null,
            provider.GetRequiredService<ILogger<MailKitSender>>()));
    }
}
