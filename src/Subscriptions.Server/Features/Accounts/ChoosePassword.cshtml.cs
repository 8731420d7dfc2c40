using System.Buffers.Text;
using System.Text;
using FluentValidation;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>Where the link of a password letter leads. Loading it changes nothing; mail scanners do.</summary>
[EnableRateLimiting(AccountsSetup.FormLimit)]
public sealed class ChoosePasswordModel(UserManager<Account> accounts, ReaderSessions sessions, ConfirmAddress confirm) : FormPage
{
    private const int MostCharacters = 2000;
    private static readonly Rules _rules = new();

    [BindProperty(SupportsGet = true)]
    public string? Account { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Token { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    /// <summary>Whether the link works no more.</summary>
    public bool Spent { get; private set; }

    public async Task<IActionResult> OnGetAsync() => await FindAsync() is null ? SpentLink() : Page();

    public async Task<IActionResult> OnPostAsync()
    {
        if (await FindAsync() is not var (account, token))
        {
            return SpentLink();
        }

        var entered = new Entered(Password ?? "");
        if (!IsGood(_rules, entered))
        {
            return Again();
        }

        if (!(await accounts.ResetPasswordAsync(account, token, entered.Password)).Succeeded)
        {
            return SpentLink();
        }

        // The link went to that mailbox and nowhere else.
        await confirm.RunAsync(account.ReaderId!.Value, account.Email!, $"reader:{account.ReaderId}");
        await accounts.SetLockoutEndDateAsync(account, null);
        await sessions.RevokeAllAsync(account.ReaderId!.Value, except: null, $"reader:{account.ReaderId}");
        return RedirectToPage("/Accounts/SignIn", new { why = "new-password" });
    }

    private async Task<(Account Account, string Token)?> FindAsync()
    {
        if (Account is not { Length: <= MostCharacters } id || Token is not { Length: <= MostCharacters } written || !Base64Url.IsValid(written))
        {
            return null;
        }

        var token = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(written));
        return await accounts.FindByIdAsync(id) is { ReaderId: not null } account
            && await accounts.VerifyUserTokenAsync(account, accounts.Options.Tokens.PasswordResetTokenProvider, UserManager<Account>.ResetPasswordTokenPurpose, token)
                ? (account, token)
                : null;
    }

    private PageResult SpentLink()
    {
        Spent = true;
        var page = Page();
        page.StatusCode = StatusCodes.Status404NotFound;
        return page;
    }

    private sealed record Entered(string Password);

    private sealed class Rules : AbstractValidator<Entered>
    {
        public Rules() => RuleFor(e => e.Password).MustBePassword();
    }
}
