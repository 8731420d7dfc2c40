using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Server.Adapters.Smtp;

/// <summary>Puts an SMTP server behind the mail port.</summary>
public static class SmtpSetup
{
    /// <summary>Adds the sender.</summary>
    public static IServiceCollection AddSmtp(this IServiceCollection services, SmtpSettings settings) =>
        services.AddSingleton(settings).AddSingleton<IMailSender, SmtpMailSender>();
}
