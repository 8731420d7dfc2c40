using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>
/// When a browser may be led to the service, unseen, to ask who is signed in there. The cookie says in plain text when it was asked
/// last; nothing else is believed of it, and whoever changes it is asked about sooner, or never, and gains nothing.
/// </summary>
internal sealed class SilentQuestion(ReaderCookies cookies, TimeProvider time)
{
    /// <summary>
    /// Whoever signs in at the service is known here at her first refused page after this. It costs a stranger one redirect in
    /// this time; longer, and she would take the refusal for the truth and sign in by hand.
    /// </summary>
    private const long AskAgainAfterSeconds = 30;

    /// <summary>A reload is a reader's own question; two in a row are one.</summary>
    private const long ReloadAsksAfterSeconds = 2;

    /// <summary>In the place of an instant: nothing but a sign-in by hand.</summary>
    public const string Never = "never";

    // Behind the instant: the page that this answer leads back to was not opened yet.
    private const char OnItsWayBack = 'b';

    /// <summary>Whether the service may be asked for this request, which is refused otherwise.</summary>
    public bool MayAsk(HttpContext context)
    {
        var cookie = CookieHeader.Find(context.Request, cookies.Tried);
        if (cookie.IsEmpty)
            return true;
        // Browsers repeat the headers of a reload at every redirect: what comes back from the service is no new question, however slow the way is.
        var comesBack = cookie[^1] == OnItsWayBack;
        if (!long.TryParse(cookie.TrimEnd(OnItsWayBack), NumberStyles.None, CultureInfo.InvariantCulture, out var askedAt))
            return false;
        // An instant of the future was written by another machine: two whose clocks differ must not ask in turns.
        var ago = time.GetUtcNow().ToUnixTimeSeconds() - askedAt;
        if (ago >= (IsReload(context.Request) && !comesBack ? ReloadAsksAfterSeconds : AskAgainAfterSeconds))
            return true;
        if (comesBack)
            cookies.SetTried(context, Write(askedAt));
        return false;
    }

    /// <summary>Takes note that it is asked now.</summary>
    public void Asked(HttpContext context) => cookies.SetTried(context, Write(time.GetUtcNow().ToUnixTimeSeconds()));

    /// <summary>Takes note that the answer came now, and the browser is led back to the page that asked.</summary>
    public void Answered(HttpContext context) => cookies.SetTried(context, Write(time.GetUtcNow().ToUnixTimeSeconds()) + OnItsWayBack);

    /// <summary>
    /// The reader has signed out here, and her session at the service may go on: nothing but a sign-in of her own may use it
    /// from this browser.
    /// </summary>
    public void NeverAgain(HttpContext context) => cookies.SetTried(context, Never);

    /// <summary>The service itself led back here, most likely with news: the next refused page asks at once, if any may.</summary>
    public void AskAtOnce(HttpContext context)
    {
        if (CookieHeader.Find(context.Request, cookies.Tried) is { IsEmpty: false } cookie && !cookie.SequenceEqual(Never))
            cookies.Delete(context, cookies.Tried);
    }

    /// <summary>The reader has signed in by hand, which ends whatever was before.</summary>
    public void Forget(HttpContext context)
    {
        if (CookieHeader.Has(context.Request, cookies.Tried))
            cookies.Delete(context, cookies.Tried);
    }

    private static string Write(long at) => at.ToString(CultureInfo.InvariantCulture);

    private static bool IsReload(HttpRequest request) =>
        request.Headers.CacheControl.ToString() is var cache
        && (cache.Contains("max-age=0", StringComparison.OrdinalIgnoreCase) || cache.Contains("no-cache", StringComparison.OrdinalIgnoreCase)
            || request.Headers.Pragma.ToString().Contains("no-cache", StringComparison.OrdinalIgnoreCase));
}
