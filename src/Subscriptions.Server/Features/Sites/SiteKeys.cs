using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Sites;

/// <summary>Tells which website calls, by its key.</summary>
public sealed class SiteKeys(IReadOnlyList<SiteSettings> sites)
{
    private const string Bearer = "Bearer ";

    /// <summary>The website whose key the request carries, or null.</summary>
    public SiteSettings? Find(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? sites.FirstOrDefault(site => site.Key.Matches(header[Bearer.Length..].Trim()))
            : null;
    }
}
