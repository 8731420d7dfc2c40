using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>The website's cookies: all HttpOnly, SameSite=Lax, and Secure where the website or the request is https.</summary>
internal sealed class ReaderCookies(IOptions<PaywallOptions> options)
{
    /// <summary>The longest for which a handle is good at the service.</summary>
    public static readonly TimeSpan HandleLife = TimeSpan.FromDays(90);

    private static readonly TimeSpan SignInLife = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan MeterLife = TimeSpan.FromDays(366);
    private readonly string _prefix = options.Value.CookieNamePrefix;
    private readonly bool _siteIsHttps = options.Value.SiteAddress?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true;
    private readonly TimeSpan _knownFor = options.Value.KnownFor;

    public string Pass { get; } = options.Value.CookieNamePrefix + "_pass";

    public string Handle { get; } = options.Value.CookieNamePrefix + "_handle";

    public string Known { get; } = options.Value.CookieNamePrefix + "_known";

    /// <summary>The pass by which a CDN decides alone.</summary>
    public string Edge { get; } = options.Value.CookieNamePrefix + "_edge";

    /// <summary>When the silent question was asked last; read and written by <see cref="SilentQuestion"/>.</summary>
    public string Tried { get; } = options.Value.CookieNamePrefix + "_tried";

    /// <summary>The notices that were dismissed in this browser session.</summary>
    public string Dismissed { get; } = options.Value.CookieNamePrefix + "_dismissed";

    /// <summary>The metered articles that were counted for this browser.</summary>
    public string Meter { get; } = options.Value.CookieNamePrefix + "_meter";

    /// <summary>The gift links by which this browser came.</summary>
    public string Gifts { get; } = options.Value.CookieNamePrefix + "_gifts";

    /// <summary>Says that a member of staff previews.</summary>
    public string Preview { get; } = options.Value.CookieNamePrefix + "_preview";

    public string SignIn(string state) => $"{_prefix}_signin_{state}";

    // The pass is kept as long as the handle: while the service is down, one whose time is up still says who this is.
    public void SetPass(HttpContext context, string pass, string handle)
    {
        Set(context, Pass, pass, HandleLife);
        Set(context, Handle, handle, HandleLife);
    }

    public void SetKnown(HttpContext context, string value) => Set(context, Known, value, _knownFor);

    // As long as the longest window.
    public void SetMeter(HttpContext context, string value) => Set(context, Meter, value, MeterLife);

    public void SetSealed(HttpContext context, string name, string value, TimeSpan? life) => Set(context, name, value, life);

    public void SetTried(HttpContext context, string value) => Set(context, Tried, value, null);

    public void SetEdge(HttpContext context, string pass, TimeSpan life) => Set(context, Edge, pass, life);

    /// <summary>What the reader may read may have changed: the CDN asks for a new pass.</summary>
    public void ForgetEdge(HttpContext context)
    {
        if (CookieHeader.Has(context.Request, Edge))
            Delete(context, Edge);
    }

    public void SetDismissed(HttpContext context, string value) => Set(context, Dismissed, value, null);

    public void SetSignIn(HttpContext context, string state, string value) =>
        context.Response.Cookies.Append(SignIn(state), value, Settings(context, SignInLife, GatePath(context)));

    public void DeleteSignIn(HttpContext context, string state) =>
        context.Response.Cookies.Delete(SignIn(state), Settings(context, null, GatePath(context)));

    /// <summary>Forgets who the reader is.</summary>
    public void Clear(HttpContext context)
    {
        foreach (var name in (ReadOnlySpan<string>)[Pass, Handle, Known, Edge, Dismissed])
            if (CookieHeader.Has(context.Request, name))
                Delete(context, name);
    }

    public void Delete(HttpContext context, string name) => context.Response.Cookies.Delete(name, Settings(context, null, "/"));

    private void Set(HttpContext context, string name, string value, TimeSpan? life) =>
        context.Response.Cookies.Append(name, value, Settings(context, life, "/"));

    private static string GatePath(HttpContext context) => context.Request.PathBase.ToUriComponent() + "/gate";

    private CookieOptions Settings(HttpContext context, TimeSpan? life, string path) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = _siteIsHttps || context.Request.IsHttps,
        IsEssential = true,
        MaxAge = life,
        Path = path,
    };
}
