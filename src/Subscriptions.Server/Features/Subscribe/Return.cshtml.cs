using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.MyAccount;

namespace Subscriptions.Server.Features.Subscribe;

/// <summary>Back from the gateway's page: the first payment is taken, on session, and the reader led back to her article.</summary>
[Authorize(Policy = Policies.Reader)]
public sealed class ReturnModel(SetupReturns returns) : SetupReturnPage(returns)
{
    /// <inheritdoc />
    public override string TryAgainPath => "/subscribe";

    /// <inheritdoc />
    public override string DoneHeading => "Welcome: your subscription has begun";

    /// <inheritdoc />
    public override string StoredHeading => Overview is { State: nameof(Subscription.Trialing), Owed: null }
        ? "Welcome: your free days have begun"
        : "Your payment details are stored";

    public Task<IActionResult> OnGetAsync() => FinishAsync("/subscribe/return", User.ReaderId(), only: null);
}
