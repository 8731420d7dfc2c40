using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>
/// Whether the service would lead a browser back to where it is, with an answer that this website could take. To an address that nobody registered it leads nobody: a stranger who was sent to ask it, unseen, would
/// end on an error page of the service in the place of the offer.
/// </summary>
internal sealed class RegisteredOrigins(ServiceClient service, PolicyState policy, PaywallLinks links, IOptions<PaywallOptions> options, ILogger<RegisteredOrigins> log)
{
    // Anybody can name a host, and none may fill the log.
    private const int MostTold = 8;
    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);

    /// <summary>True as well while the service has not told what is registered, as an older one never does.</summary>
    public bool LeadBackTo(HttpRequest request)
    {
        var known = policy.Known;
        // Either is in the log already.
        if (service.KeyIsRefused || (known.SiteId is { } siteId && siteId != options.Value.SiteId))
            return false;
        var callback = links.Callback(request);
        // Letter by letter, as the service compares.
        if (known.Origins is not { } origins || origins.Any(origin => callback == origin + PaywallLinks.CallbackPath))
            return true;
        if (_told.Count < MostTold && _told.TryAdd(callback, true))
            log.LogError(
                "Nobody can sign in by {Callback}: the service knows this website only as {Origins}. Name its origin in Sites:n:Origins at the service, or, if browsers see it as one of these, set {Setting}:SiteAddress to that.",
                callback, string.Join(", ", origins), options.Value.SettingsPath);
        return false;
    }
}
