namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads <c>Api</c>. Without keys the API answers to the sites alone.</summary>
internal static class ApiSection
{
    public static ApiSettings Read(SettingsReader read, IReadOnlyList<SiteSettings> sites)
    {
        List<KeyHash> keys = [];
        foreach (var text in read.Texts("Api:Keys"))
        {
            if (KeySection.ReadEither(read, "Api:Keys", text) is { } key)
            {
                keys.Add(key);
            }
        }

        if (keys.Any(key => sites.Any(site => site.Key.SameAs(key))))
        {
            read.Fail("Api:Keys", "has a key that belongs to a site. Write keys of their own: a website's key may do less.");
        }

        return new ApiSettings(keys);
    }
}
