using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Confirms a payment at the bank for the reader who is signed in, and tells what came of it.</summary>
[Authorize(Policy = Policies.Reader)]
public sealed class PaymentConfirmModel(
    SetupReturns returns, ReaderSubscription subscriptions, ConfirmWithBank confirm, SiteLinks sites, PublisherSettings publisher) : SetupReturnPage(returns)
{
    /// <inheritdoc />
    public override string TryAgainPath => "/my-account/payment";

    /// <inheritdoc />
    public override string DoneHeading => "Thank you: your payment has been taken";

    /// <inheritdoc />
    public override string StoredHeading => "Nothing is owed any more";

    public async Task<IActionResult> OnGetAsync() =>
        await ShowAsync(await subscriptions.FindAsync(User.ReaderId()!.Value) is { } overview ? await confirm.FinishAsync(overview.Id) : Unknown, Return);

    public async Task<IActionResult> OnPostAsync()
    {
        Return = sites.Checked(Return);
        var reader = User.ReaderId()!.Value;
        return await ShowAsync(
            await subscriptions.FindAsync(reader) is { } overview
                ? await confirm.BeginAsync(overview.Id, reader, HostedReturn.Confirmed(publisher, "/my-account/payment/confirm", Return))
                : Unknown,
            Return);
    }
}
