using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>A member of staff who previews.</summary>
/// <param name="Staff">Her id at the service; never a name.</param>
/// <param name="Until">Wall time.</param>
internal sealed record Previewing(string Staff, DateTimeOffset Until);

/// <summary>
/// Lets a member of the publisher's staff see every page as a reader who may read it: the service, where she is signed in, sends her here with a
/// token of a minute (and what clocks may differ), which counts once on each machine; it is exchanged for a sealed cookie of an hour.
/// </summary>
internal sealed class PreviewDesk(
    IDataProtectionProvider protection, ReaderCookies cookies, SiteTokens tokens, PlainPages pages, TimeProvider time, IOptions<PaywallOptions> options)
{
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);
    private readonly BoundedMemory<bool> _used = new(MostRemembered);
    private readonly SealedCookie<Previewing> _cookie = new(
        cookies.Preview, protection.CreateProtector("Subscriptions.Paywall.Preview.v1", options.Value.SiteId), WireJson.Default.Previewing, cookies);

    public bool IsUsed(HttpRequest request) => _cookie.IsIn(request);

    /// <summary><c>/gate/preview?token=…&amp;to=/path</c>; without a token it ends the preview.</summary>
    public async Task RunAsync(HttpContext context)
    {
        PrivateResponse.Mark(context);
        var to = LocalPath.OrHome(context.Request.Query["to"]);
        if (context.Request.Query["token"].ToString() is not { Length: > 0 } text)
        {
            cookies.Delete(context, cookies.Preview);
            context.Response.Redirect(to);
            return;
        }

        if (await tokens.VerifyAsync(SiteTokens.Preview, text) is { Subject: { Length: > 0 } staff } token && !_used.TryGet(token.Id, out _))
        {
            _used.Set(token.Id, true);
            _cookie.Write(context, new Previewing(staff, time.GetUtcNow() + Life), Life);
            context.Response.Redirect(to);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(pages.Message(context, "This preview link is no longer good", "It counts once, and not for long. Begin another preview on the support pages.", "To the page", to));
    }

    public Grant? GrantOf(HttpRequest request) => _cookie.Read(request) is { } previewing && time.GetUtcNow() < previewing.Until
        ? new Grant(GrantKinds.StaffPreview, previewing.Staff, [Grant.Everything], null, null)
        : null;
}
