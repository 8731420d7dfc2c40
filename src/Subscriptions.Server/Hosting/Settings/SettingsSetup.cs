using Subscriptions.Server.Features.Mail.Templates;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Hands the settings, once judged, to those who need them.</summary>
public static class SettingsSetup
{
    /// <summary>Adds each part of the settings, and the adapters that rest on them: Stripe, mail and its templates.</summary>
    public static IServiceCollection AddAdapters(this IServiceCollection services, ServerSettings settings, HostParts parts)
    {
        services.AddSingleton(settings);
        services.AddSingleton(settings.Publisher);
        services.AddSingleton(settings.Publisher.Hours);
        services.AddSingleton(settings.Disputes);
        services.AddSingleton(settings.Database);
        services.AddSingleton(settings.Api);
        services.AddSingleton(settings.Sites);
        services.AddSingleton(settings.Webhooks);
        services.AddSingleton(settings.MailFeedback);
        services.AddSingleton(settings.Institutions);
        services.AddSingleton(settings.Sharing);
        services.AddSingleton(provider => new MailTemplates(settings.Publisher.Name, provider, provider.GetRequiredService<ILoggerFactory>()));
        parts.AddGateway(services, settings.Stripe);
        parts.AddMail(services, settings.Smtp);
        return services;
    }
}
