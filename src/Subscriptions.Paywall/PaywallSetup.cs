using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>How a website installs the paywall.</summary>
public static class PaywallSetup
{
    private static readonly TimeSpan ConnectionsLive = TimeSpan.FromMinutes(2);

    /// <summary>Installs the paywall with settings of a section, usually <c>Paywall</c>.</summary>
    /// <param name="section">The section, or a configuration that holds one called <c>Paywall</c>.</param>
    /// <param name="configure">What settings files cannot say, such as <see cref="PaywallOptions.ReaderIdResolver"/>.</param>
    public static IServiceCollection AddPaywall(
        this IServiceCollection services, IConfiguration section, Action<PaywallOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        var settings = section as IConfigurationSection ?? section.GetSection("Paywall");
        return services.AddPaywall(options =>
        {
            options.SettingsPath = settings.Path;
            options.UnknownSettings = [.. UnknownSettings.In(settings)];
            Bind(settings, options);
            configure?.Invoke(options);
        });
    }

    /// <summary>Installs the paywall with settings from code.</summary>
    public static IServiceCollection AddPaywall(this IServiceCollection services, Action<PaywallOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<PaywallOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PaywallOptions>, PaywallOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddDataProtection();
        services.AddMetrics();
        services.AddHttpClient(nameof(Subscriptions.Paywall))
            .UseSocketsHttpHandler((handler, _) =>
            {
                handler.PooledConnectionLifetime = ConnectionsLive;
                handler.AllowAutoRedirect = false;
                handler.UseCookies = false;
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        services.TryAddSingleton(provider => ActivatorUtilities.CreateInstance<ServiceClient>(
            provider, provider.GetRequiredService<IHttpClientFactory>().CreateClient(nameof(Subscriptions.Paywall))));
        AddParts(services);
        return services;
    }

    /// <summary>
    /// Puts the gate before everything that comes after it. Belongs after <c>UseRouting</c> and after whatever changes the request's
    /// path, and before the endpoints. A cache of the site's own (<c>UseOutputCache</c>, <c>UseResponseCaching</c>) belongs before it, and
    /// is then given nothing that depends on a reader.
    /// </summary>
    public static IApplicationBuilder UsePaywall(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.UseMiddleware<PaywallMiddleware>();
    }

    private static void AddParts(IServiceCollection services)
    {
        services.TryAddSingleton<PaywallMeters>();
        services.TryAddSingleton<ServiceHealth>();
        services.TryAddSingleton<ServiceTime>();
        services.TryAddSingleton<FeedState>();
        services.TryAddSingleton<AccessCache>();
        services.TryAddSingleton<SigningKeys>();
        services.TryAddSingleton<PassVerifier>();
        services.TryAddSingleton<PassRenewal>();
        services.TryAddSingleton<RevokedSessions>();
        services.TryAddSingleton<KnownReaderProtector>();
        services.TryAddSingleton<ReaderCookies>();
        services.TryAddSingleton<ReaderIdentifier>();
        services.TryAddSingleton<PolicyState>();
        services.TryAddSingleton<SiteTokens>();
        services.TryAddSingleton<ArticleNames>();
        services.TryAddSingleton<BrowserMeter>();
        services.TryAddSingleton<MeterDesk>();
        services.TryAddSingleton<PlainPages>();
        services.TryAddSingleton<GiftDesk>();
        services.TryAddSingleton<GiftPage>();
        services.TryAddSingleton<PreviewDesk>();
        services.TryAddSingleton<VisitReader>();
        services.TryAddSingleton<RequestDecider>();
        services.TryAddSingleton<PaywallLinks>();
        services.TryAddSingleton<SilentQuestion>();
        services.TryAddSingleton<RegisteredOrigins>();
        services.TryAddSingleton<SignInFlow>();
        services.TryAddSingleton<SignInCallback>();
        services.TryAddSingleton<NoticeAnswers>();
        services.TryAddSingleton<EdgePasses>();
        services.TryAddSingleton<GateEndpoints>();
        services.TryAddSingleton<RefusalResponder>();
        services.TryAddSingleton<StatedRequirement>();
        services.TryAddSingleton<ForwardAuthEndpoints>();
        services.AddHostedService<FeedClient>();
    }

    // One by one: the first value that could not be converted would hide whatever else is wrong.
    private static void Bind(IConfigurationSection settings, PaywallOptions options)
    {
        List<string> failures = [];
        foreach (var setting in settings.GetChildren())
        {
            try
            {
                new ConfigurationBuilder().AddInMemoryCollection(setting.AsEnumerable()).Build().GetSection(settings.Path).Bind(options);
            }
            catch (InvalidOperationException malformed)
            {
                failures.Add(malformed.Message);
            }
        }

        options.BindingFailures = failures;
    }
}
