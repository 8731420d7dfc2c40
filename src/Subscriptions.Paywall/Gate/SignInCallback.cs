using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>Ends a sign-in: the code is exchanged only for the browser that began it, and the way on is the one that was sealed then.</summary>
internal sealed class SignInCallback(
    SignInFlow signIn, ServiceClient service, PassVerifier verifier, ReaderCookies cookies, AccessCache cache, PaywallLinks links, PlainPages pages, SilentQuestion question)
{
    private const int LongestCode = 512;

    public async Task RunAsync(HttpContext context)
    {
        PrivateResponse.Mark(context);
        var query = context.Request.Query;
        if (signIn.Open(query["state"]) is not { } state)
        {
            await WriteAsync(context, StatusCodes.Status400BadRequest,
                "This sign-in has expired", "It was begun too long ago, or not on this website. Nothing was changed.", "/");
            return;
        }

        if (signIn.TakeProof(context, state) is not { } proof)
            await WithoutCookieAsync(context, state);
        else if (query["code"].ToString() is { Length: > 0 and <= LongestCode } code)
            await ExchangeAsync(context, state, code, proof);
        else if (state.Silent)
            LeadBack(context, proof);
        else
            await WriteAsync(context, StatusCodes.Status400BadRequest,
                "You were not signed in", "The sign-in was not completed. You can try again.", proof.To);
    }

    // A browser that keeps no cookies asked silently: it gets its page, with a marker that ends the asking.
    private Task WithoutCookieAsync(HttpContext context, SignInState state)
    {
        if (!state.Silent)
            return WriteAsync(context, StatusCodes.Status400BadRequest, "This browser did not keep the sign-in",
                "Either the sign-in was begun in another browser, or this one accepts no cookies, which a sign-in needs.", state.To);
        context.Response.Redirect(PaywallLinks.WithMarker(state.To));
        return Task.CompletedTask;
    }

    private async Task ExchangeAsync(HttpContext context, SignInState state, string code, SignInProof proof)
    {
        var result = await service.ExchangeCodeAsync(code, proof.Verifier, links.Callback(context.Request));
        var check = result.Value is { } body ? await verifier.VerifyAsync(body.Pass, result.AskedAt) : default;
        if (result.Value is { } token && check is { Verdict: PassVerdict.Genuine, Pass: { } pass })
        {
            cookies.Clear(context);
            cookies.SetPass(context, token.Pass, token.Handle);
            cache.Forget(pass.ReaderId);
            if (state.Silent)
            {
                LeadBack(context, proof);
                return;
            }

            question.Forget(context);
            context.Response.Redirect(proof.To);
        }
        else if (state.Silent)
        {
            LeadBack(context, proof);
        }
        else if (result.Outcome == CallOutcome.Unknown)
        {
            await WriteAsync(context, StatusCodes.Status400BadRequest,
                "This sign-in was used before or has expired", "You can sign in again.", proof.To);
        }
        else
        {
            RefusalResponder.MarkUnavailable(context.Response);
            await WriteAsync(context, StatusCodes.Status503ServiceUnavailable,
                "Signing in is not possible just now", "The fault is ours. Please try again in a minute.", proof.To);
        }
    }

    // Even with a pass: if the page refuses it for whatever reason, it must not ask again at once.
    private void LeadBack(HttpContext context, SignInProof proof)
    {
        question.Answered(context);
        context.Response.Redirect(proof.To);
    }

    private Task WriteAsync(HttpContext context, int status, string heading, string text, string to)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        var again = QueryString.Create("to", to).ToUriComponent();
        return context.Response.WriteAsync(
            pages.Message(context, heading, text, "Sign in", context.Request.PathBase.ToUriComponent() + "/gate/sign-in" + again));
    }
}
