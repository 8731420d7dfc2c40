using Microsoft.AspNetCore.Mvc;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Confirms a payment at the bank for whoever holds the payment link, and tells what came of it.</summary>
public sealed class PayConfirmModel(
    SetupReturns returns, PaymentLinks links, PaymentProblemQuery problems, ConfirmWithBank confirm, SiteLinks sites, PublisherSettings publisher) : SetupReturnPage(returns)
{
    /// <summary>What the address carries.</summary>
    [BindProperty(SupportsGet = true)]
    public string Token { get; set => field = value ?? ""; } = "";

    /// <inheritdoc />
    public override string TryAgainPath => $"/pay/{Uri.EscapeDataString(Token)}";

    /// <inheritdoc />
    public override string DoneHeading => "Thank you: your payment has been taken";

    /// <inheritdoc />
    public override string StoredHeading => "Nothing is owed any more";

    /// <inheritdoc />
    public override bool KnowsReader => false;

    public async Task<IActionResult> OnGetAsync() =>
        await ShowAsync(links.Read(Token) is { } link ? await confirm.FinishAsync(link.SubscriptionId) : Unknown, Return);

    public async Task<IActionResult> OnPostAsync()
    {
        Return = sites.Checked(Return);
        if (await problems.RunAsync(Token) is not OpenedLink.Live { Overview: var overview })
        {
            // Spent or forged: the link's own page says so.
            return Redirect(TryAgainPath);
        }

        return await ShowAsync(await confirm.BeginAsync(overview.Id, overview.ReaderId, HostedReturn.Confirmed(publisher, $"/pay/{Token}/confirm", Return)), Return);
    }
}
