using Microsoft.AspNetCore.Http.Extensions;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Sites;

/// <summary>
/// Ways back to the websites. Only addresses on a registered origin are led to, and always through that website's own
/// return address, which forgets what it remembered of the reader.
/// </summary>
public sealed class SiteLinks(IReadOnlyList<SiteSettings> sites)
{
    /// <summary>Where a website's middleware takes codes.</summary>
    public const string CallbackPath = "/gate/callback";

    private const string ReturnPath = "/gate/return";
    private const int MostCharacters = 2000;

    /// <summary>All of them.</summary>
    public IReadOnlyList<SiteSettings> All => sites;

    /// <summary>The website of an id, or null.</summary>
    public SiteSettings? Find(string? siteId) => sites.FirstOrDefault(site => site.Id == siteId);

    /// <summary>True for the exact address at which a website takes codes.</summary>
    public static bool IsCallback(SiteSettings site, string? address) =>
        address is not null && site.Origins.Any(origin => address == origin + CallbackPath);

    /// <summary>Where a <c>return</c> parameter leads, or null when it is no page of a registered website.</summary>
    public Uri? Back(string? address) => Page(address) is var (_, origin, path) ? Through(origin, path) : null;

    /// <summary>As <see cref="Back"/>; the first website's front page when there is no usable address, null without websites.</summary>
    public Uri? BackOrHome(string? address) => Back(address) ?? (sites is [var first, ..] ? Through(first.Origins[0], "/") : null);

    /// <summary>The name of the website that <see cref="BackOrHome"/> leads to.</summary>
    public string? NameOf(string? address) => Page(address)?.Site.Name ?? (sites is [var first, ..] ? first.Name : null);

    /// <summary>The address itself when it is a page of a registered website, else null.</summary>
    public string? Checked(string? address) => Page(address) is var (_, origin, path) ? origin + path : null;

    /// <summary>The website and the path (without query) of a page; null when the address is no page of a registered website.</summary>
    public (SiteSettings Site, string Path)? PageOf(string? address) => Page(address) is var (site, _, path) ? (site, path.Split('?')[0]) : null;

    private static Uri Through(string origin, string path) => new(origin + ReturnPath + new QueryBuilder { { "to", path } });

    private (SiteSettings Site, string Origin, string Path)? Page(string? address)
    {
        if (address is null || address.Length > MostCharacters || !Uri.TryCreate(address, UriKind.Absolute, out var page) || page.UserInfo.Length > 0)
        {
            return null;
        }

        var origin = page.GetLeftPart(UriPartial.Authority);
        foreach (var site in sites)
        {
            if (site.Origins.Contains(origin, StringComparer.OrdinalIgnoreCase))
            {
                // "//host" as a local path would be another host to a browser.
                return page.PathAndQuery.StartsWith("//", StringComparison.Ordinal) ? (site, origin, "/") : (site, origin, page.PathAndQuery);
            }
        }

        return null;
    }
}
