using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Subscriptions.Server.Features.Accounts;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Back from the gateway's page for new payment details.</summary>
[Authorize(Policy = Policies.Reader)]
public sealed class PaymentReturnModel(SetupReturns returns) : SetupReturnPage(returns)
{
    /// <inheritdoc />
    public override string TryAgainPath => "/my-account/payment";

    /// <inheritdoc />
    public override string DoneHeading => "Thank you: your payment has been taken";

    /// <inheritdoc />
    public override string StoredHeading => "Your payment details are updated";

    public Task<IActionResult> OnGetAsync() => FinishAsync("/my-account/payment/return", User.ReaderId(), only: null);
}
