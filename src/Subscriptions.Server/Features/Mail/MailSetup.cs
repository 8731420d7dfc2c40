namespace Subscriptions.Server.Features.Mail;

/// <summary>Mails to readers.</summary>
public static class MailSetup
{
    /// <summary>Adds what composes them.</summary>
    public static WebApplicationBuilder AddMail(this WebApplicationBuilder builder)
    {
        builder.Services.AddTransient<MailComposer>();
        return builder;
    }
}
