using FluentValidation;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.Support;

/// <summary>Where staff sign in; a reader's account opens nothing here.</summary>
[EnableRateLimiting(AccountsSetup.FormLimit)]
public sealed class SignInModel(SignInService signIn) : FormPage
{
    private const string Refused =
        "We could not sign you in with this e-mail address and password. After several wrong tries an account is closed for ten minutes.";

    private static readonly Rules _rules = new();

    /// <summary>Where to go afterwards: a path under <c>/support</c>.</summary>
    [BindProperty(SupportsGet = true)]
    public string? To { get; set; }

    [BindProperty]
    public string? Email { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    /// <summary>Whether a member of staff is signed in here already.</summary>
    public bool IsSignedIn { get; private set; }

    public async Task OnGetAsync() => IsSignedIn = (await HttpContext.AuthenticateAsync(Schemes.Staff)).Succeeded;

    public async Task<IActionResult> OnPostAsync()
    {
        var entered = new Entered(AccountRules.CleanEmail(Email), Password ?? "");
        if (!IsGood(_rules, entered))
        {
            return Again();
        }

        if (await signIn.StaffAsync(HttpContext, entered.Email, entered.Password))
        {
            return LocalRedirect(LocalPath.Checked(To) is { } path && path.StartsWith("/support", StringComparison.OrdinalIgnoreCase) ? path : "/support");
        }

        ModelState.AddModelError(nameof(Password), Refused);
        return Again();
    }

    private sealed record Entered(string Email, string Password);

    private sealed class Rules : AbstractValidator<Entered>
    {
        public Rules()
        {
            RuleFor(e => e.Email).MustBeEmail();
            RuleFor(e => e.Password).NotEmpty().WithMessage("Enter your password.");
        }
    }
}
