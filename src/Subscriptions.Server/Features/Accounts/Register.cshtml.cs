using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>Where readers register.</summary>
[EnableRateLimiting(AccountsSetup.FormLimit)]
public sealed class RegisterModel(CreateReader create, SignInService signIn) : FormPage
{
    /// <summary>Where to go afterwards: a path of this service.</summary>
    [BindProperty(SupportsGet = true)]
    public string? To { get; set; }

    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? Email { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    public IActionResult OnGet() => User.ReaderId() is null ? Page() : Onward();

    public async Task<IActionResult> OnPostAsync()
    {
        switch (await create.RunAsync(Email ?? "", Name ?? "", Password ?? ""))
        {
            case CreatedReader.Created created:
                await signIn.ReaderAsync(HttpContext, created.Id);
                return Onward();
            case CreatedReader.Refused refused:
                ModelState.AddModelError(nameof(Email), $"{refused.Refusal.Reason} Sign in, or choose a new password if you have forgotten it.");
                break;
            case CreatedReader.Invalid invalid:
                foreach (var (property, message) in invalid.Problems)
                {
                    ModelState.AddModelError(property, message);
                }

                break;
        }

        return Again();
    }

    private IActionResult Onward() => LocalPath.Checked(To) is { } path
        ? LocalRedirect(path)
        : RedirectToPage("/MyAccount/Index", new { @return = Return });
}
