using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>Where readers sign in.</summary>
[EnableRateLimiting(AccountsSetup.FormLimit)]
public sealed class SignInModel(SignInService signIn) : FormPage
{
    private const string Refused =
        "We could not sign you in with this e-mail address and password. After several wrong tries an account is closed for ten minutes; "
        + "if you have forgotten the password, choose a new one.";

    private static readonly Rules _rules = new();

    /// <summary>Where to go afterwards: a path of this service.</summary>
    [BindProperty(SupportsGet = true)]
    public string? To { get; set; }

    /// <summary>Why she is here, when a page before says so.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Why { get; set; }

    [BindProperty]
    public string? Email { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    /// <summary>What just happened.</summary>
    public string? Notice => Why switch
    {
        "signed-out" => "You are signed out.",
        "new-password" => "Your new password is set. Sign in with it.",
        _ => null,
    };

    public IActionResult OnGet() => User.ReaderId() is null ? Page() : Onward();

    public async Task<IActionResult> OnPostAsync()
    {
        var entered = new Entered(AccountRules.CleanEmail(Email), Password ?? "");
        if (!IsGood(_rules, entered))
        {
            return Again();
        }

        if (await signIn.ReaderAsync(HttpContext, entered.Email, entered.Password))
        {
            return Onward();
        }

        ModelState.AddModelError(nameof(Password), Refused);
        return Again();
    }

    private IActionResult Onward() => LocalPath.Checked(To) is { } path
        ? LocalRedirect(path)
        : RedirectToPage("/MyAccount/Index", new { @return = Return });

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
