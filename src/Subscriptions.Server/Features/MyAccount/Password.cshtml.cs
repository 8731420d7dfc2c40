using FluentValidation;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Changes the password and ends every other session.</summary>
[EnableRateLimiting(AccountsSetup.FormLimit)]
public sealed class PasswordModel(UserManager<Account> accounts, Credentials credentials, ReaderSessions sessions) : AccountPage
{
    private static readonly Rules _rules = new();

    [BindProperty]
    public string? Current { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    public void OnGet()
    {
        // The page itself is the answer.
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var entered = new Entered(Current ?? "", Password ?? "");
        if (!IsGood(_rules, entered))
        {
            return Again();
        }

        var reader = Reader;
        var mine = await accounts.Users.SingleAsync(a => a.ReaderId == reader);
        if (await credentials.CheckAsync(mine.UserName!, entered.Current) is not { } account)
        {
            ModelState.AddModelError(nameof(Current), "This is not your present password. After several wrong tries the account is closed for ten minutes.");
            return Again();
        }

        if (!(await accounts.ChangePasswordAsync(account, entered.Current, entered.Password)).Succeeded)
        {
            ModelState.AddModelError(nameof(Password), "The password was not changed, because the account was changed elsewhere at the same moment. Please try again.");
            return Again();
        }

        await sessions.RevokeAllAsync(reader, User.SessionId(), Actors.Reader(reader));
        return RedirectToPage("/MyAccount/Index", new { done = "password", @return = Return });
    }

    private sealed record Entered(string Current, string Password);

    private sealed class Rules : AbstractValidator<Entered>
    {
        public Rules()
        {
            RuleFor(e => e.Current).NotEmpty().WithMessage("Enter your present password.");
            RuleFor(e => e.Password).MustBePassword();
        }
    }
}
