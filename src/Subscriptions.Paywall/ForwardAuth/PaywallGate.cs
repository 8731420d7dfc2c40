using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Subscriptions.Paywall;

/// <summary>
/// The paywall of one website that some other web server serves: it answers that server's questions (<c>/gate/check</c>, <c>/gate/refused</c>) and the
/// addresses under <c>/gate</c> that a browser is led to. A process may hold several, each with its own settings, memory and change feed.
/// </summary>
public sealed class PaywallGate : IAsyncDisposable
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromMinutes(1);
    private readonly ServiceProvider _parts;
    private readonly FeedClient _feed;
    private readonly ForwardAuthEndpoints _checks;
    private readonly GateEndpoints _gate;
    private readonly byte[] _key;
    private readonly string _regionHeader;
    private readonly TimeProvider _time;
    private readonly ILogger<PaywallGate> _log;
    private readonly Lock _telling = new();
    private long? _toldAt;

    private PaywallGate(ServiceProvider parts, PaywallOptions options)
    {
        _parts = parts;
        _feed = parts.GetServices<IHostedService>().OfType<FeedClient>().Single();
        _checks = parts.GetRequiredService<ForwardAuthEndpoints>();
        _gate = parts.GetRequiredService<GateEndpoints>();
        _key = Encoding.UTF8.GetBytes(options.SiteKey);
        _regionHeader = options.RegionHeader!;
        _time = parts.GetRequiredService<TimeProvider>();
        _log = parts.GetRequiredService<ILogger<PaywallGate>>();
    }

    /// <summary>Makes one and begins to listen to the change feed.</summary>
    /// <param name="host">The process's own services; logging, data protection, metrics and clock are taken from them.</param>
    /// <param name="configure">The website's settings, as for <see cref="PaywallSetup.AddPaywall(IServiceCollection, Action{PaywallOptions})"/>.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is missing or wrong.</exception>
    public static Task<PaywallGate> StartAsync(IServiceProvider host, Action<PaywallOptions> configure) =>
        StartAsync(host, services => services.AddPaywall(configure));

    /// <summary>Makes one with settings of a section, usually <c>Paywall</c>.</summary>
    /// <param name="host">The process's own services.</param>
    /// <param name="section">The section, or a configuration that holds one called <c>Paywall</c>.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is missing or wrong.</exception>
    public static Task<PaywallGate> StartAsync(IServiceProvider host, IConfiguration section) =>
        StartAsync(host, services => services.AddPaywall(section));

    private static async Task<PaywallGate> StartAsync(IServiceProvider host, Func<IServiceCollection, IServiceCollection> addPaywall)
    {
        ArgumentNullException.ThrowIfNull(host);
        var services = new ServiceCollection();
        services.AddSingleton(host.GetRequiredService<ILoggerFactory>());
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddSingleton(host.GetService<TimeProvider>() ?? TimeProvider.System);
        if (host.GetService<IDataProtectionProvider>() is { } protection)
            services.AddSingleton(protection);
        if (host.GetService<IMeterFactory>() is { } meters)
            services.AddSingleton(meters);
        addPaywall(services).PostConfigure<PaywallOptions>(options => options.RegionHeader ??= OriginalRequest.Region);
        var parts = services.BuildServiceProvider();
        try
        {
            var gate = new PaywallGate(parts, parts.GetRequiredService<Microsoft.Extensions.Options.IOptions<PaywallOptions>>().Value);
            await gate._feed.StartAsync(CancellationToken.None);
            return gate;
        }
        catch
        {
            await parts.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Answers a request under <c>/gate</c>, by the site's own key if one came with it. With the key, scheme and host of <c>X-Original-URL</c> are where the browser
    /// is; without it, or where that holds a path alone, those of the request are.
    /// </summary>
    /// <returns>False if there is nothing at that address.</returns>
    public Task<bool> HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var shown = context.Request.Headers[OriginalRequest.SiteKey].ToString();
        var trusted = shown.Length > 0 && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(shown), _key);
        if (trusted)
            OriginalRequest.AssumeOrigin(context.Request);
        else if (shown.Length > 0)
            TellOfKey(context.Response);
        return HandleAsync(context, trusted);
    }

    /// <summary>Answers a request under <c>/gate</c> whose scheme and host are already those that the browser sees.</summary>
    /// <param name="trusted">Whether it came with the site's key, so that what it says of requirement, method, address and region of the original request counts.</param>
    /// <returns>False if there is nothing at that address.</returns>
    public async Task<bool> HandleAsync(HttpContext context, bool trusted)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!trusted)
            context.Request.Headers.Remove(_regionHeader);
        if ((_checks.TryHandle(context, trusted) ?? _gate.Find(context.Request.Path)?.Invoke(context)) is not { } answered)
            return false;
        await answered;
        return true;
    }

    // What a web server is told wrongly by its settings would otherwise show at its readers alone.
    private void TellOfKey(HttpResponse response)
    {
        const string Problem = $"{OriginalRequest.SiteKey} is not this site's key, so nothing that came with it counts.";
        response.Headers[OriginalRequest.Problem] = Problem;
        lock (_telling)
        {
            if (_toldAt is { } before && _time.GetElapsedTime(before) < TellEvery)
                return;
            _toldAt = _time.GetTimestamp();
        }

        _log.LogWarning("A web server's question: {Problem}", Problem);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _feed.StopAsync(CancellationToken.None);
        await _parts.DisposeAsync();
    }
}
