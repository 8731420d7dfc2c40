using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>The middleware's own addresses under <c>/gate</c>. Each leads back to a path of this website and nowhere else.</summary>
internal sealed class GateEndpoints(
    SignInFlow signIn, SignInCallback callback, ReaderIdentifier identifier, ReaderCookies cookies, AccessCache cache,
    RevokedSessions revoked, ServiceClient service, PassVerifier verifier, PaywallLinks links, SilentQuestion question, NoticeAnswers notices,
    EdgePasses edge, PreviewDesk previews, GiftPage gifts, PlainPages pages, IOptions<PaywallOptions> options)
{
    private const long MostFormBytes = 8 * 1024;
    private static readonly PathString Gate = new("/gate");

    /// <summary>What handles a path; null if it is not the gate's.</summary>
    public Func<HttpContext, Task>? Find(PathString path)
    {
        if (!path.StartsWithSegments(Gate, StringComparison.OrdinalIgnoreCase, out var rest))
            return null;
        return HandlerOf(rest) is { } handle ? WithinLimit(handle) : null;
    }

    // Apart from the search, which every page of the website passes and which must make nothing.
    private Func<HttpContext, Task> WithinLimit(Func<HttpContext, Task> handle) => async context =>
    {
        RequestWait.Begin(context, options.Value.RequestTimeout);
        await handle(context);
    };

    private Func<HttpContext, Task>? HandlerOf(PathString rest) => rest.Value?.TrimEnd('/').ToLowerInvariant() switch
    {
        "/sign-in" => SignInAsync,
        "/callback" => context => OnlyGet(context) ?? callback.RunAsync(context),
        "/return" => ReturnAsync,
        "/preview" => context => OnlyGet(context) ?? previews.RunAsync(context),
        "/sign-out" => SignOutAsync,
        "/dismiss" => DismissAsync,
        "/gift" => GiftAsync,
        "/edge" when edge.AreOn => context => OnlyGet(context) ?? edge.RunAsync(context),
        "/notice" => context => OnlyGet(context) ?? notices.AnswerAsync(context),
        _ => null,
    };

    private Task SignInAsync(HttpContext context) =>
        OnlyGet(context) ?? signIn.Begin(context, LocalPath.OrHome(context.Request.Query["to"]));

    // The service leads back here after anything that may have changed a reader's access.
    private async Task ReturnAsync(HttpContext context)
    {
        if (OnlyGet(context) is { } refused)
        {
            await refused;
            return;
        }

        PrivateResponse.Mark(context);
        cookies.ForgetEdge(context);
        var identity = await identifier.IdentifyAsync(context);
        if (identity.ReaderId is { } readerId)
            cache.Forget(readerId);
        else
            question.AskAtOnce(context);
        context.Response.Redirect(LocalPath.OrHome(context.Request.Query["to"]));
    }

    private async Task SignOutAsync(HttpContext context)
    {
        PrivateResponse.Mark(context);
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Redirect(context.Request.PathBase.ToUriComponent() + "/");
            return;
        }

        if (await OwnFormAsync(context) is not { } form)
            return;
        if (CookieHeader.Read(context.Request, cookies.Pass) is { } token && await verifier.VerifyAsync(token) is { Pass: { } pass })
            revoked.Add(pass.SessionId);
        CallOutcome? revocation = identifier.HandleOf(context) is { } handle ? await service.RevokeAsync(handle) : null;
        var goesOnAtService = revocation == CallOutcome.Unreachable;
        cookies.Clear(context);
        // Where no session was ended at the service, the next gated page would sign the reader in again, unseen.
        if (goesOnAtService || revocation is null)
            question.NeverAgain(context);
        else
            question.Asked(context);
        if (goesOnAtService)
            await WriteSignedOutHereOnlyAsync(context);
        else
            SeeOther(context, form["to"]);
    }

    // A later visit would sign in whoever sits at this machine then, so nobody may leave it believing that all is over.
    private Task WriteSignedOutHereOnlyAsync(HttpContext context)
    {
        RefusalResponder.MarkUnavailable(context.Response);
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(pages.Message(
            context,
            "You are signed out of this website only",
            "We could not reach the subscription service, where you are still signed in. If other people use this computer, please sign out there too, as soon as it answers.",
            "Sign out there", links.SignOutAtService));
    }

    private async Task GiftAsync(HttpContext context)
    {
        PrivateResponse.Mark(context);
        if (!HttpMethods.IsPost(context.Request.Method))
            context.Response.Redirect(context.Request.PathBase.ToUriComponent() + "/");
        else if (await OwnFormAsync(context) is { } form)
            await gifts.RunAsync(context, form);
    }

    private async Task DismissAsync(HttpContext context)
    {
        PrivateResponse.Mark(context);
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Redirect(context.Request.PathBase.ToUriComponent() + "/");
            return;
        }

        if (await OwnFormAsync(context) is not { } form)
            return;
        if (form["notice"].ToString() is var key && NoticeKey.IsKey(key))
        {
            var before = (CookieHeader.Read(context.Request, cookies.Dismissed) ?? "").Split('.').Where(NoticeKey.IsKey).Where(one => one != key).TakeLast(3);
            cookies.SetDismissed(context, string.Join('.', [.. before, key]));
        }

        SeeOther(context, form["to"]);
    }

    private async Task<IFormCollection?> OwnFormAsync(HttpContext context)
    {
        if (IsForeign(context.Request))
        {
            await WriteAsync(context, StatusCodes.Status403Forbidden, "This did not come from our own pages");
            return null;
        }

        try
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
                limit.MaxRequestBodySize = MostFormBytes;
            return context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        }
        catch (Exception malformed) when (malformed is InvalidDataException or BadHttpRequestException or IOException
                                              or NotSupportedException or ArgumentException)
        {
            await WriteAsync(context, StatusCodes.Status400BadRequest, "The form could not be read");
            return null;
        }
    }

    // Other sites cannot send our Lax cookies with a form; that they name themselves in Origin is the second lock.
    private bool IsForeign(HttpRequest request)
    {
        var fetchSite = request.Headers["Sec-Fetch-Site"].ToString();
        return request.Headers.Origin.ToString() switch
        {
            "" => fetchSite is "cross-site" or "same-site",
            // A page that gives no referrer hides the origin of its own forms; a framed stranger hides his as well.
            "null" => fetchSite != "same-origin",
            var origin => !IsOwn(origin, request),
        };
    }

    private bool IsOwn(string origin, HttpRequest request) =>
        string.Equals(origin, $"{request.Scheme}://{request.Host.ToUriComponent()}", StringComparison.OrdinalIgnoreCase)
        || string.Equals(origin, links.Origin(request), StringComparison.OrdinalIgnoreCase);

    private static Task? OnlyGet(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            return null;
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        context.Response.Headers.Allow = "GET, HEAD";
        return Task.CompletedTask;
    }

    private static void SeeOther(HttpContext context, string? to)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = LocalPath.OrHome(to);
    }

    private Task WriteAsync(HttpContext context, int status, string heading)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(pages.Message(context, heading, "Nothing was changed.", "To the front page", "/"));
    }
}
