using Microsoft.AspNetCore.Mvc;
using Subscriptions.Domain;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Back from the gateway's page that a payment link opened; finishes that link's subscription and no other.</summary>
public sealed class PayReturnModel(SetupReturns returns, PaymentLinks links) : SetupReturnPage(returns)
{
    /// <summary>What the address carries.</summary>
    [BindProperty(SupportsGet = true)]
    public string Token { get; set => field = value ?? ""; } = "";

    /// <inheritdoc />
    public override string TryAgainPath => $"/pay/{Uri.EscapeDataString(Token)}";

    /// <inheritdoc />
    public override string DoneHeading => "Thank you: your payment has been taken";

    /// <inheritdoc />
    public override string StoredHeading => "Your payment details are updated";

    /// <inheritdoc />
    public override bool KnowsReader => false;

    public Task<IActionResult> OnGetAsync()
    {
        // A session of another subscription, or none of ours, is not finished by a link that was not made for it.
        var only = links.Read(Token)?.SubscriptionId ?? SubscriptionId.From("");
        return FinishAsync($"/pay/{Token}/return", reader: null, only);
    }
}
