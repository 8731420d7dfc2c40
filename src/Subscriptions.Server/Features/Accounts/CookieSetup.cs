using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>The cookies of readers and staff. Ports share a cookie jar, so each name is this service's own.</summary>
internal static class CookieSetup
{
    /// <summary>The query parameter that leads on after sign-in; a local path.</summary>
    public const string OnwardParameter = "to";

    private static readonly TimeSpan _readerLife = TimeSpan.FromDays(90);
    private static readonly TimeSpan _staffLife = TimeSpan.FromHours(8);

    public static void AddCookies(this IServiceCollection services)
    {
        services.AddAuthentication(Schemes.Reader).AddCookie(Schemes.Reader).AddCookie(Schemes.Staff);
        services.AddOptions<CookieAuthenticationOptions>(Schemes.Reader).Configure<PublisherSettings>((cookie, publisher) =>
        {
            Common(cookie, publisher, "service.reader", _readerLife);
            cookie.LoginPath = "/sign-in";
            cookie.Events.OnValidatePrincipal = EndWithSessionAsync;
        });
        services.AddOptions<CookieAuthenticationOptions>(Schemes.Staff).Configure<PublisherSettings>((cookie, publisher) =>
        {
            Common(cookie, publisher, "service.staff", _staffLife);
            cookie.LoginPath = "/support/sign-in";
            cookie.AccessDeniedPath = "/support/sign-in";
            cookie.Events.OnValidatePrincipal = EndWithStampAsync;
        });
        services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Reader, policy => policy.AddAuthenticationSchemes(Schemes.Reader).RequireClaim(AccountClaims.Reader))
            .AddPolicy(Policies.Support, policy => policy.AddAuthenticationSchemes(Schemes.Staff).RequireClaim(AccountClaims.Role, StaffRoles.Support, StaffRoles.Admin))
            .AddPolicy(Policies.Admin, policy => policy.AddAuthenticationSchemes(Schemes.Staff).RequireClaim(AccountClaims.Role, StaffRoles.Admin));
    }

    // Behind a proxy that ends TLS the request looks like http; the public address says what the browser sees.
    public static CookieSecurePolicy SecurePolicy(PublisherSettings publisher) =>
        publisher.Address.Scheme == Uri.UriSchemeHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;

    private static void Common(CookieAuthenticationOptions options, PublisherSettings publisher, string name, TimeSpan life)
    {
        options.Cookie.Name = name;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = SecurePolicy(publisher);
        options.ExpireTimeSpan = life;
        options.SlidingExpiration = true;
        options.ReturnUrlParameter = OnwardParameter;

        // The sign-in pages lead on themselves, to paths that were checked; the handler would put any text into the header.
        options.Events.OnRedirectToReturnUrl = _ => Task.CompletedTask;
    }

    private static async Task EndWithSessionAsync(CookieValidatePrincipalContext context)
    {
        var sessions = context.HttpContext.RequestServices.GetRequiredService<ReaderSessions>();
        if (context.Principal?.SessionId() is { } session && context.Principal.ReaderId() is { } reader && await sessions.IsLiveAsync(session, reader))
        {
            return;
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(Schemes.Reader);
    }

    private static async Task EndWithStampAsync(CookieValidatePrincipalContext context)
    {
        var accounts = context.HttpContext.RequestServices.GetRequiredService<UserManager<Account>>();
        var account = context.Principal?.AccountId() is { } id ? await accounts.FindByIdAsync(id) : null;
        if (account?.StaffRole is { } role && context.Principal!.HasClaim(AccountClaims.Role, role)
            && context.Principal.HasClaim(AccountClaims.Stamp, account.SecurityStamp ?? ""))
        {
            return;
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(Schemes.Staff);
    }
}
