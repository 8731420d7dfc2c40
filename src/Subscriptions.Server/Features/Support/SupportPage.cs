using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Features.Support;

/// <summary>A page for signed-in staff; nobody else gets as far as its first line.</summary>
[Authorize(Policy = Policies.Support)]
public abstract class SupportPage : PageModel
{
    /// <summary>The member of staff, as the record keeps her.</summary>
    protected string Actor => Actors.Staff(User.AccountId() ?? throw new InvalidOperationException("Nobody is signed in."));

    /// <summary>Says on the next page what came of an action.</summary>
    protected void Say(string message, bool wentWell = true)
    {
        TempData["Message"] = message;
        TempData["Went"] = wentWell ? "well" : "refused";
    }
}
