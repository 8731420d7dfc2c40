using FluentValidation;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Extensions;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Shared;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Sites;

/// <summary>A website asks who reads.</summary>
/// <param name="Site">Its id.</param>
/// <param name="Return">The exact address at which it takes codes.</param>
/// <param name="State">Comes back as it went.</param>
/// <param name="Challenge">SHA-256 of the verifier in base64url.</param>
/// <param name="Prompt"><c>none</c>: answer without asking the reader; <c>login</c> or nothing: she may be asked.</param>
public sealed record AuthorizeRequest(string? Site, string? Return, string? State, string? Challenge, string? Prompt);

/// <summary>Answers with a one-time code for the session of this browser, after signing in where that is wanted.</summary>
public sealed class Authorize(SiteLinks links, SiteGrants grants, TimeProvider wall, ILogger<Authorize> log)
{
    /// <summary>The address.</summary>
    public const string Path = "/sign-in/authorize";

    private const string Silent = "none";
    private static readonly TimeSpan _tellEvery = TimeSpan.FromMinutes(1);
    private readonly Rules rules = new(links);
    private long toldAtTicks;

    /// <summary>Answers a request.</summary>
    public async Task<IResult> RunAsync(HttpContext http, AuthorizeRequest asked)
    {
        // Nobody is sent to an address that was not registered, not even with an error.
        if (rules.Validate(asked) is { IsValid: false } found)
        {
            Tell(asked);
            return Refused(http, found.Errors[0].ErrorMessage);
        }

        http.Response.Headers.CacheControl = "no-store";
        var signedIn = await http.AuthenticateAsync(Schemes.Reader);
        if (signedIn.Principal?.SessionId() is { } session)
        {
            var code = await grants.NewCodeAsync(asked.Site!, session, asked.Return!, asked.Challenge!);
            return Results.Redirect(asked.Return + new QueryBuilder { { "code", code }, { "state", asked.State! } });
        }

        return asked.Prompt == Silent
            ? Results.Redirect(asked.Return + new QueryBuilder { { "error", "login_required" }, { "state", asked.State! } })
            : Results.LocalRedirect("/sign-in" + new QueryBuilder { { CookieSetup.OnwardParameter, Path + http.Request.QueryString } });
    }

    // A website whose address nobody registered would otherwise show at its readers alone. Now and then, since anybody may ask.
    private void Tell(AuthorizeRequest asked)
    {
        var now = wall.GetUtcNow().UtcTicks;
        var told = Interlocked.Read(ref toldAtTicks);
        if (links.Find(asked.Site) is { } site && Uri.TryCreate(asked.Return, UriKind.Absolute, out var address) && !SiteLinks.IsCallback(site, asked.Return)
            && now - told > _tellEvery.Ticks && Interlocked.CompareExchange(ref toldAtTicks, now, told) == told)
        {
            log.LogWarning("Nobody can sign in from {Origin}: it is no origin of the site {Site}. Name it in the Origins of that site.", address.GetLeftPart(UriPartial.Authority), site.Id);
        }
    }

    // The address is opened in a reader's window; her browser would show problem details as they are.
    private static IResult Refused(HttpContext http, string why) => StatusPage.WantsPage(http.Request)
        ? StatusPage.Of(http, StatusCodes.Status400BadRequest, "This sign-in link is not right", $"{why} Nothing was changed. Please go back to the website and try again.")
        : Results.Problem(statusCode: 400, type: "urn:subscriptions:authorize-refused", title: "This sign-in link is not right.", detail: why);

    private sealed class Rules : AbstractValidator<AuthorizeRequest>
    {
        private const int StateLength = 500;

        public Rules(SiteLinks links)
        {
            ClassLevelCascadeMode = CascadeMode.Stop;
            RuleFor(r => r.Site).Must(site => links.Find(site) is not null).WithMessage("No website is registered under this id.");
            RuleFor(r => r.Return).Must((r, address) => links.Find(r.Site) is { } site && SiteLinks.IsCallback(site, address))
                .WithMessage("The return address is not one that this website registered.");
            RuleFor(r => r.State).NotEmpty().MaximumLength(StateLength).WithMessage($"The state must have 1 to {StateLength} characters.");
            RuleFor(r => r.Challenge).NotNull().Matches("^[A-Za-z0-9_-]{43}$").WithMessage("The challenge must be a SHA-256 in base64url.");
            RuleFor(r => r.Prompt).Must(prompt => prompt is null or Silent or "login").WithMessage("The prompt is none or login.");
        }
    }
}
