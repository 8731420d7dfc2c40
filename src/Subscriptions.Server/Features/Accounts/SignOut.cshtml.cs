using Microsoft.AspNetCore.Mvc;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>Ends the session; loading the page changes nothing.</summary>
public sealed class SignOutModel(SignInService signIn) : FormPage
{
    public void OnGet()
    {
        // The page itself is the answer.
    }

    public async Task<IActionResult> OnPostAsync()
    {
        await signIn.ReaderOutAsync(HttpContext);
        return RedirectToPage("/Accounts/SignIn", new { why = "signed-out", @return = Return });
    }
}
