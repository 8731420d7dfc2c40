using Microsoft.AspNetCore.Authorization;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>A page for a signed-in reader about herself.</summary>
[Authorize(Policy = Policies.Reader)]
public abstract class AccountPage : FormPage
{
    /// <summary>Who is signed in.</summary>
    public ReaderId Reader => User.ReaderId() ?? throw new InvalidOperationException("The page was reached without a sign-in.");
}
