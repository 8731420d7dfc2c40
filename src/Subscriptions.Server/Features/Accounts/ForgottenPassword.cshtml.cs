using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>Sends a letter by which a new password can be chosen; says the same whether the address is known or not.</summary>
[EnableRateLimiting(AccountsSetup.FormLimit)]
public sealed class ForgottenPasswordModel(PasswordLetters letters) : FormPage
{
    private static readonly Rules _rules = new();

    [BindProperty]
    public string? Email { get; set; }

    /// <summary>Whether the form was sent.</summary>
    public bool Sent { get; private set; }

    public void OnGet()
    {
        // The page itself is the answer.
    }

    public IActionResult OnPost()
    {
        var entered = new Entered(AccountRules.CleanEmail(Email));
        if (!IsGood(_rules, entered))
        {
            return Again();
        }

        letters.Ask(entered.Email);
        Sent = true;
        return Page();
    }

    private sealed record Entered(string Email);

    private sealed class Rules : AbstractValidator<Entered>
    {
        public Rules() => RuleFor(e => e.Email).MustBeEmail();
    }
}
