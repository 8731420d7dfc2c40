using Microsoft.AspNetCore.Mvc;
using Subscriptions.Server.Features.Accounts;

namespace Subscriptions.Server.Features.Support;

/// <summary>Ends a member of staff's sign-in; loading the page changes nothing.</summary>
public sealed class SignOutModel : SupportPage
{
    public async Task<IActionResult> OnPostAsync()
    {
        await SignInService.StaffOutAsync(HttpContext);
        return LocalRedirect("/support/sign-in");
    }
}
